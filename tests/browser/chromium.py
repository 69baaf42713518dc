"""A real browser and a real server for the tests: Debian's chromium, and ``cdss serve`` as a process of its own."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
FOOT = r"Informs people who decide; it never decides\. No rule has been reviewed by a named clinician yet\. \d+ / \d+ "
WIDTHS = (1280, 820)
AXE = Path(__file__).parent / "axe" / "axe.min.js"

in_a_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER) and os.environ.get("CDSS_BROWSER_TESTS") != "1",
    reason="no chromium with its driver: apt-get install chromium chromium-driver, or CDSS_BROWSER_TESTS=1 to insist",
)


@contextmanager
def serving(*more: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a server, and its process. It must have written nothing while it was used."""
    command = [sys.executable, "-m", "cdss", "serve", "--port", "0", *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        try:
            yield found[0].rstrip("/"), process
        finally:
            process.terminate()
        assert process.stdout.read() == "", "the server has written something while it was used"


@contextmanager
def browsing(profile: Path, scheme: str = "light") -> Iterator[webdriver.Chrome]:
    """A browser with a fresh profile that prefers ``scheme``."""
    assert CHROMIUM, "CDSS_BROWSER_TESTS=1 insists on a browser: apt-get install chromium chromium-driver"
    options = webdriver.ChromeOptions()
    for flag in (*FLAGS.split(), f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.binary_location = CHROMIUM
    found = webdriver.Chrome(options=options, service=Service(DRIVER))
    prefer(found, scheme)
    try:
        yield found
    finally:
        found.quit()


def prefer(driver: webdriver.Chrome, scheme: str) -> None:
    """Light or dark from now on."""
    wanted = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)


def wait(driver: webdriver.Chrome, selector: str) -> None:
    """Until the page has what ``selector`` names."""
    WebDriverWait(driver, 10).until(lambda d: d.find_elements(By.CSS_SELECTOR, selector))


def arrive(driver: webdriver.Chrome, pattern: str) -> None:
    """Until the address matches ``pattern``."""
    WebDriverWait(driver, 10).until(lambda d: re.search(pattern, d.current_url))


def text(driver: webdriver.Chrome) -> str:
    """What the page says."""
    return str(driver.execute_script("return document.querySelector('main').innerText"))


def press(driver: webdriver.Chrome, words: str) -> None:
    """The button with these words."""
    driver.find_element(By.XPATH, f"//button[normalize-space()='{words}']").click()


def set_day(driver: webdriver.Chrome, field: str, day: str) -> None:
    """A day in a date field, whose keys differ from one country to the next."""
    driver.execute_script("document.getElementById(arguments[0]).value = arguments[1]", field, day)


def tick(driver: webdriver.Chrome, fact: str, *words: str) -> None:
    """Entries of a list, once it is unfolded."""
    field = driver.find_element(By.ID, f"field-{fact}")
    for word in words:
        box = field.find_element(By.CSS_SELECTOR, f"input[name='f.{fact}.yes'][value='{word}']")
        if not box.is_displayed():
            field.find_element(By.CSS_SELECTOR, "summary").click()
        box.click()


def enter(driver: webdriver.Chrome, server: str) -> None:
    """The seed case by hand, as far as the refusal and the lost receptors go."""
    driver.get(f"{server}/new")
    set_day(driver, "day", "2015-01-15")
    driver.find_element(By.ID, "label").send_keys("bed 4")
    driver.find_element(By.ID, "field-age_years").send_keys("61")
    driver.find_element(By.ID, "field-ki67_highest_percent").send_keys("15")
    for name, word in (
        ("sex", "female"), ("primary_site", "rectum"), ("differentiation", "well differentiated"),
        ("extent", "metastatic"), ("sstr_status", "no relevant uptake"),
    ):  # fmt: skip
        Select(driver.find_element(By.ID, f"field-{name}")).select_by_visible_text(word)
    tick(driver, "declined", "cytotoxic_chemotherapy")
    driver.find_element(By.CSS_SELECTOR, "main form button.first").click()
    wait(driver, "article")


def compare(driver: webdriver.Chrome, day: str) -> None:
    """The patient's page has tables as well: the comparison is there once its address is."""
    set_day(driver, "other", day)
    driver.find_element(By.CSS_SELECTOR, "button[value='compare']").click()
    arrive(driver, "/compare$")
    wait(driver, "main table")


def complaints(driver: webdriver.Chrome) -> list[str]:
    """What axe-core finds, serious and critical."""
    driver.execute_script(AXE.read_text(encoding="utf-8"))
    found = driver.execute_async_script("axe.run({resultTypes: ['violations']}).then(arguments[arguments.length - 1])")
    grave = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    return [f"{v['id']}: {node['html'][:200]} {node['failureSummary'][:300]}" for v in grave for node in v["nodes"]]


def overflow(driver: webdriver.Chrome) -> list[str]:
    """By how much the page is wider than the window, if it is."""
    more = driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
    return [f"is {more} pixels too wide"] if more > 0 else []


def printed(driver: webdriver.Chrome) -> pypdfium2.PdfDocument:
    """What the browser's own print makes of the page, on the paper the style sheet names."""
    made = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    return pypdfium2.PdfDocument(base64.b64decode(made["data"]))


def words_of(page: pypdfium2.PdfPage) -> str:
    """The text of a printed page on one line, without the words at its foot, which come first and must be there."""
    foot = re.match(FOOT, words := " ".join(page.get_textpage().get_text_bounded().split()))
    assert foot, words[:200]
    return words[foot.end() :]
