"""Facts made to agree: what contradicts is told and left unknown; what follows from facts stated directly is added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from cdss.facts.sheet import FactSheet, Observed, RecordAlert
from cdss.rule import Severity
from cdss.values import Interval, Members, Truth, Value
from cdss.vocabulary import Vocabulary

_NO_PREGNANCY_FROM = Decimal(60)
_GRADE_2_FROM, _GRADE_3_ABOVE = Decimal(3), Decimal(20)  # Ki-67 in percent, WHO 2019 for the digestive system
OTHER_CRITERIA = ("lung", "thymus")
DISTANT = ("liver", "distant_nodes", "lung", "bone", "peritoneum", "brain", "ovary", "heart", "other")
UPTAKE_OF = {
    "positive": ("below_liver", "equal_liver", "above_liver", "above_spleen"),
    "negative": ("none", "below_liver"),
}
DEGREES = {"ascites_grade": "ascites", "carcinoid_heart_severity": "carcinoid_heart_disease"}
"""Facts that say how much there is of something, each with the fact that it is there: every degree entails it."""
_GRADES = ("net_grade_highest", "net_grade_latest")

Facts = Mapping[str, Value]


def agreed(sheet: FactSheet, vocabulary: Vocabulary, on: date, *, completing: bool = True) -> FactSheet:
    """The sheet without facts that contradict one another, which an alert names, and with what follows from the rest.

    ``completing`` False looks for contradictions and adds only what a degree entails: a record has drawn its other
    conclusions.
    """
    sheet = replace(sheet, facts=_newer_word(sheet.facts))
    alerts = list(sheet.alerts)
    lost: set[str] = set()
    for names, sentence in _contradictions(sheet.values):
        present = tuple(sorted(name for name in names if name in sheet.facts))
        labels = "; ".join(vocabulary.facts[name].label for name in present)
        message = f"{sentence} They count as unknown until somebody has found out which is right: {labels}."
        alerts.append(RecordAlert("facts-contradict", Severity.CRITICAL, message, present))
        lost.update(present)
    kept = {name: seen for name, seen in sheet.facts.items() if name not in lost}
    values = {name: seen.value for name, seen in kept.items()}
    following = _consequences(values) if completing else _degrees(values)
    for name, value, source in following:
        if name in vocabulary.facts and name not in kept and name not in lost:
            kept[name] = Observed(value, on, source)
    return replace(sheet, facts=dict(sorted(kept.items())), alerts=tuple(sorted(set(alerts))))


def _newer_word(facts: Mapping[str, Observed]) -> Mapping[str, Observed]:
    """Of a degree, and the word that there is nothing, only the one that was observed later; both where none was."""
    outdated = set()
    for degree, thing in DEGREES.items():
        if degree in facts and thing in facts and facts[thing].value is False:
            some, none = facts[degree].observed, facts[thing].observed
            if some is not None and none is not None and some != none:
                outdated.add(thing if some > none else degree)
    return {name: seen for name, seen in facts.items() if name not in outdated}


def _contradictions(facts: Facts) -> Iterator[tuple[tuple[str, ...], str]]:
    ki67, site = facts.get("ki67_highest_percent"), facts.get("primary_site")
    grade, latest = (facts.get(name) for name in _GRADES)
    if isinstance(ki67, Interval) and isinstance(grade, Interval) and site not in OTHER_CRITERIA:
        least = _least_grade(ki67)
        if grade.high is not None and grade.high < least:
            yield (*_GRADES, "ki67_highest_percent", "ki67_latest_percent"), "The grade is lower than the Ki-67 allows."
    if facts.get("differentiation") == "poor" and (grade is not None or latest is not None):
        yield ("differentiation", *_GRADES), "A poorly differentiated carcinoma has no NET grade."
    for newest, highest in (("ki67_latest_percent", "ki67_highest_percent"), ("net_grade_latest", "net_grade_highest")):
        if _surely_above(facts.get(newest), facts.get(highest)):
            yield (newest, highest), "The latest value lies above the highest one."
    for degree, thing in DEGREES.items():
        if degree in facts and facts.get(thing) is False:
            yield (degree, thing), "A degree is recorded of what is said to be absent."
    if facts.get("sex") == "male" and facts.get("pregnancy") in ("not_excluded", "confirmed"):
        yield ("sex", "pregnancy"), "A pregnancy is recorded in a man."
    if _spread(facts) and (facts.get("extent") == "localised" or facts.get("m_category") == "M0"):
        yield (
            ("extent", "m_category", "metastatic_sites"),
            "Distant metastases are listed in disease called localised or M0.",
        )
    if facts.get("functional_status") == "non_functioning" and facts.get("functional_syndrome", "none") != "none":
        yield (
            ("functional_status", "functional_syndrome"),
            "A non-functioning tumour is recorded with a hormonal syndrome.",
        )
    status, uptake = facts.get("sstr_status"), facts.get("sstr_uptake")
    if isinstance(status, str) and isinstance(uptake, str) and uptake not in UPTAKE_OF.get(status, (uptake,)):
        yield ("sstr_status", "sstr_uptake"), "The receptor status and the uptake do not fit together."
    if status == "positive" and facts.get("fdg_positive_sstr_negative_lesion") is True:
        yield (
            ("sstr_status", "fdg_positive_sstr_negative_lesion"),
            "All lesions are said to take up the receptor tracer, and one of them not to.",
        )


def _degrees(facts: Facts) -> Iterator[tuple[str, Value, str]]:
    for degree, thing in DEGREES.items():
        if degree in facts:
            yield thing, True, "follows from its degree"


def _consequences(facts: Facts) -> Iterator[tuple[str, Value, str]]:
    yield from _degrees(facts)
    age = facts.get("age_years")
    old = isinstance(age, Interval) and age.low is not None and age.low >= _NO_PREGNANCY_FROM
    if facts.get("sex") == "male" or old:
        yield "pregnancy", "not_possible", "follows from sex and age"
    if facts.get("functional_status") == "non_functioning":
        yield "functional_syndrome", "none", "follows from the functional status"
    if facts.get("functional_syndrome", "none") != "none":
        yield "functional_status", "functioning", "follows from the syndrome"
    graded = any(isinstance(facts.get(name), Interval) for name in _GRADES)
    if graded:
        yield "differentiation", "well", "follows from the NET grade"
    yield from _grades(facts, graded=graded)
    extent = facts.get("extent")
    if extent == "metastatic":
        yield "m_category", "M1", "follows from the extent"
    if extent == "localised":
        yield "m_category", "M0", "follows from the extent"
        yield "metastatic_sites", Members(absent=frozenset(DISTANT)), "follows from the extent"
        yield "extrahepatic_disease", False, "follows from the extent"
    elsewhere = _spread(facts) - {"liver"}
    sites = facts.get("metastatic_sites")
    if elsewhere:
        yield "extrahepatic_disease", True, "follows from the metastatic sites"
    elif isinstance(sites, Members) and sites.complete and not sites.present - {"liver"}:
        yield "extrahepatic_disease", False, "follows from the metastatic sites"


def _grades(facts: Facts, *, graded: bool) -> Iterator[tuple[str, Value, str]]:
    """A grade of at least what the Ki-67 says, in a well-differentiated tumour whose grade nobody states."""
    if graded or facts.get("differentiation") != "well" or facts.get("primary_site", "lung") in OTHER_CRITERIA:
        return
    for name, index in (("net_grade_highest", "ki67_highest_percent"), ("net_grade_latest", "ki67_latest_percent")):
        ki67 = facts.get(index)
        if isinstance(ki67, Interval):
            yield name, Interval(Decimal(_least_grade(ki67)), Decimal(3)), "at least, by Ki-67 alone"


def _least_grade(ki67: Interval) -> int:
    """The lowest grade that a Ki-67 allows; mitoses can only raise it."""
    if ki67.at_most(_GRADE_3_ABOVE) is Truth.NO:
        return 3
    return 2 if ki67.less_than(_GRADE_2_FROM) is Truth.NO else 1


def _spread(facts: Facts) -> frozenset[str]:
    sites = facts.get("metastatic_sites")
    return sites.present & frozenset(DISTANT) if isinstance(sites, Members) else frozenset()


def _surely_above(value: Value | None, other: Value | None) -> bool:
    if not isinstance(value, Interval) or not isinstance(other, Interval):
        return False
    return value.low is not None and other.high is not None and value.low > other.high
