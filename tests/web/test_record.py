"""What the board decides, recorded from the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdss.cli import app, minuteswork
from cdss.minutes.store import Minutes
from tests.web.page import Browser

CHOICE = {"chosen": "everolimus", "by": "the board", "reason": "no receptors"}


@pytest.fixture
def minutes(tmp_path: Path) -> Minutes:
    return Minutes(tmp_path / "board.sqlite")


@pytest.fixture
def browser(minutes: Minutes) -> Browser:
    return Browser(minutes=minutes)


def declined(browser: Browser) -> str:
    """The page of the seed case after chemotherapy was declined, when everolimus is conditional."""
    path = browser.open()
    browser.post(f"{path}/view", {"point": "chemotherapy-declined"})
    return path


def test_a_decision_is_recorded_beside_what_was_laid_out(browser: Browser, minutes: Minutes) -> None:
    answer = browser.post(f"{declined(browser)}/record", {**CHOICE, "condition": "hepatitis B excluded"})

    (entry,) = minutes.all()
    assert answer.url.path == f"/recorded/{entry.seal}"
    for word in ("Entry 1 is recorded", "Everolimus", "laid out as conditional", "hepatitis B excluded", "the board"):
        assert word in answer.text
    assert (entry.draft.case, entry.draft.point) == ("rectum/noe-2016", "chemotherapy-declined")
    assert (entry.draft.chosen, entry.draft.condition) == (("everolimus",), "hepatitis B excluded")


@pytest.mark.parametrize("way", ["listed", "uploaded", "entered"])
def test_what_was_recorded_from_the_page_replays_byte_for_byte(
    browser: Browser, minutes: Minutes, tmp_path: Path, way: str
) -> None:
    if way == "listed":
        path = declined(browser)
    elif way == "uploaded":
        case = b"title: 'bed 4: x'\non: 2020-01-01\nfacts: {primary_site: ileum}\n"
        sent = browser.client.post("/upload", data={"csrf": browser.csrf}, files={"file": ("x.yaml", case)})
        path = sent.url.path
    else:
        typed = {"f.ki67_latest_percent": "0.7", "f.haemoglobin_g_dl": "< 12.5", "f.symptoms.no": "flushing"}
        path = browser.post(
            "/new", {"day": "2020-01-01", "label": 'b\x85ed "4": ☃', "f.sex": "female", **typed}
        ).url.path
    browser.post(f"{path}/record", {**CHOICE, "override": "other"})
    capsule = tmp_path / "x.capsule.json"
    minuteswork.export_capsule(minutes.file, 1, capsule)

    assert CliRunner().invoke(app, ["replay", str(capsule)]).exit_code == 0


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"chosen": ()}, "Tick what the board chose"),
        ({"chosen": "elixir"}, "no therapy is called"),
        ({"by": " "}, "Write who decided"),
        ({"reason": ""}, "Write why"),
        ({"chosen": "lu177_dotatate"}, "None of the chosen therapies is among the suggestions"),
        ({"override": "whim"}, "no override reason is called"),
        ({"csrf": "forged"}, "token"),
    ],
)
def test_what_cannot_be_recorded_is_told_and_nothing_is_saved(
    browser: Browser, minutes: Minutes, sent: dict[str, str], told: str
) -> None:
    answer = browser.post(f"{declined(browser)}/record", {**CHOICE, **sent})

    assert answer.status_code in (403, 422)
    assert told in answer.text
    assert minutes.all() == ()


def test_a_form_that_is_not_recorded_is_given_back_with_all_that_was_typed(browser: Browser) -> None:
    typed = {"chosen": ["lu177_dotatate"], "reason": "a <b> reason", "by": "the board", "condition": "dosimetry first"}

    page = browser.post(f"{declined(browser)}/record", typed).text

    assert "Nothing is recorded yet" in page
    assert 'value="a &lt;b&gt; reason"' in page
    assert 'value="the board"' in page
    assert 'value="dosimetry first"' in page
    assert 'value="lu177_dotatate" checked' in page
    again = browser.post(f"{declined(browser)}/record", {**typed, "override": "other"}).text
    assert "is recorded" in again


def test_options_that_rest_on_changed_facts_are_not_recorded(browser: Browser, minutes: Minutes) -> None:
    path = declined(browser)
    browser.post(f"{path}/change", {"facts": "declined", "f.declined.complete": "yes"})

    answer = browser.post(f"{path}/record", CHOICE)

    assert answer.status_code == 422
    assert "changed for the sake of argument" in answer.text
    assert minutes.all() == ()


def test_an_entry_is_shown_only_to_who_has_its_address(browser: Browser, minutes: Minutes) -> None:
    browser.post(f"{declined(browser)}/record", CHOICE)
    (entry,) = minutes.all()
    other = browser.post("/new", {"day": "2020-01-01", "f.primary_site": "ileum"}).url.path

    for guess in ("1", "0" * 64, entry.seal[:-1], f"{entry.seal}0"):
        assert browser.client.get(f"/recorded/{guess}").status_code == 404
    assert browser.client.get(f"{other}/record/1").status_code == 404
    assert entry.seal not in browser.client.get("/").text


def test_an_entry_outlives_the_server_and_opens_its_patient_again(browser: Browser, minutes: Minutes) -> None:
    typed = {"day": "2015-01-15", "label": "bed 4", "f.primary_site": "rectum", "f.age_years": "61"}
    path = browser.post("/new", typed).url.path
    browser.post(f"{path}/view", {"as_of": "2026-11-01", "jurisdiction": ["fda"]})
    address = browser.post(f"{path}/record", {**CHOICE, "override": "other"}).url.path

    later = Browser(minutes=Minutes(minutes.file))
    assert later.client.get(path).status_code == 404
    assert "bed 4" in later.client.get(address).text
    again = later.post(f"{address}/open")
    decision = later.desk.ask(later.patient(again.url.path)).decision
    assert decision.to_json() == minutes.entry(1).draft.document
    assert later.client.post(f"{address}/open", data={"csrf": "forged"}).status_code == 403


def test_an_entry_is_saved_as_a_capsule_from_its_page(browser: Browser, minutes: Minutes, tmp_path: Path) -> None:
    address = browser.post(f"{declined(browser)}/record", CHOICE).url.path
    answer = browser.post(f"{address}/capsule")
    capsule = tmp_path / "entry-1.capsule.json"
    minuteswork.export_capsule(minutes.file, 1, capsule)

    assert answer.headers["content-disposition"] == f'attachment; filename="{capsule.name}"'
    assert answer.content == capsule.read_bytes()


def test_without_a_file_of_minutes_nothing_is_offered_or_taken() -> None:
    browser = Browser()
    path = browser.open()

    assert "Record the decision" not in browser.client.get(path).text
    assert browser.post(f"{path}/record", CHOICE).status_code == 404


def test_without_its_extra_the_server_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minuteswork, "find_spec", lambda _: None)

    done = CliRunner().invoke(app, ["serve", "--db", str(tmp_path / "x.sqlite")])

    assert done.exit_code == 2
    assert "net-cdss[record]" in done.output
