"""YAML text → plain data and the place of every key and value, without any of YAML's guesses; models read from it.

One loader only: libyaml's events. What comes out is dict (with text keys), list, str, bool, int, Decimal or None.
Dates stay text; the models make days of them.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, NoReturn, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, RootModel, ValidationError

from cdss.errors import CdssError, Place, Problem, Problems
from cdss.vocabulary import nearest

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
MAX_PROBLEMS = 100
_LONGEST_NUMBER = 40
_LONGEST_FRAME = 400

Spot = tuple[int, int, int]
"""Line, column and width; lines and columns count from 1."""

Model = TypeVar("Model", bound=BaseModel)


class _Branch:
    """The places of a mapping or a list: of itself, of its keys, and of its parts."""

    __slots__ = ("keys", "parts", "spot")

    def __init__(self, spot: Spot) -> None:
        self.spot = spot
        self.keys: dict[str, Spot] = {}
        self.parts: dict[str | int, _Branch | Spot] = {}


@dataclass(frozen=True)
class Document:
    """What a file says (``data``) and where it says it. ``file`` is the name shown to people."""

    data: Any
    file: str
    _root: _Branch | Spot = field(default=(1, 1, 1), repr=False, compare=False)
    _text: str | None = field(default=None, repr=False, compare=False)

    def place(self, path: Sequence[str | int], *, key: bool = False) -> Place:
        """The place of the value at ``path``, or of its key; where the path ends early, of the last key that exists."""
        here = self._root
        last_key: Spot | None = None
        for part in path:
            below = here.parts.get(part) if isinstance(here, _Branch) else None
            if below is None:
                key = True
                break
            last_key = here.keys.get(part) if isinstance(here, _Branch) and isinstance(part, str) else None
            here = below
        spot = here.spot if isinstance(here, _Branch) else here
        if last_key is not None and (key or not spot[2]):
            spot = last_key
        return Place(self.file, spot[0], spot[1], max(spot[2], 1))

    def frame(self, line: int) -> str | None:
        """Line ``line`` as written; None when it may not be shown, does not exist, or is too long to help."""
        return None if self._text is None else _frame(self._text, line)

    @property
    def shows_source(self) -> bool:
        """False for patient records: nothing they say may be repeated in a message."""
        return self._text is not None


# ── text → data and places ────────────────────────────────────────────────────────────────────


def parse(text: str, file: str, *, show_source: bool = True) -> Document:
    """The document in ``text`` (YAML, or JSON, which is YAML). Raises Problems with everything found wrong.

    >>> parse("ki67_percent: 12.5", "case.yaml").data
    {'ki67_percent': Decimal('12.5')}
    """
    return _Reader(text.removeprefix("\ufeff"), file, show_source).read()


def read(
    path: Path,
    *,
    name: str | None = None,
    show_source: bool = True,
    max_bytes: int = MAX_BYTES,
    max_lines: int | None = None,
) -> Document:
    """The document in a file, shown to people as ``name``. Raises Problems; a file that is too large is never read."""
    shown = name if name is not None else str(path)
    try:
        if path.is_dir():
            _refuse(Place(shown), "E100", "this is a directory, not a file", "Name a file in it.")
        if path.is_file() and path.stat().st_size > max_bytes:
            _too_large(shown, max_bytes)
        with path.open("rb") as stream:
            return read_stream(stream, name=shown, show_source=show_source, max_bytes=max_bytes, max_lines=max_lines)
    except FileNotFoundError:
        _refuse(Place(shown), "E100", "there is no such file", "Check the spelling and the folder.")
    except PermissionError:
        _refuse(Place(shown), "E100", "this file may not be read", "Check its permissions.")
    except (OSError, ValueError):
        _refuse(Place(shown), "E100", "this file cannot be read")


def read_stream(
    stream: BinaryIO | bytes,
    name: str = "standard input",
    *,
    show_source: bool = True,
    max_bytes: int = MAX_BYTES,
    max_lines: int | None = None,
) -> Document:
    """The document in a stream, or in its bytes. Raises Problems; stops reading one byte after ``max_bytes``."""
    content = stream if isinstance(stream, bytes) else stream.read(max_bytes + 1)
    if len(content) > max_bytes:
        _too_large(name, max_bytes)
    if max_lines is not None and content.count(b"\n") > max_lines:
        message = f"the file has more than {max_lines:,} lines"
        _refuse(Place(name), "E106", message, "Rules and cases are small: is this the right file?")
    return parse(_decoded(content, name), name, show_source=show_source)


def _too_large(name: str, max_bytes: int) -> NoReturn:
    message = f"the file is larger than {max_bytes / 1_000_000:g} MB"
    _refuse(Place(name), "E106", message, "Rules and cases are small: is this the right file?")


def _decoded(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        _refuse(Place(name), "E107", "the file is written in UTF-16", "Save it as UTF-8.")
    if b"\0" in content:
        _refuse(Place(name), "E107", "the file is binary, not text", "Is this the right file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", errors="replace")
        lines = _BREAK.split(before)
        place = Place(name, len(lines), len(lines[-1]) + 1)
        _refuse(place, "E107", "the file is not written in UTF-8: here is a byte that is not text", "Save it as UTF-8.")


def _refuse(place: Place, code: str, message: str, remedy: str | None = None) -> NoReturn:
    raise Problems([Problem(place, code, message, remedy)]) from None


# libyaml ends a line at each of these, and so must the frames.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _frame(text: str, line: int) -> str | None:
    lines = _BREAK.split(text)
    if not 1 <= line <= len(lines) or len(lines[line - 1]) > _LONGEST_FRAME:
        return None
    # One column per character, and nothing that could steer a terminal.
    return "".join(char if char.isprintable() else " " for char in lines[line - 1]).rstrip()


# ── what an unquoted word or number means ─────────────────────────────────────────────────────

_PLAIN = {"true": True, "false": False, "null": None, "~": None, "": None}
_WORDS = {
    "true": "write true, or quote it if it is text",
    "false": "write false, or quote it if it is text",
    "null": "write null, or quote it if it is text",
    **dict.fromkeys(("yes", "y", "on"), "write true, or quote it if it is text"),
    **dict.fromkeys(("no", "n", "off"), "write false, or quote it if it is text"),
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INT = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_COMPARISON = re.compile(r"(>=|<=|>|<|≥|≤|=)\s*[-+]?[0-9.]\S*")
_COMPARED = {">=": "at_least", "≥": "at_least", "<=": "at_most", "≤": "at_most", ">": "more_than", "<": "less_than"}
_QUOTE = "quote it if it is text"
_NUMBERS = [
    (re.compile(pattern, re.IGNORECASE), reason, remedy)
    for pattern, reason, remedy in (
        (r"[-+]?0[xob][0-9a-f_]*", "is not a decimal number", f"write it in decimal digits, or {_QUOTE}"),
        (r"[-+]?[0-9][0-9_]*(:[0-9]+)+(\.[0-9_]*)?", "may be a time, a ratio or a number to the base 60", _QUOTE),
        (r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)e[-+]?[0-9]+", "has an exponent", f"write all its digits, or {_QUOTE}"),
        (r"[-+]?\.(inf|nan)", "is not a finite number", "write a number, or leave the key out"),
        (r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?", "has underscores", f"write the digits alone, or {_QUOTE}"),
        (r"[-+]?0[0-9]+(\.[0-9]*)?", "starts with a zero and may be octal", f"drop the zero, or {_QUOTE}"),
        (r"\+[0-9]+(\.[0-9]*)?", "has a plus sign", "drop the sign; an offset carries its unit, such as +12mo"),
        (r"[-+]?(\.[0-9]+|[0-9]+\.)", "has no digit on one side of the point", "write it as 0.5 or 5.0"),
        (
            r"[-+]?[0-9]+(,[0-9]+)+(\.[0-9]+)?",
            "has a comma, for decimals or for thousands",
            f"write 12.5 or 1000, or {_QUOTE}",
        ),
    )
]
_STARTS_A_NUMBER = frozenset("0123456789+-.<>≤≥=")


class _Trap(Exception):
    """An unquoted scalar that other readers understand differently: code, reason, remedy."""

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        self.code, self.reason, self.remedy = code, reason, remedy


def _plain(text: str) -> Any:
    """What an unquoted scalar means. Raises _Trap where it could mean something else."""
    if text in _PLAIN:
        return _PLAIN[text]
    if text[0] not in _STARTS_A_NUMBER:
        if len(text) <= 5 and text.lower() in _WORDS:
            raise _Trap("E104", "is true, false or null to some readers and text to others", _WORDS[text.lower()])
        return text
    if _DATE.fullmatch(text):
        return text
    number = int if _INT.fullmatch(text) else Decimal if _DECIMAL.fullmatch(text) else None
    if number is not None:
        if len(text) > _LONGEST_NUMBER:
            raise _Trap("E105", "is too long for a number", _QUOTE)
        return number(text)
    compared = _COMPARISON.fullmatch(text)
    if compared:
        raise _comparison(compared[1])
    for pattern, reason, remedy in _NUMBERS:
        if pattern.fullmatch(text):
            raise _Trap("E105", reason, remedy)
    return text


def _comparison(sign: str) -> _Trap:
    word = _COMPARED.get(sign)
    way = f"write {{{word}: …}}" if word else "write the number alone"
    return _Trap("E105", "hides a comparison in text", f"{way}, or {_QUOTE}")


# ── events → data and places ──────────────────────────────────────────────────────────────────


class _Stop(Exception):
    """Reading on would help nobody."""


class _Open:
    """A mapping or a list that is being filled. ``key`` is None while a value is to be dropped."""

    __slots__ = ("branch", "data", "expects_key", "key")

    def __init__(self, data: dict[str, Any] | list[Any], branch: _Branch) -> None:
        self.data = data
        self.branch = branch
        self.expects_key = isinstance(data, dict)
        self.key: str | None = None


@dataclass(slots=True)
class _Reader:
    """Reads one text; collects what is wrong."""

    text: str
    file: str
    show_source: bool
    problems: list[Problem] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    result: tuple[Any, _Branch | Spot] | None = None

    def read(self) -> Document:
        self._check_characters()
        try:
            for event in self._events():
                self._take(event)
        except _Stop:
            pass
        except yaml.MarkedYAMLError as error:
            self._syntax(error)
        except yaml.YAMLError:
            self._wrong((0, 0, 1), "E101", "this is not YAML")
        if not self.problems:
            self._check_top()
        if self.problems:
            raise Problems(self.problems)
        assert self.result is not None
        data, root = self.result
        return Document(data, self.file, root, self.text if self.show_source else None)

    def _events(self) -> Iterator[Any]:
        loader = getattr(yaml, "CSafeLoader", None)
        if loader is None:
            raise CdssError(
                "PyYAML lacks libyaml, which cdss needs: install a PyYAML wheel, or libyaml and its headers."
            )
        return yaml.parse(self.text, Loader=loader)

    def _check_characters(self) -> None:
        odd = _NOT_TEXT.search(self.text)
        if odd:
            lines = _BREAK.split(self.text[: odd.start()])
            spot = (len(lines), len(lines[-1]) + 1, 1)
            self._wrong(spot, "E107", "here is a control character", "Remove it; is this a text file?")
            raise Problems(self.problems)

    def _check_top(self) -> None:
        if self.result is None or (self.result[0] is None and not _spot(self.result[1])[2]):
            self._wrong((0, 0, 1), "E108", "the file is empty")
        elif not isinstance(self.result[0], dict):
            kind = "a list" if isinstance(self.result[0], list) else "a single value"
            message = f"the file holds {kind}; it should hold keys and values"
            self._wrong(_spot(self.result[1]), "E109", message, "Start with a line such as title: …")

    def _take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                self._refuse_extras(event)
                self._scalar(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._refuse_extras(event)
                self._start({} if isinstance(event, yaml.MappingStartEvent) else [], event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                done = self.open.pop()
                self._put(done.data, done.branch)
            case yaml.AliasEvent():
                spot = self._token(event.start_mark)
                self._wrong(spot, *_ALIAS)
                self._put(None, spot)
            case yaml.DocumentStartEvent() if self.result is not None:
                spot = self._token(event.start_mark)
                self._wrong(spot, "E111", "a second document starts here", "Keep one document per file.")
                raise _Stop

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor is not None:
            self._wrong(self._token(event.start_mark), *_ANCHOR)
        if event.tag is not None:
            self._wrong(self._token(event.start_mark), *_TAG)

    def _start(self, data: dict[str, Any] | list[Any], event: Any) -> None:
        mark = event.start_mark
        spot = (mark.line + 1, mark.column + 1, 1)
        if self.open and self.open[-1].expects_key:
            message = "a key is a word, not a list or a mapping"
            self._wrong(spot, "E101", message, "Put text that starts with [ or { in quotes.")
        if len(self.open) >= MAX_DEPTH:
            self._wrong(spot, "E110", f"more than {MAX_DEPTH} lists and mappings lie in one another", "Flatten this.")
            raise _Stop
        self.open.append(_Open(data, _Branch(spot)))

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark, event.end_mark
        width = end.column - start.column if end.line == start.line else self._token(start, to_end_of_line=True)[2]
        spot = (start.line + 1, start.column + 1, width)
        is_key = bool(self.open) and self.open[-1].expects_key
        value = event.value
        if event.style not in ("'", '"', "|", ">"):
            try:
                value = self._key(value) if is_key else _plain(value)
            except _Trap as trap:
                self._trap(trap, value, spot)
                value = None
        elif event.style == ">" and self.text[start.index + 1 : start.index + 2].isdigit():
            # `ki67: >5` is valid YAML for a folded text, indented by five.
            self._trap(_comparison(">"), "", self._token(start))
        if is_key:
            self._take_key(value, spot)
        else:
            self._put(value, spot)

    def _key(self, word: str) -> str:
        """An unquoted key: always text, so ``on`` and ``n`` are as good as any other word."""
        if word == "<<":
            raise _Trap("E103", "is a merge key, which copies another part of the file", "write the keys out")
        if word and word.lower() in _WORDS and word.lower() not in _PLAIN:
            return word
        value = _plain(word)
        if isinstance(value, str):
            return value
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            raise _Trap("E105", "is a number; a key is a word", "put it in quotes")
        raise _Trap("E104", "is not a word; a key is a word", "put it in quotes")

    def _take_key(self, word: str | None, spot: Spot) -> None:
        top = self.open[-1]
        top.expects_key = False
        top.key = word
        if word is None:
            return
        if not top.branch.keys and spot[:2] == top.branch.spot[:2]:
            top.branch.spot = spot
        if word in top.branch.keys:
            first = top.branch.keys[word][0]
            name = f"the key '{word}'" if self.show_source else "this key"
            self._wrong(spot, "E102", f"{name} is written twice", f"first on line {first}; keep one")
            top.key = None
        else:
            top.branch.keys[word] = spot

    def _put(self, value: Any, tree: _Branch | Spot) -> None:
        if not self.open:
            self.result = (value, tree)
            return
        top = self.open[-1]
        if isinstance(top.data, list):
            top.branch.parts[len(top.data)] = tree
            top.data.append(value)
        elif top.expects_key:
            top.expects_key = False
            top.key = None
        else:
            if top.key is not None:
                top.data[top.key] = value
                top.branch.parts[top.key] = tree
            top.expects_key = True

    def _trap(self, trap: _Trap, word: str, spot: Spot) -> None:
        shown = f"'{word}'" if self.show_source and 0 < len(word) <= _LONGEST_NUMBER else "this"
        remedy = trap.remedy
        if not self.show_source and trap.code == "E104" and word.lower() in _WORDS:
            # The precise remedy would give away what was written.
            remedy = f"write true, false or null, or {_QUOTE}"
        self._wrong(spot, trap.code, f"{shown} {trap.reason}", remedy)

    def _token(self, mark: Any, *, to_end_of_line: bool = False) -> Spot:
        """The word that starts at ``mark``."""
        pattern = _LINE if to_end_of_line else _TOKEN
        found = pattern.match(self.text, mark.index)
        return (mark.line + 1, mark.column + 1, max(len(found[0].rstrip()) if found else 0, 1))

    def _wrong(self, spot: Spot, code: str, message: str, remedy: str | None = None) -> None:
        frame = _frame(self.text, spot[0]) if self.show_source and spot[0] else None
        self.problems.append(Problem(Place(self.file, *spot), code, message, remedy, frame))
        if len(self.problems) >= MAX_PROBLEMS:
            self.problems.append(_and_more(self.file))
            raise _Stop

    def _syntax(self, error: yaml.MarkedYAMLError) -> None:
        """What libyaml could not read, in plain words, where the mistake was made rather than where it was noticed."""
        said = error.problem or ""
        opened: Any = error.context_mark
        mark: Any = error.problem_mark or opened
        if mark is None:
            self._last((0, 0, 1), "E101", "this is not YAML", None)
            return
        for start in (opened, mark):
            compared = _COMPARISON.match(self.text, start.index) if start is not None else None
            if compared is not None and compared[1].startswith(">"):
                trap, word = _comparison(compared[1]), compared[0].rstrip(",]}")
                shown = f"'{word}'" if self.show_source else "this"
                spot = (start.line + 1, start.column + 1, len(word))
                self._last(spot, trap.code, f"{shown} {trap.reason}", trap.remedy)
                return
        spot = (mark.line + 1, mark.column + 1, 1)
        if "cannot start any token" in said and self.text.startswith("\t", mark.index):
            self._last(spot, "E101", "a tab stands where spaces should indent", "Use spaces.")
            return
        for part, ours, at_start in _SYNTAX:
            if part in said or part in (error.context or ""):
                if at_start and opened is not None:
                    spot = (opened.line + 1, opened.column + 1, 1)
                self._last(spot, *ours)
                return
        self._last(spot, "E101", f"this is not YAML: {said}" if said else "this is not YAML", None)

    def _last(self, spot: Spot, code: str, message: str, remedy: str | None) -> None:
        with suppress(_Stop):
            self._wrong(spot, code, message, remedy)


_TOKEN = re.compile(r"[^\s,\]}]*")
_LINE = re.compile("[^\n\r\x85\u2028\u2029]*")
_ALIAS = ("E103", "an alias (*) repeats another part of the file", "Write it out; quote text that starts with *.")
_ANCHOR = ("E103", "an anchor (&) names a part of the file", "Remove it; quote text that starts with &.")
_TAG = ("E103", "a tag (!) sets a type", "Remove it; quote text that starts with !.")
# What libyaml says, how we say it, and whether the place is where the construct was opened.
_SYNTAX = (
    ("while scanning an alias", _ALIAS, True),
    ("while scanning an anchor", _ANCHOR, True),
    ("tag", _TAG, True),
    (
        "mapping values are not",
        ("E101", "a colon is not expected here", "Quote text with a colon; check indents."),
        False,
    ),
    ("block sequence entries", ("E101", "a list cannot start here", "Start it on the next line."), False),
    ("unexpected end of stream", ("E101", "this quotation mark is never closed", "Close it."), True),
    ("document indicator", ("E101", "this quotation mark is never closed", "Close it."), True),
    ("',' or ']'", ("E101", "this bracket is never closed, or a comma is missing after it", "Close it with ]."), True),
    ("',' or '}'", ("E101", "this brace is never closed, or a comma is missing after it", "Close it with }."), True),
    ("expected ':'", ("E101", "this line has no colon after its key", "Write key: value; check indents."), True),
    ("expected key", ("E101", "a key is expected here", "Check the indents, and the quotes above."), False),
    (
        "'-' indicator",
        ("E101", "this line is not part of the list above it", "Start it with a dash, or check indents."),
        False,
    ),
    ("escape", ("E101", "a backslash in double quotes starts an unknown escape", "Use single quotes."), False),
    ("cannot start any", ("E101", "a value cannot start with this character", "Put the text in quotes."), False),
    ("incompatible YAML", ("E101", "this version of YAML is not supported", "Remove the line."), False),
)


def _spot(tree: _Branch | Spot) -> Spot:
    return tree.spot if isinstance(tree, _Branch) else tree


def _and_more(file: str) -> Problem:
    return Problem(Place(file), "E112", f"there are more than {MAX_PROBLEMS} problems; these are the first")


# ── data → models ─────────────────────────────────────────────────────────────────────────────

_WANTED = (
    # (start of pydantic's error type, what is wanted); the first that fits counts
    ("none_required", "left empty"),
    ("string", "text"),
    ("int", "a whole number"),
    ("decimal", "a number"),
    ("float", "a number"),
    ("bool", "true or false"),
    ("datetime", "a day and time such as 2016-05-26T12:30:00"),
    ("timezone", "a day and time such as 2016-05-26T12:30:00"),
    ("date", "a day such as 2016-05-26"),
    ("time", "a time"),
    *((kind, "a mapping of keys to values") for kind in ("dict", "mapping", "model", "dataclass")),
    *((kind, "a list") for kind in ("list", "tuple", "set", "frozen_set", "iterable")),
)
_ABOUT_TYPE = ("_type", "_parsing", "_inexact", "_from_float", "none_required", "_sub_type")
_LIMITS = {
    "greater_than": "be more than {gt}",
    "greater_than_equal": "be at least {ge}",
    "less_than": "be less than {lt}",
    "less_than_equal": "be at most {le}",
    "multiple_of": "be a multiple of {multiple_of}",
    "finite_number": "be a finite number",
    "string_too_short": "have at least {min_length} characters",
    "string_too_long": "have at most {max_length} characters",
    "string_pattern_mismatch": "fit the pattern {pattern}",
    "too_short": "have at least {min_length} items",
    "too_long": "have at most {max_length} items",
    "decimal_max_digits": "have at most {max_digits} digits",
    "decimal_max_places": "have at most {decimal_places} decimal places",
    "decimal_whole_digits": "have at most {whole_digits} digits before the point",
    "date_past": "lie in the past",
    "date_future": "lie in the future",
}

Loc = tuple[str | int, ...]


def validate(model: type[Model], document: Document, path: Sequence[str | int] = (), data: Any = None) -> Model:
    """``model`` made from the document's value at ``path``, or from ``data`` that stands there.

    Raises Problems with every mistake at its place. Nothing the document says is repeated when its source is not shown;
    a ValueError raised by a validator is passed on as it is, so validators of patient data name no values.
    """
    try:
        return model.model_validate(_at(document.data, path) if data is None else data)
    except ValidationError as error:
        raise Problems(_Teller(model, document, tuple(path)).problems(error.errors(include_url=False))) from None


def _at(data: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        data = data[part]
    return data


@dataclass(slots=True)
class _Finding:
    """One of pydantic's errors: where in the document, within which types, and in which choices of unions."""

    error: Any
    path: Loc
    kinds: list[Any]
    on_key: bool
    choices: list[Loc]


@dataclass(slots=True)
class _Teller:
    """Says what pydantic found in plain words, and finds the place for it."""

    model: type[BaseModel]
    document: Document
    base: Loc
    names: set[str] = field(default_factory=set)

    def problems(self, errors: Iterable[Any]) -> list[Problem]:
        self.names = _all_names(self.model)
        problems: dict[tuple[Loc, bool], Problem] = {}
        wanted: dict[tuple[Loc, bool], list[str]] = {}
        others: list[Problem] = []
        for finding in _plainest([self._find(error) for error in errors]):
            if len(problems) + len(others) >= MAX_PROBLEMS:
                others.append(_and_more(self.document.file))
                break
            want = _wanted(finding.error["type"])
            if want is None:
                others.append(self._problem(finding))
                continue
            where = (finding.path, finding.on_key)
            wants = wanted.setdefault(where, [])
            if want not in wants:
                wants.append(want)
            problems[where] = self._wrong_type(finding, wants)
        return [*problems.values(), *others]

    def _find(self, error: Any) -> _Finding:
        """Follows pydantic's path through the types and the document; its names of a union's choices are skipped."""
        loc: Loc = error["loc"]
        last = len(loc) - 1
        kinds: list[Any] = [self.model]
        path = self.base
        choices: list[Loc] = []
        for index, part in enumerate(loc):
            if part == "[key]" and index == last:
                return _Finding(error, path, kinds, True, choices)
            options = _options(kinds)
            ends = index == last and error["type"] in ("extra_forbidden", "missing")
            if isinstance(part, str) and len(options) > 1 and not ends:
                kinds = [option for option in options if _answers_to(option, part)] or options
                choices.append(loc[: index + 1])
                continue
            if self._exists((*path, part)):
                path = (*path, part)
            if error["type"] == "extra_forbidden" and index == last:
                return _Finding(error, path, kinds, True, choices)
            kinds = [below for option in options for below in _below(option, part)]
        return _Finding(error, path, kinds, False, choices)

    def _exists(self, path: Loc) -> bool:
        here = self.document._root
        for part in path:
            below = here.parts.get(part) if isinstance(here, _Branch) else None
            if below is None:
                return False
            here = below
        return True

    def _problem(self, finding: _Finding) -> Problem:
        error, kind = finding.error, finding.error["type"]
        context = error.get("ctx", {})
        name = self._name(finding)
        match kind:
            case "extra_forbidden":
                return self._unknown_key(finding)
            case "missing":
                return self._missing(finding)
            case "literal_error" | "enum":
                return self._not_allowed(finding, name, error["input"], context["expected"])
            case "union_tag_invalid" | "union_tag_not_found":
                return self._no_choice(finding, context)
            case "value_error" | "assertion_error":
                inside = isinstance(error["input"], Mapping | list)
                said = str(context.get("error", "")) or "this is not valid"
                return self._told(finding, "E205", said if inside else f"{name}: {said}")
            case _ if kind in _LIMITS:
                return self._told(finding, "E205", f"{name} should {_LIMITS[kind].format(**context)}")
            case _:
                said = error["msg"] if self.document.shows_source else "this is not valid"
                return self._told(finding, "E205", f"{name}: {said}")

    def _unknown_key(self, finding: _Finding) -> Problem:
        key = str(finding.error["loc"][-1])
        allowed = sorted({name for kind in _options(finding.kinds) for name in _names(kind)})
        within = self._within(finding.path[:-1])
        named = self.document.shows_source or key in self.names
        close = nearest(key, allowed)
        remedy: str | None
        if close:
            remedy = f"did you mean '{close}'?"
        elif " " in key and finding.error["input"] is None:
            remedy = "a comma inside braces starts a new key: quote text that holds commas"
        else:
            remedy = f"known: {', '.join(allowed)}" if allowed else None
        message = f"no key is called '{key}'{within}" if named else f"this key is not known{within}"
        return self._told(finding, "E201", message, remedy)

    def _missing(self, finding: _Finding) -> Problem:
        part = finding.error["loc"][-1]
        if isinstance(part, int):
            return self._told(finding, "E202", f"{self._name(finding)} has fewer items than it needs")
        return self._lacks(finding, part)

    def _lacks(self, finding: _Finding, key: str) -> Problem:
        message = f"the key '{key}' is missing{self._within(finding.path)}"
        return self._told(finding, "E202", message, f"add {key}:", on_key=True)

    def _not_allowed(self, finding: _Finding, name: str, value: Any, expected: str) -> Problem:
        words = re.findall(r"'([^']*)'", expected)
        allowed = (
            f"allowed: {', '.join(words) if words else expected.replace('True', 'true').replace('False', 'false')}"
        )
        if not self.document.shows_source:
            # A suggestion would give away what was written.
            return self._told(finding, "E204", f"{name} has a value that is not allowed", allowed)
        close = nearest(value, words) if isinstance(value, str) else None
        shown = f"'{value}'" if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else "this"
        return self._told(
            finding, "E204", f"{shown} is not a value of {name}", f"did you mean '{close}'?" if close else allowed
        )

    def _no_choice(self, finding: _Finding, context: Mapping[str, Any]) -> Problem:
        key = str(context.get("discriminator", "")).strip("'")
        if finding.error["type"] == "union_tag_not_found":
            return self._lacks(finding, key)
        if self._exists((*finding.path, key)):
            finding.path = (*finding.path, key)
            finding.error = {**finding.error, "input": context.get("tag")}
        return self._not_allowed(finding, f"'{key}'", context.get("tag"), str(context.get("expected_tags", "")))

    def _wrong_type(self, finding: _Finding, wants: list[str]) -> Problem:
        value = finding.error["input"]
        wanted = " or ".join(dict.fromkeys(wants))
        name = self._name(finding)
        if value is None and not finding.on_key:
            return self._told(finding, "E203", f"{name} is empty; it should be {wanted}")
        quote = "text" in wants and isinstance(value, bool | int | Decimal)
        return self._told(finding, "E203", f"{name} should be {wanted}", "put it in quotes" if quote else None)

    def _name(self, finding: _Finding) -> str:
        """What a message calls the value: its key where that may be said, or its number in the list."""
        path = finding.path
        if not path:
            return "the file"
        last = path[-1]
        if isinstance(last, int):
            above = self._key_name(path[-2]) if len(path) > 1 else None
            return f"item {last + 1} of {above}" if above else f"item {last + 1}"
        name = self._key_name(last)
        if finding.on_key:
            return f"the key {name}" if name else "this key"
        return name or "this value"

    def _key_name(self, part: str | int) -> str | None:
        known = isinstance(part, str) and (self.document.shows_source or part in self.names)
        return f"'{part}'" if known else None

    def _within(self, path: Loc) -> str:
        """ " in 'then'": the nearest key above that may be named."""
        for part in reversed(path):
            name = self._key_name(part)
            if name:
                return f" in {name}"
        return ""

    def _told(
        self, finding: _Finding, code: str, message: str, remedy: str | None = None, *, on_key: bool = False
    ) -> Problem:
        # A mapping or a list is best shown by its key.
        on_key = on_key or finding.on_key or isinstance(finding.error["input"], Mapping | list | tuple)
        place = self.document.place(finding.path, key=on_key)
        return Problem(place, code, message, remedy, self.document.frame(place.line))


def _wanted(kind: str) -> str | None:
    """The sort of value pydantic asked for; None when the error is about something else."""
    if not kind.endswith(_ABOUT_TYPE):
        return None
    return next((words for start, words in _WANTED if kind.startswith(start)), None)


def _plainest(findings: list[_Finding]) -> list[_Finding]:
    """Without the errors of a union's lesser choices: where one choice fits the shape, only its errors are told."""
    stems = {choice[:-1] for finding in findings for choice in finding.choices}
    for stem in sorted(stems, key=len, reverse=True):
        by_choice: dict[Loc, list[_Finding]] = {}
        for finding in findings:
            for choice in finding.choices:
                if choice[:-1] == stem:
                    by_choice.setdefault(choice, []).append(finding)
        shaped = [found for at, found in by_choice.items() if any(len(f.error["loc"]) > len(at) for f in found)]
        if shaped and len(by_choice) > 1:
            best = min(shaped, key=len)
            dropped = {id(f) for found in by_choice.values() if found is not best for f in found}
            findings = [f for f in findings if id(f) not in dropped]
    return findings


# ── the types of a model, as far as a path needs them ─────────────────────────────────────────


def _options(kinds: Iterable[Any]) -> list[Any]:
    """The types a value may have: unions, annotations and root models opened, None left out."""
    found: list[Any] = []
    for kind in kinds:
        origin = get_origin(kind)
        if origin is Annotated:
            found += _options(get_args(kind)[:1])
        elif origin in (Union, types.UnionType):
            found += _options(get_args(kind))
        elif isinstance(kind, type) and issubclass(kind, RootModel):
            found += _options([kind.model_fields["root"].annotation])
        elif hasattr(kind, "__value__"):
            found += _options([kind.__value__])
        elif kind is not type(None):
            found.append(kind)
    return found


def _below(kind: Any, part: str | int) -> list[Any]:
    """The types of what stands at ``part`` in a value of type ``kind``."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [info.annotation for name, info in kind.model_fields.items() if part in (name, *_aliases(info))]
    arguments = [argument for argument in get_args(kind) if argument is not Ellipsis]
    origin = get_origin(kind)
    if not arguments or not isinstance(origin, type):
        return []
    if issubclass(origin, Mapping):
        return arguments[-1:]
    if issubclass(origin, tuple) and isinstance(part, int) and len(arguments) > 1:
        return arguments[part : part + 1]
    return arguments[:1]


def _answers_to(kind: Any, label: str) -> bool:
    """Whether pydantic would call this choice of a union ``label``."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if kind.__name__ in re.findall(r"\w+", label):
            return True
        return any(label in get_args(info.annotation) for info in kind.model_fields.values())
    return getattr(kind, "__name__", str(kind)) == label


def _names(kind: Any) -> list[str]:
    """The keys a model takes."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return []
    return [next(iter(_aliases(info)), name) for name, info in kind.model_fields.items()]


def _aliases(info: Any) -> list[str]:
    alias = info.validation_alias if info.validation_alias is not None else info.alias
    return [choice for choice in getattr(alias, "choices", [alias]) if isinstance(choice, str)]


def _all_names(model: type[BaseModel]) -> set[str]:
    """Every key that ``model`` and the models in it know: words of ours, which a message may repeat."""
    seen: set[Any] = set()
    names: set[str] = set()
    waiting: list[Any] = [model]
    while waiting:
        for kind in _options([waiting.pop()]):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                if kind not in seen:
                    seen.add(kind)
                    names.update(_names(kind))
                    waiting += [info.annotation for info in kind.model_fields.values()]
            else:
                waiting += [] if get_origin(kind) is Literal else get_args(kind)
    return names
