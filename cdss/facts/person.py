"""Facts about the person: age, sex, fitness, pregnancy, symptoms, other diseases and medicines."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from cdss.facts.draft import Draft
from cdss.facts.timeline import Span, Timeline, add_months, months_between, years_between
from cdss.record.record import Record
from cdss.values import Interval

_PAST_CHILDBEARING = Decimal(60)


def derive_person(draft: Draft) -> None:
    """Writes down everything about the person."""
    record = draft.record
    if record.patient.sex is not None:
        draft.put("sex", record.patient.sex, None, "patient")
    age = age_on(record, draft.timeline, draft.today)
    draft.put("age_years", age, Span(draft.today, draft.today), "patient")
    if record.diagnosed is not None and (known := draft.timeline.known(record.diagnosed)) <= draft.moment:
        span = draft.clipped(record.diagnosed, known)
        since = Interval(months_between(span.last, draft.today), months_between(span.first, draft.today))
        draft.put("months_since_diagnosis", since, span, "diagnosis")
    performance = draft.seen(record.performance)
    draft.put_latest("ecog", performance, lambda e: e.ecog, "performance status")
    draft.put_latest("frailty", performance, lambda e: e.frailty, "performance status")
    draft.put_latest("fit_for_major_surgery", performance, lambda e: e.fit_for_major_surgery, "performance status")
    draft.put_latest("life_expectancy_months", performance, lambda e: e.life_expectancy_months, "performance status")
    _reproduction(draft, age)
    plans = draft.seen(record.plans)
    draft.put_latest("live_vaccine_planned_or_recent", plans, lambda e: e.live_vaccine_planned_or_recent, "plans")
    draft.put_latest("major_surgery_planned_or_recent", plans, lambda e: e.major_surgery_planned_or_recent, "plans")
    symptoms = draft.seen(record.symptoms)
    draft.put_words("symptoms", record.symptoms, "symptoms")
    draft.put_latest("pain_cause_established", symptoms, lambda e: e.pain_cause_established, "symptoms")
    draft.put_words("comorbidities", record.comorbidities, "other diseases")
    draft.put_words("comedications", record.comedications, "medicines")
    draft.put_words("hypersensitivities", record.hypersensitivities, "hypersensitivities")
    draft.put_words("biomarkers", record.biomarkers, "biomarkers")
    hereditary = draft.seen(record.hereditary_syndrome)
    draft.put_latest("hereditary_syndrome", hereditary, lambda e: e.syndrome, "hereditary syndrome")


def birth(record: Record, timeline: Timeline) -> Span | None:
    """The days on which the patient may have been born; None when nothing says so."""
    patient = record.patient
    if patient.birth_date is not None:
        return timeline.span(patient.birth_date)
    if patient.birth_year is not None:
        return Span(date(patient.birth_year, 12, 31), date(patient.birth_year, 1, 1))
    if patient.age is not None:
        seen = timeline.span(patient.age.date)
        earliest = add_months(seen.first, -12 * (patient.age.years + 1)) + timedelta(days=1)
        return Span(add_months(seen.last, -12 * patient.age.years), earliest)
    return None


def age_on(record: Record, timeline: Timeline, day: date) -> Interval | None:
    """The age in completed years; an interval when only the year or an earlier age is known."""
    born = birth(record, timeline)
    if born is None or born.last > day:
        return None
    return Interval(Decimal(years_between(born.last, day)), Decimal(years_between(born.first, day)))


def _reproduction(draft: Draft, age: Interval | None) -> None:
    seen = draft.seen(draft.record.reproduction)
    impossible = draft.record.patient.sex == "male" or (
        age is not None and age.low is not None and age.low >= _PAST_CHILDBEARING
    )
    if not impossible:
        draft.put_latest("pregnancy", seen, lambda e: e.pregnancy, "reproduction")
    else:
        told = draft.latest(seen, lambda e: e.pregnancy, "pregnancy")
        if told is not None and told.value != "excluded":
            draft.contradiction(
                "pregnancy-contradiction",
                "The record speaks of a possible pregnancy that sex or age rules out. "
                "Until that is cleared up, pregnancy counts as unknown.",
                ("pregnancy",),
            )
        draft.put("pregnancy", "not_possible", Span(draft.today, draft.today), "sex and age")
    draft.put_latest("breastfeeding", seen, lambda e: e.breastfeeding, "reproduction")
