"""The sheet a board projects and files: one self-contained document, as HTML, PDF or Markdown."""
