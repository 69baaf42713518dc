"""Small checks of a library that reads well: do the examples behave, is every source used, is nothing said twice.

Each check yields Problems; it never prints. Codes start with L.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from cdss.assurance import CHECKS, HAZARDS, INVARIANTS
from cdss.backends.plain import PlainBackend
from cdss.condition import Condition, definitions_used, facts_used
from cdss.coverage import only_asks_known
from cdss.errors import CdssError, Problem, Problems
from cdss.examples import EXPECTED, CaseFacts, last_day, patient_of
from cdss.library import Library
from cdss.redundancy import redundancies
from cdss.rule import Example, Kind, Provenance, Rule
from cdss.therapy import TherapyKind
from cdss.trying import further_examples_behave
from cdss.values import Truth, Value
from cdss.vocabulary import nearest


def check(
    library: Library, case_facts: CaseFacts, tests: Path | None = None, today: date | None = None
) -> list[Problem]:
    """Everything found, sorted by place. ``tests`` is the folder of the tests that invariants name, if there is one.

    ``today`` is the day that no confirmation may lie after; None looks at no calendar.
    """
    found = [
        *_examples_behave(library, case_facts),
        *further_examples_behave(library, case_facts),
        *_sources_are_used(library),
        *_definitions_are_used(library),
        *_titles_are_unique(library),
        *_proposals_open_no_drug(library),
        *_replacements_exist(library),
        *_labels_are_declared(library),
        *_words_prescribe_nothing(library),
        *_wishes_move_no_statement(library),
        *_assurance_holds(library, tests),
        *redundancies(library, today),
    ]
    return sorted(set(found), key=lambda p: (p.place, p.code, p.message))


def _examples_behave(library: Library, case_facts: CaseFacts) -> Iterator[Problem]:
    """L101 an example behaves otherwise, L102 a kind of example is missing, L103 an example cannot be read."""
    backends: dict[date, PlainBackend] = {}
    for rule in library.rules.values():
        document = library.documents[path_of(rule)]
        for kind, expected in EXPECTED.items():
            examples: tuple[Example, ...] = getattr(rule.examples, kind)
            if not examples and not (kind == "undecided" and only_asks_known(rule)):
                yield Problem(
                    document.place(("examples",), key=True), "L102", f"no example on which the rule {_verb(kind)}"
                )
            for index, example in enumerate(examples):
                place = document.place(("examples", kind, index))
                try:
                    facts, on = patient_of(rule.examples, example, library, case_facts)
                except Problems as problems:
                    for problem in problems.problems:
                        yield Problem(place, "L103", problem.message, problem.remedy, document.frame(place.line))
                    continue
                except CdssError as error:
                    yield Problem(place, "L103", str(error))
                    continue
                got = _verdict(library, rule, facts, on or last_day(rule), backends)
                if got is not expected:
                    yield Problem(
                        place, "L101", f"the example under {kind} reads {_WORD[got]}", None, document.frame(place.line)
                    )


_WORD = {Truth.YES: "as firing", Truth.NO: "as silent", Truth.UNKNOWN: "as undecided"}


def _verb(kind: str) -> str:
    return {"fires": "fires", "silent": "is silent", "undecided": "stays undecided"}[kind]


def _verdict(
    library: Library, rule: Rule, facts: Mapping[str, Value], on: date, backends: dict[date, PlainBackend]
) -> Truth:
    version = rule.version_on(on)
    if version is None:
        return Truth.NO
    if on not in backends:
        backends[on] = PlainBackend(library.in_force(on).program)
    return backends[on].verdicts(facts).rules[rule.id]


def _sources_are_used(library: Library) -> Iterator[Problem]:
    """L201 a source nobody cites."""
    used = {
        ref
        for rule in library.rules.values()
        for _, version in rule.versions
        if version
        for ref in (*(cite.ref for cite in version.cites), *version.evidence)
    }
    for name, document in library.documents.items():
        if name.startswith("citations") and isinstance(document.data, dict):
            for index, entry in enumerate(document.data.get("references", [])):
                if entry["id"] not in used and entry["id"] not in _cited_by_definitions(library):
                    yield Problem(document.place(("references", index, "id")), "L201", f"no rule cites '{entry['id']}'")


def _cited_by_definitions(library: Library) -> set[str]:
    found: set[str] = set()
    for name, document in library.documents.items():
        if name.startswith("definitions/"):
            bodies = [document.data.get("always"), *(document.data.get("versions") or {}).values()]
            for body in bodies:
                cites = (body or {}).get("cite") or []
                found |= {cite["ref"] for cite in (cites if isinstance(cites, list) else [cites])}
    return found


def _definitions_are_used(library: Library) -> Iterator[Problem]:
    """L202 a definition nothing refers to."""
    conditions: list[Condition] = [c for d in library.definitions.values() for _, c in d.versions]
    conditions += [version.condition for rule in library.rules.values() for _, version in rule.versions if version]
    used = {name for condition in conditions for name in definitions_used(condition)}
    for name, definition in library.definitions.items():
        if name not in used:
            yield Problem(definition.place, "L202", f"nothing refers to the definition '{name}'")


def _titles_are_unique(library: Library) -> Iterator[Problem]:
    """L203 two rules with one title."""
    titles: dict[str, list[Rule]] = defaultdict(list)
    for rule in library.rules.values():
        titles[rule.title.casefold()].append(rule)
    for rules in titles.values():
        for rule in rules[1:]:
            yield Problem(rule.place, "L203", f"{rules[0].id} has the same title")


def _proposals_open_no_drug(library: Library) -> Iterator[Problem]:
    """L301 our own proposal may favour watching, a trial or supportive care, never a drug or a procedure."""
    for rule in library.rules.values():
        for _, version in rule.versions:
            if (
                version
                and version.provenance is Provenance.PROPOSAL
                and version.then.stance
                and version.then.stance.favours
            ):
                kinds = {library.therapies.therapies[t].kind for t in rule.therapies}
                if kinds != {TherapyKind.MANAGEMENT}:
                    yield Problem(rule.place, "L301", "a proposal of ours favours a drug or a procedure")


def _replacements_exist(library: Library) -> Iterator[Problem]:
    """L204 a retired rule names a replacement that does not exist."""
    for rule in library.rules.values():
        wanted = rule.retired.replaced_by if rule.retired else None
        if wanted and wanted not in library.rules:
            close = nearest(wanted, set(library.rules))
            yield Problem(
                rule.place, "L204", f"no rule is called '{wanted}'", f"did you mean '{close}'?" if close else None
            )


def _labels_are_declared(library: Library) -> Iterator[Problem]:
    """L205 a body mixes labels with other rules, or a therapy declares labels complete for a body that has none."""
    for rule in library.rules.values():
        kinds = {version.then.kind for _, version in rule.versions if version}
        if (Kind.LABEL in kinds) != (rule.body in library.jurisdictions):
            yield Problem(rule.place, "L205", f"{rule.body} gives labels; this rule is something else")
    document = library.documents["therapies.yaml"]
    for therapy in library.therapies.therapies.values():
        for jurisdiction in therapy.labels_complete:
            if jurisdiction not in library.jurisdictions:
                place = document.place(("therapies", therapy.id, "labels_complete"))
                yield Problem(place, "L205", f"no labels are known for '{jurisdiction}'")


# A unit of dose or activity after a number, or so many times a day. A schedule in weeks may describe a study.
_DOSE = re.compile(
    r"\d\s*(?:mg|µg|mcg|g/m|mL|GBq|MBq|mCi|kBq)\b"
    r"|\b(?:once|twice|three times|\d times) (?:a day|daily|a week|weekly)\b",
    re.IGNORECASE,
)


def _words_prescribe_nothing(library: Library) -> Iterator[Problem]:
    """L302 the words of a rule print a dose, an activity or a schedule, which a reader may take for an order."""
    for rule in library.rules.values():
        document = library.documents[path_of(rule)]
        for start, version in rule.versions:
            if version is not None and _DOSE.search(version.says):
                path = ("always", "says") if start is None else ("versions", start.isoformat(), "says")
                remedy = "say what rises or falls; figures of a study stand under figures"
                yield Problem(document.place(path, key=True), "L302", "these words print a dose or a schedule", remedy)


def _wishes_move_no_statement(library: Library) -> Iterator[Problem]:
    """L303 a statement, a label or a definition asks what the patient wishes, so that a wish could move an option."""
    wishes = {name for name, fact in library.vocabulary.facts.items() if fact.preference}
    asked = [(d.place, c) for d in library.definitions.values() for _, c in d.versions]
    for rule in library.rules.values():
        asked += [(rule.place, v.condition) for _, v in rule.versions if v and v.then.kind is not Kind.ALERT]
    for place, condition in asked:
        if facts_used(condition) & wishes:
            yield Problem(place, "L303", "only alerts may ask for the patient's wishes")


def _assurance_holds(library: Library, tests: Path | None) -> Iterator[Problem]:
    """L401 a check that does not exist, L402 a test that does not exist, L403 an invariant against no hazard."""
    assurance = library.assurance
    for name, invariant in assurance.invariants.items():
        document = library.documents[INVARIANTS]
        for index, code in enumerate(invariant.check):
            if code not in CHECKS:
                place = document.place(("invariants", name, "check", index))
                yield Problem(place, "L401", f"no check has the code '{code}'", None, document.frame(place.line))
        if assurance.hazards and not any(name in hazard.invariants for hazard in assurance.hazards.values()):
            yield Problem(document.place(("invariants", name), key=True), "L403", f"no hazard in {HAZARDS} names it")
    if tests is None:
        return
    known = _tests_in(tests)
    for file, path, test in assurance.tests():
        if test not in known:
            document = library.documents[file]
            place, close = document.place(path), nearest(test, known)
            remedy = f"did you mean '{close}'?" if close else "a test is named tests/file.py::test_name"
            yield Problem(place, "L402", f"there is no test '{test}'", remedy, document.frame(place.line))


def _tests_in(folder: Path) -> set[str]:
    """The names of the tests below ``folder``: "tests/test_law.py::test_…"."""
    return {
        f"{folder.name}/{path.relative_to(folder).as_posix()}::{name}"
        for path in folder.rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }


def path_of(rule: Rule) -> str:
    """The file of a rule below the rules folder."""
    return rule.id.replace(".", "/") + ".yaml"
