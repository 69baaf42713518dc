"""One patient: the sheet, facts changed for the sake of argument, two dates, and the reasons of an option."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from operator import itemgetter
from typing import Any

from fastapi import APIRouter, Request, Response
from markupsafe import Markup
from starlette.exceptions import HTTPException

from cdss.decision import Standing
from cdss.decisive.whole import decisive
from cdss.engine import DEFAULT_JURISDICTIONS, Evaluation
from cdss.errors import CdssError
from cdss.explain import explain_therapy
from cdss.reports.compare import pairs, standing_text
from cdss.reports.dates import causes
from cdss.reports.decisive import parts_of
from cdss.reports.parts import label_text, option_title
from cdss.reports.phrases import LABEL_WORD
from cdss.reports.sheet.render import render_article, render_html
from cdss.web.choosing import NOTHING_TYPED
from cdss.web.desk import wanted_facts, with_changes
from cdss.web.entry import form_of, read_day, read_facts
from cdss.web.fields import Field, field_of, one, same
from cdss.web.page import Pages, to
from cdss.web.reasons import rules_by_truth, would_change
from cdss.web.sessions import Patient


def router(pages: Pages) -> APIRouter:
    """The pages of this part."""
    routes = APIRouter(prefix="/p/{token}")
    desk = pages.desk
    facts = desk.library.vocabulary.facts

    def answer(token: str, patient: Patient, before: Evaluation) -> tuple[Evaluation, dict[str, Any]]:
        """The evaluation, and what the changing half of the page shows; ``before`` is the one as recorded."""
        now = desk.ask(patient) if patient.changes else before
        moves = [
            (name, standing_text(old), standing_text(new))
            for _, name, old, new in pairs(before.decision, now.decision)
            if standing_text(old) != standing_text(new)
        ]
        changed = [
            (
                facts[name].label,
                _text(before, name),
                _text(now, name) if patient.changes[name] is not None else "unknown",
            )
            for name in patient.changes
        ]
        why = {option_title(o): f"/p/{token}/why/{o.therapy}" for o in now.decision.options}
        sheet = Markup(render_article(now.decision, why))  # its own templates escape it
        return now, {"moves": moves, "changed": changed, "sheet": sheet}

    def facts_page(
        request: Request, token: str, groups: list[tuple[str, list[Field]]], told: Mapping[str, str]
    ) -> Response:
        """The form of all facts; ``told`` says what is wrong with some of them."""
        return pages.page(
            request,
            "facts.html.j2",
            status=422 if told else 200,
            title="All facts",
            token=token,
            names=list(facts),
            groups=groups,
            problems=[(f"field-{name}", text) for name, text in told.items()],
        )

    @routes.get("")
    async def show(request: Request, token: str) -> Response:
        patient = pages.patient(request, token)
        before = desk.ask(patient, as_recorded=True)
        now, shown = answer(token, patient, before)
        values = {**before.sheet.values, **patient.changes}
        suggestions, others = desk.choices(now.decision)
        return pages.page(
            request,
            "patient.html.j2",
            title=str(now.decision.overview.get("patient") or patient.case.id),
            token=token,
            patient=patient,
            decision=now.decision,
            points=desk.points(patient),
            jurisdictions=sorted(desk.library.jurisdictions),
            suggestions=suggestions,
            others=others,
            typed=NOTHING_TYPED,
            fields=[field_of(facts[n], values.get(n)) for n in wanted_facts(now, desk.library, patient.changes)],
            **shown,
        )

    @routes.post("/change")
    async def change(request: Request, token: str) -> Response:
        session, posted, _ = await pages.form(request)
        patient = pages.patient(request, token)
        values, wrong = read_facts(pages, posted, [name for name in posted.get("facts", ()) if name in facts])
        before = desk.ask(patient, as_recorded=True)
        if wrong:
            told = {name: f"{facts[name].label}: {problem}" for name, problem in wrong.items()}
            if request.headers.get("hx-request"):
                return pages.page(request, "wrong.html.j2", lines=list(told.values()))
            typed = {**before.sheet.values, **patient.changes, **values}
            return facts_page(request, token, form_of(pages, typed, wrong, posted), told)
        shown = {**before.sheet.values, **patient.changes}
        edits = {name: value for name, value in values.items() if not same(value, shown.get(name))}
        patient = with_changes(patient, before.sheet.values, edits)
        now, parts = answer(token, patient, before)
        session.keep(token, patient)
        if request.headers.get("hx-request"):
            return pages.page(request, "answer.html.j2", token=token, decision=now.decision, **parts)
        return to(f"/p/{token}")

    @routes.post("/reset")
    async def reset(request: Request, token: str) -> Response:
        session, _, _ = await pages.form(request)
        session.keep(token, replace(pages.patient(request, token), changes={}))
        return to(f"/p/{token}")

    @routes.post("/view")
    async def view(request: Request, token: str) -> Response:
        session, posted, _ = await pages.form(request)
        patient = pages.patient(request, token)
        chosen = tuple(j for j in posted.get("jurisdiction", ()) if j in desk.library.jurisdictions)
        try:
            day, as_of, other = (one(posted, name).strip() for name in ("day", "as_of", "other"))
            looked_at = replace(
                patient,
                on=_moment(patient, day, one(posted, "point")),
                as_of=read_day(as_of) if as_of else None,
                other=read_day(other) if other else None,
                jurisdictions=chosen or DEFAULT_JURISDICTIONS,
            )
        except ValueError as problem:
            raise CdssError(str(problem)) from None
        desk.ask(looked_at)
        session.keep(token, looked_at)
        return to(f"/p/{token}/compare" if one(posted, "go") == "compare" else f"/p/{token}")

    @routes.get("/compare")
    async def compare(request: Request, token: str) -> Response:
        patient = pages.patient(request, token)
        if patient.other is None:
            raise CdssError("Choose a second date of knowledge on the patient's page, then compare.")
        first, second = desk.ask(patient).decision, desk.ask(patient, other=True).decision
        rows = []
        same = 0
        for _, name, old, new in pairs(first, second):
            was, now = standing_text(old), standing_text(new)
            labels = [
                (LABEL_WORD[old.label[j]] if old else "", LABEL_WORD[new.label[j]] if new else "")
                for j in first.jurisdictions
            ]
            if was == now and all(a == b or not a or not b for a, b in labels):
                same += 1
                continue
            found = sorted(causes(first, second, old, new, desk.library.rules), key=lambda c: (str(c.since), c.rule))
            rank = new.standing.rank if new else len(Standing)
            rows.append((rank, name, was, now, labels, found))
        return pages.page(
            request,
            "compare.html.j2",
            title="Two dates",
            token=token,
            first=first,
            second=second,
            rows=[row for _, *row in sorted(rows, key=itemgetter(0))],
            same=same,
        )

    @routes.get("/why/{therapy}")
    async def why(request: Request, token: str, therapy: str) -> Response:
        patient = pages.patient(request, token)
        if therapy not in desk.library.therapies.therapies:
            raise HTTPException(404)
        evaluation = desk.ask(patient)
        found = explain_therapy(evaluation, desk.library, therapy)
        options = [o for o in evaluation.decision.options if o.therapy == therapy]
        return pages.page(
            request,
            "why.html.j2",
            title=found.name,
            token=token,
            standings=[(option_title(o), standing_text(o), label_text(o)) for o in options],
            groups=rules_by_truth(found, desk.library),
            changes=would_change(found),
        )

    @routes.get("/decides")
    async def decides(request: Request, token: str) -> Response:
        evaluation = desk.ask(pages.patient(request, token))
        parts = parts_of(decisive(evaluation, desk.library), desk.library)
        decision = evaluation.decision
        return pages.page(request, "decides.html.j2", title="What decides", token=token, decision=decision, parts=parts)

    @routes.get("/facts")
    async def all_facts(request: Request, token: str) -> Response:
        patient = pages.patient(request, token)
        values = {**desk.ask(patient, as_recorded=True).sheet.values, **patient.changes}
        return facts_page(request, token, form_of(pages, values), {})

    @routes.post("/file")
    async def file(request: Request, token: str) -> Response:
        await pages.form(request)
        text = render_html([desk.ask(pages.patient(request, token)).decision], "Tumour board")
        return Response(
            text, media_type="text/html", headers={"Content-Disposition": 'attachment; filename="sheet.html"'}
        )

    @routes.post("/close")
    async def close(request: Request, token: str) -> Response:
        session, _, _ = await pages.form(request)
        session.close(token)
        return to("/")

    return routes


def _moment(patient: Patient, day: str, point: str) -> str | None:
    """The point or day to look at: a day just typed, else the point chosen, else the day that stood there before."""
    typed = read_day(day).isoformat() if day else ""
    return typed if typed and typed != patient.on else point or typed or patient.on


def _text(evaluation: Evaluation, name: str) -> str:
    seen = evaluation.decision.facts.get(name)
    return seen.text if seen else "unknown"
