"""The sheet: one file that needs nothing from outside, whole for every case, harmless whatever was typed."""

from __future__ import annotations

import re
from ctypes.util import find_library
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pypdfium2
import pytest
import yaml

from cdss.case import bundled_cases, load_case
from cdss.consult import Question, consult
from cdss.decision import Decision
from cdss.errors import CdssError
from cdss.locations import cases_folder
from cdss.reports.sheet.picture import picture
from cdss.reports.sheet.render import render_html, render_markdown, render_pdf
from cdss.reports.sheet.view import sheet_of
from tests.patients import engine

PROBE = "<script>alert(1)</script>\"' onmouseover=x <b>&{{7*7}} [a](javascript:b)"


def noe(point: str, as_of: date | None = None) -> Decision:
    return consult(engine(), load_case("noe-2016", cases_folder()), Question(point, as_of)).decision


class Tags(HTMLParser):
    """Every tag with its attributes, and whether each that was opened was closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "link", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def everyone() -> list[Decision]:
    found = []
    for name in bundled_cases(cases_folder()):
        case = load_case(name, cases_folder())
        last = case.file.points[-1].id if case.file.points else None
        found.append(consult(engine(), case, Question(on=last)).decision)
    return found


def test_the_sheet_of_every_bundled_case_is_well_formed_and_fetches_nothing(everyone: list[Decision]) -> None:
    for decision in everyone:
        text = render_html([decision], "Tumour board")
        tags = Tags(text)
        assert not tags.open
        names = {tag for tag, _ in tags.seen}
        assert not names & {"script", "link", "img", "iframe", "object", "form"}
        assert not re.search(r"url\(|@import|src=", text)
        assert not [key for _, attributes in tags.seen for key in attributes if key.startswith("on")]


def test_every_option_of_the_document_stands_on_the_sheet(everyone: list[Decision]) -> None:
    for decision in everyone:
        text = render_html([decision], "x")
        for option in decision.options:
            assert option.name in text, (decision.case, option.therapy)


def test_the_sheet_of_the_seed_case_answers_at_a_glance() -> None:
    sheet = sheet_of(noe("chemotherapy-declined"))
    rows = {name: " ".join(lines) for name, lines in sheet.rows}
    assert "Ki-67 15 %" in rows["Tumour"]
    assert rows["Receptors"].endswith("negative 2015-01-15")
    assert "90Y-DOTATOC" in rows["Earlier treatment"]
    assert "cytotoxic chemotherapy" in rows["Declines"]
    assert any("no longer do" in a.message and "FDG-PET" in a.ask for a in sheet.alerts)
    (everolimus,) = [c for t in sheet.tiers for c in t.choices if c.name == "Everolimus"]
    assert everolimus.label == "EMA off label · FDA off label"
    assert "n = 169" in everolimus.favour
    assert any("Capecitabine and temozolomide" in name for name, _ in sheet.declined)
    assert any("177Lu-DOTATATE" in closed.names for closed in sheet.closed)


def test_the_response_of_the_seed_case_is_shown_as_reported_and_its_necrosis_as_what_it_is() -> None:
    rows = {name: " ".join(lines) for name, lines in sheet_of(noe("three-months")).rows}
    assert "stable disease, reported without measurements, MRI" in rows["Response"]
    assert "necrosis of metastases reported" in rows["Response"]


def test_the_timeline_draws_each_course_scan_sample_and_assessment() -> None:
    decision = noe("off-therapy")
    drawn = picture(decision.overview, decision.on)
    assert drawn is not None
    names = [row.name for row in drawn.rows]
    assert names[3:] == ["Everolimus", "Ki-67, grade", "SSTR", "Course"]
    texts = [mark.text for mark in drawn.marks if mark.text]
    assert texts.count("progression") == 3
    assert "15 % G2" in texts
    bars = [mark for mark in drawn.marks if mark.kind == "course"]
    assert [bar.vague for bar in bars] == [False, True, True, False]
    assert all(0 <= mark.x <= drawn.now + 1 for mark in drawn.marks)


def test_sums_of_the_same_lesions_are_drawn_as_a_line_and_those_of_other_lesions_are_not() -> None:
    def overview(*lesions: tuple[str, ...]) -> dict[str, object]:
        return {
            "sizes": [
                {"date": f"2024-0{month}-01", "mm": str(20 + month), "lesions": names}
                for month, names in enumerate(lesions, start=1)
            ]
        }

    together = picture(overview(("a", "b"), ("a", "b"), ("a", "b")), date(2024, 6, 1))
    apart = picture(overview(("a",), ("a", "b")), date(2024, 6, 1))
    assert together is not None
    assert apart is not None
    assert together.path.count("L") == 2
    assert apart.path == ""


def test_without_any_date_there_is_no_drawing() -> None:
    assert picture({}, date(2024, 1, 1)) is None


def probed(folder: Path) -> Decision:
    """The seed case with a probe in every free text of its record."""
    data = yaml.load((cases_folder() / "rectum/noe-2016.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    for point in data["points"]:
        point["question"] = PROBE
    record = data["record"]
    record["goals"] = [PROBE]
    for course in record["therapies"]["courses"]:
        course["detail"] = PROBE
        course.pop("dose", None)
    for study in record["imaging"]["studies"]:
        if study["modality"] == "sstr_pet":
            study["tracer"] = PROBE
    data["assumptions"] = [PROBE]
    del data["expect"], data["variants"]
    path = folder / "probed.yaml"
    path.write_text(_plain_numbers(yaml.safe_dump(data)), encoding="utf-8")
    return consult(engine(), load_case(str(path), cases_folder()), Question("off-therapy")).decision


def _plain_numbers(text: str) -> str:
    """Numbers, days and truths without the quotes that writing texts put around them."""
    return re.sub(r"'(true|false|\d[\d.-]*)'", r"\1", text)


def test_what_somebody_typed_stays_text_in_html(tmp_path: Path) -> None:
    text = render_html([probed(tmp_path)], PROBE)
    tags = Tags(text)
    assert "script" not in {tag for tag, _ in tags.seen}
    assert not [key for _, attributes in tags.seen for key in attributes if key.startswith("on")]
    assert "&lt;script&gt;" in text
    assert "{{7*7}}" in text


def test_what_somebody_typed_stays_text_in_markdown(tmp_path: Path) -> None:
    text = render_markdown([probed(tmp_path)], PROBE)
    assert not re.search(r"(?<!\\)<script", text)
    assert not re.search(r"(?<!\\)\[a(?<!\\)\]\(", text)


def test_a_pdf_holds_the_patients_of_the_meeting_and_an_agenda_or_says_that_pango_is_missing() -> None:
    decisions = [noe("chemotherapy-declined"), noe("off-therapy", date(2026, 11, 1))]
    if find_library("pango-1.0") is None:
        with pytest.raises(CdssError, match="Pango"):
            render_pdf(decisions, "Board of today")
        return
    content = render_pdf(decisions, "Board of today")
    document = pypdfium2.PdfDocument(content)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    assert "Board of today" in pages[0]
    assert pages[0].count("rectum/noe-2016") == 2
    assert any("Yttrium-90 was given" in page for page in pages[1:])
    assert "It lays out what others have published" in " ".join(pages).replace("\r\n", " ")


def test_the_same_document_gives_the_same_file() -> None:
    decision = noe("chemotherapy-declined")
    assert render_html([decision], "x") == render_html([decision], "x")
    assert render_markdown([decision], "x") == render_markdown([decision], "x")
