"""The first page and the ways in: a case of the list, an uploaded file, a form filled by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter, Request, Response

from cdss.errors import CdssError
from cdss.values import Value
from cdss.web.fields import Field, Posted, field_of, one, read_field
from cdss.web.groups import grouped
from cdss.web.page import Pages, to

_LONGEST_LABEL = 80
MAX_UPLOAD = 1_000_000


def router(pages: Pages) -> APIRouter:
    """The pages of this part."""
    routes = APIRouter()
    desk = pages.desk

    @routes.get("/")
    async def home(request: Request) -> Response:
        session = pages.session(request)
        held = [(token, patient.case.id) for token, patient in (session.patients.items() if session else ())]
        return pages.page(
            request,
            "home.html.j2",
            title="Patients",
            cases=_by_site(desk.cases),
            titles=desk.titles,
            own=desk.own,
            held=held,
        )

    @routes.post("/open")
    async def open_case(request: Request) -> Response:
        session, posted, _ = await pages.form(request)
        patient = desk.case(one(posted, "case"))
        desk.ask(patient)
        return to(f"/p/{session.open(patient)}")

    @routes.post("/upload")
    async def upload(request: Request) -> Response:
        session, _, content = await pages.form(request)
        if not content:
            raise CdssError("No file was chosen. Choose a case file in YAML or JSON, then open it.")
        if len(content) > MAX_UPLOAD:
            raise CdssError("This file is larger than 1 MB. A case file is small: is it the right file?")
        try:
            patient = desk.uploaded(content)
            desk.ask(patient)
        except CdssError as problem:
            raise CdssError(
                f"This file cannot be read as a case. Here is where, by line and column:\n{problem}"
            ) from None
        return to(f"/p/{session.open(patient)}")

    @routes.get("/new")
    async def empty(request: Request) -> Response:
        return pages.page(
            request, "enter.html.j2", title="Enter a patient", groups=form_of(pages, {}), label="", day="", problems=[]
        )

    @routes.post("/new")
    async def enter(request: Request) -> Response:
        session, posted, _ = await pages.form(request)
        values, wrong = read_facts(pages, posted, list(desk.library.vocabulary.facts))
        problems = [
            (f"field-{name}", f"{desk.library.vocabulary.facts[name].label}: {text}") for name, text in wrong.items()
        ]
        label, day = one(posted, "label").strip(), one(posted, "day").strip()
        if len(label) > _LONGEST_LABEL:
            problems.insert(0, ("label", f"The label is too long; write at most {_LONGEST_LABEL} characters."))
        on = None
        try:
            on = read_day(day)
        except ValueError as problem:
            problems.insert(0, ("day", str(problem)))
        known = {name: value for name, value in values.items() if value is not None}
        if not known and not problems:
            problems.append(("field-primary_site", "Nothing is known of this patient yet; fill in at least one fact."))
        if problems or on is None:
            return pages.page(
                request,
                "enter.html.j2",
                status=422,
                title="Enter a patient",
                groups=form_of(pages, values, wrong, posted),
                label=label[:_LONGEST_LABEL],
                day=_shown_day(day),
                problems=problems,
            )
        patient = desk.entered(label, on, known)
        desk.ask(patient)
        return to(f"/p/{session.open(patient)}")

    return routes


def read_day(text: str) -> date:
    """A day of the form. Raises ValueError with a sentence when there is none."""
    if not text:
        raise ValueError("The date of the decision is missing: which day's knowledge of the patient is this?")
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ValueError("The date does not exist or is not written as 2026-11-24.") from None
    if not 1990 <= found.year <= 2100:
        raise ValueError("The date lies outside the years 1990 to 2100.")
    return found


def _shown_day(text: str) -> str:
    """A day as a date field can show it; empty when it does not exist."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def read_facts(pages: Pages, posted: Posted, names: list[str]) -> tuple[dict[str, Value | None], dict[str, str]]:
    """What the form says of the named facts, and for those that cannot be read what is wrong with them."""
    values: dict[str, Value | None] = {}
    wrong: dict[str, str] = {}
    for name in names:
        try:
            values[name] = read_field(pages.desk.library.vocabulary.facts[name], posted)
        except ValueError as problem:
            wrong[name] = str(problem)
    return values, wrong


def form_of(
    pages: Pages,
    values: Mapping[str, Value | None],
    wrong: Mapping[str, str] | None = None,
    posted: Posted | None = None,
) -> list[tuple[str, list[Field]]]:
    """The whole form, by group."""
    wrong, posted = wrong or {}, posted or {}
    facts = pages.desk.library.vocabulary.facts
    return [
        (
            heading,
            [
                field_of(
                    fact,
                    values.get(fact.name),
                    wrong.get(fact.name, ""),
                    one(posted, f"f.{fact.name}")[:60] if fact.name in wrong else None,
                )
                for fact in group
            ],
        )
        for heading, group in grouped(facts.values())
    ]


_ABOUT_RULES = ("disagreements", "response", "statements", "timeline")


def _by_site(cases: Mapping[str, object]) -> list[tuple[str, list[str]]]:
    """The cases by their folder; last those that show what rules say rather than whom they meet."""
    found: dict[str, list[str]] = {}
    for name in cases:
        found.setdefault(name.rpartition("/")[0] or "cases", []).append(name)
    ordered = sorted(found.items(), key=lambda item: (item[0] in _ABOUT_RULES, item[0]))
    return [
        (f"about {folder}" if folder in _ABOUT_RULES else folder.replace("-", " "), names) for folder, names in ordered
    ]
