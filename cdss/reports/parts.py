"""Pieces that several reports print alike: the patient above the options, the alerts, an option's name and label."""

from __future__ import annotations

from collections.abc import Sequence

from cdss.decision import Alert, Decision, Label, Mention, Option, Said
from cdss.reports.page import Page
from cdss.reports.phrases import LABEL_WORD, body_name
from cdss.rule import Intent, Severity

_ALSO = ("differentiation", "ecog", "hereditary_syndrome", "biomarkers", "pregnancy", "breastfeeding", "comorbidities")
_USUAL_FIGURES = ("n", "pfs_months", "hr", "os_hr", "response")
_FIGURE_WORD = {"n": "n =", "pfs_months": "PFS months", "hr": "HR", "os_hr": "OS HR", "response": "response"}
_SPEAKS_FOR_ITSELF = {"differentiation"}
_NOTHING = (False, "none", "not_possible", "excluded")

NOTICE = (
    "For discussion by a multidisciplinary board. It lays out what others have published; it does not decide. "
    "No rule has been reviewed by a named clinician yet."
)


def write_header(decision: Decision, page: Page, *, unknown: int = 8) -> None:
    """Patient, question, tumour, earlier treatment, wishes; then at most ``unknown`` facts that nobody recorded."""
    view = decision.overview
    when = f"on {decision.on}, knowledge of {decision.knowledge.as_of}"
    page.split(str(view.get("patient") or decision.case), when, style="title")
    texts = {**view, "question": decision.question or view.get("question")}
    for key in ("question", "goals", "tumour", "prior", "declines"):
        if texts.get(key):
            page.labelled(key.upper(), str(texts[key]))
    also = also_text(decision)
    if also:
        page.labelled("ALSO", also)
    response = response_text(decision)
    if response:
        page.labelled("RESPONSE", response)
    names = [decision.names.get(m.fact, m.fact) for m in decision.missing[:unknown]]
    if names:
        left = len(decision.missing) - unknown
        page.labelled("UNKNOWN", "; ".join(names) + (f" and {left} more" if left > 0 else ""))


def also_text(decision: Decision) -> str:
    """What decides about therapies and stands in no other line; what is recorded as absent is left out."""
    found = []
    above = str(decision.overview.get("patient") or "")
    for name in _ALSO:
        seen = decision.facts.get(name)
        if seen is not None and seen.value not in _NOTHING and seen.text != "none" and seen.text not in above:
            found.append(seen.text if name in _SPEAKS_FOR_ITSELF else f"{seen.label} {seen.text}")
    return "; ".join(found)


def response_text(decision: Decision) -> str:
    """The latest response as it was obtained: "stable disease, reported without measurements, MRI (2015-04-15)"."""
    response = decision.facts.get("response_latest")
    if response is None:
        return ""
    more = [decision.facts[n].text for n in ("response_basis", "response_modality") if n in decision.facts]
    necrosis = decision.facts.get("necrosis_reported")
    if necrosis is not None and necrosis.value is True:
        more.append("necrosis of metastases reported")
    when = f" ({response.observed})" if response.observed else ""
    return ", ".join([response.text, *more]) + when


def write_alerts(decision: Decision, page: Page, alerts: Sequence[Alert], *, brief: bool = False) -> None:
    """These alerts in their order; ``brief`` prints of what they rest on the numbers only."""
    if not alerts:
        return
    page.heading("ALERTS")
    for alert in alerts:
        _alert(decision, page, alert, brief)


def _alert(decision: Decision, page: Page, alert: Alert, brief: bool) -> None:
    mark = {Severity.CRITICAL: "!!", Severity.WARNING: "! ", Severity.INFO: "· "}[alert.severity]
    style = {Severity.CRITICAL: "stop", Severity.WARNING: "open", Severity.INFO: "plain"}[alert.severity]
    asked = "; ".join(decision.names.get(a, a) for a in alert.ask)
    seen = seen_text(decision, numbers_of(decision, alert) if brief else alert.because)
    if brief:
        text = f"{mark} {alert.message}" + (f" [{seen}]" if seen else "") + (f" → {asked}" if asked else "")
        page.write(text, indent=2, hang=5, style=style)
        return
    page.write(f"{mark} {alert.message}", indent=2, hang=5, style=style)
    if seen:
        page.labelled("seen", seen, indent=5, room=6, style="dim")
    if asked:
        page.labelled("ask", asked, indent=5, room=6)


def numbers_of(decision: Decision, alert: Alert) -> list[str]:
    """The facts behind an alert that are numbers: a Ki-67, a count of nodes, days since a stop."""
    numbers = []
    for name in alert.because:
        value = decision.facts[name].value if name in decision.facts else None
        if isinstance(value, int | float | dict) and not isinstance(value, bool) and "complete" not in _keys(value):
            numbers.append(name)
    return numbers


def _keys(value: object) -> set[str]:
    return set(value) if isinstance(value, dict) else set()


def option_title(option: Option) -> str:
    """The therapy's name, and that it is meant for symptoms where it is."""
    return option.name + (" (for symptoms)" if option.intent is Intent.SYMPTOM_CONTROL else "")


def label_text(of: Option | Mention) -> str:
    """The label per jurisdiction: "EMA off label · FDA on label".

    A drug that the countries of Europe label one by one has no central label; "EMA off label" would mislead.
    """
    if set(of.label.values()) == {Label.NOT_APPLICABLE}:
        return LABEL_WORD[Label.NOT_APPLICABLE]
    words = {name: f"{body_name(name)} {LABEL_WORD[status]}" for name, status in of.label.items()}
    if of.labelled_nationally and of.label.get("ema") is Label.OFF_LABEL:
        words["ema"] = "EMA no central label"
    return " · ".join(words.values())


def figures_text(said: Said, *, full: bool = False) -> str:
    """The figures of a study: the usual ones first, and only those unless all is wanted."""
    names = [n for n in _USUAL_FIGURES if n in said.figures]
    if full or not names:
        names += [n for n in said.figures if n not in names]
    return ", ".join(f"{_FIGURE_WORD.get(n, n.replace('_', ' '))} {said.figures[n]}" for n in names)


def seen_text(decision: Decision, facts: Sequence[str]) -> str:
    found = []
    for name in facts:
        fact = decision.facts.get(name)
        if fact is not None:
            found.append(f"{fact.label}: {fact.text}" + (f" ({fact.observed})" if fact.observed else ""))
    return "; ".join(found)
