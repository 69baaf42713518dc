"""Questions about every patient: the invariants, the law that knowing less opens nothing, and silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from cdss.claims import Claim
from cdss.condition import Condition, OneOf
from cdss.decision import Standing
from cdss.errors import CdssError
from cdss.library import InForce, Library
from cdss.proof.answer import Answer, Asked, Witness
from cdss.proof.door import Term
from cdss.proof.logic import FALSE
from cdss.proof.scene import Scene, scenes
from cdss.proof.world import Calendar, World
from cdss.rule import Intent, Kind, Provenance, Version
from cdss.therapy import TherapyKind

SUGGESTED = (Standing.RECOMMENDED, Standing.OPTION)
_SITE = "primary_site"


@dataclass(frozen=True, slots=True)
class _Case:
    """One way in which a claim could fail: on which day, in what, and the term that is true where it does."""

    day: date
    about: str
    term: Term


def invariants(calendar: Calendar, names: Iterable[str]) -> Answer:
    """Does each claim hold for every patient, known or partly unknown, on every day on which something changed?"""
    wanted = set(names)
    asked, found = 0, []
    for claim in calendar.library.claims.claims:
        if claim.name not in wanted:
            continue
        asked += 1
        world = calendar.world(_conditions(calendar, claim))
        failing = [case for case in _failures(calendar, world, claim) if case.term != FALSE]
        failure = world.logic.any([case.term for case in failing])
        # Of patients whose facts contradict one another the claim need not hold: those facts are not used.
        if not world.logic.possible(failure) or not world.logic.possible(failure, world.agreeing):
            continue
        for case in reversed(failing):
            facts = world.simplest(case.term)
            if facts is not None:
                says = f"{claim.name} ({claim.place}) does not hold: {case.about}, from {case.day}."
                found.append(Witness(Asked.INVARIANTS, claim.name, says, facts, case.day))
                break
    return Answer(Asked.INVARIANTS, asked, tuple(found))


def _conditions(calendar: Calendar, claim: Claim) -> Iterator[Condition]:
    """Whatever the claim leans on."""
    yield claim.when
    if claim.unless:
        yield claim.unless
    named = {*claim.speaks, *claim.shown}
    for rule in calendar.library.rules.values():
        if rule.id in named or set(rule.therapies) & set(claim.therapies):
            yield from (version.condition for _, version in rule.versions if version)


def _failures(calendar: Calendar, world: World, claim: Claim) -> Iterator[_Case]:
    """Every way in which the claim could fail."""
    for therapy in claim.therapies if claim.never else ():
        for scene in scenes(calendar.library, therapy, calendar.books):
            situation = _situation(world, claim, scene.book)
            for intent in Intent:
                if claim.intent in (None, intent):
                    by_standing = scene.standings(world, intent)
                    for word in claim.never:
                        term = world.logic.all([situation, by_standing[Standing(word)]])
                        yield _Case(scene.book.as_of, f"{therapy} stands as {word} ({intent})", term)
    for book in () if claim.never else calendar.books:
        situation = _situation(world, claim, book)
        for name, version in book.versions.items():
            rule = world.library.rules[name]
            if claim.no_label and version.then.kind is Kind.LABEL and rule.body in claim.no_label:
                if set(rule.therapies) & set(claim.therapies):
                    may = -world.rule(name, version, book)[1]
                    yield _Case(book.as_of, f"{name} may apply", world.logic.all([situation, may]))
            elif name in claim.shown:
                hidden = world.rule(name, version, book)[1]
                yield _Case(book.as_of, f"{name} is not shown", world.logic.all([situation, hidden]))
        if claim.speaks:
            spoken = [world.rule(n, book.versions[n], book)[0] for n in claim.speaks if n in book.versions]
            silent = -world.logic.any(spoken)
            about = f"none of {', '.join(claim.speaks)} surely applies"
            yield _Case(book.as_of, about, world.logic.all([situation, silent]))


def _situation(world: World, claim: Claim, book: InForce) -> Term:
    """True of the patients of whom the claim speaks."""
    when = world.terms.of(claim.when, book.definitions)[0]
    if claim.unless is None:
        return when
    return world.logic.all([when, -world.terms.of(claim.unless, book.definitions)[0]])


def law(calendar: Calendar, names: Iterable[str]) -> Answer:
    """For each therapy: is there a patient to whom it is suggested, and who is not suggested it when more is known?

    Two patients are asked about at once, of whom one is known at most as well as the other; wishes are the same.
    """
    vocabulary = calendar.library.vocabulary
    wishes = [name for name, fact in vocabulary.facts.items() if fact.preference]
    asked, found = 0, []
    for therapy in names:
        asked += 1
        all_scenes = scenes(calendar.library, therapy, calendar.books)
        world = calendar.world([condition for scene in all_scenes for condition in scene.conditions()])
        logic, better = world.logic, world.another()
        steps: list[tuple[Scene, Term]] = []
        for scene in all_scenes:
            for intent in Intent:
                less, more = scene.standings(world, intent), scene.standings(better, intent)
                opened = logic.any([less[s] for s in SUGGESTED])
                kept = logic.any([more[s] for s in SUGGESTED])
                steps.append((scene, logic.all([opened, -kept])))
        world.patient.vaguer_than(better.patient, same=wishes)
        if not logic.possible(logic.any([term for _, term in steps])):
            continue
        scene, _ = next(step for step in reversed(steps) if logic.possible(step[1]))
        says = f"{therapy} is suggested to a patient and no longer when more is known, from {scene.book.as_of}."
        found.append(Witness(Asked.LAW, therapy, says, world.facts(), scene.book.as_of))
    return Answer(Asked.LAW, asked, tuple(found))


def gap(calendar: Calendar, sites: Iterable[str]) -> Answer:
    """At each site: is there a patient in the declared scope of whom no published statement favours anything?

    Asked of the newest rules. Management without treatment (waiting, a trial, supportive care) does not count.
    """
    library, book = calendar.library, calendar.newest
    scope, gaps = library.claims.scope, library.claims.gaps
    if scope is None:
        return Answer(Asked.GAP, 0)
    if _SITE not in library.vocabulary.facts:
        raise CdssError(f"the question about gaps goes by {_SITE}, which the vocabulary does not have")
    favouring = {name: v for name, v in book.versions.items() if _favours_treatment(library, name, v)}
    world = calendar.world([scope, *(g.where for g in gaps), *(v.condition for v in favouring.values())])
    logic = world.logic
    inside = world.terms.of(scope, book.definitions)[0]
    silent = [world.rule(name, version, book)[1] for name, version in favouring.items()]
    nobody = logic.all([inside, *silent])
    declared = [(world.terms.of(g.where, book.definitions)[0], g.because) for g in gaps]
    outside = [-term for term, _ in declared]
    asked, found = 0, []
    for site in sites:
        asked += 1
        here = world.patient.leaf(OneOf(_SITE, (site,)))[0]
        facts = world.simplest(nobody, here)
        if facts is None:
            continue
        undeclared = world.simplest(nobody, here, *outside)
        covering = [reason for term, reason in declared if logic.possible(nobody, here, world.agreeing, term)]
        because = None if undeclared else "; ".join(dict.fromkeys(covering))
        says = f"Nobody favours any treatment in this patient with a primary at {site}."
        found.append(Witness(Asked.GAP, site, says, undeclared or facts, book.as_of, because))
    return Answer(Asked.GAP, asked, tuple(found))


def _favours_treatment(library: Library, name: str, version: Version) -> bool:
    """Whether a published statement favours a drug or a procedure."""
    stance = version.then.stance
    kinds = {library.therapies.therapies[therapy].kind for therapy in library.rules[name].therapies}
    return bool(
        stance is not None
        and stance.favours
        and version.provenance is not Provenance.PROPOSAL
        and kinds - {TherapyKind.MANAGEMENT}
    )
