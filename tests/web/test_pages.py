"""What a clinician can do in the page, without script."""

from __future__ import annotations

import html
import logging
import random
import re
import statistics
from pathlib import Path

import pytest

from cdss.case import bundled_cases
from cdss.decisive.whole import decisive
from cdss.locations import cases_folder, rules_folder
from cdss.reports.decisive import parts_of
from cdss.vocabulary import Kind
from cdss.web.fields import field_of, read_field
from cdss.web.groups import FIRST_OF_GROUP, grouped
from tests.bench.web import toggles
from tests.patients import some_patient
from tests.web.page import Browser, rules

DECLINED = {"facts": "declined", "f.declined.complete": "yes"}
RECTUM = {
    "day": "2015-01-15",
    "f.primary_site": "rectum",
    "f.ki67_highest_percent": "10-15",
    "f.declined.yes": "cytotoxic_chemotherapy",
}


@pytest.fixture
def browser() -> Browser:
    return Browser()


def test_every_bundled_case_is_listed_and_opens(browser: Browser) -> None:
    listed = browser.client.get("/").text
    for number, name in enumerate(bundled_cases(cases_folder())):
        assert f'value="{name}"' in listed
        opened = browser.client.post("/open", data={"csrf": browser.csrf, "case": name}, follow_redirects=False)
        assert opened.status_code == 303
        if number % 6 == 0:  # the sheet of every case is tried elsewhere
            assert "<article" in browser.client.get(opened.headers["location"]).text


def test_the_list_says_of_each_case_what_it_is_about(browser: Browser) -> None:
    listed = browser.client.get("/").text
    assert "Rectal NET G2 that lost its somatostatin receptors after radioligand therapy" in listed
    assert set(browser.desk.titles) == set(bundled_cases(cases_folder()))
    for name in ("rectum/noe-2016", "pancreas/analogue-first-line-pancreas", "disagreements/d01"):
        assert browser.desk.titles[name] == " ".join(browser.desk.case(name).case.file.title.split())


def test_cases_of_a_folder_are_listed_beside_them(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("title: mine\non: 2020-01-01\nfacts: {primary_site: ileum}\n")
    browser = Browser(tmp_path)
    assert "own folder" in browser.client.get("/").text
    assert "ileum" in browser.client.get(browser.open("mine")).text


def test_every_fact_of_the_vocabulary_is_asked_for_and_starts_unknown(browser: Browser) -> None:
    form = browser.client.get("/new").text
    for name in rules().library.vocabulary.facts:
        assert f'id="field-{name}"' in form
    assert " selected" not in form
    assert " checked" not in form


def test_the_groups_of_the_form_begin_with_facts_that_exist() -> None:
    headings = [heading for heading, _ in grouped(rules().library.vocabulary.facts.values())]
    assert headings == list(FIRST_OF_GROUP.values())


def test_a_patient_entered_by_hand_gets_a_sheet(browser: Browser) -> None:
    answer = browser.post("/new", {**RECTUM, "label": "bed 4"})
    assert answer.status_code == 200
    assert "bed 4" in answer.text
    assert "Declined by the patient" in answer.text
    assert 'value="10 to 15"' in browser.client.get(f"{answer.url.path}/facts").text


def test_one_per_cent_typed_into_the_form_is_one_per_cent(browser: Browser) -> None:
    path = browser.post("/new", {"day": "2020-01-01", "f.ki67_latest_percent": "1"}).url.path
    assert 'name="f.ki67_latest_percent" value="1"' in browser.client.get(f"{path}/facts").text


@pytest.mark.parametrize(("ticked", "complete"), [("yes", "no"), ("no", "no"), ("yes", "yes")])
def test_a_list_may_be_incomplete(browser: Browser, ticked: str, complete: str) -> None:
    sent = {"day": "2020-01-01", f"f.symptoms.{ticked}": "flushing", "f.symptoms.complete": complete}
    path = browser.post("/new", sent).url.path
    value = browser.desk.ask(browser.patient(path), as_recorded=True).sheet.values["symptoms"]
    assert value == read_field(rules().library.vocabulary.facts["symptoms"], {k: [v] for k, v in sent.items()})


def test_what_a_field_shows_it_reads_again() -> None:
    for seed in range(40):
        for name, value in some_patient(random.Random(seed)).items():
            fact = rules().library.vocabulary.facts[name]
            shown = field_of(fact, value)
            posted = {f"f.{name}": [shown.text or next((c.value for c in shown.choices if c.state == "chosen"), "")]}
            if fact.type is Kind.SET:
                posted = {
                    f"f.{name}.{side}": [c.value for c in shown.choices if c.state == side] for side in ("yes", "no")
                }
                posted[f"f.{name}.complete"] = ["yes" if shown.complete else "no"]
            assert field_of(fact, read_field(fact, posted)) == shown


def test_without_the_refusal_the_options_move_at_once(browser: Browser) -> None:
    path = browser.open()
    piece = browser.post(f"{path}/change", DECLINED, script=True).text
    assert "Options that move" in piece
    assert "<html" not in piece
    assert "declined (would be undetermined) → undetermined" in piece
    assert "Options that move" in browser.client.get(path).text
    assert "Options that move" not in browser.post(f"{path}/reset").text


def test_without_script_the_same_change_comes_with_the_whole_page(browser: Browser) -> None:
    answer = browser.post(f"{browser.open()}/change", DECLINED)
    assert "<html" in answer.text
    assert "Options that move" in answer.text


def test_sending_the_form_as_it_stands_changes_nothing(browser: Browser) -> None:
    path = browser.open()
    text = browser.client.get(f"{path}/facts").text
    sent = _as_shown(text)
    assert "Changed for the sake" not in browser.post(f"{path}/change", sent).text


def _as_shown(text: str) -> dict[str, str | list[str]]:
    from html.parser import HTMLParser

    class Form(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.sent: dict[str, str | list[str]] = {}
            self.select = ""

        def add(self, name: str, value: str) -> None:
            kept = self.sent.setdefault(name, [])
            assert isinstance(kept, list)
            kept.append(value)

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            at = dict(attrs)
            name, value = at.get("name") or "", at.get("value") or ""
            if tag == "select":
                self.select = name
            elif tag == "option" and "selected" in at:
                self.add(self.select, value)
            elif tag == "input" and name != "csrf" and (at.get("type") != "checkbox" or "checked" in at):
                self.add(name, value)

    form = Form()
    form.feed(text)
    return form.sent


def test_two_dates_are_compared_with_what_changed_between_them(browser: Browser) -> None:
    path = browser.open()
    sent = {"as_of": "2015-01-15", "other": "2026-11-01", "go": "compare", "jurisdiction": ["ema", "fda"]}
    answer = browser.post(f"{path}/view", sent)
    assert answer.url.path == f"{path}/compare"
    for word in ("2015-01-15", "2026-11-01", "Cabozantinib", "What changed it"):
        assert word in answer.text


def test_labels_are_shown_for_the_jurisdictions_chosen(browser: Browser) -> None:
    path = browser.open()
    only = browser.post(f"{path}/view", {"jurisdiction": ["fda"]}).text
    assert "FDA off label" in only
    assert "EMA off label" not in only


def test_another_point_of_the_record_can_be_chosen(browser: Browser) -> None:
    path = browser.open()
    assert "receptor loss" in browser.post(f"{path}/view", {"point": "receptor-loss"}).text


def test_the_rules_are_those_of_the_point_looked_at_until_another_date_is_named(browser: Browser) -> None:
    path = browser.open()
    for point, day in (
        ("receptor-loss", "2015-01-15"),
        ("liver-metastases", "2011-01-15"),
        ("receptor-loss", "2015-01-15"),
    ):
        sent = {**_as_shown(browser.client.get(path).text), "point": point}
        assert f"on {day}, knowledge of {day}" in browser.post(f"{path}/view", sent).text
    browser.post(f"{path}/view", {**sent, "as_of": "2026-11-01"})
    assert 'name="as_of" value="2026-11-01"' in browser.client.get(path).text


def test_a_day_and_a_decision_point_take_turns(browser: Browser) -> None:
    path = browser.open()
    assert "on 2012-05-01" in browser.post(f"{path}/view", {"point": "off-therapy", "day": "2012-05-01"}).text
    shown = _as_shown(browser.client.get(path).text)
    assert "on 2012-05-01" in browser.post(f"{path}/view", shown).text
    assert "receptor loss" in browser.post(f"{path}/view", {**shown, "point": "receptor-loss"}).text


def test_what_became_an_option_comes_first_when_two_dates_are_compared(browser: Browser) -> None:
    path = browser.open()
    browser.post(f"{path}/view", {"point": "chemotherapy-declined"})
    text = browser.post(f"{path}/view", {"point": "chemotherapy-declined", "other": "2026-11-01", "go": "compare"}).text
    places = [text.index(f">{name}</th>") for name in ("Everolimus", "Cabozantinib", "Axitinib")]
    assert places[:2] < places[2:]
    assert max(places[:2]) < places[2]


def test_a_reason_opens_down_to_the_test_that_fails_and_its_source(browser: Browser) -> None:
    path = browser.open()
    browser.post(f"{path}/view", {"point": "receptor-loss"})
    page = browser.client.get(f"{path}/why/lu177_dotatate").text
    for word in ("no relevant uptake", "https://doi.org/10.1186/s40644-022-00465-3", "What would change it"):
        assert word in page
    assert browser.client.get("/rules/safety.prrt.no-target").status_code == 200


def test_every_rule_has_a_page(browser: Browser) -> None:
    listed = browser.client.get("/rules").text
    for name in list(rules().library.rules)[::7]:
        assert f'href="/rules/{name}"' in listed
        assert browser.client.get(f"/rules/{name}").status_code == 200


def test_rules_are_narrowed_by_therapy_site_and_word_and_an_unknown_one_is_not_found(browser: Browser) -> None:
    by_therapy = browser.client.get("/rules?therapy=everolimus").text
    by_both = browser.client.get("/rules?therapy=everolimus&site=thymus").text
    count = [int(re.findall(r"<h1>(\d+) rules?</h1>", text)[0]) for text in (by_therapy, by_both)]
    library = rules().library
    assert count[0] == sum("everolimus" in rule.therapies for rule in library.rules.values())
    assert 0 < count[1] < count[0]
    assert "safety.prrt.no-target" not in by_therapy

    assert "safety.prrt.no-target" in browser.client.get("/rules?word=%20No%20Lesion%20").text
    assert "No rule fits" in browser.client.get("/rules?word=zzz").text
    for wrong in ("therapy=elixir", "site=moon"):
        assert browser.client.get(f"/rules?{wrong}").status_code == 404


def test_the_sheet_can_be_saved_as_a_file(browser: Browser) -> None:
    answer = browser.post(f"{browser.open()}/file")
    assert answer.headers["content-disposition"] == 'attachment; filename="sheet.html"'
    assert "<style>" in answer.text


def test_a_case_file_can_be_uploaded(browser: Browser) -> None:
    content = (cases_folder() / "rectum" / "noe-2016.yaml").read_bytes()
    answer = browser.client.post(
        "/upload", data={"csrf": browser.csrf}, files={"file": ("jane-doe.yaml", content, "application/yaml")}
    )
    assert "<article" in answer.text
    assert "jane" not in answer.text


def test_a_closed_patient_is_forgotten(browser: Browser) -> None:
    path = browser.open()
    browser.post(f"{path}/close")
    assert browser.client.get(path).status_code == 404


def test_nobody_else_sees_a_patient(browser: Browser) -> None:
    assert Browser().client.get(browser.open()).status_code == 404


BAD = {
    "no date": ({"day": ""}, "The date of the decision is missing"),
    "a day that does not exist": ({"day": "2015-02-30"}, "The date does not exist"),
    "a date long ago": ({"day": "0215-01-15"}, "outside the years"),
    "words for a number": ({"f.age_years": "old"}, "age: this is not a number"),
    "a decimal comma": ({"f.ki67_latest_percent": "12,5"}, "with a point, as in 12.5"),
    "a number out of range": (
        {"f.age_years": "700"},
        "age: lies outside the possible range, 0 to 120; its unit is years",
    ),
    "a negative number": ({"f.age_years": "-3"}, "age: a negative number is not possible"),
    "two numbers": ({"f.age_years": "61 62"}, "age: this is not a number"),
    "half a range": ({"f.age_years": "61-"}, "age: this is not a number"),
    "more places than are kept": (
        {"f.ki67_latest_percent": "12.55"},
        "latest Ki-67: has more decimal places than the 1 kept; its unit is %",
    ),
    "a unit nobody knows": ({"f.age_years": "61 springs"}, "age: this unit is not understood; write it as in g/dL"),
    "a range the wrong way round": ({"f.ki67_latest_percent": "15-10"}, "the range is reversed"),
    "a foreign unit": ({"f.haemoglobin_g_dl": "12 mm"}, "haemoglobin: an amount in mm cannot be given in g/dL"),
    "a word that is not offered": ({"f.primary_site": "elbow"}, "choose one of the words offered"),
    "half a point of performance": ({"f.ecog": "1.5"}, "should be a whole number"),
    "present and ruled out": (
        {"f.symptoms.yes": "flushing", "f.symptoms.no": "flushing"},
        "ticked as present and as ruled out",
    ),
    "nothing at all": ({"f.primary_site": ""}, "Nothing is known of this patient yet"),
    "a label without end": ({"label": "x" * 200}, "The label is too long"),
}


@pytest.mark.parametrize("wrong", BAD, ids=str)
def test_bad_input_is_told_in_words_and_kept_in_the_form(browser: Browser, wrong: str) -> None:
    sent, told = BAD[wrong]
    answer = browser.post("/new", {"day": "2015-01-15", "f.primary_site": "rectum", **sent})
    assert answer.status_code == 422
    assert told in answer.text
    assert "Traceback" not in answer.text
    for name, value in sent.items():
        if name in ("f.age_years", "f.ki67_latest_percent", "f.haemoglobin_g_dl", "f.ecog"):
            assert f'value="{value}"' in answer.text


def test_a_file_that_is_no_case_is_told_in_words(browser: Browser) -> None:
    for content, told in ((b"", "No file was chosen"), (b"\x00\x01", "binary"), (b"title: [", "the uploaded file")):
        answer = browser.client.post("/upload", data={"csrf": browser.csrf}, files={"file": ("x.yaml", content)})
        assert answer.status_code == 422
        assert told in answer.text


def test_a_toggle_is_answered_within_a_tenth_of_a_second(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    assert statistics.median(toggles(Browser(), 50)) < 100
    assert rules_folder().is_dir()


def test_a_wrong_value_among_all_facts_gives_the_form_back_with_all_that_was_filled_in(browser: Browser) -> None:
    path = browser.open()
    sent = {"facts": ["ecog", "ki67_latest_percent"], "f.ecog": "2", "f.ki67_latest_percent": "many"}

    answer = browser.post(f"{path}/change", sent)

    assert answer.status_code == 422
    assert "this is not a number" in answer.text
    field = {name: re.findall(rf'<input id="field-{name}"[^>]*value="([^"]*)"', answer.text) for name in sent["facts"]}
    assert field == {"ecog": ["2"], "ki67_latest_percent": ["many"]}
    assert not browser.patient(path).changes


def test_cases_about_patients_are_listed_before_those_about_rules(browser: Browser) -> None:
    listed = browser.client.get("/").text
    assert listed.index(">rectum</h3>") < listed.index(">about disagreements</h3>")


def test_the_page_of_what_decides_says_what_the_command_says(browser: Browser) -> None:
    path = browser.open()
    evaluation = browser.desk.ask(browser.patient(path))
    page = html.unescape(browser.client.get(f"{path}/decides").text)
    for part in parts_of(decisive(evaluation, browser.desk.library), browser.desk.library):
        assert f">{part.heading}</h2>" in page
        for item in part.items:
            assert item.text in page
            assert all(text in page for _, text in item.more)
    assert "ECOG" in page
