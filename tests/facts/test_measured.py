"""Measured lesions → facts: what RECIST feeds, what stays unknown, what is told, and what never follows."""

from __future__ import annotations

from typing import Any

import pytest

from cdss.facts.overview import CriterionLine, ResponseLine
from cdss.values import Members, Truth
from tests.facts.derived import alerts, exactly, fact, sheet

FIRST, NEXT, THEN, LATER = "2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01"
ON = "2024-12-01"
SAID = "new_lesions: false, new_nodule: false, non_target: none"


def scan(day: str, *lesions: str, more: str = "", modality: str = "ct", phase: str = "portal_venous") -> str:
    listed = ", ".join(lesion if lesion.startswith("{") else "{" + lesion + "}" for lesion in lesions)
    keys = ", ".join(key for key in (f"phase: {phase}" if phase else "", more) if key)
    return f"{{date: {day}, modality: {modality}, lesions: [{listed}]{', ' * bool(keys)}{keys}}}"


def baseline(*lesions: str, day: str = FIRST, more: str = "", **kind: Any) -> str:
    return scan(day, *lesions, more=f"baseline: true{', ' * bool(more)}{more}", **kind)


def record(*studies: str, more: str = "") -> str:
    return f"imaging: {{studies: [{', '.join(studies)}]}}\n{more}"


def liver(name: str, size: object, more: str = "") -> str:
    return f"{{id: {name}, site: liver, size: {size}{', ' * bool(more)}{more}}}"


def one(before: object, after: object, said: str = SAID) -> str:
    """One lesion before and after."""
    return record(baseline(liver("a", before)), scan(NEXT, liver("a", after), more=said))


def told(text: str, on: str = ON) -> ResponseLine:
    """The newest comparison."""
    return sheet(text, on).overview.responses[-1]


def answer(text: str, name: str = "RECIST 1.1", on: str = ON) -> CriterionLine:
    return next(line for line in told(text, on).criteria if line.name == name)


# ── what is fed ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("before", "after", "progression", "response"),
    [
        (100, 100, "none", "SD"),
        (100, 70, "none", "PR"),
        (100, 0, "none", "CR"),
        (100, 120, "documented", "PD"),
        (25, 30, "documented", "PD"),
    ],
)
def test_sizes_feed_progression_and_the_latest_response(
    before: int, after: int, progression: str, response: str
) -> None:
    found = sheet(one(before, after), ON)
    assert found.values["progression"] == progression
    assert found.values["response_latest"] == response
    assert found.values["response_basis"] == "computed"
    assert found.values["response_modality"] == "ct"
    assert not found.alerts


@pytest.mark.parametrize(("size", "progression"), [("29.9", "none"), ("30", "documented")])
def test_progression_begins_at_a_fifth_and_five_millimetres(size: str, progression: str) -> None:
    assert fact("progression", one(25, size), ON) == progression


@pytest.mark.parametrize(("size", "progression"), [(24, "none"), (25, "documented")])
def test_a_fifth_of_a_small_lesion_is_not_enough(size: int, progression: str) -> None:
    assert fact("progression", one(20, size), ON) == progression


def test_without_a_baseline_sizes_say_nothing() -> None:
    text = record(scan(FIRST, liver("a", 20)), scan(NEXT, liver("a", 60), more=SAID))
    found = sheet(text, ON)
    assert "progression" not in found.values
    assert not found.overview.responses
    assert len(found.overview.sizes) == 2


def test_a_progression_counts_from_the_smallest_sum() -> None:
    text = record(
        baseline(liver("a", 100)),
        scan(NEXT, liver("a", 50), more=SAID),
        scan(THEN, liver("a", 55), more=SAID),
        scan(LATER, liver("a", 60), more=SAID),
    )
    assert fact("progression", text, "2024-08-01") == "none"
    assert fact("progression", text, ON) == "documented"
    assert fact("progression_interval_months", text, ON) == exactly(6)


def test_a_new_lesion_counts_from_the_examination_before() -> None:
    text = record(
        baseline(liver("a", 100)),
        scan(NEXT, liver("a", 80), more=SAID),
        scan(THEN, liver("a", 90), more=SAID),
        scan(LATER, liver("a", 90), "{id: b, site: lung, new: true}"),
    )
    assert fact("progression", text, ON) == "documented"
    assert fact("progression_interval_months", text, ON) == exactly(3)
    assert fact("extrahepatic_progression", text, ON) is True


def test_disease_that_is_not_measured_can_progress_by_itself() -> None:
    text = one(100, 100, "new_lesions: false, new_nodule: false, non_target: progressed")
    assert fact("progression", text, ON) == "documented"


def test_a_progression_overtakes_a_receptor_scan_and_starts_nothing_else() -> None:
    text = one(100, 130)[: -len("]}\n")] + ", {date: 2024-02-01, modality: sstr_pet, sstr: positive}]}\n"
    assert fact("sstr_status", text, "2024-03-01") == "positive"
    assert fact("sstr_status", text, ON) is None
    assert fact("progressed_on", text, ON) is None


# ── what is not evaluable feeds nothing ───────────────────────────────────────────────────────

TWO = baseline(liver("a", 30), liver("b", 25))


@pytest.mark.parametrize(
    "follow_up",
    [
        scan(NEXT, liver("a", 5), more=SAID),
        scan(NEXT, liver("a", 5), "{id: b, site: liver}", more=SAID),
        scan(NEXT, liver("a", 5), liver("b", "{less_than: 10}"), more=SAID),
        scan(NEXT, liver("a", 5), liver("b", 5), more="new_nodule: false, non_target: none"),
        scan(NEXT, liver("a", 5), liver("b", 5), more=SAID, phase="arterial"),
        scan(NEXT, liver("a", 5), liver("b", 5), more=SAID, phase=""),
        scan(NEXT, liver("a", 5), liver("b", 5), more=SAID, modality="mri"),
        scan(NEXT, liver("a", 5), liver("b", 5), more=f"{SAID}, usable: false"),
        scan("{after: 2023-12-01, before: 2024-04-01}", liver("a", 5), liver("b", 5), more=SAID),
    ],
    ids=["not listed", "not measured", "a range", "nobody said new", "phase", "phase unknown", "MRI", "bad", "undated"],
)
def test_what_cannot_be_compared_leaves_everything_unknown(follow_up: str) -> None:
    found = sheet(record(TWO, follow_up), ON)
    assert not {"progression", "response_latest", "response_basis", "stable_months"} & set(found.values)
    assert not found.alerts


def test_a_lesion_that_is_not_listed_was_not_measured_and_one_of_size_0_is_gone() -> None:
    missing = record(TWO, scan(NEXT, liver("a", 5), more=SAID))
    assert answer(missing).not_computed == "not measured: b"
    gone = record(TWO, scan(NEXT, liver("a", 0), liver("b", 0), more=SAID))
    assert fact("response_latest", gone, ON) == "CR"


def test_ct_and_mri_are_not_compared_and_a_notice_says_so() -> None:
    found = sheet(record(TWO, scan(NEXT, liver("a", 5), more=SAID, modality="mri")), ON)
    assert found.notices == ("The MRI of 2024-04-01 is not compared with the baseline of 2024-01-01, which is CT",)


def test_baselines_of_one_day_stand_side_by_side() -> None:
    text = record(
        TWO,
        baseline(liver("a", 30), liver("b", 25), modality="mri"),
        scan(NEXT, liver("a", 29), liver("b", 25), more=SAID, modality="mri"),
    )
    found = sheet(text, ON)
    assert found.values["response_modality"] == "mri"
    assert not found.notices


def test_a_pet_is_compared_with_a_pet() -> None:
    text = record(
        baseline(liver("a", 30), modality="sstr_pet"), scan(NEXT, liver("a", 30), more=SAID, modality="sstr_pet")
    )
    assert fact("response_modality", text, ON) == "pet_ct"


# ── days that are not known ───────────────────────────────────────────────────────────────────


def test_a_month_is_enough_for_sizes_and_not_for_a_rate() -> None:
    text = record(TWO, scan("2024-04", liver("a", 30), liver("b", 25), more=SAID))
    found = told(text)
    assert found.no_growth == "the day of an examination is not known"
    assert fact("response_latest", text, ON) == "SD"


def test_when_the_order_of_two_studies_decides_the_answer_nothing_is_answered() -> None:
    best = scan("{after: 2024-06-01, before: 2024-12-01}", liver("a", 20), liver("b", 20), more=SAID)
    text = record(TWO, best, scan("2024-09-01", liver("a", 28), liver("b", 26), more=SAID))
    line = next(r for r in sheet(text, "2025-01-01").overview.responses if r.date == "2024-09-01")
    assert line.criteria[0].answer == "not evaluable"
    assert all("which came first" in criterion.not_computed for criterion in line.criteria)
    same = text.replace("size: 28", "size: 20")
    assert next(r for r in sheet(same, "2025-01-01").overview.responses if r.date == "2024-09-01").targets


def test_a_baseline_that_may_lie_between_leaves_the_comparison_open() -> None:
    between = baseline(liver("a", 10), liver("b", 10), day="{after: 2024-03-01, before: 2024-06-01}")
    text = record(TWO, between, scan(NEXT, liver("a", 40), liver("b", 40), more=SAID))
    assert fact("progression", text, ON) is None


# ── targets ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("lesion", "reason"),
    [
        (liver("b", 40, "treated_locally: true"), "b was treated locally and is not known to have grown since"),
        (
            liver("b", 40, "treated_locally: true, grew_since_treatment: false"),
            "b was treated locally and did not grow since",
        ),
        (liver("b", 40, "treated_locally: true, grew_since_treatment: true"), None),
        (liver("b", 40, "treated_locally: false"), None),
        (liver("b", 40), None),
        (liver("b", "9.9"), "b measures less than 10 mm"),
        ("{id: b, site: nodes, size: 14.9}", "b is a lymph node below 15 mm in its short axis"),
        ("{id: b, site: other, node: true, size: 14.9}", "b is a lymph node below 15 mm in its short axis"),
        ("{id: b, site: nodes, size: 15}", None),
        ("{id: b, site: liver}", "b was not measured"),
        ("{site: liver}", "a lesion without a name (liver) was not measured"),
    ],
)
def test_a_lesion_is_a_target_or_the_reason_is_given(lesion: str, reason: str | None) -> None:
    found = told(record(baseline(liver("a", 30), lesion), scan(NEXT, liver("a", 30), more=SAID)))
    assert found.left_out == (() if reason is None else (reason,))
    assert found.targets == (("a",) if reason is not None else found.targets)
    assert ("b" in found.targets) is (reason is None)


def course(agent: str, start: str) -> str:
    return f"therapies: {{courses: [{{agent: {agent}, start: {start}}}]}}"


@pytest.mark.parametrize(
    ("agent", "start", "lesion", "left_out", "fed"),
    [
        ("sirt", "2023-06-01", liver("a", 30), True, False),
        ("tae", "2023-06-01", liver("a", 30), True, False),
        ("ablation", "{after: 2023-06-01, before: 2024-06-01}", liver("a", 30), True, False),
        ("sirt", "2023-06-01", liver("a", 30, "treated_locally: false"), False, True),
        ("sirt", "2023-06-01", "{id: a, site: lung, size: 30}", False, True),
        ("external_beam_radiotherapy", "2023-06-01", "{id: a, site: lung, size: 30}", True, False),
        ("lanreotide", "2023-06-01", liver("a", 30), False, True),
        ("sirt", FIRST, liver("a", 30), False, True),
        ("sirt", "2024-02-01", liver("a", 30), False, False),
    ],
)
def test_where_a_local_treatment_may_have_gone_nobody_is_taken_as_untreated(
    agent: str, start: str, lesion: str, left_out: bool, fed: bool
) -> None:
    text = record(baseline(lesion), scan(NEXT, lesion, more=SAID), more=course(agent, start))
    found = told(text)
    assert bool(found.left_out) is left_out
    assert bool(found.targets) is not left_out
    assert not left_out or "nobody said whether it was treated" in found.left_out[0]
    assert (fact("response_latest", text, ON) is not None) is fed


def test_a_planned_treatment_has_gone_nowhere() -> None:
    planned = "therapies: {courses: [{agent: sirt, start: 2023-06-01, planned: true}]}"
    assert told(record(baseline(liver("a", 30)), scan(NEXT, liver("a", 30), more=SAID), more=planned)).targets


def test_a_target_that_was_treated_after_the_baseline_is_remarked() -> None:
    text = record(baseline(liver("a", 30)), scan(NEXT, liver("a", 20, "treated_locally: true"), more=SAID))
    assert told(text).remarks == ("treated locally since the baseline: a",)


def test_a_lesion_left_out_that_is_still_there_forbids_a_complete_response() -> None:
    first = baseline(liver("a", 30), liver("b", 8))
    for now, response in (
        ((liver("a", 0), liver("b", 8)), "PR"),
        ((liver("a", 0),), "PR"),
        ((liver("a", 0), liver("b", 0)), "CR"),
    ):
        assert fact("response_latest", record(first, scan(NEXT, *now, more=SAID)), ON) == response
    gone = "new_lesions: false, new_nodule: false, non_target: gone"
    assert fact("response_latest", record(first, scan(NEXT, liver("a", 0), more=gone)), ON) == "CR"


def test_a_lesion_that_is_gone_is_no_metastasis() -> None:
    lung = scan(NEXT, liver("a", 30), "{id: b, site: lung, size: 0}", more=SAID)
    found = fact("metastatic_sites", record(baseline(liver("a", 30)), lung), ON)
    assert "lung" not in getattr(found, "present", ())


# ── new lesions and the end of a series ───────────────────────────────────────────────────────


def test_a_new_lesion_stays_new_until_it_is_gone() -> None:
    new = scan(NEXT, liver("a", 30), "{id: b, site: liver, size: 12, new: true}")
    still = record(baseline(liver("a", 30)), new, scan(THEN, liver("a", 30), more=SAID))
    assert answer(still).answer == "progressive disease"
    gone = record(baseline(liver("a", 30)), new, scan(THEN, liver("a", 30), liver("b", 0), more=SAID))
    assert answer(gone).answer == "stable disease"


def test_a_lesion_that_the_baseline_lists_is_not_new_whatever_it_is_called() -> None:
    text = record(baseline(liver("a", 30)), scan(NEXT, liver("a", 30, "new: true")))
    assert answer(text).not_computed == "nobody said whether there are new lesions"
    assert told(text).remarks == ("called new although the baseline lists it, so not counted as new: a",)
    assert fact("progression", text, ON) is None
    both = record(baseline(liver("a", 30)), scan(NEXT, liver("a", 30, "new: true"), more="new_lesions: true"))
    assert fact("progression", both, ON) == "documented"


def test_a_series_ends_with_its_progression_until_another_baseline() -> None:
    grown, smaller = scan(NEXT, liver("a", 60), more=SAID), scan(THEN, liver("a", 40), more=SAID)
    text = record(baseline(liver("a", 40)), grown, smaller)
    found = sheet(text, ON)
    assert found.values["progression"] == "documented"
    assert found.facts["response_latest"].value == "PD"
    assert str(found.facts["response_latest"].observed) == NEXT
    assert "call a later study baseline" in found.overview.responses[-1].remarks[0]
    again = record(baseline(liver("a", 40)), grown.replace("phase", "baseline: true, phase"), smaller)
    assert fact("progression", again, ON) == "none"
    assert fact("response_latest", again, ON) == "PR"


def test_the_study_that_becomes_a_new_baseline_is_compared_with_the_old_one_as_well() -> None:
    text = record(baseline(liver("a", 40)), baseline(liver("a", 60), day=NEXT, more=SAID))
    assert fact("progression", text, ON) == "documented"


# ── criteria that differ ──────────────────────────────────────────────────────────────────────

DIFFER = record(baseline(liver("a", 112, "hu: 71")), scan(NEXT, liver("a", 104, "hu: 48"), more=SAID))


def test_where_criteria_differ_none_is_the_response_and_a_warning_names_each() -> None:
    found = sheet(DIFFER, ON)
    assert not {"response_latest", "response_basis", "response_modality"} & set(found.values)
    assert found.values["progression"] == "none"
    (alert,) = found.alerts
    assert alert.id == "response-criteria-differ"
    assert alert.message == (
        "The criteria of 2024-04-01 differ: RECIST 1.1 stable disease, Choi partial response, modified Choi stable "
        "disease. None of them is chosen; the response counts as unknown."
    )
    assert told(DIFFER).differ
    (event,) = found.overview.events
    assert (event.what, event.detail) == ("no progression", "CT, as computed")


@pytest.mark.parametrize(("hu", "differ"), [("60.4", False), ("60.3", True)])
def test_they_differ_from_fifteen_per_cent_less_attenuation(hu: str, differ: bool) -> None:
    assert ("response-criteria-differ" in alerts(DIFFER.replace("hu: 48", f"hu: {hu}"), ON)) is differ


def test_an_older_response_does_not_stand_in_for_one_that_is_open() -> None:
    reported = (
        "therapies: {courses: [{agent: sunitinib, start: 2023-10-01, responses: [{date: 2024-02-01, value: PR}]}]}"
    )
    assert fact("response_latest", DIFFER + reported, "2024-03-01") == "PR"
    assert fact("response_latest", DIFFER + reported, ON) is None


def test_a_later_clear_answer_ends_the_warning() -> None:
    text = DIFFER[: -len("]}\n")] + f", {scan(THEN, liver('a', 104, 'hu: 71'), more=SAID)}]}}\n"
    assert alerts(text, ON) == set()
    assert fact("response_latest", text, ON) == "SD"


def test_progression_by_size_counts_even_where_choi_sees_a_response() -> None:
    text = record(baseline(liver("a", 100, "hu: 71")), scan(NEXT, liver("a", 120, "hu: 40"), more=SAID))
    assert fact("progression", text, ON) == "documented"
    assert fact("response_latest", text, ON) is None
    assert alerts(text, ON) == {"response-criteria-differ"}


def test_on_mri_the_density_is_told_as_not_computable() -> None:
    text = record(baseline(liver("a", 112), modality="mri"), scan(NEXT, liver("a", 104), more=SAID, modality="mri"))
    choi = answer(text, "Choi")
    assert (choi.answer, choi.not_computed) == ("stable disease", "density (attenuation exists on CT only)")
    assert fact("response_modality", text, ON) == "mri"


def test_the_enhancing_part_answers_by_its_own_criterion() -> None:
    text = record(
        baseline(liver("a", 112, "viable: 112"), phase="arterial"),
        scan(NEXT, liver("a", 112, "viable: 58"), more=SAID, phase="arterial"),
    )
    assert answer(text, "mRECIST").answer == "partial response"
    assert alerts(text, ON) == {"response-criteria-differ"}


# ── what was reported of the same day ─────────────────────────────────────────────────────────

GROWN = one(100, 130)


def report(status: str, more: str = "", day: str = NEXT) -> str:
    return f"progression: [{{date: {day}, status: {status}, criterion: report{', ' * bool(more)}{more}}}]\n"


def response(value: str, more: str = "") -> str:
    return (
        "therapies: {courses: [{agent: sunitinib, start: 2024-01-02, "
        f"responses: [{{date: {NEXT}, value: {value}, basis: reported{', ' * bool(more)}{more}}}]}}]}}\n"
    )


def test_a_report_that_contradicts_the_sizes_is_told_and_neither_counts() -> None:
    for text in (GROWN + report("none"), one(100, 100) + report("documented"), GROWN + response("SD")):
        found = sheet(text, ON)
        assert {alert.id for alert in found.alerts} == {"entries-differ"}
        assert not {"progression", "stable_months", "response_latest"} & set(found.values)


def test_a_report_that_agrees_changes_nothing_but_is_now_computed() -> None:
    found = sheet(GROWN + report("documented", "since: 2023-10-01, during: [sunitinib]"), ON)
    assert not found.alerts
    assert found.values["progression"] == "documented"
    assert found.values["response_basis"] == "computed"
    assert found.values["progression_interval_months"] == exactly(6)  # as reported
    assert fact("response_basis", one(100, 100) + response("SD"), ON) == "computed"


def test_a_reported_response_of_another_kind_is_told() -> None:
    text = one(100, 100) + response("PR")
    assert alerts(text, ON) == {"entries-differ"}
    assert fact("response_latest", text, ON) is None
    assert fact("progression", text, ON) == "none"


def test_a_contradiction_is_told_whichever_of_the_two_became_known_first() -> None:
    late = f"known_from: {THEN}"
    for text in (
        GROWN + report("none", late),
        GROWN.replace(f"date: {NEXT}", f"{late}, date: {NEXT}") + report("none"),
    ):
        assert alerts(text, ON) == {"entries-differ"}
        assert alerts(text, "2024-05-01") == set()


def test_criteria_that_differ_beside_a_report_are_both_told() -> None:
    assert alerts(DIFFER + response("SD"), ON) == {"response-criteria-differ"}
    assert alerts(DIFFER + response("PR"), ON) == {"entries-differ"}


# ── shown and never fed ───────────────────────────────────────────────────────────────────────


def test_measured_growth_during_a_therapy_is_told_and_never_held_against_it() -> None:
    on_lanreotide = "therapies: {complete: true, courses: [{agent: lanreotide, start: 2023-06-01}]}\n"
    found = sheet(f"{one(25, 50)}{on_lanreotide}", ON)
    assert found.values["progression"] == "documented"
    grown_on = found.values["progressed_on"]
    assert isinstance(grown_on, Members)
    assert grown_on.includes("lanreotide") is Truth.UNKNOWN
    assert any("while Lanreotide was given" in notice for notice in found.notices)
    stable = sheet(f"{one(25, 26)}{on_lanreotide}", ON)
    assert not any("was given" in notice for notice in stable.notices)


def test_another_study_of_the_baselines_day_is_told() -> None:
    twice = record(baseline(liver("a", 30)), scan(FIRST, liver("a", 29), more=SAID))
    assert any("another study of the day of the baseline" in notice for notice in sheet(twice, ON).notices)


def test_the_growth_rate_is_shown_with_its_range_and_feeds_nothing() -> None:
    fast = record(TWO, scan(NEXT, liver("a", 32), liver("b", 27), more=SAID))
    slow = record(TWO, scan(NEXT, liver("a", 30), liver("b", 25), more=SAID))
    assert told(fast).growth.startswith("+7.3 % of volume a month, ")
    assert dict(sheet(fast, ON).values) == dict(sheet(slow, ON).values)


def test_the_sums_of_the_targets_are_kept_for_the_drawing() -> None:
    text = record(
        TWO,
        scan(NEXT, liver("a", 20), liver("b", 20), "{id: c, site: lung, size: 9}", more=SAID),
        scan(THEN, liver("a", 20), more=SAID),
    )
    sizes = [(line.date, line.mm, line.lesions) for line in sheet(text, ON).overview.sizes]
    assert sizes == [(FIRST, "55", ("a", "b")), (NEXT, "40", ("a", "b"))]


def test_the_arithmetic_is_told_in_millimetres_and_per_cent() -> None:
    text = record(
        baseline(liver("a", 112)), scan(NEXT, liver("a", 104), more=SAID), scan(THEN, liver("a", 126), more=SAID)
    )
    assert answer(text).how == (
        "sum 112 → 126 mm, +12.5 % from baseline, +21.2 % and +22 mm from the smallest (104 mm)"
    )
    assert answer(one(20, 24)).how.endswith("yet by less than 5 mm")


def test_an_alert_names_no_lesion() -> None:
    found = sheet(DIFFER.replace("id: a", "id: Jane Roe"), ON)
    assert found.alerts
    assert all("Jane" not in alert.message for alert in found.alerts)


# ── what leaves the course open ───────────────────────────────────────────────────────────────

UNSETTLED = "later-scan-unsettled"


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (  # lesions left out as perhaps treated grow by half, and nothing else is measured
            record(
                baseline(liver("a", 60), liver("b", 40)),
                scan(NEXT, liver("a", 90), liver("b", 60), more=SAID),
                more="therapies: {courses: [{agent: sirt, start: 2022-06-01}]}\n",
            ),
            "left out and yet grown: a 60 → 90 mm, b 40 → 60 mm",
        ),
        (  # new lesions on another kind of study
            record(
                baseline(liver("a", 60)),
                scan(NEXT, liver("a", 60), more=SAID),
                scan(THEN, "{id: nb, site: bone, size: 20, new: true}", modality="mri", phase=""),
            ),
            "another kind (mri) shows new lesions",
        ),
        (  # a lesion the baseline does not list
            record(baseline(liver("a", 60)), scan(NEXT, liver("a", 60), "{id: lu, site: lung, size: 22}", more=SAID)),
            "not in the baseline and not called new: lu",
        ),
        (  # radioembolisation between the two
            record(
                baseline(liver("a", 60)),
                scan(NEXT, liver("a", 0), more=SAID),
                more="therapies: {courses: [{agent: sirt, start: 2024-02-01}]}\n",
            ),
            "was given between the baseline and this study",
        ),
        (  # a lesion that is no target grows
            record(
                baseline(liver("a", 60), liver("b", 50), liver("c", 30)),
                scan(NEXT, liver("a", 60), liver("b", 50), liver("c", 70), more=SAID),
            ),
            "left out and yet grown: c 30 → 70 mm",
        ),
    ],
)
def test_what_may_be_progression_is_neither_called_stable_nor_progressive(text: str, because: str) -> None:
    found = sheet(text, ON)
    for name in ("progression", "stable_months", "extrahepatic_progression", "response_latest"):
        assert name not in found.values, name
    messages = [alert.message for alert in found.alerts if alert.id == UNSETTLED]
    assert len(messages) == 1
    assert because in messages[0]


def test_a_later_judged_scan_settles_what_was_open() -> None:
    text = record(
        baseline(liver("a", 60)),
        scan(NEXT, liver("a", 60), "{id: lu, site: lung, size: 22}", more=SAID),
        scan(THEN, liver("a", 60), more=SAID),
    )
    assert fact("progression", text, ON) == "none"
    assert UNSETTLED not in alerts(text, ON)


@pytest.mark.parametrize(("day", "known"), [("2024-04-15", False), ("2024-04-16", True)])
def test_a_report_within_two_weeks_that_contradicts_the_sizes_is_told(day: str, known: bool) -> None:
    report = f"progression: [{{date: {day}, status: none}}]\n"
    text = record(baseline(liver("a", 60)), scan(NEXT, liver("a", 90), more=SAID), more=report)
    assert (fact("progression", text, ON) == "none") is known
    assert ("entries-differ" in alerts(text, ON)) is not known


@pytest.mark.parametrize(("said", "outside"), [(SAID, False), ("new_lesions: false, new_nodule: false", None)])
def test_that_nothing_progressed_outside_the_liver_needs_somebody_who_looked(said: str, outside: bool | None) -> None:
    assert fact("extrahepatic_progression", one(60, 60, said), ON) is outside


def test_a_newest_study_that_cannot_be_judged_is_told() -> None:
    text = record(baseline(liver("a", 60)), scan(NEXT, liver("a", 60), more=SAID), scan(THEN, "site: liver", more=SAID))
    assert any("could not be judged" in notice for notice in sheet(text, ON).notices)


def test_two_kinds_of_baseline_each_have_their_own_series() -> None:
    text = record(
        baseline(liver("a", 60)),
        baseline(liver("a", 61), day="2024-01-12", modality="mri", phase=""),
        scan(NEXT, liver("a", 80), more=SAID),
    )
    assert fact("progression", text, ON) == "documented"


def test_a_later_measured_progression_leaves_it_open_whether_it_was_on_the_drug_that_held_before() -> None:
    course_of = (
        "therapies: {complete: true, courses: [{agent: captem, start: 2023-12-01, "
        "responses: [{date: 2024-04-01, value: SD}]}]}\n"
    )
    text = record(
        baseline(liver("a", 60)), scan(NEXT, liver("a", 60), more=SAID), scan(THEN, liver("a", 90), more=SAID)
    )
    grown_on = sheet(f"{text}{course_of}", ON).values["progressed_on"]
    assert isinstance(grown_on, Members)
    assert grown_on.includes("captem") is Truth.UNKNOWN
