"""Sources in full, as a bibliography prints them: CSL entries set by a CSL processor in the style ``source.csl``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from cdss.citation import Reference

_STYLE = Path(__file__).with_name("source.csl")


def in_full(references: Iterable[Reference]) -> Mapping[str, str]:
    """Each source as one paragraph of plain text, by id: authors, title, where it appeared, date, DOI or address.

    The processor is imported here, on first use: nothing else needs it.
    """
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
    from citeproc.source.json import CiteProcJSON

    entries = {reference.id: _entry(reference) for reference in references}
    if not entries:
        return {}
    style = CitationStylesStyle(str(_STYLE), validate=False)
    bibliography = CitationStylesBibliography(style, CiteProcJSON(list(entries.values())), formatter.plain)
    for identity in entries:
        bibliography.register(Citation([CitationItem(identity)]))
    set_in_type = bibliography.bibliography()
    return dict(zip(bibliography.keys, (str(text) for text in set_in_type), strict=True))


def _entry(reference: Reference) -> dict[str, object]:
    """The entry as CSL-JSON, without what only we read."""
    return reference.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"custom", "note"})
