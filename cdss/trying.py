"""Further examples and those of definitions, tried: does each read as it says, and was it checked against its source?

The three kinds of examples that a rule's own file must give are tried by the checks of the library.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cdss.backends.plain import PlainBackend
from cdss.errors import CdssError, Problem, Problems
from cdss.examples import DEFINITIONS, EXPECTED, CaseFacts, Tried, asked, attested, cited, examples_of, owners
from cdss.library import Library
from cdss.values import Truth

_KIND = {truth: kind for kind, truth in EXPECTED.items()}
_READS = {Truth.YES: "as firing", Truth.NO: "as silent", Truth.UNKNOWN: "as undecided"}


def further_examples_behave(library: Library, case_facts: CaseFacts) -> Iterator[Problem]:
    """L101 an example behaves otherwise, L103 it cannot be read, L105 it was checked against a source nobody cites.

    ``library`` was read with its documents.
    """
    backends: dict[date, PlainBackend] = {}
    for owner in owners(library):
        rule = library.rules.get(owner)
        for tried in examples_of(library, owner):
            if tried.is_further or rule is None:
                yield from _tried(library, owner, tried, case_facts, backends)
        for ref, place in attested(library, owner):
            if ref not in cited(library, owner):
                what = "definition" if rule is None else "rule"
                yield Problem(place, "L105", f"checked against '{ref}', which the {what} does not cite")


def _tried(
    library: Library, owner: str, tried: Tried, case_facts: CaseFacts, backends: dict[date, PlainBackend]
) -> Iterator[Problem]:
    if tried.expected is None:
        return
    frame = library.documents[tried.path].frame(tried.place.line)
    try:
        facts, day = asked(library, owner, tried, case_facts)
    except Problems as problems:
        for problem in problems.problems:
            yield Problem(tried.place, "L103", problem.message, problem.remedy, frame)
        return
    except CdssError as error:
        yield Problem(tried.place, "L103", str(error))
        return
    if day not in backends:
        backends[day] = PlainBackend(library.in_force(day).program)
    verdicts = backends[day].verdicts(facts)
    definitions = {f"{DEFINITIONS}.{name}": truth for name, truth in verdicts.definitions.items()}
    got = {**verdicts.rules, **definitions}.get(owner, Truth.NO)
    if got is not tried.expected:
        message = f"the example that {_KIND[tried.expected]} reads {_READS[got]}"
        yield Problem(tried.place, "L101", message, None, frame)
