"""A meeting in a real browser, from the form to the record, over a crash of the server; and what is printed for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from cdss.minutes.store import Minutes
from tests.browser.chromium import (
    WIDTHS,
    arrive,
    browsing,
    compare,
    complaints,
    in_a_browser,
    overflow,
    prefer,
    press,
    printed,
    serving,
    set_day,
    text,
    tick,
    wait,
    words_of,
)

pytestmark = in_a_browser

TYPED = {
    "label": "bed 4", "field-age_years": "61", "field-nodes_examined": "12", "field-nodes_positive": "1",
    "field-ki67_highest_percent": "15", "field-ki67_latest_percent": "10", "field-tissue_age_months": "48",
    "field-sirt_sessions": ">= 2",
}  # fmt: skip
CHOSEN = {
    "sex": "female", "primary_site": "rectum", "primary_resected": "yes", "extent": "metastatic",
    "differentiation": "well differentiated", "extrahepatic_progression": "yes",
    "progression": "progression documented", "sstr_status": "no relevant uptake", "sstr_previously_positive": "yes",
}  # fmt: skip
TICKED = {
    "metastatic_sites": ("liver", "lung", "nodes"), "prior_therapies": ("primary_resection", "y90_dotatoc", "sirt"),
    "declined": ("cytotoxic_chemotherapy",),
}  # fmt: skip
NOT_ON_PAPER = (
    "Skip to the content", "Enter a patient", "Date and labels", "What if", "Apply", "Save the sheet", "Close and",
    "Back to the sheet", "As recorded again", "Record the decision",
)  # fmt: skip
MARGIN = 12 / 25.4 * 72
"""What the style sheet leaves free at the side of a page, in points."""


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with browsing(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def agenda(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three patients: two with long timelines, and one of whom nothing is open."""
    file = tmp_path_factory.mktemp("agenda") / "agenda.html"
    cases = ("rectum/noe-2016@off-therapy", "rectum/receptor-loss-lesion-by-lesion", "appendix/after-appendicectomy")
    subprocess.run([sys.executable, "-m", "cdss", "board", *cases, "-o", file], check=True)
    return file


def fill(driver: webdriver.Chrome, server: str) -> None:
    """The seed case by hand when chemotherapy was declined, in full."""
    driver.get(f"{server}/new")
    set_day(driver, "day", "2015-01-15")
    for field, typed in TYPED.items():
        driver.find_element(By.ID, field).send_keys(typed)
    for fact, word in CHOSEN.items():
        Select(driver.find_element(By.ID, f"field-{fact}")).select_by_visible_text(word)
    for fact, words in TICKED.items():
        tick(driver, fact, *words)
    press(driver, "Lay out the options")
    wait(driver, "article")


def seen_in_every_way(driver: webdriver.Chrome) -> list[str]:
    """What is wrong with the page on a wide screen in the dark, and on a tablet in the light."""
    found = []
    for scheme, width in zip(("dark", "light"), WIDTHS, strict=True):
        prefer(driver, scheme)
        driver.set_window_size(width, 1000)
        found += [f"{scheme} {width}: {line}" for line in (*complaints(driver), *overflow(driver))]
    return found


def nothing_is_cut(document: pypdfium2.PdfDocument) -> bool:
    """Whether every piece of text ends before the margin at the right."""
    for page in document:
        words = page.get_textpage()
        rights = [words.get_rect(index)[2] for index in range(words.count_rects())]
        if max(rights, default=0) > page.get_width() - MARGIN + 1:
            return False
    return True


def test_a_meeting_from_the_form_to_the_record_survives_a_crash_of_the_server(
    driver: webdriver.Chrome, tmp_path: Path
) -> None:
    minutes = tmp_path / "board.sqlite"
    with serving("--db", str(minutes)) as (server, process):
        fill(driver, server)
        for said in ("DECLINED BY THE PATIENT", "FDG-PET", "Yttrium-90 was given", "no longer do", "EMA off label"):
            assert said in text(driver)
        patient = driver.current_url

        press_refusal = "input[name='f.declined.yes'][value='cytotoxic_chemotherapy']"
        driver.find_element(By.CSS_SELECTOR, press_refusal).click()
        wait(driver, ".moves")
        assert "FOLFOX or CAPOX: declined (would be undetermined) → undetermined" in text(driver)
        paper = " ".join(words_of(page) for page in printed(driver))
        assert "Changed for the sake of argument" in paper
        press(driver, "As recorded again")
        WebDriverWait(driver, 10).until(lambda d: not d.find_elements(By.CSS_SELECTOR, ".moves"))
        wait(driver, "article")

        compare(driver, "2026-11-01")
        assert "2026-11-01" in text(driver)
        assert "Cabozantinib" in text(driver)
        paper = " ".join(words_of(page) for page in printed(driver))
        assert "EMA label of cabozantinib" in paper
        assert [words for words in NOT_ON_PAPER if words in paper] == []

        driver.get(patient)
        sheet = printed(driver)
        paper = " ".join(words_of(page) for page in sheet)
        assert "DECLINED BY THE PATIENT" in words_of(sheet[0])
        assert [words for words in NOT_ON_PAPER if words in paper] == []
        assert nothing_is_cut(sheet)

        driver.find_element(By.CSS_SELECTOR, "input[name='chosen'][value='everolimus']").click()
        driver.find_element(By.ID, "reason").send_keys("receptors lost, chemotherapy declined")
        driver.find_element(By.ID, "by").send_keys("the board")
        driver.find_element(By.ID, "condition").send_keys("hepatitis B excluded")
        press(driver, "Record")
        arrive(driver, "/recorded/")
        recorded, port = driver.current_url, server.rpartition(":")[2]
        assert seen_in_every_way(driver) == []
        process.kill()
        process.wait()

    (entry,) = Minutes(minutes).all()
    assert (entry.draft.chosen, entry.draft.by) == (("everolimus",), "the board")
    with serving("--db", str(minutes), "--port", port):
        driver.refresh()
        assert driver.current_url == recorded
        for said in ("Entry 1 is recorded", "Everolimus", "receptors lost", "hepatitis B excluded"):
            assert said in text(driver)
        press(driver, "Open this patient again")
        wait(driver, "article")
        assert "bed 4" in text(driver)
        assert "DECLINED BY THE PATIENT" in text(driver)


def test_a_change_that_the_server_no_longer_answers_is_said_on_the_page(driver: webdriver.Chrome) -> None:
    with serving() as (server, process):
        driver.get(server)
        driver.find_element(By.CSS_SELECTOR, "button[value='rectum/noe-2016']").click()
        wait(driver, "article")
        process.kill()
        process.wait()
    choice = Select(driver.find_element(By.ID, "field-sstr_status"))
    choice.select_by_index(1)
    wait(driver, "#answer > [role=alert]")
    assert "The server does not answer" in text(driver)
    with serving("--port", server.rpartition(":")[2]):
        choice.select_by_index(2)
        WebDriverWait(driver, 10).until(lambda d: "no longer holds this patient" in text(d))
    assert "The server does not answer" not in text(driver)


def test_on_paper_each_patient_begins_a_page_and_nothing_is_cut(driver: webdriver.Chrome, agenda: Path) -> None:
    driver.get(agenda.as_uri())
    document = printed(driver)
    pages = [words_of(page) for page in document]
    heads = [
        " ".join((h.get_attribute("textContent") or "").split()) for h in driver.find_elements(By.CSS_SELECTOR, "h2")
    ]
    assert len(heads) == 3
    starts = [[n for n, page in enumerate(pages) if page.startswith(head)] for head in heads]
    assert [len(found) for found in starts] == [1, 1, 1]
    assert 0 < starts[0][0] < starts[1][0] < starts[2][0]
    for head in heads:
        assert head in pages[0]
    assert nothing_is_cut(document)
    assert "NO OPTION IS OPEN" in pages[starts[2][0]]
    assert seen_in_every_way(driver) == []


def test_the_labels_of_a_timeline_neither_meet_nor_leave_the_drawing(driver: webdriver.Chrome, agenda: Path) -> None:
    driver.get(agenda.as_uri())
    found = driver.execute_script(
        """
        const wrong = [];
        const drawings = document.querySelectorAll("figure svg");
        for (const svg of drawings) {
          const all = [...svg.querySelectorAll("text")].map(t => [t.textContent, t.getBBox()]);
          for (const [i, [words, a]] of all.entries()) {
            if (a.x < 0 || a.x + a.width > svg.viewBox.baseVal.width) wrong.push("cut: " + words);
            for (const [others, b] of all.slice(i + 1))
              if (a.x < b.x + b.width && b.x < a.x + a.width && a.y + 3 < b.y + b.height && b.y + 3 < a.y + a.height)
                wrong.push(words + " meets " + others);
          }
        }
        return [drawings.length, wrong];
        """
    )
    assert found == [2, []]
