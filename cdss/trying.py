"""Further examples and those of definitions, tried: does each read as it says, and was it checked against its source?

The three kinds of examples that a rule's own file must give are tried by the checks of the library.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cdss.backends.plain import PlainBackend
from cdss.errors import CdssError, Problem, Problems
from cdss.examples import (
    EXPECTED,
    FOLDER,
    LAST_DAY,
    CaseFacts,
    Tried,
    attested,
    examples_of_definition,
    examples_of_rule,
    last_day,
    own_examples,
    patient_of,
)
from cdss.library import Library
from cdss.rule import Examples
from cdss.values import Truth

_KIND = {truth: kind for kind, truth in EXPECTED.items()}
_READS = {Truth.YES: "as firing", Truth.NO: "as silent", Truth.UNKNOWN: "as undecided"}


def further_examples_behave(library: Library, case_facts: CaseFacts) -> Iterator[Problem]:
    """L101 an example behaves otherwise, L103 it cannot be read, L105 it was checked against a source nobody cites.

    ``library`` was read with its documents.
    """
    backends: dict[date, PlainBackend] = {}
    for rule in library.rules.values():
        path = FOLDER + rule.id.replace(".", "/") + ".yaml"
        if path in library.documents:
            further = [tried for tried in examples_of_rule(library, rule.id) if tried.further]
            yield from _tried(library, rule.id, path, rule.examples, further, last_day(rule), case_facts, backends)
            cited = {cite.ref for _, version in rule.versions if version for cite in version.cites}
            for ref, place in attested(library, path):
                if ref not in cited:
                    yield Problem(place, "L105", f"checked against '{ref}', which the rule does not cite")
    for name in library.definitions:
        own = own_examples(library, name)
        path = f"definitions/{name}.yaml"
        every = list(examples_of_definition(library, name))
        yield from _tried(library, name, path, own, every, LAST_DAY, case_facts, backends)


def _tried(
    library: Library,
    name: str,
    path: str,
    own: Examples,
    examples: list[Tried],
    last: date,
    case_facts: CaseFacts,
    backends: dict[date, PlainBackend],
) -> Iterator[Problem]:
    for tried in examples:
        if tried.expected is None:
            continue
        frame = library.documents[FOLDER + path.removeprefix(FOLDER) if tried.further else path].frame(tried.place.line)
        try:
            facts, on = patient_of(own, tried.example, library, case_facts)
        except Problems as problems:
            for problem in problems.problems:
                yield Problem(tried.place, "L103", problem.message, problem.remedy, frame)
            continue
        except CdssError as error:
            yield Problem(tried.place, "L103", str(error))
            continue
        day = on or last
        if day not in backends:
            backends[day] = PlainBackend(library.in_force(day).program)
        verdicts = backends[day].verdicts(facts)
        got = verdicts.rules.get(name, verdicts.definitions.get(name, Truth.NO))
        if got is not tried.expected:
            message = f"the example that {_KIND[tried.expected]} reads {_READS[got]}"
            yield Problem(tried.place, "L101", message, None, frame)
