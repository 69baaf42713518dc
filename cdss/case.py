"""A case file: one patient's record or facts, the points at which the board met, and what it expects to read."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from cdss.citation import Cite
from cdss.decision import Label, Standing
from cdss.errors import CdssError, Place, Problem, Problems
from cdss.facts.timeline import Point
from cdss.record import Record
from cdss.rule import Intent, Stance
from cdss.source import Document, read, read_stream, validate
from cdss.vocabulary import Day, Strict

MAX_LINES = 10_000
"""A case with more lines is some other file."""


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _standing_alone(value: Any) -> Any:
    return {"standing": value} if isinstance(value, str | list) else value


class ExpectedOption(Strict):
    """What is expected of one therapy. A list of standings means: one of these. ``silent`` means not addressed."""

    standing: Annotated[tuple[str, ...], BeforeValidator(_one_or_many)] = ()
    would_be: Standing | None = None
    intent: Intent = Intent.ANTIPROLIFERATIVE
    label: dict[str, Label] = Field(default_factory=dict)
    unconfirmed: StrictBool | None = None
    disagreement: StrictBool | None = None
    missing: tuple[str, ...] = ()
    statements: dict[str, Stance] = Field(default_factory=dict)
    strengths: dict[str, str] = Field(default_factory=dict)
    rules: tuple[str, ...] = ()
    not_rules: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _standings_exist(self) -> ExpectedOption:
        known = [s.value for s in Standing] + ["silent"]
        for word in self.standing:
            if word not in known:
                raise ValueError(f"no standing is called '{word}'; there are: {', '.join(known)}")
        return self


class Expect(Strict):
    """What the decision at one point must and must not say, written from the source, not from the engine's answer."""

    at: str | None = None
    as_of: Day | None = None
    jurisdictions: tuple[str, ...] | None = None
    options: dict[str, Annotated[ExpectedOption, BeforeValidator(_standing_alone)]] = Field(default_factory=dict)
    not_suggested: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    no_alerts: tuple[str, ...] = ()
    facts: dict[str, Any] = Field(default_factory=dict)
    missing: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    source: str | None = None


class Variant(Strict):
    """The same patient with something changed, and what must then be read."""

    title: str | None = None
    but: dict[str, Any] = Field(default_factory=dict)
    time_zero: Day | None = None
    expect: Annotated[tuple[Expect, ...], BeforeValidator(lambda v: (v,) if isinstance(v, dict) else v)]


class CaseFile(Strict):
    """One patient. Either a ``record`` from which facts are derived, or ``facts`` directly, or both (facts win)."""

    title: str
    story: str | None = None
    source: Cite | None = None
    time_zero: Day | None = None
    assumptions: tuple[str, ...] = ()
    record: Record | None = None
    points: tuple[Point, ...] = ()
    facts: dict[str, Any] | None = None
    on: Day | None = None
    as_of: Day | None = None
    jurisdictions: tuple[str, ...] | None = None
    expect: Annotated[tuple[Expect, ...], BeforeValidator(lambda v: (v,) if isinstance(v, dict) else v)] = ()
    variants: tuple[Variant, ...] = ()
    accepted: str | None = None

    @model_validator(mode="after")
    def _holds_a_patient(self) -> CaseFile:
        if self.record is None and self.facts is None:
            raise ValueError("a case needs a record or facts")
        if self.record is None and self.on is None:
            raise ValueError("a case without a record needs the date of the decision: on")
        if self.record is not None and self.on is not None:
            raise ValueError("a case with a record takes its dates from points, not from on")
        if len({p.id for p in self.points}) != len(self.points):
            raise ValueError("two points have the same id")
        return self


class Case(Strict):
    """A case file with the name under which it was asked for."""

    id: str
    file: CaseFile
    document: Any = Field(exclude=True, repr=False)

    def place_under(self, *path_and_rest: Any) -> Place:
        """Where something stands below a path: the last argument is the rest of the path."""
        *path, rest = path_and_rest
        return self.place(*path, *rest)

    def place(self, *path: str | int) -> Place:
        """Where in the file something stands."""
        assert isinstance(self.document, Document)
        return self.document.place(path)


def bundled_cases(folder: Path) -> dict[str, Path]:
    """The cases of a folder by id: the path below it without the suffix."""
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in sorted(folder.rglob("*.yaml"))
        if path.is_file()
    }


def load_case(name: str, folder: Path, stdin: bytes | None = None) -> Case:
    """The case called ``name``: a file, ``-`` for ``stdin``, or a bundled id (its last part alone where unique).

    Raises CdssError when there is none or several, Problems with every mistake of the file. No message holds a value
    of the record.
    """
    if name == "-":
        if stdin is None:
            raise CdssError("nothing was given on standard input")
        return _case("-", read_stream(stdin, "standard input", show_source=False, max_lines=MAX_LINES))
    path = Path(name)
    if path.suffix in (".yaml", ".yml", ".json"):
        return _case(path.stem, read(path, name=name, show_source=False, max_lines=MAX_LINES))
    if path.is_file():
        return _case(path.name, read(path, name=name, show_source=False, max_lines=MAX_LINES))
    known = bundled_cases(folder)
    matches = [identity for identity in known if identity == name] or [i for i in known if i.rsplit("/", 1)[-1] == name]
    if len(matches) == 1:
        return _case(matches[0], read(known[matches[0]], name=f"cases/{matches[0]}.yaml", show_source=False))
    if matches:
        raise CdssError(f"'{name}' is the name of several bundled cases: {', '.join(matches)}")
    words = [*known, *(identity.rsplit("/", 1)[-1] for identity in known)]
    close = get_close_matches(name, words, n=1, cutoff=0.6)
    hint = (
        f"; did you mean '{close[0]}'?"
        if close
        else "; give a file ending in .yaml or .json, or the id of a bundled case"
    )
    raise CdssError(f"there is no case '{name}'{hint}")


def _case(identity: str, document: Document) -> Case:
    file = validate(CaseFile, document)
    problems = list(_dangling_points(file, document))
    if problems:
        raise Problems(problems)
    return Case(id=identity, file=file, document=document)


def _dangling_points(file: CaseFile, document: Document) -> Iterator[Problem]:
    """Expectations that name a point the case does not have."""
    points = {point.id for point in file.points}
    blocks: list[tuple[tuple[str | int, ...], Expect]] = [(("expect", i), e) for i, e in enumerate(file.expect)]
    for number, variant in enumerate(file.variants):
        blocks += [(("variants", number, "expect", i), e) for i, e in enumerate(variant.expect)]
    for path, expect in blocks:
        if (
            expect.at is not None
            and not expect.at[:1].isdigit()
            and not expect.at.startswith("+")
            and expect.at not in points
        ):
            close = get_close_matches(expect.at, sorted(points), n=1, cutoff=0.6)
            yield Problem(
                document.place((*path, "at")),
                "E401",
                f"the case has no point '{expect.at}'",
                f"did you mean '{close[0]}'?" if close else None,
            )
