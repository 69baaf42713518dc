"""The rules folder read whole: what is in force when, what a digest depends on, and what classes stand for."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import ValidationError

from cdss.condition import All, Compare, Holds, Includes, Is, Op, leaves
from cdss.errors import CdssError, Problems
from cdss.library import InForce, Library, load_library
from cdss.rule import Kind, Stance

ROOT = Path(__file__).resolve().parent.parent
BASE = ROOT / "tests" / "broken" / "base"
EVEROLIMUS = "enets.colorectal.everolimus"
RULE = "enets/colorectal/everolimus.yaml"
DAY = timedelta(days=1)

Edit = Callable[[str, str, str], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A healthy small folder."""
    shutil.copytree(BASE, tmp_path / "rules")
    return tmp_path / "rules"


@pytest.fixture
def edit(root: Path) -> Edit:
    """Replaces a piece of text that stands once in a file of the folder."""

    def replace(name: str, old: str, new: str) -> None:
        text = (root / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"'{old}' stands {text.count(old)} times in {name}"
        (root / name).write_text(text.replace(old, new), encoding="utf-8")

    return replace


@pytest.fixture(scope="module")
def real() -> Library:
    return load_library(ROOT / "rules")


def stance_on(library: Library, day: date) -> Stance | None:
    version = library.rules[EVEROLIMUS].version_on(day)
    return version.then.stance if version else None


# ── what is in force on a day ─────────────────────────────────────────────────────────────────


def test_a_rule_is_silent_the_day_before_it_begins_and_speaks_on_the_day(root: Path) -> None:
    library = load_library(root)
    first, second = date(2016, 1, 1), date(2023, 6, 1)

    assert stance_on(library, first - DAY) is None
    assert stance_on(library, first) is Stance.CONSIDER
    assert stance_on(library, second - DAY) is Stance.CONSIDER
    assert stance_on(library, second) is Stance.RECOMMEND
    assert stance_on(library, date.max) is Stance.RECOMMEND


def test_a_retired_rule_speaks_until_the_day_before_and_is_silent_from_the_day_on(root: Path, edit: Edit) -> None:
    edit(RULE, "misleads_when:", "  2025-03-01:\n    retired: {because: It was replaced.}\nmisleads_when:")

    library = load_library(root)

    assert stance_on(library, date(2025, 2, 28)) is Stance.RECOMMEND
    assert stance_on(library, date(2025, 3, 1)) is None
    assert EVEROLIMUS not in library.in_force(date(2025, 3, 1)).versions
    retired = library.rules[EVEROLIMUS].retired
    assert retired is not None
    assert retired.because == "It was replaced."


def test_a_rule_may_come_back_after_it_was_retired(root: Path, edit: Edit) -> None:
    edit(RULE, "  2023-06-01:", "  2018-01-01:\n    retired: {because: It was withdrawn.}\n  2023-06-01:")

    library = load_library(root)

    assert stance_on(library, date(2020, 1, 1)) is None
    assert stance_on(library, date(2023, 6, 1)) is Stance.RECOMMEND
    assert library.rules[EVEROLIMUS].retired is None


def test_versions_are_ordered_by_day_however_the_file_orders_them(root: Path, edit: Edit) -> None:
    edit(RULE, "  2016-01-01:", "  2024-06-01:")

    library = load_library(root)

    assert [start for start, _ in library.rules[EVEROLIMUS].versions] == [date(2023, 6, 1), date(2024, 6, 1)]
    assert stance_on(library, date(2024, 6, 1)) is Stance.CONSIDER


def test_a_rule_that_always_holds_is_in_force_on_every_day(root: Path) -> None:
    library = load_library(root)

    for day in (date.min, date(1999, 12, 31), date.max):
        assert set(library.in_force(day).versions) >= {"alerts.history.ecog-unknown"}


def test_what_is_in_force_holds_the_rules_of_that_day_and_every_definition_before_those_that_use_it(root: Path) -> None:
    in_force = load_library(root).in_force(date(2015, 12, 31))

    assert in_force.as_of == date(2015, 12, 31)
    assert list(in_force.versions) == list(in_force.program.rules) == ["alerts.history.ecog-unknown"]
    assert [sorted(stratum) for stratum in in_force.program.strata] == [["advanced", "fitness_recorded"], ["incurable"]]
    assert in_force.definition_starts == (("advanced", None), ("fitness_recorded", None), ("incurable", None))


def test_what_is_in_force_shares_nothing_that_can_be_changed(root: Path) -> None:
    library = load_library(root)
    spoilt, untouched = library.in_force(date(2024, 1, 1)), library.in_force(date(2024, 1, 1))
    rules, definitions = set(library.rules), set(library.definitions)

    for mapping in changeable(spoilt):
        mapping.clear()

    assert set(library.rules) == rules
    assert set(library.definitions) == definitions
    assert set(untouched.versions) == set(untouched.program.rules) == rules
    assert set(untouched.definitions) == set(untouched.definition_says) == definitions
    assert set(library.in_force(date(2024, 1, 1)).versions) == rules


def changeable(in_force: InForce) -> list[dict[str, Any]]:
    program = in_force.program
    mappings = [in_force.versions, in_force.definitions, in_force.definition_says, program.rules, *program.strata]
    return [cast("dict[str, Any]", mapping) for mapping in mappings]


def test_a_version_cannot_be_changed(root: Path) -> None:
    version = load_library(root).in_force(date(2024, 1, 1)).versions[EVEROLIMUS]

    for thing, field, value in ((version, "says", "something else"), (version.then, "stance", Stance.AVOID)):
        before = getattr(thing, field)
        with pytest.raises((AttributeError, ValidationError), match=r"frozen|cannot assign"):
            setattr(thing, field, value)
        assert getattr(thing, field) is before


# ── definitions with a history ────────────────────────────────────────────────────────────────

DATED = """title: Advanced disease
versions:
  2010-01-01:
    says: The old wording.
    when: [{extent: metastatic}]
  2019-07-01:
    says: The new wording.
    when: [{extent: [locally_advanced, metastatic]}]
"""


def test_a_definition_is_taken_on_the_same_day_as_the_rule_that_leans_on_it(root: Path) -> None:
    (root / "definitions/advanced.yaml").write_text(DATED)

    library = load_library(root)

    before, after = library.in_force(date(2019, 6, 30)), library.in_force(date(2019, 7, 1))
    assert before.definitions["advanced"] == All((Is("extent", "metastatic"),))
    assert before.definition_says["advanced"] == "The old wording."
    assert dict(before.definition_starts)["advanced"] == date(2010, 1, 1)
    assert before.definitions["advanced"] != after.definitions["advanced"]
    assert after.definition_says["advanced"] == "The new wording."
    assert dict(after.definition_starts)["advanced"] == date(2019, 7, 1)


def test_a_rule_that_leans_on_a_definition_not_yet_begun_is_a_clear_error(root: Path, edit: Edit) -> None:
    (root / "definitions/advanced.yaml").write_text(DATED.replace("2010-01-01", "2017-01-01"))
    edit("definitions/incurable.yaml", "    - holds: advanced\n", "")

    library = load_library(root)

    with pytest.raises(CdssError) as caught:
        library.in_force(date(2016, 12, 31))
    assert str(caught.value) == f"{EVEROLIMUS} leans on advanced, which had not begun on 2016-12-31"
    assert EVEROLIMUS in library.in_force(date(2017, 1, 1)).versions
    assert library.in_force(date(2015, 12, 31)).versions.keys() == {"alerts.history.ecog-unknown"}


def test_a_definition_that_leans_on_one_not_yet_begun_is_a_clear_error(root: Path) -> None:
    (root / "definitions/advanced.yaml").write_text(DATED)

    with pytest.raises(CdssError, match="incurable leans on advanced, which had not begun on 2009-12-31"):
        load_library(root).in_force(date(2009, 12, 31))


def test_a_definition_not_yet_begun_is_not_there(root: Path, edit: Edit) -> None:
    edit("definitions/fitness_recorded.yaml", "always:", "versions:\n 2020-01-01:")

    library = load_library(root)

    assert "fitness_recorded" not in library.in_force(date(2019, 12, 31)).definitions
    assert "fitness_recorded" in library.in_force(date(2020, 1, 1)).definitions


def test_turning_points_are_all_days_on_which_something_changes(root: Path, edit: Edit) -> None:
    (root / "definitions/advanced.yaml").write_text(DATED)
    edit(RULE, "misleads_when:", "  2025-03-01:\n    retired: {because: It was replaced.}\nmisleads_when:")

    assert load_library(root).turning_points == (
        date(2010, 1, 1),
        date(2016, 1, 1),
        date(2019, 7, 1),
        date(2023, 6, 1),
        date(2025, 3, 1),
    )


# ── what a rule is made of ────────────────────────────────────────────────────────────────────


def test_scope_and_condition_are_joined(root: Path) -> None:
    version = load_library(root).in_force(date(2024, 1, 1)).versions[EVEROLIMUS]

    assert version.condition == All((Holds("advanced"), Is("progression", "documented")))
    assert str(version.condition.place) == "rules/enets/colorectal/everolimus.yaml:19:7"


def test_a_text_over_several_lines_is_one_line(root: Path, edit: Edit) -> None:
    edit(RULE, "says: Everolimus is recommended once", "says: >\n      Everolimus is\n      recommended   once")

    version = load_library(root).in_force(date(2024, 1, 1)).versions[EVEROLIMUS]

    assert version.says == "Everolimus is recommended once the tumour progresses."


def test_a_class_stands_for_its_therapies(root: Path, edit: Edit) -> None:
    edit(RULE, "therapy: everolimus", "therapy: everolimus\ntherapy_class: somatostatin_analogue")

    assert load_library(root).rules[EVEROLIMUS].therapies == ("everolimus", "lanreotide", "octreotide_lar")


def test_a_new_therapy_joins_its_class_in_every_rule_and_condition(root: Path, edit: Edit) -> None:
    edit(
        "therapies.yaml",
        "therapies:\n",
        "therapies:\n  pasireotide: {name: P, classes: [somatostatin_analogue], kind: drug}\n",
    )
    edit(RULE, "therapy: everolimus", "therapy_class: somatostatin_analogue")
    edit(RULE, "  - holds: advanced", "  - prior_therapies: {includes_class: somatostatin_analogue}")

    library = load_library(root)

    analogues = ("lanreotide", "octreotide_lar", "pasireotide")
    assert library.rules[EVEROLIMUS].therapies == analogues
    condition = library.in_force(date(2024, 1, 1)).versions[EVEROLIMUS].condition
    assert [leaf.member for leaf in leaves(condition) if isinstance(leaf, Includes)] == list(analogues)
    assert library.vocabulary.fact("prior_therapies").values["pasireotide"] == "P"


def test_jurisdictions_are_the_bodies_that_give_labels(root: Path, edit: Edit) -> None:
    assert load_library(root).jurisdictions == frozenset()

    (root / "ema/gi").mkdir(parents=True)
    shutil.copy(root / RULE, root / "ema/gi/everolimus.yaml")
    edit("ema/gi/everolimus.yaml", "stance: recommend,", "labelled: true,")

    assert load_library(root).jurisdictions == {"ema"}


def test_a_retired_label_still_makes_a_jurisdiction(root: Path, edit: Edit) -> None:
    edit(RULE, "stance: consider,", "labelled: true,")

    assert load_library(root).jurisdictions == {"enets"}


# ── the digest ────────────────────────────────────────────────────────────────────────────────


def test_the_digest_does_not_depend_on_layout_comments_or_the_order_of_keys(root: Path, edit: Edit) -> None:
    before = load_library(root).digest

    edit(
        RULE,
        "then: {stance: recommend, intent: antiproliferative}",
        "then: {intent: antiproliferative, stance: recommend}",
    )
    edit(RULE, "therapy: everolimus\n", "")
    edit(RULE, "reviewed: null\n", "# for everolimus\n\ntherapy: 'everolimus'\nreviewed: ~\n")
    edit(
        "definitions/advanced.yaml",
        "    - extent: [locally_advanced, metastatic]",
        "  - {extent: [locally_advanced, metastatic]}",
    )
    (root / "README.md").write_text("How to write a rule.\n")

    assert load_library(root).digest == before


def test_the_digest_does_not_depend_on_where_the_folder_lies(root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "knowledge"
    shutil.copytree(root, elsewhere)

    assert load_library(elsewhere).digest == load_library(root).digest


def test_the_digest_does_not_depend_on_how_a_number_is_written(root: Path, edit: Edit) -> None:
    edit(RULE, "  - holds: advanced", "  - ki67_percent: {at_most: 20}")
    before = load_library(root).digest

    edit(RULE, "at_most: 20", "at_most: 20.0")

    assert load_library(root).digest == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (RULE, "{at_most: 20}", "{at_most: 20.1}"),
        (RULE, "{at_most: 20}", "{less_than: 20}"),
        (RULE, "2016-01-01", "2016-01-02"),
        (RULE, "provenance: recalled", "provenance: restated"),
        ("citations/guidelines.yaml", "[2023, 6]", "[2023, 5]"),
        ("vocabulary.yaml", "label: age,", "label: years,"),
        ("therapies.yaml", "[mtor_inhibitor]", "[mtor_inhibitor, prrt]"),
        ("definitions/incurable.yaml", "resectable: false", "resectable: true"),
    ],
)
def test_the_digest_changes_with_what_a_file_says(root: Path, edit: Edit, name: str, old: str, new: str) -> None:
    edit(RULE, "  - holds: advanced", "  - ki67_percent: {at_most: 20}")
    before = load_library(root).digest

    edit(name, old, new)

    assert load_library(root).digest != before


def test_the_digest_tells_a_number_from_the_same_text_and_a_renamed_file_from_the_old(root: Path, edit: Edit) -> None:
    edit("citations/guidelines.yaml", "    DOI:", "    volume: 12\n    DOI:")
    number = load_library(root).digest

    edit("citations/guidelines.yaml", "volume: 12", 'volume: "12"')
    text = load_library(root).digest
    (root / RULE).rename(root / "enets/colorectal/mtor.yaml")

    assert len({number, text, load_library(root).digest}) == 3


# ── the folder ────────────────────────────────────────────────────────────────────────────────


def test_a_folder_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CdssError, match=r"there is no rules folder at .*nowhere"):
        load_library(tmp_path / "nowhere")


def test_an_empty_folder_is_told_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(Problems) as caught:
        load_library(tmp_path)

    assert [p.message for p in caught.value.problems] == [
        "the rules folder has no therapies.yaml",
        "the rules folder has no vocabulary.yaml",
    ]


def test_scales_may_be_left_out_where_nothing_is_graded(root: Path, edit: Edit) -> None:
    (root / "scales.yaml").unlink()
    edit(RULE, "    strength: {scale: enets-oxford, level: 1b-B}\n", "")

    assert load_library(root).scales.scales == {}


def test_two_readings_of_one_folder_are_equal(root: Path) -> None:
    assert load_library(root) == load_library(root)


# ── the rules that are shipped ────────────────────────────────────────────────────────────────


def test_the_shipped_rules_read_without_a_problem(real: Library) -> None:
    assert real.rules
    assert real.jurisdictions >= {"ema", "fda"}


def test_the_shipped_rules_can_be_asked_on_every_day_on_which_they_change(real: Library) -> None:
    assert real.turning_points == tuple(sorted(set(real.turning_points)))
    for day in real.turning_points:
        before, after = real.in_force(day - DAY), real.in_force(day)
        assert (before.versions, before.definitions) != (after.versions, after.definitions), f"nothing changes on {day}"


def test_every_shipped_rule_has_the_id_of_its_path_and_every_source_resolves(real: Library) -> None:
    for identity, rule in real.rules.items():
        assert rule.id == identity
        assert rule.body == identity.split(".")[0]
        assert identity.replace(".", "/") + ".yaml" in real.documents
        for _, version in rule.versions:
            if version:
                assert {cite.ref for cite in version.cites} | set(version.evidence) <= set(real.references)
                assert bool(rule.therapies) == (version.then.kind is not Kind.ALERT)


def test_every_threshold_of_the_shipped_rules_carries_the_place_where_it_stands(real: Library) -> None:
    for rule in real.rules.values():
        for _, version in rule.versions:
            for leaf in leaves(version.condition) if version else ():
                assert leaf.place.line > 0
                if isinstance(leaf, Compare):
                    assert leaf.op in Op
