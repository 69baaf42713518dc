"""Goldens: whole decisions of a case kept as they were read, so that any change of them is seen and reviewed.

A case names the decisions to keep (``goldens:``). They lie beside it in ``<case>.golden.json``, reduced to what a
reader of the page is told; neither the version of the software nor the digest of the rules is in it. Differences come
as failures of a check: which option, alert or fact, and what of it: statements, labels, standing, words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from cdss.case import Case, Moment
from cdss.consult import Question, consult
from cdss.decision import Decision, Option, Said
from cdss.engine import Engine
from cdss.errors import CdssError, Place
from cdss.expectation import Failure
from cdss.regress import Check
from cdss.rule import Intent, Provenance
from cdss.values import Truth

Sketch = dict[str, dict[str, str | dict[str, str]]]
"""A decision for comparison: section → thing → what is said of it, or aspect → what is said."""

REMEDY = "write it with: cdss test --update-goldens"
_FILE = TypeAdapter(dict[str, Sketch])
_SAID_OF = {
    "options": "{}",
    "mentions": "{}, mentioned",
    "alerts": "alert {}",
    "missing": "to settle: {}",
    "facts": "{} =",
    "notices": "note {}",
    "words": "{} says",
}


def golden_checks(case: Case, engine: Engine) -> Iterator[Check]:
    """One check for each decision that the case wants kept, and one more when its file holds others as well."""
    for index, moment in enumerate(case.file.goldens):
        place = case.place_of_item(("goldens",), index)
        find = partial(_changed, case, engine, moment)
        yield Check(case.id, f"golden, {moment}", place, find, partial(_always, place))
    left = sorted(set(_kept(case)) - {str(moment) for moment in case.file.goldens})
    if left:
        found = tuple(Failure("only goldens that the case asks for", name, (REMEDY,)) for name in left)
        place = case.place("goldens")
        yield Check(case.id, "goldens that nobody asks for", place, lambda: found, partial(_always, place))


def write_goldens(case: Case, engine: Engine) -> tuple[Failure, ...]:
    """Brings the goldens of a case up to date; what differed from the old ones. Raises CdssError when it cannot."""
    path, kept = _path(case), _kept(case)
    now = {str(moment): sketch(_decision(case, engine, moment)) for moment in case.file.goldens}
    if now == kept:
        return ()
    found = []
    for name in dict.fromkeys([*kept, *now]):
        old, new = kept.get(name), now.get(name)
        if old is None or new is None:
            found.append(Failure(f"{name}: {'a golden' if old else 'no golden'}", "a golden" if new else "no golden"))
        else:
            found += differences(old, new)
    partial_path = path.with_name(path.name + ".part")
    try:
        if now:
            text = json.dumps(now, indent=1, ensure_ascii=False) + "\n"
            partial_path.write_text(text, encoding="utf-8", newline="\n")
            partial_path.replace(path)
        else:
            path.unlink()
    except OSError as error:
        with suppress(OSError):
            partial_path.unlink()
        raise CdssError(f"cannot write {path}: {error.strerror}") from None
    return tuple(found)


def sketch(decision: Decision) -> Sketch:
    """What a reader of the decision is told, each thing under its name."""
    said = {s.rule: s for o in decision.options for s in (*o.statements, *o.cautions, *o.blocks)}
    said |= {s.rule: s for mention in decision.mentions for s in mention.statements}
    return {
        "decision": {
            "on": str(decision.on),
            "knowledge of": str(decision.knowledge.as_of),
            "labels of": ", ".join(decision.jurisdictions),
            "question": decision.question or "none",
        },
        "options": {_title(option): _option(option) for option in decision.options},
        "mentions": {
            mention.therapy: {**_labels(mention.label), **{s.rule: _statement(s) for s in mention.statements}}
            for mention in decision.mentions
        },
        "alerts": {
            alert.alert: {
                "message": alert.message,
                "severity": alert.severity.value,
                "asks for": ", ".join(alert.ask) or "nothing",
                "raised by": alert.rule or "the record",
            }
            for alert in decision.alerts
        },
        "missing": {item.fact: f"settles {', '.join(item.settles)}" for item in decision.missing},
        "facts": {name: seen.text for name, seen in decision.facts.items()},
        "notices": dict.fromkeys(decision.notices, "printed"),
        "words": {rule: said[rule].says for rule in sorted(said) if said[rule].truth is Truth.YES},
    }


def differences(kept: Sketch, now: Sketch) -> Iterator[Failure]:
    """What changed from one sketch to the other, one failure a thing; its ``why`` has a line for each aspect."""
    for section in dict.fromkeys([*kept, *now]):
        before, after = kept.get(section, {}), now.get(section, {})
        for thing in dict.fromkeys([*before, *after]):
            old, new = before.get(thing), after.get(thing)
            if old == new:
                continue
            name = _SAID_OF.get(section, "{}").format(thing)
            was, reads = _gist(old), _gist(new)
            lines = tuple(_moves(old, new)) if isinstance(old, dict) and isinstance(new, dict) else ()
            if was == reads:
                yield Failure(f"{name} as kept ({was})", "a difference in what is said of it", lines)
            else:
                yield Failure(f"{name} {was}", reads, lines)


def _moves(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """The aspects that differ, the first left out: it is the gist of the thing and told already."""
    for aspect in [*dict.fromkeys([*old, *new])][1:]:
        was, reads = old.get(aspect), new.get(aspect)
        if was is None:
            yield f"new: {aspect}, {reads}"
        elif reads is None:
            yield f"gone: {aspect}, {was}"
        elif was != reads:
            yield f"{aspect}: {was} → {reads}"


def _gist(said: str | Mapping[str, str] | None) -> str:
    if said is None:
        return "absent"
    return said if isinstance(said, str) else next(iter(said.values()), "present")


def _title(option: Option) -> str:
    return option.therapy + (" for symptoms" if option.intent is Intent.SYMPTOM_CONTROL else "")


def _option(option: Option) -> dict[str, str]:
    found = {
        "standing": option.standing.value,
        "would be": option.would_be.value if option.would_be else "nothing else",
        **_labels(option.label),
        "unconfirmed": "yes" if option.unconfirmed else "no",
        "disagreement": "yes" if option.disagreement else "no",
        "waits for": ", ".join(option.missing) or "nothing",
    }
    return found | {s.rule: _statement(s) for s in (*option.statements, *option.cautions, *option.blocks)}


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {f"label {jurisdiction}": str(label) for jurisdiction, label in labels.items()}


def _statement(said: Said) -> str:
    parts = [f"{said.stance.value} {said.truth.value}"]
    if said.strength:
        parts.append(said.strength.level)
    if said.provenance is not Provenance.READ:
        parts.append(said.provenance.value)
    if said.ask:
        parts.append(f"asks for {', '.join(said.ask)}")
    return "; ".join(parts)


def _always(place: Place, _path: tuple[str | int, ...]) -> Place:
    return place


def _changed(case: Case, engine: Engine, moment: Moment) -> tuple[Failure, ...]:
    kept = _kept(case).get(str(moment))
    if kept is None:
        return (Failure("a golden of this decision", "none", (REMEDY,)),)
    return tuple(differences(kept, sketch(_decision(case, engine, moment))))


def _decision(case: Case, engine: Engine, moment: Moment) -> Decision:
    return consult(engine, case, Question(moment.at, moment.as_of, moment.jurisdictions)).decision


def _path(case: Case) -> Path:
    if case.path is None:
        raise CdssError("a case from standard input has no file beside which goldens could lie")
    return case.path.with_suffix(".golden.json")


def _kept(case: Case) -> dict[str, Sketch]:
    """The goldens beside the case by the name of their moment; none where there is no file."""
    if case.path is None:
        return {}
    path = _path(case)
    try:
        return _FILE.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CdssError(f"cannot read {path}: {error.strerror}") from None
    except ValidationError:
        raise CdssError(f"{path} holds no goldens; {REMEDY}") from None
