"""The rules to browse, narrowed by therapy, site and word, and one by one: each version, its conditions and sources."""

from __future__ import annotations

from functools import cache
from typing import Any as Anything

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from cdss.condition import All, Any, Condition, Not
from cdss.coverage import Reach
from cdss.explain import describe_leaf
from cdss.library import Library
from cdss.reports.phrases import PROVENANCE_NOTE, STANCE_WORD, body_name
from cdss.web.page import Pages
from cdss.web.reasons import address


def router(pages: Pages) -> APIRouter:
    """The pages of this part."""
    routes = APIRouter(prefix="/rules")
    library = pages.desk.library
    therapies = library.therapies.therapies
    primary = library.vocabulary.facts.get("primary_site")
    sites = primary.values if primary else {}
    reach = Reach(library)

    @cache
    def sites_of(name: str) -> tuple[str, ...]:
        """The primary sites at which any version of a rule can hold."""
        versions = [version for _, version in library.rules[name].versions if version]
        held = {site for version in versions for site in reach.sites(version.condition)}
        return tuple(site for site in sites if site in held)

    @routes.get("")
    async def listed(request: Request, therapy: str = "", site: str = "", word: str = "") -> Response:
        if therapy not in {"", *therapies} or site not in {"", *sites}:
            raise HTTPException(404)
        bodies: dict[str, list[tuple[str, str]]] = {}
        for name, rule in library.rules.items():
            if therapy and therapy not in rule.therapies:
                continue
            if word.strip().lower() not in rule.title.lower() or (site and site not in sites_of(name)):
                continue
            bodies.setdefault(body_name(rule.body), []).append((name, rule.title))
        return pages.page(
            request,
            "rules.html.j2",
            title="Rules",
            bodies=sorted(bodies.items()),
            count=sum(map(len, bodies.values())),
            narrowed=bool(therapy or site or word.strip()),
            therapies=sorted(((t.id, t.name) for t in therapies.values()), key=lambda pair: pair[1]),
            sites=sites,
            therapy=therapy,
            site=site,
            word=word,
        )

    @routes.get("/{name}")
    async def shown(request: Request, name: str) -> Response:
        rule = library.rules.get(name)
        if rule is None:
            raise HTTPException(404)
        versions: list[dict[str, Anything]] = []
        for start, version in reversed(rule.versions):
            when = f"from {start}" if start else "always"
            if version is None:
                versions.append({"when": when, "retired": rule.retired.because if rule.retired else "retired"})
                continue
            then = version.then
            what = STANCE_WORD[then.stance] if then.stance else "label" if then.labelled else f"alert: {then.severity}"
            versions.append(
                {
                    "when": when,
                    "retired": "",
                    "says": version.says,
                    "what": what,
                    "strength": version.strength.level if version.strength else "",
                    "note": PROVENANCE_NOTE[version.provenance],
                    "tree": tree(version.condition, library),
                    "sources": [
                        (f"{library.references[c.ref].short}, {c.at}", library.references[c.ref].title,
                         address(library.references[c.ref]))
                        for c in version.cites
                    ],
                }
            )  # fmt: skip
        named = [therapies[therapy].name for therapy in rule.therapies if therapy in therapies]
        return pages.page(request, "rule.html.j2", title=rule.title, rule=rule, therapies=named, versions=versions)

    return routes


def tree(condition: Condition, library: Library) -> dict[str, Anything]:
    """A condition as nested headings and tests, for a list."""
    match condition:
        case All((part,)) | Any((part,)):
            return tree(part, library)
        case All(parts):
            return {"text": "all of", "parts": [tree(part, library) for part in parts]}
        case Any(parts):
            return {"text": "any of", "parts": [tree(part, library) for part in parts]}
        case Not(part):
            return {"text": "not", "parts": [tree(part, library)]}
        case _:
            note = f" [{condition.note}]" if condition.note else ""
            return {"text": describe_leaf(condition, library) + note, "parts": []}
