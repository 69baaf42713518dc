"""Decisions that cases keep whole: the bundled ones still read as they were kept, and a difference is told plainly."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cdss.case import Case, bundled_cases, load_case
from cdss.consult import consult
from cdss.decision import Decision
from cdss.engine import Engine
from cdss.errors import CdssError, Problems
from cdss.expectation import Failure
from cdss.golden import Sketch, differences, golden_checks, sketch, write_goldens
from cdss.library import load_library
from cdss.locations import cases_folder
from cdss.regress import Result
from tests.patients import engine as real_engine
from tests.small_world import CASES, copy_of_rules, small_engine

BUNDLED = [name for name in bundled_cases(cases_folder()) if load_case(name, cases_folder()).file.goldens]
PATIENT = """title: A patient
on: 2021-03-01
facts: {extent: metastatic, progression: documented, ki67_highest_percent: 15, sstr_status: negative}
"""


# ── the bundled goldens ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_decision_reads_as_it_was_kept(name: str) -> None:
    for check in golden_checks(load_case(name, cases_folder()), real_engine()):
        told = "\n".join(check.told(check.outcome().failures))
        assert not told, f"{told}\nIf this is what a board should read: cdss test --update-goldens"


def test_the_seed_case_and_patients_of_other_sites_are_kept() -> None:
    assert "rectum/noe-2016" in BUNDLED
    assert {name.split("/")[0] for name in BUNDLED} >= {"rectum", "pancreas", "small-intestine", "lung", "net-g3"}
    assert len(load_case("noe-2016", cases_folder()).file.goldens) >= 3


def test_no_golden_lies_beside_a_case_that_does_not_ask_for_it() -> None:
    files = {path.name.removesuffix(".golden.json") for path in cases_folder().rglob("*.golden.json")}
    assert files == {name.rsplit("/", 1)[-1] for name in BUNDLED}


@pytest.mark.parametrize("name", BUNDLED)
def test_a_kept_decision_holds_neither_the_version_nor_the_digest_of_the_rules(name: str) -> None:
    text = (cases_folder() / f"{name}.golden.json").read_text(encoding="utf-8")
    decision = consult(real_engine(), load_case(name, cases_folder())).decision
    assert decision.knowledge.digest[:12] not in text
    assert f'"{decision.knowledge.version}"' not in text
    assert '"knowledge of": "20' in text


# ── how a difference is told ─────────────────────────────────────────────────────────────────


def golden_case(folder: Path, goldens: str = "[{}]") -> Case:
    path = folder / "patient.yaml"
    path.write_text(f"{PATIENT}goldens: {goldens}\n", encoding="utf-8")
    return load_case(str(path), CASES)


def decision(folder: Path) -> Decision:
    return consult(small_engine(), golden_case(folder)).decision


def change(change: Callable[[Sketch], object], folder: Path) -> list[Failure]:
    """What is told when the sketch of a decision is not what it was."""
    kept = sketch(decision(folder))
    now = copy.deepcopy(kept)
    change(now)
    return list(differences(kept, now))


def option(kept: Sketch, therapy: str) -> dict[str, str]:
    found = kept["options"][therapy]
    assert isinstance(found, dict)
    return found


def test_a_decision_does_not_differ_from_itself(tmp_path: Path) -> None:
    assert change(lambda _: None, tmp_path) == []


def test_a_standing_that_moves_is_told_with_the_statements_that_came_and_went(tmp_path: Path) -> None:
    def moves(now: Sketch) -> None:
        alfanib = option(now, "alfanib")
        alfanib["standing"] = "contraindicated"
        del alfanib["south.growth.alfanib-unfit"]
        alfanib["safety.organs.new"] = "contraindicate yes"

    (failure,) = change(moves, tmp_path)
    assert (failure.expected, failure.got) == ("alfanib conditional", "contraindicated")
    assert failure.why == (
        "gone: south.growth.alfanib-unfit, avoid unknown",
        "new: safety.organs.new, contraindicate yes",
    )


def test_a_label_that_changes_is_told_under_its_option(tmp_path: Path) -> None:
    (failure,) = change(lambda now: option(now, "alfanib").update({"label ema": "on_label"}), tmp_path)
    assert failure.expected == "alfanib as kept (conditional)"
    assert failure.why == ("label ema: indeterminate → on_label",)


def test_an_option_that_comes_or_goes_is_told_once(tmp_path: Path) -> None:
    (gone,) = change(lambda now: now["options"].pop("alfanib"), tmp_path)
    assert (gone.expected, gone.got, gone.why) == ("alfanib conditional", "absent", ())
    (new,) = change(lambda now: now["options"].update({"zeta": {"standing": "option"}}), tmp_path)
    assert (new.expected, new.got) == ("zeta absent", "option")


def test_alerts_facts_and_words_are_told_by_name(tmp_path: Path) -> None:
    def moves(now: Sketch) -> None:
        del now["alerts"]["target-lost"]
        now["facts"]["ecog"] = "1"
        now["words"]["north.growth.alfanib"] = "Something else."
        now["missing"].pop("ecog")

    told = [str(failure) for failure in change(moves, tmp_path)]
    assert len(told) == 4
    assert told[0].startswith("expected alert target-lost ")
    assert told[0].endswith("; got absent")
    assert told[1].startswith("expected to settle: ecog settles ")
    assert told[2] == "expected ecog = absent; got 1"
    assert told[3].startswith("expected north.growth.alfanib says ")
    assert told[3].endswith("; got Something else.")


def test_a_changed_rule_shows_in_what_is_told(tmp_path: Path) -> None:
    case = golden_case(tmp_path)
    write_goldens(case, small_engine())
    rules = copy_of_rules(tmp_path)
    path = rules / "north/growth/alfanib.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("stance: recommend") == 1
    path.write_text(text.replace("stance: recommend", "stance: consider"), encoding="utf-8")
    (check,) = golden_checks(case, Engine(load_library(rules)))
    lines = check.told(check.outcome().failures)
    assert (
        lines[0]
        == f"{tmp_path}/patient.yaml:4: expected alfanib as kept (conditional); got a difference in what is said of it"
    )
    assert "    would be: recommended → option" in lines
    assert "    north.growth.alfanib: recommend yes; A → consider yes; A" in lines


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def results(case: Case) -> dict[str, Result]:
    return {check.name: check.outcome().result for check in golden_checks(case, small_engine())}


def test_a_golden_is_written_on_request_and_then_holds(tmp_path: Path) -> None:
    case = golden_case(tmp_path, "[{}, {as_of: 2016-01-01}]")
    assert set(results(case).values()) == {Result.FAILS}
    assert not (tmp_path / "patient.golden.json").exists()
    assert [str(f) for f in write_goldens(case, small_engine())] == [
        "expected as given: no golden; got a golden",
        "expected as given, knowledge of 2016-01-01: no golden; got a golden",
    ]
    assert results(case) == {
        "golden, as given": Result.HOLDS,
        "golden, as given, knowledge of 2016-01-01": Result.HOLDS,
    }
    written = (tmp_path / "patient.golden.json").read_bytes()
    assert write_goldens(case, small_engine()) == ()
    assert (tmp_path / "patient.golden.json").read_bytes() == written


def test_a_golden_that_nobody_asks_for_any_more_is_told_and_taken_away(tmp_path: Path) -> None:
    write_goldens(golden_case(tmp_path, "[{}, {as_of: 2016-01-01}]"), small_engine())
    fewer = golden_case(tmp_path)
    assert results(fewer) == {"golden, as given": Result.HOLDS, "goldens that nobody asks for": Result.FAILS}
    assert len(write_goldens(fewer, small_engine())) == 1
    assert results(fewer) == {"golden, as given": Result.HOLDS}
    none = golden_case(tmp_path, "[]")
    assert results(none) == {"goldens that nobody asks for": Result.FAILS}
    write_goldens(none, small_engine())
    assert not (tmp_path / "patient.golden.json").exists()


@pytest.mark.parametrize("content", ["", "[]", '{"as given": 1}', '{"as given": {"options": {"alfanib": 3}}}', "\xff"])
def test_a_file_that_holds_no_goldens_is_told_with_the_remedy(tmp_path: Path, content: str) -> None:
    case = golden_case(tmp_path)
    (tmp_path / "patient.golden.json").write_text(content, encoding="latin-1")
    with pytest.raises(CdssError, match="holds no goldens; write it with: cdss test --update-goldens"):
        list(golden_checks(case, small_engine()))


def test_a_golden_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = golden_case(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(CdssError, match=r"cannot write .*patient\.golden\.json: No space left on device"):
        write_goldens(case, small_engine())


def test_a_case_from_standard_input_keeps_nothing() -> None:
    case = load_case("-", CASES, f"{PATIENT}goldens: [{{}}]\n".encode())
    assert results(case) == {"golden, as given": Result.FAILS}
    with pytest.raises(CdssError, match="standard input"):
        write_goldens(case, small_engine())


def test_a_golden_of_a_point_the_case_lacks_or_kept_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problems, match="two goldens are of the same decision"):
        golden_case(tmp_path, "[{}, {}]")
    with pytest.raises(Problems, match="the case has no point 'later'"):
        golden_case(tmp_path, "[{at: later}]")


def test_a_kept_decision_is_json_with_one_thing_a_line(tmp_path: Path) -> None:
    write_goldens(golden_case(tmp_path), small_engine())
    text = (tmp_path / "patient.golden.json").read_text(encoding="utf-8")
    assert json.loads(text)["as given"]["options"]["alfanib"]["standing"] == "conditional"
    assert '    "standing": "conditional",\n    "would be": "recommended",\n' in text
