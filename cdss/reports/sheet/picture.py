"""The timeline of a patient as a drawing: therapies as bars, tissue, receptors, course and size over the years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

WIDTH, LEFT, RIGHT = 620, 150, 30
_ROW, _GAP, _TOP = 18, 6, 8
_LABEL_ROOM = 6.2
"""About the width of a small letter, to keep labels apart."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing in the drawing, in its units. ``kind`` is what the style sheet colours by.

    ``vague`` draws a bar pale, and puts a label on the other side of its point.
    """

    kind: str
    x: float
    y: float
    width: float = 0.0
    text: str = ""
    title: str = ""
    open_end: bool = False
    vague: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the drawing with its name."""

    name: str
    y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything drawn; ``path`` is the line of sizes, empty when there are fewer than two."""

    height: float
    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]
    years: tuple[Mark, ...]
    path: str
    now: float


@dataclass(slots=True)
class _Canvas:
    first: date
    last: date
    y: float = _TOP
    rows: list[Row] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def x(self, day: date) -> float:
        whole = max((self.last - self.first).days, 1)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (day - self.first).days / whole, 1)

    def row(self, name: str, height: float = _ROW) -> float:
        self.rows.append(Row(name, self.y + height / 2))
        top = self.y
        self.y += height + _GAP
        return top


def picture(overview: Mapping[str, Any], on: date) -> Picture | None:
    """The drawing of what an overview tells up to ``on``; None when it holds nothing with a date."""
    courses: Sequence[Mapping[str, str]] = overview.get("courses", ())
    samples, scans = overview.get("samples", ()), overview.get("sstr", ())
    events, sizes = overview.get("events", ()), overview.get("sizes", ())
    days = [day for line in (*samples, *scans, *events, *sizes) for day in _ends(line["date"])]
    days += [day for line in courses for text in (line["start"], line["end"]) for day in _ends(text)]
    if not days:
        return None
    first = min([*days, on]) - timedelta(days=30)
    canvas = _Canvas(first, max([*days, on]) + timedelta(days=45))
    for line in courses:
        _course(canvas, line, on)
    _points(canvas, "Ki-67, grade", "tissue", [(s["date"], _tissue(s), s["site"]) for s in samples])
    _points(canvas, "SSTR", "sstr", [(s["date"], s["status"], s["tracer"]) for s in scans])
    told = [e for e in events if e["what"] != "no progression" or not _also_told(e, events)]
    _points(canvas, "Course", "course", [(e["date"], e["what"], e["detail"]) for e in told])
    path = _sizes(canvas, sizes)
    years = tuple(
        Mark("year", canvas.x(date(year, 1, 1)), canvas.y, text=str(year)) for year in _years(canvas.first, canvas.last)
    )
    return Picture(canvas.y + 18, tuple(canvas.rows), tuple(canvas.marks), years, path, canvas.x(on))


def _also_told(event: Mapping[str, str], events: Sequence[Mapping[str, str]]) -> bool:
    return any(e["date"] == event["date"] and e["what"] != event["what"] for e in events)


def _course(canvas: _Canvas, line: Mapping[str, str], on: date) -> None:
    """A bar from start to end; an arrow where it goes on, a pale bar where the days are not known."""
    starts, ends = _ends(line["start"]), _ends(line["end"])
    if not starts:
        return
    top = canvas.row(line["agent"])
    ongoing = "ongoing" in line["detail"]
    vague = len(starts) > 1 and not ends
    last = ends[-1] if ends else on if ongoing else starts[-1]
    left = canvas.x(starts[0])
    canvas.marks.append(
        Mark(
            "course",
            left,
            top,
            max(canvas.x(last) - left, 4),
            title=f"{line['agent']} {line['start']}" + (f" – {line['end']}" if line["end"] else ""),
            open_end=ongoing,
            vague=vague,
        )
    )


def _points(canvas: _Canvas, name: str, kind: str, points: Sequence[tuple[str, str, str]]) -> None:
    """Labelled points in one row, in a second or third below it where labels would meet."""
    dated = [(days[-1], text, title) for when, text, title in points if (days := _ends(when))]
    if not dated:
        return
    taken: list[float] = []
    placed = []
    for day, text, title in sorted(dated):
        x = canvas.x(day)
        room = len(text) * _LABEL_ROOM + 14
        left = x if x + room <= WIDTH else x - room
        level = next((i for i, end in enumerate(taken) if end <= left), len(taken))
        if level == len(taken):
            taken.append(0.0)
        taken[level] = left + room
        placed.append((x, level, left < x, text, f"{day} {text}" + (f", {title}" if title else "")))
    top = canvas.row(name, _ROW * len(taken))
    for x, level, before, text, title in placed:
        word = text.split()[0].lower().rstrip(",")
        canvas.marks.append(
            Mark(
                f"{kind} {word if kind != 'tissue' else ''}".strip(),
                x,
                top + level * _ROW,
                text=text,
                title=title,
                vague=before,
            )
        )


def _tissue(sample: Mapping[str, str]) -> str:
    return " ".join(part for part in (sample["ki67"], sample["grade"]) if part) or "not stated"


def _sizes(canvas: _Canvas, sizes: Sequence[Mapping[str, Any]]) -> str:
    """A line through the sums of studies that measured the same lesions as the newest one."""
    if not sizes:
        return ""
    same = [s for s in sizes if s["lesions"] == sizes[-1]["lesions"]]
    if len(same) < 2:
        return ""
    height = 3 * _ROW
    top = canvas.row("Sum of diameters", height)
    largest = max(float(s["mm"]) for s in same) or 1.0
    spots: list[tuple[float, float]] = []
    for size in same:
        x, y = canvas.x(_ends(size["date"])[-1]), round(top + height - height * float(size["mm"]) / largest * 0.8, 1)
        text = f"{size['mm']} mm"
        near = bool(spots) and x - spots[-1][0] < len(text) * _LABEL_ROOM and abs(y - spots[-1][1]) < _ROW
        spots.append((x, y))
        canvas.marks.append(Mark("size", x, y, text=text, title=f"{size['date']}: {text}", vague=near))
    return "M" + " L".join(f"{x} {y}" for x, y in spots)


def _years(first: date, last: date) -> list[int]:
    """The years to name below the drawing, at most about ten of them."""
    years = list(range(first.year + 1, last.year + 1))
    step = max(1, -(-len(years) // 10))
    return years[::step]


def _ends(text: str) -> list[date]:
    """The day of "2015-01-15", or both of "2011-01-15 to 2015-01-15"; nothing for an empty text."""
    return [date.fromisoformat(part) for part in text.split(" to ")] if text else []
