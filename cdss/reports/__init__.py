"""Views of the decision document. Reports read it and nothing else; none of them computes."""
