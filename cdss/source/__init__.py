"""YAML text → plain data and the place of every key and value, without any of YAML's guesses; models read from it."""

from cdss.source.document import Document, Spot
from cdss.source.files import read, read_stream
from cdss.source.limits import MAX_BYTES, MAX_DEPTH, MAX_PROBLEMS
from cdss.source.models import validate
from cdss.source.reader import parse

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_PROBLEMS", "Document", "Spot", "parse", "read", "read_stream", "validate"]
