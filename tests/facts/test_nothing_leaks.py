"""For generated records: what becomes known later changes nothing earlier; the order of entries changes nothing."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cdss.facts import FactSheet, derive
from cdss.facts.timeline import Timeline
from cdss.record import Record
from tests.facts.derived import THERAPIES, VOCABULARY

START, MOMENT, END = date(2014, 1, 1), date(2015, 6, 1), date(2017, 1, 1)
LISTS = {"pathology": "samples", "imaging": "studies", "therapies": "courses", "preferences": "declines"}

ENTRIES: list[tuple[str, dict[str, Any]]] = [
    ("primary", {"site": "rectum", "size": 20}),
    ("primary", {"site": "lung", "resected": False}),
    ("pathology", {"kind": "resection", "site": "primary", "ki67": 15, "grade": "G2"}),
    ("pathology", {"kind": "resection", "site": "primary", "nodes": {"examined": 12, "positive": 1}}),
    ("pathology", {"kind": "biopsy", "site": "liver", "ki67": {"from": 10, "to": 25}, "mitoses": {"per_2mm2": 5}}),
    ("pathology", {"kind": "biopsy", "site": "lung", "differentiation": "poor", "ki67": 70}),
    ("pathology", {"kind": "biopsy", "site": "liver", "ki67": 35, "grade": "G1"}),
    ("stage", {"t": "pT3", "n": "pN1", "m": "M0", "edition": "ajcc8"}),
    ("stage", {"t": "T2", "n": "N0", "m": "M1a"}),
    ("extent", {"extent": "localised"}),
    ("extent", {"extent": "metastatic", "sites": ["liver"], "complete": True}),
    ("extent", {"sites": ["lung"], "free": ["bone"], "tumour_burden": "high"}),
    ("imaging", {"modality": "sstr_pet", "sstr": "positive", "avid_nodes": 2}),
    ("imaging", {"modality": "sstr_pet", "lesions": [{"id": "a", "site": "liver", "size": 12, "sstr": "none"}]}),
    ("imaging", {"modality": "fdg_pet", "lesions": [{"id": "a", "site": "liver", "fdg": "positive"}]}),
    ("imaging", {"modality": "ct", "findings": ["new_lesion", "necrosis"], "lesions": [{"site": "lung"}]}),
    ("imaging", {"modality": "echocardiogram", "not_found": ["ascites"]}),
    ("liver", {"burden_percent": 30, "dominant": True}),
    ("progression", {"status": "documented", "tempo": "rapid", "sites": ["lung"], "during": ["everolimus"]}),
    ("progression", {"status": "documented", "after_stop_of": ["everolimus"], "interval_months": 6}),
    ("progression", {"status": "none"}),
    ("resectability", {"what": "disease", "resectable": False, "judged_by": "board"}),
    ("functional", {"syndrome": "carcinoid_syndrome"}),
    ("functional", {"status": "non_functioning"}),
    ("carcinoid_heart", {"present": True}),
    ("laboratory", {"test": "haemoglobin", "value": 11, "unit": "g/dL"}),
    ("laboratory", {"test": "alt", "value": 70, "unit": "U/L", "uln": 35}),
    ("organ_function", {"child_pugh": "A", "ascites": False}),
    ("performance", {"ecog": 1}),
    ("reproduction", {"pregnancy": "excluded"}),
    ("symptoms", {"present": ["flushing"], "complete": True}),
    ("symptoms", {"absent": ["flushing"]}),
    ("comorbidities", {"present": ["diabetes"]}),
    ("preferences", {"therapy": "cytotoxic_chemotherapy"}),
    ("therapies", {"agent": "everolimus"}),
    ("therapies", {"agent": "lu177_dotatate", "cycles": 1, "activity": {"value": "7.4", "unit": "GBq"}}),
    ("therapies", {"agent": "sirt", "extent": "lobar", "cycles": 1}),
    ("therapies", {"agent": "primary_resection"}),
    ("therapies", {"agent": "liver_resection"}),
    ("therapies", {"agent": "sunitinib", "planned": True}),
]  # fmt: skip


def days(first: date, last: date) -> st.SearchStrategy[date]:
    return st.dates(first, last)


@st.composite
def entries(draw: st.DrawFn, first: date, last: date, most: int) -> list[tuple[str, dict[str, Any]]]:
    """Some entries, each known from a day between ``first`` and ``last``; what they tell may be older."""
    found = []
    for section, body in draw(st.lists(st.sampled_from(ENTRIES), max_size=most)):
        known = draw(days(first, last))
        entry = deepcopy(body)
        if "activity" in entry:
            entry["activity"]["value"] = 7
        key = "start" if section == "therapies" else "date"
        entry[key] = str(known)
        if draw(st.booleans()):
            entry["known_from"] = str(known)
            entry[key] = str(draw(days(START - timedelta(days=400), known)))
        if section == "therapies" and entry["agent"] == "everolimus":
            entry |= draw(endings(date.fromisoformat(entry["start"])))
        found.append((section, entry))
    return found


@st.composite
def endings(draw: st.DrawFn, start: date) -> dict[str, Any]:
    """How a course went on and ended, or that it runs."""
    told: dict[str, Any] = {}
    if draw(st.booleans()):
        day = draw(days(start, END + timedelta(days=400)))
        told["responses"] = [{"date": str(day), "value": draw(st.sampled_from(["SD", "PD"])), "modality": "mri"}]
    if draw(st.booleans()):
        told["end"] = str(draw(days(start, END + timedelta(days=400))))
        told["reason_stopped"] = draw(st.sampled_from(["toxicity", "progression", "completed"]))
    return told


def written(chosen: list[tuple[str, dict[str, Any]]], complete: bool) -> Record:
    data: dict[str, Any] = {"patient": {"sex": "female", "birth_year": 1954}}
    for section, entry in chosen:
        if section in LISTS:
            holder = data.setdefault(section, {} if section == "preferences" else {"complete": complete})
            holder.setdefault(LISTS[section], []).append(entry)
        else:
            data.setdefault(section, []).append(entry)
    return Record.model_validate(data)


def known(record: Record, on: date) -> FactSheet:
    return derive(record, Timeline.of(None), on, VOCABULARY, THERAPIES)


BEFORE = entries(START, MOMENT, 12)
AFTER = entries(MOMENT + timedelta(days=1), END, 6)


@settings(max_examples=1500, deadline=None)
@given(BEFORE, AFTER, st.booleans())
def test_what_becomes_known_later_changes_no_earlier_fact(
    before: list[tuple[str, dict[str, Any]]], after: list[tuple[str, dict[str, Any]]], complete: bool
) -> None:
    sections = {section for section, _ in before}
    # A section that begins later cannot say now that it is complete; everything else may.
    later = [one for one in after if one[0] in sections or one[0] not in LISTS or not complete]
    assert known(written(before + later, complete), MOMENT) == known(written(before, complete), MOMENT)


@settings(max_examples=500, deadline=None)
@given(BEFORE, st.data())
def test_the_order_of_entries_changes_nothing(before: list[tuple[str, dict[str, Any]]], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(before))
    assert known(written(list(shuffled), False), MOMENT) == known(written(before, False), MOMENT)


@settings(max_examples=500, deadline=None)
@given(BEFORE, AFTER)
def test_an_end_that_lies_ahead_is_as_good_as_none(
    before: list[tuple[str, dict[str, Any]]], after: list[tuple[str, dict[str, Any]]]
) -> None:
    def running(entry: dict[str, Any]) -> dict[str, Any]:
        ahead = "end" in entry and date.fromisoformat(entry["end"]) > MOMENT
        return {key: value for key, value in entry.items() if not (ahead and key in ("end", "reason_stopped"))}

    chosen = before + after
    assert known(written([(s, running(e)) for s, e in chosen], True), MOMENT) == known(written(chosen, True), MOMENT)


@settings(max_examples=500, deadline=None)
@given(BEFORE, st.booleans())
def test_every_fact_fits_the_vocabulary(before: list[tuple[str, dict[str, Any]]], complete: bool) -> None:
    from cdss.decision import plain_value
    from cdss.facts.direct import facts_from_mapping
    from cdss.vocabulary import Kind

    found = known(written(before, complete), MOMENT)
    assert not set(found.facts) & {
        name for alert in found.alerts if "contradiction" in alert.id for name in alert.facts
    }
    for name, value in found.values.items():
        plain = plain_value(value)
        if VOCABULARY.fact(name).unit == "%":
            plain = {**(plain if isinstance(plain, dict) else {"value": plain}), "unit": "%"}
        if VOCABULARY.fact(name).type is Kind.SET and name != "declined":
            assert set(plain["includes"]) <= set(VOCABULARY.fact(name).values)
        assert facts_from_mapping({name: plain}, VOCABULARY) == {name: value}, name
