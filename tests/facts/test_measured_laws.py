"""Laws of measured lesions for generated series: nothing leaks, nothing missing reads as gone, nothing else changes."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cdss.facts import FactSheet, derive
from cdss.facts.timeline import Timeline
from cdss.record import Record
from tests.facts.derived import THERAPIES, VOCABULARY

START, MOMENT, END = date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1)
FED = {
    "progression", "progression_interval_months", "extrahepatic_progression", "stable_months", "response_latest",
    "response_basis", "response_modality", "prrt_control_months",
}  # fmt: skip
NAMES = ("a", "b", "c")
SITES = {"a": "liver", "b": "lung", "c": "nodes"}


@st.composite
def lesions(draw: st.DrawFn, *, gone: bool = True) -> list[dict[str, Any]]:
    """Some of three lesions, each with a size or without."""
    found: list[dict[str, Any]] = []
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True)):
        size = draw(st.one_of(st.integers(0 if gone else 15, 90), st.none()) if gone else st.integers(15, 90))
        lesion: dict[str, Any] = {"id": name, "site": SITES[name]}
        if size is not None:
            lesion |= {"size": size, "hu": draw(st.integers(20, 120))}
        found.append(lesion)
    return found


@st.composite
def studies(draw: st.DrawFn, first: date, last: date, most: int) -> list[dict[str, Any]]:
    """Follow-ups, some of them a new baseline, some known later than they were made."""
    found = []
    for day in draw(st.lists(st.dates(first, last), max_size=most, unique=True)):
        anew = draw(st.integers(0, 4)) == 0
        study: dict[str, Any] = {"modality": "ct", "phase": "portal_venous", "date": str(day)}
        study["lesions"] = draw(lesions(gone=not anew))
        study["baseline"] = anew
        for key, values in (
            ("new_lesions", [False, True, None]),
            ("new_nodule", [False, None]),
            ("non_target", ["none", "gone", "persists", "progressed", None]),
        ):
            said = draw(st.sampled_from(values))
            if said is not None:
                study[key] = said
        found.append(study)
    return found


@st.composite
def baselines(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "modality": "ct",
        "phase": "portal_venous",
        "date": str(START),
        "baseline": True,
        "lesions": draw(lesions(gone=False)),
    }


@st.composite
def reports(draw: st.DrawFn, first: date, last: date, days: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What was reported in words, now and then of the day of a study."""
    found = []
    for status in draw(st.lists(st.sampled_from(["documented", "none"]), max_size=3)):
        anywhere = st.dates(first, last).map(str)
        day = draw(st.one_of(anywhere, st.sampled_from(days)) if days else anywhere)
        report = {"date": day, "status": status, "criterion": "report"}
        if draw(st.booleans()):
            report["known_from"] = str(draw(st.dates(date.fromisoformat(day), last)))
        found.append(report)
    return found


def known(listed: list[dict[str, Any]], on: date = MOMENT, **more: Any) -> FactSheet:
    data = {"patient": {"sex": "female"}, "imaging": {"studies": listed}, **more}
    return derive(Record.model_validate(data), Timeline.of(None), on, VOCABULARY, THERAPIES)


BEFORE = studies(START + timedelta(days=1), MOMENT, 5)
AFTER = studies(MOMENT + timedelta(days=1), END, 3)


@settings(max_examples=300, deadline=None)
@given(baselines(), BEFORE, AFTER, st.data())
def test_what_is_measured_or_reported_later_changes_nothing_earlier(
    first: dict[str, Any], before: list[dict[str, Any]], after: list[dict[str, Any]], data: st.DataObject
) -> None:
    day = timedelta(days=1)
    told = data.draw(reports(START + day, MOMENT, tuple(study["date"] for study in before)))
    later = data.draw(reports(MOMENT + day, END, tuple(study["date"] for study in after)))
    everything = known([first, *before, *after], progression=[*told, *later])
    assert everything == known([first, *before], progression=told)


@settings(max_examples=300, deadline=None)
@given(baselines(), BEFORE, st.data())
def test_a_study_that_becomes_known_later_counts_from_then_on(
    first: dict[str, Any], before: list[dict[str, Any]], data: st.DataObject
) -> None:
    assume(before)
    late = deepcopy(before)
    place = data.draw(st.integers(0, len(before) - 1))
    late[place]["known_from"] = str(MOMENT + timedelta(days=1))
    without = [study for index, study in enumerate(before) if index != place]
    assert known([first, *late]) == known([first, *without])


@settings(max_examples=300, deadline=None)
@given(baselines(), BEFORE, st.data())
def test_the_order_in_which_studies_are_written_changes_nothing(
    first: dict[str, Any], before: list[dict[str, Any]], data: st.DataObject
) -> None:
    told = data.draw(reports(START + timedelta(days=1), MOMENT, tuple(study["date"] for study in before)))
    shuffled, retold = data.draw(st.permutations([first, *before])), data.draw(st.permutations(told))
    assert known(list(shuffled), progression=list(retold)) == known([first, *before], progression=told)


@settings(max_examples=300, deadline=None)
@given(baselines(), lesions())
def test_a_target_that_was_not_measured_never_makes_a_response(
    first: dict[str, Any], now: list[dict[str, Any]]
) -> None:
    second = {**first, "date": "2024-04-01", "lesions": now, "new_lesions": False, "new_nodule": False}
    second |= {"non_target": "none", "baseline": False}
    (line,) = known([first, second]).overview.responses if any("size" in one for one in now) else (None,)
    measured = {one["id"] for one in now if "size" in one}
    if line is None or set(line.targets) <= measured:
        return
    assert not {criterion.answer for criterion in line.criteria} & {"complete response", "partial response"}
    assert known([first, second]).values.get("response_latest") in (None, "PD")


@settings(max_examples=300, deadline=None)
@given(baselines(), BEFORE)
def test_measurements_feed_the_course_of_the_disease_and_nothing_else(
    first: dict[str, Any], before: list[dict[str, Any]]
) -> None:
    everything = [first, *before]
    plain = deepcopy(everything)
    for study in plain:
        study["baseline"] = False
    with_, without = known(everything), known(plain)
    assert {n: v for n, v in with_.values.items() if n not in FED} == dict(without.values)
    assert not FED & set(without.values)
    assert not without.overview.responses
    assert not without.alerts


@settings(max_examples=300, deadline=None)
@given(baselines(), BEFORE)
def test_no_answer_is_the_response_where_answers_differ(first: dict[str, Any], before: list[dict[str, Any]]) -> None:
    found = known([first, *before])
    if "response-criteria-differ" in {alert.id for alert in found.alerts}:
        assert not {"response_latest", "response_basis", "response_modality"} & set(found.values)
    if "response_latest" in found.values:
        assert found.values["response_basis"] == "computed"


@settings(max_examples=200, deadline=None)
@given(baselines(), BEFORE)
def test_making_a_size_unknown_never_turns_no_progression_into_progression_or_back(
    first: dict[str, Any], before: list[dict[str, Any]]
) -> None:
    assume(before)
    newest = max(before, key=lambda study: str(study["date"]))
    assume(not newest["baseline"])
    vague = deepcopy(before)
    for study in vague:
        if study["date"] == newest["date"]:
            for lesion in study["lesions"]:
                lesion.pop("size", None)
    day = date.fromisoformat(newest["date"])
    clear, open_ = known([first, *before], day).facts, known([first, *vague], day).facts
    seen = [facts["progression"] for facts in (clear, open_) if "progression" in facts]
    if len(seen) == 2 and seen[0].observed == seen[1].observed == day:
        assert seen[0].value == seen[1].value or seen[0].value == "documented"
