"""A case file: one patient's record or facts, the points at which the board met, and what it expects to read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from cdss.attestation import Attestation
from cdss.citation import Cite
from cdss.decision import Label, Standing
from cdss.errors import CdssError, Place, Problem, Problems
from cdss.facts.timeline import Point
from cdss.record import Record
from cdss.rule import Intent, Severity, Stance
from cdss.source import Document, read, read_stream, validate
from cdss.vocabulary import Day, Strict

MAX_LINES = 10_000
"""A case with more lines is some other file."""


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _with_severity(value: Any) -> Any:
    """``[a, b: critical]`` as ``{a: None, b: critical}``."""
    if not isinstance(value, list | tuple):
        raise ValueError("alerts are a list of names, or of name: severity")
    found: dict[Any, Any] = {}
    for item in value:
        name, severity = next(iter(item.items())) if isinstance(item, dict) and len(item) == 1 else (item, None)
        if not isinstance(name, str):
            raise ValueError("an alert is written as its name, or as name: severity")
        if name in found:
            raise ValueError(f"the alert '{name}' is named twice")
        found[name] = severity
    return found


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


class Moment(Strict):
    """Which decision is meant: a point (default: the last), a date of knowledge, and whose labels."""

    at: str | None = None
    as_of: Day | None = None
    jurisdictions: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return (self.at or "as given") + (f", knowledge of {self.as_of}" if self.as_of else "")


class Accepted(Strict):
    """A known difference between what a case expects and what is read: who let it stand, on which day, and why."""

    by: str = Field(min_length=1)
    because: str = Field(min_length=1)
    date: Day

    def __str__(self) -> str:
        return f"accepted by {self.by} on {self.date}: {self.because}"


class Expect(Moment):
    """What the decision at one point must and must not say, written from the source, not from the engine's answer.

    ``alerts`` gives for each name the severity expected of it, None where any will do.
    """

    options: dict[str, Annotated[ExpectedOption, BeforeValidator(_standing_alone)]] = Field(default_factory=dict)
    not_suggested: tuple[str, ...] = ()
    alerts: Annotated[dict[str, Severity | None], BeforeValidator(_with_severity)] = Field(default_factory=dict)
    no_alerts: tuple[str, ...] = ()
    facts: dict[str, Any] = Field(default_factory=dict)
    missing: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    source: str | None = None
    accepted: Accepted | None = None

    @model_validator(mode="after")
    def _accepts_one_thing(self) -> Expect:
        lists = (self.options, self.not_suggested, self.alerts, self.no_alerts, self.facts, self.missing, self.asks)
        if self.accepted is not None and sum(map(len, lists)) != 1:
            # Otherwise a second difference, which nobody has seen, would hide behind the first.
            raise ValueError("an accepted difference stands beside one expectation; put the others in another block")
        return self


Expects = Annotated[tuple[Expect, ...], BeforeValidator(lambda v: (v,) if isinstance(v, dict) else v)]
"""One block of expectations, or a list of them."""


class Variant(Strict):
    """The same patient with something changed, and what must then be read."""

    title: str | None = None
    but: dict[str, Any] = Field(default_factory=dict)
    time_zero: Day | None = None
    expect: Expects


SIDES = ("below", "at", "above", "missing")
"""Where a patient can stand about a limit."""


class Steps(Strict):
    """Four patients about one limit: one step below it, at it, one step above it, and with the value missing.

    ``over`` names the fact and the limit. A step is the smallest difference that the fact keeps.
    """

    title: str | None = None
    source: str | None = None
    over: dict[str, Any] = Field(min_length=1, max_length=1)
    but: dict[str, Any] = Field(default_factory=dict)
    below: Expects
    at: Expects
    above: Expects
    missing: Expects


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
    expect: Expects = ()
    variants: tuple[Variant, ...] = ()
    steps: tuple[Steps, ...] = ()
    goldens: tuple[Moment, ...] = ()
    draft: StrictBool = False
    checked: Attestation | None = None

    @property
    def counts(self) -> bool:
        """Whether its expectations were written from a source: a draft counts once somebody has checked it."""
        return not self.draft or self.checked is not None

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
        if len({str(kept) for kept in self.goldens}) != len(self.goldens):
            raise ValueError("two goldens are of the same decision")
        return self

    def expectations(self) -> Iterator[tuple[tuple[str | int, ...], tuple[Expect, ...]]]:
        """Every block of expectations, with where in the file it stands."""
        yield ("expect",), self.expect
        for number, variant in enumerate(self.variants):
            yield ("variants", number, "expect"), variant.expect
        for number, steps in enumerate(self.steps):
            for side in SIDES:
                yield ("steps", number, side), getattr(steps, side)


class Case(Strict):
    """A case file with the name under which it was asked for. ``path`` is None for a case from standard input."""

    id: str
    file: CaseFile
    document: Any = Field(exclude=True, repr=False)
    path: Path | None = Field(default=None, exclude=True, repr=False)

    def place_under(self, *path_and_rest: Any) -> Place:
        """Where something stands below a path: the last argument is the rest of the path."""
        *path, rest = path_and_rest
        return self.place(*path, *rest)

    def place(self, *path: str | int) -> Place:
        """Where in the file something stands."""
        return self._document.place(path)

    def place_of_item(self, path: Sequence[str | int], index: int, rest: Sequence[str | int] = ()) -> Place:
        """Where an item of a list stands, or something in it; a list of one may be written without being a list."""
        whole = (*path, index) if self._document.has((*path, index)) else tuple(path)
        return self._document.place((*whole, *rest), key=not rest)

    @property
    def _document(self) -> Document:
        assert isinstance(self.document, Document)
        return self.document


def bundled_cases(folder: Path) -> dict[str, Path]:
    """The cases of a folder by id: the path below it without the suffix."""
    root = os.path.join(folder, "")
    walked = [os.path.join(where, name) for where, _, names in os.walk(root) for name in names]
    files = [path[len(root) :] for path in walked if path.endswith(".yaml") and os.path.isfile(path)]
    files.sort(key=lambda path: path.split(os.sep))
    return {path.removesuffix(".yaml").replace(os.sep, "/"): folder / path for path in files}


def load_case(name: str, folder: Path, stdin: bytes | None = None) -> Case:
    """The case called ``name``: a file, ``-`` for ``stdin``, or a bundled id (its last part alone where unique).

    Raises CdssError when there is none or several, Problems with every mistake of the file. No message holds a value
    of the record.
    """
    if name == "-":
        if stdin is None:
            raise CdssError("nothing was given on standard input")
        return _case("-", read_stream(stdin, "standard input", show_source=False, max_lines=MAX_LINES), None)
    path = Path(name)
    if path.suffix in (".yaml", ".yml", ".json"):
        return _case(path.stem, read(path, name=name, show_source=False, max_lines=MAX_LINES), path)
    if path.is_file():
        return _case(path.name, read(path, name=name, show_source=False, max_lines=MAX_LINES), path)
    known = bundled_cases(folder)
    matches = [identity for identity in known if identity == name] or [i for i in known if i.rsplit("/", 1)[-1] == name]
    if len(matches) == 1:
        found = known[matches[0]]
        return _case(matches[0], read(found, name=f"cases/{matches[0]}.yaml", show_source=False), found)
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


def case_of(content: bytes, identity: str, name: str) -> Case:
    """The case in the bytes of a file, which messages call ``name``. Raises Problems; no message holds a value."""
    return _case(identity, read_stream(content, name, show_source=False, max_lines=MAX_LINES), None)


def text_of_case(name: str, folder: Path) -> bytes:
    """The bytes of the case called ``name``, a file or a bundled id. Raises as ``load_case`` does."""
    path = load_case(name, folder).path
    assert path is not None, "without standard input a case comes from a file"
    return path.read_bytes()


def _case(identity: str, document: Document, path: Path | None) -> Case:
    file = validate(CaseFile, document)
    case = Case(id=identity, file=file, document=document, path=path)
    problems = list(_dangling_points(case))
    if problems:
        raise Problems(problems)
    return case


def _dangling_points(case: Case) -> Iterator[Problem]:
    """Expectations and goldens that name a point the case does not have."""
    points = {point.id for point in case.file.points}
    blocks: list[tuple[tuple[str | int, ...], tuple[Moment, ...]]] = [*case.file.expectations()]
    for path, moments in (*blocks, (("goldens",), case.file.goldens)):
        for index, moment in enumerate(moments):
            at = moment.at
            if at is not None and not at[:1].isdigit() and not at.startswith("+") and at not in points:
                close = get_close_matches(at, sorted(points), n=1, cutoff=0.6)
                yield Problem(
                    case.place_of_item(path, index, ("at",)),
                    "E401",
                    f"the case has no point '{at}'",
                    f"did you mean '{close[0]}'?" if close else None,
                )
