"""Every cited option for one patient with a neuroendocrine tumour, laid out for the people who decide."""

__version__ = "0.1.0"
