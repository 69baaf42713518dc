"""The decision document arranged for the sheet: what stands in which box, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdss.decision import Decision, Option, Said, Standing
from cdss.reports.measured import MEANS, Measured, measured_of
from cdss.reports.parts import also_text, figures_text, label_text, numbers_of, option_title, response_text, seen_text
from cdss.reports.phrases import (
    PROVENANCE_NOTE,
    STANCE_WORD,
    STANDING_MEANS,
    STANDING_TITLE,
    STANDING_WORD,
    body_name,
    counted,
)
from cdss.reports.sheet.picture import Picture, picture
from cdss.rule import Provenance, Severity, Stance
from cdss.values import Truth

_IN_FULL = (Standing.RECOMMENDED, Standing.OPTION, Standing.DISPUTED, Standing.CONDITIONAL, Standing.UNDETERMINED)
_CLOSED = (Standing.ADVISED_AGAINST, Standing.NOT_INDICATED, Standing.CONTRAINDICATED)
_MOST_MISSING = 8
_SHORT = 12


@dataclass(frozen=True, slots=True)
class Voice:
    """One statement as the sheet prints it."""

    side: str
    who: str
    says: str
    figures: str
    cites: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One therapy in an open tier. ``voices`` surely apply; ``perhaps`` names who may favour it.

    ``favour`` and ``limits`` say the same in a few words, for the table at the top.
    """

    name: str
    label: str
    would_be: str
    unconfirmed: bool
    favour: str
    limits: str
    voices: tuple[Voice, ...]
    perhaps: str
    waits_for: tuple[str, ...]
    open_blocks: int


@dataclass(frozen=True, slots=True)
class Tier:
    """Options of one standing."""

    standing: str
    title: str
    means: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """Therapies ruled out for the same reason."""

    names: str
    standing: str
    because: tuple[str, ...]
    although: str
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A missing fact: how many options wait for it, and what it costs to learn."""

    name: str
    question: str
    burden: str
    settles: int


@dataclass(frozen=True, slots=True)
class Warned:
    """An alert."""

    severity: str
    message: str
    ask: str
    seen: str


@dataclass(frozen=True, slots=True)
class Position:
    """What the bodies say of one therapy, where more than one speaks or they differ; by body, the stance in a word."""

    name: str
    stances: Mapping[str, tuple[str, str]]
    differs: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One patient at one point, ready for a template."""

    title: str
    when: str
    patient: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    picture: Picture | None
    alerts: tuple[Warned, ...]
    asks: tuple[Ask, ...]
    asks_left: int
    measured: tuple[Measured, ...]
    measured_means: str
    tiers: tuple[Tier, ...]
    declined: tuple[tuple[str, str], ...]
    closed: tuple[Closed, ...]
    mentioned: tuple[tuple[str, str], ...]
    bodies: tuple[str, ...]
    positions: tuple[Position, ...]
    references: tuple[tuple[str, str, str], ...]
    notices: tuple[str, ...]
    versions: str


def sheet_of(decision: Decision) -> Sheet:
    """The sheet of one decision."""
    view = decision.overview
    bodies, positions = _positions(decision)
    missing = decision.missing
    options = {standing: [o for o in decision.options if o.standing is standing] for standing in Standing}
    knowledge = decision.knowledge
    return Sheet(
        title=decision.case + (f", {decision.point.replace('-', ' ')}" if decision.point else ""),
        when=f"on {decision.on}, knowledge of {knowledge.as_of}",
        patient=str(view.get("patient") or decision.case),
        rows=tuple(_rows(decision)),
        picture=picture(view, decision.on),
        alerts=tuple(
            Warned(
                a.severity.value,
                a.message,
                "; ".join(_name(decision, x) for x in a.ask),
                seen_text(decision, numbers_of(decision, a)),
            )
            for a in decision.alerts
            if a.severity is not Severity.INFO
        ),
        asks=tuple(
            Ask(_name(decision, m.fact), m.question, m.burden.value, len(m.settles)) for m in missing[:_MOST_MISSING]
        ),
        asks_left=max(0, len(missing) - _MOST_MISSING),
        measured=measured_of(decision),
        measured_means=MEANS,
        tiers=tuple(
            Tier(
                standing.value,
                STANDING_TITLE[standing].capitalize(),
                STANDING_MEANS[standing],
                tuple(_choice(decision, option) for option in options[standing]),
            )
            for standing in _IN_FULL
            if options[standing]
        ),
        declined=tuple(
            (option_title(o), STANDING_WORD[o.would_be] if o.would_be else "") for o in options[Standing.DECLINED]
        ),
        closed=tuple(_closed(decision, [o for standing in _CLOSED for o in options[standing]])),
        mentioned=tuple((m.name, label_text(m)) for m in decision.mentions),
        bodies=bodies,
        positions=positions,
        references=tuple((s.short, s.title, s.link) for s in decision.references.values()),
        notices=decision.notices,
        versions=f"cdss {knowledge.version}, rules {knowledge.digest[:12]}, knowledge of {knowledge.as_of}",
    )


def _rows(decision: Decision) -> Iterable[tuple[str, tuple[str, ...]]]:
    """The summary in the order in which a board hears a patient."""
    view = decision.overview
    tumour = [s for s in str(view.get("tumour") or "").split("; ") if s]
    receptor = [part for part in tumour if part.startswith("SSTR")]
    rows = (
        ("Tumour", "; ".join(part for part in tumour if part not in receptor)),
        ("Receptors", "; ".join(part.removeprefix("SSTR ") for part in receptor)),
        ("Also", also_text(decision)),
        ("Earlier treatment", str(view.get("prior") or "")),
        ("Response", response_text(decision)),
        ("Declines", str(view.get("declines") or "")),
        ("Goals", str(view.get("goals") or "")),
        ("Question", str(decision.question or view.get("question") or "")),
    )
    return ((name, tuple(text.split("; "))) for name, text in rows if text)


def _choice(decision: Decision, option: Option) -> Choice:
    sure = [s for s in (*option.statements, *option.blocks, *option.cautions) if s.truth is Truth.YES]
    perhaps = dict.fromkeys(
        body_name(s.body) for s in option.statements if s.truth is Truth.UNKNOWN and s.stance.favours
    )
    return Choice(
        option_title(option),
        label_text(option),
        STANDING_WORD[option.would_be] if option.would_be else "",
        option.unconfirmed,
        "; ".join(dict.fromkeys(_in_short(s) for s in sure if s.stance.favours)),
        _limits(sure),
        tuple(_voice(decision, said) for said in sure),
        ", ".join(perhaps),
        tuple(_name(decision, fact) for fact in option.missing),
        sum(s.truth is Truth.UNKNOWN for s in option.blocks),
    )


def _in_short(said: Said) -> str:
    """Who favours it: "ENETS 1b-B", "study, n = 302, HR 0.48"."""
    strength = f" {said.strength.level}" if said.strength and len(said.strength.level) <= _SHORT else ""
    recalled = " (recalled)" if said.provenance is Provenance.RECALLED else ""
    figures = f", {figures_text(said)}" if said.body == "evidence" and said.figures else ""
    return f"{body_name(said.body)}{strength}{figures}{recalled}"


def _limits(sure: Sequence[Said]) -> str:
    against = dict.fromkeys(body_name(s.body) for s in sure if s.stance.opposes)
    cautions = sum(s.stance is Stance.CAUTION for s in sure)
    parts = [f"against: {', '.join(against)}"] if against else []
    return "; ".join([*parts, *([counted(cautions, "caution")] if cautions else [])])


def _voice(decision: Decision, said: Said) -> Voice:
    side = "for" if said.stance.favours else "against" if said.stance.opposes else said.stance.value
    strength = f" {said.strength.level}" if said.strength else ""
    note = PROVENANCE_NOTE[said.provenance]
    return Voice(
        side,
        f"{body_name(said.body)}{strength} {STANCE_WORD[said.stance]}" + (f" ({note})" if note else ""),
        said.says,
        figures_text(said),
        _cites(decision, said),
    )


def _closed(decision: Decision, options: Sequence[Option]) -> Iterable[Closed]:
    together: dict[tuple[str, ...], list[Option]] = {}
    for option in options:
        sure = tuple(s.rule for s in option.blocks if s.truth is Truth.YES)
        together.setdefault(sure, []).append(option)
    for group in together.values():
        favour = {body_name(s.body) for o in group for s in o.statements if s.stance.favours and s.truth is Truth.YES}
        yield Closed(
            ", ".join(option_title(o) for o in group),
            STANDING_WORD[group[0].standing],
            tuple(f"{s.says} ({_cites(decision, s)})" for s in group[0].blocks if s.truth is Truth.YES),
            ", ".join(sorted(favour)),
            tuple(option_title(o) for o in group),
        )


def _positions(decision: Decision) -> tuple[tuple[str, ...], tuple[Position, ...]]:
    """Therapies of which two bodies surely speak, and what each says; the strongest word of a body counts."""
    found = []
    spoken: dict[str, None] = {}
    for option in decision.options:
        stances: dict[str, Stance] = {}
        for said in (*option.blocks, *option.statements, *option.cautions):
            if said.truth is Truth.YES and said.body != "proposal":
                stances.setdefault(body_name(said.body), said.stance)
        sides = {s.favours for s in stances.values() if s.favours or s.opposes}
        if len(stances) > 1 and (len(sides) > 1 or len(set(stances.values())) > 1):
            spoken |= dict.fromkeys(stances)
            words = {body: (stance.value, _side(stance)) for body, stance in stances.items()}
            found.append(Position(option_title(option), words, len(sides) > 1))
    return tuple(sorted(spoken)), tuple(sorted(found, key=lambda p: (not p.differs, p.name)))


def _side(stance: Stance) -> str:
    return "for" if stance.favours else "against" if stance.opposes else "middle"


def _name(decision: Decision, identity: str) -> str:
    return decision.names.get(identity, identity)


def _cites(decision: Decision, said: Said) -> str:
    refs: Mapping[str, Any] = decision.references
    return "; ".join(dict.fromkeys(refs[c.ref].short for c in said.cites if c.ref in refs))
