"""Mutation testing: what the changes are, which are noticed and by what, and that nothing depends on the run."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdss.assurance import Assurance
from cdss.backends.plain import PlainBackend
from cdss.case import bundled_cases, load_case
from cdss.cli import app
from cdss.condition import All, Any, Compare, Condition, Holds, Includes, Is, Known, Not, OneOf, Op
from cdss.engine import Engine
from cdss.errors import CdssError
from cdss.examples import CaseFacts, owners, posed
from cdss.library import Library, load_library
from cdss.lint import check
from cdss.locations import cases_folder, rules_folder
from cdss.logic_coverage.cover import Share
from cdss.mutation.drafts import draft
from cdss.mutation.edits import applied, edits, part_at
from cdss.mutation.kinds import SILENCING, Kind
from cdss.mutation.mutants import Mutant, mutants, sampled
from cdss.mutation.notice import Fate, Noticing, Outcome
from cdss.mutation.readings import reading
from cdss.mutation.run import Wanted, chosen, mutate
from cdss.mutation.same import LIMIT, Trials
from cdss.mutation.score import Result, Score
from cdss.mutation.state import State
from cdss.mutation.witnesses import Witnesses
from cdss.regress import checks
from cdss.rule import Rule
from cdss.values import Interval, Members, Truth, Value
from tests.small_world import copy_of_rules, small_library

BROAD = """title: Zetamab in whoever is left
therapy: zetamab
scope:
  - extent: [locally_advanced, metastatic]
versions:
  2016-01-01:
    says: Zetamab was an option in slow disease.
    cite: {ref: north-2015, at: page 11}
    provenance: read
    when: [{tempo: slow}]
    then: {stance: consider, intent: antiproliferative}
  2019-01-01:
    says: Zetamab is an option in slow disease of low grade.
    cite: {ref: north-2015, at: page 12}
    provenance: read
    when:
      - any: [{tempo: slow}, {tempo: moderate}]
      - ki67_highest_percent: {at_least: 3, at_most: 20}
      - not: {prior_therapies: {includes_any: [alfanib, betanib]}}
      - prior_therapies: {includes_class: chemotherapy}
      - symptoms: {includes: flushing}
      - not: {sstr_status: positive}
    then: {stance: consider, intent: antiproliferative}
misleads_when: [The tumour is another one.]
examples:
  fires: [{facts: {extent: metastatic, tempo: slow, ki67_highest_percent: 20, prior_therapies: [deltaplatin],
    symptoms: [flushing], sstr_status: negative}}]
  silent: [{but: {ki67_highest_percent: 20.1}}, {on: 2018-12-31, but: {tempo: moderate}}]
  undecided: [{but: {tempo: unknown}}]
"""
CASES = {
    "told/advanced.yaml": """title: Advanced disease
on: 2021-03-01
facts:
  extent: metastatic
  progression: documented
  ki67_highest_percent: 20
  tempo: slow
  ecog: 3
  creatinine_clearance_ml_min: 29
  sstr_status: negative
  functional_status: non_functioning
  prior_therapies: [deltaplatin]
  symptoms: [flushing]
expect:
  - options:
      alfanib: {standing: disputed, label: {ema: on_label}}
      gammalu: {standing: contraindicated, rules: [safety.organs.gammalu-kidney]}
      zetamab: option
    alerts: [target-lost]
  - as_of: 2014-06-01
    options: {alfanib: silent}
  - as_of: 2015-01-01
    options: {alfanib: {standing: option}}
variants:
  - title: Ki-67 unknown
    but: {ki67_highest_percent: unknown}
    expect:
      options: {alfanib: {standing: undetermined, missing: [ki67_highest_percent]}}
      missing: [ki67_highest_percent]
  - title: fit
    but: {ecog: 1}
    expect: {options: {alfanib: recommended}, not_suggested: [radioligand]}
""",
    "told/early.yaml": """title: Early disease
on: 2021-03-01
facts: {extent: localised, progression: none, tempo: moderate, ecog: 0}
expect:
  options: {alfanib: silent, zetamab: silent}
  no_alerts: [ecog-unknown, young]
""",
}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = copy_of_rules(tmp_path)
    (folder / "north/growth/zetamab.yaml").write_text(BROAD, encoding="utf-8")
    return folder


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    for name, text in CASES.items():
        path = tmp_path / "cases" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "cases"


def edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"'{old}' stands {text.count(old)} times in {name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def of_kind(result: Result, owner: str, kind: Kind) -> list[tuple[Mutant, Outcome]]:
    return [(m, o) for m, o in result.outcomes if m.owner == owner and m.kind is kind]


def outcomes(result: Result) -> list[Outcome]:
    return [outcome for _, outcome in result.outcomes]


# ── what the changes are ─────────────────────────────────────────────────────────────────────


def test_every_kind_of_change_is_made_somewhere(rules: Path) -> None:
    library = load_library(rules)
    assert {mutant.kind for owner in owners(library) for mutant in mutants(library, owner)} == set(Kind)


def test_every_mutant_of_the_bundled_rules_has_a_name_of_its_own_and_a_line_in_its_own_file() -> None:
    library = load_library(rules_folder())
    found = [(owner, mutant) for owner in owners(library) for mutant in mutants(library, owner)]
    assert len({mutant.id for _, mutant in found}) == len(found) > 10_000
    for owner, mutant in found:
        assert mutant.place.file == f"rules/{owner.replace('.', '/')}.yaml"
        assert mutant.place.line
        assert mutant.mutated != mutant.original
        assert mutant.owner == owner


def test_a_mutant_stands_at_the_line_of_the_condition_it_changes(rules: Path) -> None:
    library = load_library(rules)
    lines = BROAD.splitlines()
    for mutant in mutants(library, "north.growth.zetamab"):
        if mutant.kind in (Kind.BOUNDARY, Kind.SIDE, Kind.THRESHOLD_UP, Kind.THRESHOLD_DOWN):
            assert "ki67_highest_percent" in lines[mutant.place.line - 1]
        if mutant.kind is Kind.CHANGE_STANCE:
            assert "stance: consider" in lines[mutant.place.line - 1]


def test_what_two_versions_share_changes_in_both_at_once(rules: Path) -> None:
    library = load_library(rules)
    found = [m for m in mutants(library, "north.growth.zetamab") if m.what == "extent: metastatic dropped"]
    assert len(found) == 1
    mutated = found[0].mutated
    assert isinstance(mutated, Rule)
    scopes = [part_at(version.condition, (0,)) for _, version in mutated.versions if version]
    assert scopes == [OneOf("extent", ("locally_advanced",))] * 2


def test_the_therapies_of_a_class_change_together(rules: Path) -> None:
    found = [m for m in mutants(load_library(rules), "north.growth.zetamab") if "includes chemotherapy" in m.what]
    assert [m.what for m in found] == ["prior_therapies includes chemotherapy → kinase_inhibitor"]


def test_a_threshold_never_leaves_the_range_of_its_fact() -> None:
    condition = All((Compare("ecog", Op.AT_LEAST, Decimal(0)),))
    kinds = [e.kind for e in edits(condition, small_library().vocabulary, small_library().therapies)]
    assert Kind.THRESHOLD_UP in kinds
    assert Kind.THRESHOLD_DOWN not in kinds


def test_a_condition_that_goes_takes_an_empty_group_with_it() -> None:
    tree = All((Is("extent", "metastatic"), Not(Any((Is("tempo", "slow"),)))))
    assert applied(tree, (1, 0, 0), None) == All((Is("extent", "metastatic"),))
    assert applied(All((Is("extent", "metastatic"),)), (0,), None) == All(())


def test_a_sample_is_fixed_by_its_seed_and_hardly_moved_by_a_new_rule(rules: Path) -> None:
    library = load_library(rules)
    found = [m for owner in owners(library) for m in mutants(library, owner)]
    first = [m.id for m in sampled(found, 20, seed=1)]
    assert first == [m.id for m in sampled(reversed(found), 20, seed=1)]
    assert first != [m.id for m in sampled(found, 20, seed=2)]
    fewer = [m for m in found if m.owner != "north.growth.zetamab"]
    kept = {m.id for m in sampled(fewer, 20, seed=1)}
    assert {i for i in first if not i.startswith("north.growth.zetamab")} <= kept


# ── what notices them ────────────────────────────────────────────────────────────────────────


def test_an_example_at_the_boundary_notices_what_none_beside_it_does(rules: Path, cases: Path) -> None:
    owner, file = "south.growth.alfanib-unfit", "south/growth/alfanib-unfit.yaml"
    wanted = Wanted((owner,))
    [(lower, outcome)] = of_kind(mutate(rules, cases, wanted), owner, Kind.THRESHOLD_DOWN)
    assert outcome == Outcome(lower.id, Fate.SURVIVED, "", 0, 0)
    assert (lower.place.file, lower.place.line) == (f"rules/{file}", 8)
    edit(rules, file, "{facts: {ecog: 1}}", "{facts: {ecog: 2}}")
    [(_, outcome)] = of_kind(mutate(rules, cases, wanted), owner, Kind.THRESHOLD_DOWN)
    assert outcome.fate is Fate.KILLED
    assert outcome.by.startswith(f"rules/{file}:13:")


def test_a_case_notices_a_changed_stance_and_is_named(rules: Path, cases: Path) -> None:
    [(_, outcome)] = of_kind(mutate(rules, cases), "south.growth.alfanib-unfit", Kind.CHANGE_STANCE)
    assert outcome.fate is Fate.KILLED
    assert outcome.by.startswith("cases/told/advanced.yaml:")


def test_a_case_notices_which_fact_is_no_longer_missing(rules: Path, cases: Path) -> None:
    """Both answers are unknown, but the board would be told to obtain something else."""
    edit(
        rules,
        "north/growth/alfanib.yaml",
        "{ki67_highest_percent: {at_most: 20}}]",
        "{ki67_highest_percent: {at_most: 20}}, {any: [{tempo: slow}, {symptoms: {includes: diarrhoea}}]}]",
    )
    edit(
        cases,
        "told/advanced.yaml",
        "but: {ki67_highest_percent: unknown}",
        "but: {ki67_highest_percent: unknown, tempo: unknown, symptoms: unknown}",
    )
    edit(
        cases, "told/advanced.yaml", "missing: [ki67_highest_percent]}}", "missing: [ki67_highest_percent, symptoms]}}"
    )
    owner = "north.growth.alfanib"
    found = [
        o
        for m, o in mutate(rules, cases, Wanted((owner,))).outcomes
        if m.what == "symptoms includes diarrhoea" and m.kind is Kind.DROP_LEAF
    ]
    assert [o.fate for o in found] == [Fate.KILLED]
    assert found[0].by.startswith("cases/told/advanced.yaml:")


def test_a_changed_definition_is_noticed_by_the_rules_that_lean_on_it(rules: Path, cases: Path) -> None:
    owner = "definitions.advanced"
    result = mutate(rules, cases, Wanted((owner,)))
    [(_, negated)] = of_kind(result, owner, Kind.NEGATE_LEAF)
    assert negated.by.startswith("rules/north/growth/alfanib.yaml:")
    survived = {m.what for m, _ in result.of(Fate.SURVIVED)}
    assert survived == {
        "extent: [locally_advanced, metastatic]",
        "extent: locally_advanced dropped",
        "extent: localised added",
    }


FURTHER = """examples:
  - facts: {ecog: 2}
    expect: silent
"""
CHECKED = "    checked: {by: a reader, date: 2021-02-01, against: {ref: south-2018, at: page 3}}\n"


def test_a_further_example_notices_once_it_is_checked(rules: Path, cases: Path) -> None:
    owner = "south.growth.alfanib-unfit"
    path = rules / "examples/south/growth/alfanib-unfit.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(FURTHER, encoding="utf-8")
    [(_, outcome)] = of_kind(mutate(rules, cases, Wanted((owner,))), owner, Kind.THRESHOLD_DOWN)
    assert outcome.fate is Fate.SURVIVED
    path.write_text(FURTHER + CHECKED, encoding="utf-8")
    [(_, outcome)] = of_kind(mutate(rules, cases, Wanted((owner,))), owner, Kind.THRESHOLD_DOWN)
    assert outcome.fate is Fate.KILLED
    assert outcome.by.startswith("rules/examples/south/growth/alfanib-unfit.yaml:2:")


def test_an_example_of_a_definition_notices_that_it_changed(rules: Path, cases: Path) -> None:
    owner = "definitions.advanced"
    with (rules / "definitions/advanced.yaml").open("a", encoding="utf-8") as file:
        file.write("examples: {silent: [{facts: {extent: localised}}]}\n")
    result = mutate(rules, cases, Wanted((owner,)))
    [(_, added)] = of_kind(result, owner, Kind.ADD_MEMBER)
    assert added.by.startswith("rules/definitions/advanced.yaml:")
    assert {m.what for m, _ in result.of(Fate.SURVIVED)} == {"extent: locally_advanced dropped"}


def test_an_example_of_a_definition_notices_a_change_in_one_behind_it(rules: Path, cases: Path) -> None:
    (rules / "definitions/outer.yaml").write_text(OUTER, encoding="utf-8")
    edit(rules, "north/growth/zetamab.yaml", "when: [{tempo: slow}]", "when: [{holds: outer}, {tempo: slow}]")
    owner = "definitions.advanced"
    [(_, added)] = of_kind(mutate(rules, cases, Wanted((owner,))), owner, Kind.ADD_MEMBER)
    assert added.by.startswith("rules/definitions/outer.yaml:")


OUTER = """title: Advanced and slow
always:
  says: Advanced disease that grows slowly.
  when: [{holds: advanced}, {tempo: slow}]
examples: {silent: [{facts: {extent: localised, tempo: slow}}]}
"""


def test_a_definition_that_begins_later_is_noticed_where_something_leans_on_it(rules: Path, cases: Path) -> None:
    (rules / "definitions/slow.yaml").write_text(SLOW, encoding="utf-8")
    owner = "definitions.slow"
    [(later, outcome)] = of_kind(mutate(rules, cases, Wanted((owner,))), owner, Kind.START_LATER)
    assert outcome.fate is Fate.SURVIVED
    assert not noticed_the_long_way(load_library(rules), later, cases)
    text = (rules / "north/growth/alfanib.yaml").read_text(encoding="utf-8")
    head, middle, rest = text.partition("when: [")
    (rules / "north/growth/alfanib.yaml").write_text(head + middle + "{holds: slow}, " + rest, encoding="utf-8")
    [(later, outcome)] = of_kind(mutate(rules, cases, Wanted((owner,))), owner, Kind.START_LATER)
    assert outcome.fate is Fate.KILLED
    assert noticed_the_long_way(load_library(rules), later, cases)


SLOW = """title: Slow
versions:
  2015-01-01:
    says: Disease that grows slowly.
    when: [{tempo: slow}]
"""


def test_a_draft_of_a_case_notices_nothing_until_somebody_has_checked_it(rules: Path, cases: Path) -> None:
    before = len(Witnesses(load_library(rules), cases).asked)
    edit(cases, "told/early.yaml", "title: Early disease", "title: Early disease\ndraft: true")
    assert len(Witnesses(load_library(rules), cases).asked) == before - 1


def test_a_dropped_rule_is_noticed_where_a_case_names_it(rules: Path, cases: Path) -> None:
    result = mutate(rules, cases)
    [(_, kidney)] = of_kind(result, "safety.organs.gammalu-kidney", Kind.DROP_RULE)
    assert kidney.by.startswith("cases/told/advanced.yaml:")
    [(_, ablation)] = of_kind(result, "evidence.growth.ablation", Kind.DROP_RULE)
    assert ablation.fate is Fate.SURVIVED


def test_a_shifted_date_is_noticed_by_whoever_asks_on_that_day(rules: Path, cases: Path) -> None:
    result = mutate(rules, cases)
    later = {m.id: o for m, o in of_kind(result, "north.growth.alfanib", Kind.START_LATER)}
    assert later["north.growth.alfanib@2015-01-01:start_later"].fate is Fate.KILLED
    assert later["north.growth.alfanib@2020-01-01:start_later"].fate is Fate.SURVIVED
    earlier = {m.id: o for m, o in of_kind(result, "north.growth.zetamab", Kind.START_EARLIER)}
    by = earlier["north.growth.zetamab@2019-01-01:start_earlier"]
    assert by.fate is Fate.KILLED
    assert by.by.startswith("rules/north/growth/zetamab.yaml:")


def test_a_survivor_says_how_many_checks_it_touched_and_how_many_of_these_look(rules: Path, cases: Path) -> None:
    [(_, outcome)] = of_kind(mutate(rules, cases), "south.growth.chemotherapy-slow", Kind.CHANGE_STANCE)
    assert (outcome.fate, outcome.touched, outcome.read) == (Fate.SURVIVED, 3, 1)


def test_a_check_that_fails_anyway_notices_nothing(rules: Path, cases: Path) -> None:
    edit(cases, "told/early.yaml", "options: {alfanib: silent, zetamab: silent}", "options: {alfanib: recommended}")
    witnesses = Witnesses(load_library(rules), cases)
    assert witnesses.failing == 1
    assert "cases/told/early.yaml" not in {asked.place.file for asked in witnesses.asked}


STEPS = """steps:
  - over: {ecog: 3}
    below: {options: {alfanib: recommended}}
    at: {options: {alfanib: disputed}}
    above: {options: {alfanib: disputed}}
    missing: {options: {alfanib: {rules: [north.growth.alfanib]}}}
"""


def test_the_step_below_a_limit_notices_that_it_moved(rules: Path, cases: Path) -> None:
    owner = "south.growth.alfanib-unfit"
    with (cases / "told/advanced.yaml").open("a", encoding="utf-8") as file:
        file.write(STEPS)
    assert Witnesses(load_library(rules), cases).failing == 0
    [(_, outcome)] = of_kind(mutate(rules, cases, Wanted((owner,))), owner, Kind.THRESHOLD_DOWN)
    assert outcome.fate is Fate.KILLED
    below = (cases / "told/advanced.yaml").read_text(encoding="utf-8").splitlines().index(STEPS.splitlines()[2])
    assert outcome.by.startswith(f"cases/told/advanced.yaml:{below + 1}:")


def test_an_accepted_difference_notices_a_mutant_that_takes_it_away(rules: Path, cases: Path) -> None:
    """The check fails once the difference is gone, and only then."""
    (cases / "told/known.yaml").write_text(
        """title: A known difference
on: 2021-03-01
facts: {extent: metastatic, sstr_status: negative}
expect:
  no_alerts: [target-lost]
  accepted: {by: A. Reader, because: It waits for the source., date: 2021-03-01}
""",
        encoding="utf-8",
    )
    witnesses = Witnesses(load_library(rules), cases)
    assert witnesses.failing == 0
    [asked] = [asked for asked in witnesses.asked if asked.place.file == "cases/told/known.yaml"]
    assert not asked.fails(witnesses.engine, asked.verdicts)
    [alert] = [d.rule for d in asked.decided(witnesses.engine, asked.verdicts).alerts if d.alert == "target-lost"]
    assert alert
    assert asked.fails(witnesses.engine, asked.verdicts.changed({alert: (Truth.NO, frozenset())}))


def test_the_short_way_finds_what_trying_everything_finds(rules: Path, cases: Path) -> None:
    """Every mutant of the small rules, put as a whole library before every example and every check."""
    library = load_library(rules)
    witnesses = Witnesses(library, cases)
    tried = {Fate.KILLED: 0, Fate.SURVIVED: 0, Fate.EQUIVALENT: 0}
    for owner in owners(library):
        found = list(mutants(library, owner))
        noticing = Noticing(witnesses, found[0].original)
        for mutant in found:
            outcome = noticing.outcome(mutant)
            tried[outcome.fate] += 1
            assert (outcome.fate is Fate.KILLED) == noticed_the_long_way(library, mutant, cases), mutant.id
    assert min(tried[Fate.KILLED], tried[Fate.SURVIVED]) > 20


def no_case(name: str) -> Mapping[str, Value]:
    raise CdssError(f"there is no case '{name}'")


def noticed_the_long_way(library: Library, mutant: Mutant, cases: Path) -> bool:
    altered = with_mutant(library, mutant)
    if mutant.kind not in SILENCING and not examples_behave(altered):
        return True
    return a_check_fails(altered, cases, Engine(library).alerts)


def a_check_fails(library: Library, cases: Path, alerts: frozenset[str]) -> bool:
    """Whether any check of the cases fails; that no rule raises one of ``alerts`` any more is no failure by itself."""
    engine = Engine(library, shadow=False)
    engine.alerts = alerts
    for name in bundled_cases(cases):
        for asked in checks(load_case(name, cases), engine):
            try:
                if asked.run():
                    return True
            except CdssError:
                return True
    return False


def with_mutant(library: Library, mutant: Mutant) -> Library:
    if not isinstance(mutant.mutated, Rule):
        return replace(library, definitions={**library.definitions, mutant.mutated.name: mutant.mutated})
    rules = {**library.rules, mutant.mutated.id: mutant.mutated}
    if mutant.kind is Kind.DROP_RULE:
        del rules[mutant.mutated.id]
    return replace(library, rules=rules)


def examples_behave(library: Library, case_facts: CaseFacts = no_case) -> bool:
    backends: dict[date, PlainBackend] = {}
    for owner in owners(library):
        for example in posed(library, owner, case_facts):
            try:
                if example.day not in backends:
                    backends[example.day] = PlainBackend(library.in_force(example.day).program)
            except CdssError:
                return False
            found = backends[example.day].verdicts(example.facts)
            answers = found.definitions if owner.startswith("definitions.") else found.rules
            if answers.get(owner.removeprefix("definitions."), Truth.NO) is not example.expected:
                return False
    return True


def test_the_short_way_finds_in_the_bundled_rules_what_trying_everything_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each kind a mutant that is noticed and one that is not, put as a whole library before a few cases.

    Without examples and registers, the cases must notice.
    """
    monkeypatch.setattr(Witnesses, "told", lambda _self, _owner: ())
    library = replace(load_library(rules_folder()), assurance=Assurance())
    for name in BUNDLED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(cases_folder() / name, tmp_path / name)
    witnesses = Witnesses(library, tmp_path)
    assert witnesses.failing == 0
    tried = set()
    for mutant, is_killed in of_each_kind(library, witnesses, random.Random(1)):
        tried.add((mutant.kind, is_killed))
        assert is_killed == a_check_fails(with_mutant(library, mutant), tmp_path, witnesses.engine.alerts), mutant.id
    # Neither case asks on the day of a version or expects a severity; further values and lost exclusions turn nothing.
    unseen = {Kind.START_EARLIER, Kind.START_LATER, Kind.CHANGE_SEVERITY, Kind.ADD_MEMBER, Kind.DROP_EXCLUSION}
    assert tried == set(product(Kind, (True, False))) - {(kind, True) for kind in unseen}


BUNDLED = (
    "pancreas/receptor-positive-bulky.yaml",
    "carcinoid-syndrome/ovarian-primary.yaml",
)


def of_each_kind(library: Library, witnesses: Witnesses, chance: random.Random) -> Iterator[tuple[Mutant, bool]]:
    """Of each kind one that the short way calls killed and one that it does not, where there are both.

    So of rules at which a check looks, and of definitions.
    """
    spoken = {
        rule
        for asked in witnesses.asked
        for rule, truth in asked.verdicts.rules.items()
        if truth is not Truth.NO and asked.reads(library.rules[rule])
    }
    definitions = {owner for owner in owners(library) if owner.startswith("definitions.")}
    for group in (spoken, definitions):
        found = [mutant for owner in sorted(group) for mutant in mutants(library, owner)]
        chance.shuffle(found)
        for kind in Kind:
            wanted = {True, False}
            for mutant in [mutant for mutant in found if mutant.kind is kind][:30]:
                is_killed = Noticing(witnesses, mutant.original).outcome(mutant).fate is Fate.KILLED
                if is_killed in wanted:
                    wanted.remove(is_killed)
                    yield mutant, is_killed
                if not wanted:
                    break


# ── what is the same in other words ──────────────────────────────────────────────────────────

KI67 = "ki67_highest_percent"


def alike(*conditions: Condition) -> bool:
    library = small_library()
    definitions = {name: d.versions[-1][1] for name, d in library.definitions.items()}
    return Trials(library.vocabulary, conditions, definitions).alike(limit=LIMIT)


def compare(op: Op, bound: str) -> Compare:
    return Compare(KI67, op, Decimal(bound))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (All((compare(Op.AT_MOST, "20"), compare(Op.AT_MOST, "30"))), compare(Op.AT_MOST, "20")),
        (Any((Is("extent", "metastatic"), Holds("advanced"))), Holds("advanced")),
        (Not(compare(Op.LESS_THAN, "3")), compare(Op.AT_LEAST, "3")),
        (
            All((Includes("prior_therapies", "alfanib"), Includes("prior_therapies", "alfanib"))),
            Includes("prior_therapies", "alfanib"),
        ),
        (OneOf("sex", ("female",)), Not(Is("sex", "male"))),
    ],
)
def test_conditions_that_read_everybody_alike_are_proven_to(one: Condition, other: Condition) -> None:
    assert alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (compare(Op.AT_MOST, "20"), compare(Op.LESS_THAN, "20")),
        (OneOf("sex", ("female", "male")), All(())),
        (compare(Op.AT_LEAST, "0"), All(())),
        (
            Any((Includes("prior_therapies", "alfanib"), Includes("prior_therapies", "betanib"))),
            Includes("prior_therapies", "alfanib"),
        ),
        (Known("symptoms"), Not(Known("symptoms"))),
        (Any((Is("tempo", "slow"), Not(Is("tempo", "slow")))), All(())),
    ],
)
def test_conditions_that_one_patient_tells_apart_are_not(one: Condition, other: Condition) -> None:
    assert not alike(one, other)


def test_what_lacks_other_facts_is_not_the_same() -> None:
    """Both are unknown for the same patients, but one asks for a fact that the other does not need."""
    slow = Is("tempo", "slow")
    one = All((slow, Any((slow, Is("extent", "metastatic")))))
    assert not alike(one, slow)


def test_no_patient_at_random_tells_an_equivalent_mutant_from_the_original() -> None:
    library = small_library()
    definitions = {name: d.versions[-1][1] for name, d in library.definitions.items()}
    equivalent = 0
    for seed in range(250):
        chance = random.Random(seed)
        condition = All(tuple(some_condition(chance, 2) for _ in range(2)))
        found = list(edits(condition, library.vocabulary, library.therapies))
        for change in chance.sample(found, min(len(found), 6)):
            changed = applied(condition, change.path, change.new)
            if not Trials(library.vocabulary, (condition, changed), definitions).alike(limit=LIMIT):
                continue
            equivalent += 1
            for _ in range(200):
                facts = some_facts(chance)
                holds = {name: answer_of(c, facts) for name, c in definitions.items()}
                one, other = (reading(c, facts, holds, definitions) for c in (condition, changed))
                assert one == other, (seed, change.what)
    assert equivalent > 20


def answer_of(condition: Condition, facts: dict[str, Value]) -> Truth:
    return reading(condition, facts, {}, {}).truth


def some_condition(chance: random.Random, depth: int) -> Condition:
    if depth and chance.random() < 0.6:
        parts = tuple(some_condition(chance, depth - 1) for _ in range(chance.choice([1, 2, 2, 3])))
        return All(parts) if chance.random() < 0.5 else Any(parts)
    leaf = some_leaf(chance)
    return Not(leaf) if chance.random() < 0.2 else leaf


def some_leaf(chance: random.Random) -> Condition:
    match chance.randrange(6):
        case 0:
            return Is("tempo", chance.choice(["slow", "moderate", "rapid"]))
        case 1:
            return OneOf("tempo", tuple(chance.sample(["slow", "moderate", "rapid"], 2)))
        case 2:
            return compare(chance.choice(list(Op)), chance.choice(["0", "3", "3.1", "20", "100"]))
        case 3:
            return Includes("symptoms", chance.choice(["flushing", "diarrhoea", "abdominal_pain"]))
        case 4:
            return Known(chance.choice(["symptoms", "tempo", KI67]))
    return Holds("advanced")


def some_facts(chance: random.Random) -> dict[str, Value]:
    found: dict[str, Value] = {}
    if chance.random() < 0.8:
        found["tempo"] = chance.choice(["slow", "moderate", "rapid"])
    if chance.random() < 0.8:
        found["extent"] = chance.choice(["localised", "locally_advanced", "metastatic"])
    words = ["flushing", "diarrhoea", "abdominal_pain"]
    present = frozenset(chance.sample(words, chance.randrange(3)))
    if chance.random() < 0.8:
        found["symptoms"] = Members(present, complete=chance.random() < 0.5)
    low, high = sorted(Decimal(chance.choice(["0", "1", "3", "3.1", "10", "20", "20.1", "100"])) for _ in "ab")
    match chance.randrange(4):
        case 0:
            found[KI67] = Interval(low, high)
        case 1:
            found[KI67] = Interval(low, None, low_open=chance.random() < 0.5)
        case 2:
            found[KI67] = Interval(None, high, high_open=chance.random() < 0.5)
    return found


def test_an_equivalent_mutant_is_told_and_stays_out_of_the_score(rules: Path, cases: Path) -> None:
    edit(
        rules,
        "safety/organs/gammalu-kidney.yaml",
        "when: [{creatinine",
        "when: [{creatinine_clearance_ml_min: {less_than: 50}}, {creatinine",
    )
    result = mutate(rules, cases, Wanted(("safety.organs.gammalu-kidney",)))
    found = {mutant.what: outcome.fate for mutant, outcome in result.outcomes if mutant.kind is not Kind.NEGATE_LEAF}
    assert found["creatinine_clearance_ml_min less_than 50"] is Fate.EQUIVALENT
    assert found["creatinine_clearance_ml_min less_than 50 → 51"] is Fate.EQUIVALENT
    assert found["creatinine_clearance_ml_min less_than 50 → more_than"] is Fate.KILLED
    whole = result.whole
    assert whole.total == len(result.outcomes) == whole.killed + whole.survived + whole.equivalent
    assert whole.share == Share(whole.killed, whole.killed + whole.survived)


def test_a_score_is_rounded_down_so_that_a_hundred_means_all() -> None:
    assert str(Score(killed=2999, survived=1).share) == "99.9 %"
    assert str(Score(killed=3000).share) == "100.0 %"
    assert Score(equivalent=3).share is None


def test_a_rule_named_twice_has_its_mutants_once(rules: Path) -> None:
    owner = "south.growth.alfanib-unfit"
    once = chosen(load_library(rules), Wanted((owner,), sample=100))
    assert chosen(load_library(rules), Wanted((owner, owner), sample=100)) == once


# ── the example that is missing ──────────────────────────────────────────────────────────────


def test_a_drafted_example_behaves_and_notices_its_mutant(rules: Path, cases: Path) -> None:
    library = load_library(rules)
    survivors = [mutant for mutant, _ in mutate(rules, cases).of(Fate.SURVIVED)]
    drafts = {mutant.id: found for mutant in survivors if (found := draft(library, mutant)) is not None}
    assert len(drafts) > 40
    for owner, example in sorted({(found.rule, str(found)) for found in drafts.values()}):
        add_example(rules / f"{owner.replace('.', '/')}.yaml", example)
    codes = {problem.code for problem in check(load_library(rules), lambda _: {})}
    assert not codes & {"L101", "L103"}
    now = {mutant.id: outcome.fate for mutant, outcome in mutate(rules, cases).outcomes}
    assert {now[identity] for identity in drafts} == {Fate.KILLED}
    assert {m.kind for m in survivors if m.id not in drafts} <= SILENCING


def add_example(path: Path, example: str) -> None:
    """Puts "silent: {…}" at the end of the examples that are silent."""
    kind, _, item = example.partition(": ")
    head, middle, rest = path.read_text(encoding="utf-8").partition(f"\n  {kind}: [")
    assert middle, f"{path} has no examples under {kind}"
    listed, *others = re.split(r"(?=\n  (?:fires|silent|undecided): \[)", rest)
    listed = listed.rstrip().removesuffix("]") + f", {item}]"
    text = head + middle + listed + "".join(others)
    path.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")


def test_a_survivor_is_printed_with_the_example_that_would_notice_it(folders: tuple[str, ...]) -> None:
    _, out, _ = ran(*folders, "--rule", "south.growth.alfanib-unfit")
    assert (
        "an example of south.growth.alfanib-unfit would notice it, if the source agrees: silent: {but: {ecog: 2}}"
        in out
    )


# ── the run ──────────────────────────────────────────────────────────────────────────────────


def test_two_processes_find_what_one_finds(rules: Path, cases: Path) -> None:
    one = mutate(rules, cases, jobs=1)
    assert outcomes(mutate(rules, cases, jobs=2)) == outcomes(one)
    assert len(one.outcomes) > 120  # more than two chunks, so that two processes share the work


def test_an_interrupted_run_goes_on_where_it_stopped(rules: Path, cases: Path, tmp_path: Path) -> None:
    whole = mutate(rules, cases)
    state = State(rules, cases, tmp_path / "state")

    def stop(done: int, _of: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mutate(rules, cases, state=state, tell=stop)
    kept = state.known()
    assert 0 < len(kept) < len(whole.outcomes)
    heard: list[int] = []
    resumed = mutate(rules, cases, state=state, resume=True, tell=lambda done, _of: heard.append(done))
    assert heard[0] == len(kept)
    assert heard[-1] == len(whole.outcomes)
    assert outcomes(resumed) == outcomes(whole)


def test_a_resumed_run_tries_nothing_twice(rules: Path, cases: Path, tmp_path: Path) -> None:
    state = State(rules, cases, tmp_path / "state")
    first = mutate(rules, cases, state=state)
    made_up = replace(first.outcomes[0][1], by="told by the file of the earlier run", fate=Fate.KILLED)
    state.add([made_up])
    assert outcomes(mutate(rules, cases, state=state, resume=True))[0] == made_up
    assert outcomes(mutate(rules, cases, state=state)) == outcomes(first)  # without resume it begins anew


def test_a_line_cut_short_is_tried_again(rules: Path, cases: Path, tmp_path: Path) -> None:
    state = State(rules, cases, tmp_path / "state")
    whole = mutate(rules, cases, state=state)
    [file] = (tmp_path / "state").iterdir()
    text = file.read_text(encoding="utf-8")
    file.write_text(text[: len(text) // 2], encoding="utf-8")
    assert 0 < len(state.known()) < len(whole.outcomes)
    assert outcomes(mutate(rules, cases, state=state, resume=True)) == outcomes(whole)


@pytest.mark.parametrize("changed", ["rules/north/growth/zetamab.yaml", "cases/told/early.yaml"])
def test_a_changed_file_makes_a_run_begin_anew(rules: Path, cases: Path, tmp_path: Path, changed: str) -> None:
    mutate(rules, cases, state=State(rules, cases, tmp_path / "state"))
    with (tmp_path / changed).open("a", encoding="utf-8") as file:
        file.write("# read again\n")
    assert State(rules, cases, tmp_path / "state").known() == {}


def test_what_is_kept_names_places_and_nothing_of_a_patient(rules: Path, cases: Path, tmp_path: Path) -> None:
    mutate(rules, cases, state=State(rules, cases, tmp_path / "state"))
    [file] = (tmp_path / "state").iterdir()
    for line in filter(None, file.read_text(encoding="utf-8").splitlines()):
        assert set(json.loads(line)) == {"id", "fate", "by", "touched", "read"}
        assert json.loads(line)["by"] == "" or json.loads(line)["by"].split(":")[0].endswith(".yaml")


def test_an_unknown_rule_is_refused_with_the_nearest_one(rules: Path) -> None:
    with pytest.raises(CdssError, match=r"did you mean 'north\.growth\.zetamab'"):
        chosen(load_library(rules), Wanted(("north.growth.zetamap",)))


# ── the command ──────────────────────────────────────────────────────────────────────────────


def ran(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["rules", "mutate", *words])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def folders(rules: Path, cases: Path, tmp_path: Path) -> tuple[str, ...]:
    return ("--rules", str(rules), "--cases", str(cases), "--state", str(tmp_path / "state"), "--jobs", "1")


def test_the_command_lists_survivors_with_their_line_and_counts_by_kind_and_body(folders: tuple[str, ...]) -> None:
    code, out, err = ran(*folders)
    assert (code, err) == (0, "")
    assert "rules/south/growth/alfanib-unfit.yaml:8: threshold one step down: ecog at_least 3 → 2" in out
    assert "the rule reads otherwise in 5 checks, 1 of these look at what it speaks of" in out
    assert "by kind" in out
    assert "by body" in out


def test_the_command_answers_programs_with_every_mutant(folders: tuple[str, ...]) -> None:
    code, out, _ = ran(*folders, "--format", "json", "--rule", "north.growth.zetamab", "--rule", "definitions.advanced")
    data = json.loads(out)
    assert code == 0
    assert {mutant["rule"] for mutant in data["mutants"]} == {"north.growth.zetamab", "definitions.advanced"}
    assert data["score"]["mutants"] == len(data["mutants"])
    assert sum(kind["killed"] for kind in data["kinds"].values()) == data["score"]["killed"]


def test_a_gate_that_is_missed_is_a_finding(folders: tuple[str, ...]) -> None:
    assert ran(*folders, "--gate", "99")[0] == 1
    assert ran(*folders, "--gate", "10")[0] == 0


def test_a_sample_is_as_large_as_was_asked(folders: tuple[str, ...]) -> None:
    _, out, _ = ran(*folders, "--sample", "12", "--seed", "3", "--format", "json")
    assert json.loads(out)["score"]["mutants"] == 12


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--rule", "north.growth.zetamap"), "did you mean 'north.growth.zetamab'?"),
        (("--rules", "nowhere"), "there is no folder nowhere"),
    ],
)
def test_the_command_refuses_what_does_not_exist(folders: tuple[str, ...], words: tuple[str, ...], told: str) -> None:
    code, _, err = ran(*folders, *words)
    assert code == 2
    assert told in err


def test_resuming_needs_somewhere_to_resume_from(rules: Path, cases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDSS_NO_CACHE", "1")
    code, _, err = ran("--rules", str(rules), "--cases", str(cases), "--resume")
    assert code == 2
    assert "--state" in err
