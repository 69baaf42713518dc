"""The page in a real browser: Debian's chromium. Skipped where there is none, unless CDSS_BROWSER_TESTS=1."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
AXE = Path(__file__).parent / "axe" / "axe.min.js"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
WIDTHS = (1280, 820)

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER) and os.environ.get("CDSS_BROWSER_TESTS") != "1",
    reason="no chromium with its driver: apt-get install chromium chromium-driver, or CDSS_BROWSER_TESTS=1 to insist",
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    command = [sys.executable, "-m", "cdss", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        yield found[0].rstrip("/")
        process.terminate()
        assert process.stdout.read() == "", "the server has written something while it was used"


@pytest.fixture(scope="module", params=["light", "dark"])
def driver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    assert CHROMIUM, "CDSS_BROWSER_TESTS=1 insists on a browser: apt-get install chromium chromium-driver"
    options = webdriver.ChromeOptions()
    for flag in (*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.binary_location = CHROMIUM
    found = webdriver.Chrome(options=options, service=Service(DRIVER))
    wanted = {"features": [{"name": "prefers-color-scheme", "value": request.param}]}
    found.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)
    yield found
    found.quit()


def enter(driver: webdriver.Chrome, server: str) -> None:
    """The seed case by hand, as far as the refusal and the lost receptors go."""
    driver.get(f"{server}/new")
    driver.execute_script("document.getElementById('day').value = '2015-01-15'")
    driver.find_element(By.ID, "label").send_keys("bed 4")
    driver.find_element(By.ID, "field-age_years").send_keys("61")
    driver.find_element(By.ID, "field-ki67_highest_percent").send_keys("15")
    for name, word in (
        ("sex", "female"), ("primary_site", "rectum"), ("differentiation", "well differentiated"),
        ("extent", "metastatic"), ("sstr_status", "no relevant uptake"),
    ):  # fmt: skip
        Select(driver.find_element(By.ID, f"field-{name}")).select_by_visible_text(word)
    declined = driver.find_element(By.ID, "field-declined")
    declined.find_element(By.CSS_SELECTOR, "summary").click()
    declined.find_element(By.CSS_SELECTOR, "input[name='f.declined.yes'][value='cytotoxic_chemotherapy']").click()
    driver.find_element(By.CSS_SELECTOR, "main form button.first").click()
    wait(driver, "article")


def wait(driver: webdriver.Chrome, selector: str) -> None:
    WebDriverWait(driver, 10).until(lambda d: d.find_elements(By.CSS_SELECTOR, selector))


def compare(driver: webdriver.Chrome, day: str) -> None:
    """The patient's page has tables as well: the comparison is there once its address is."""
    driver.execute_script("document.getElementById('other').value = arguments[0]", day)
    driver.find_element(By.CSS_SELECTOR, "button[value='compare']").click()
    WebDriverWait(driver, 10).until(lambda d: d.current_url.endswith("/compare"))
    wait(driver, "main table")


def text(driver: webdriver.Chrome) -> str:
    return driver.find_element(By.TAG_NAME, "main").text


def complaints(driver: webdriver.Chrome) -> list[str]:
    """What axe-core finds, serious and critical."""
    driver.execute_script(AXE.read_text(encoding="utf-8"))
    found = driver.execute_async_script("axe.run({resultTypes: ['violations']}).then(arguments[arguments.length - 1])")
    grave = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    return [f"{v['id']}: {node['html'][:200]} {node['failureSummary'][:300]}" for v in grave for node in v["nodes"]]


def test_the_refusal_is_toggled_without_a_new_page(driver: webdriver.Chrome, server: str) -> None:
    enter(driver, server)
    assert "DECLINED BY THE PATIENT" in text(driver)
    address = driver.current_url
    driver.execute_script("window.stays = true")
    driver.find_element(By.CSS_SELECTOR, "input[name='f.declined.yes'][value='cytotoxic_chemotherapy']").click()
    wait(driver, ".moves")
    assert "Options that move" in text(driver)
    assert "DECLINED BY THE PATIENT" not in text(driver)
    assert driver.execute_script("return window.stays")
    assert driver.current_url == address


@pytest.mark.parametrize("width", WIDTHS)
def test_what_a_toggle_moves_is_seen_without_scrolling(driver: webdriver.Chrome, server: str, width: int) -> None:
    driver.set_window_size(width, 1000)
    enter(driver, server)
    driver.find_element(By.CSS_SELECTOR, "input[name='f.declined.yes'][value='cytotoxic_chemotherapy']").click()
    wait(driver, ".moves")
    found = driver.execute_script("return document.querySelector('.moves ul + strong').getBoundingClientRect()")
    assert 0 < found["top"] < found["bottom"] < driver.execute_script("return window.innerHeight")


def test_2015_is_compared_with_2026(driver: webdriver.Chrome, server: str) -> None:
    enter(driver, server)
    compare(driver, "2026-11-01")
    for word in ("2015-01-15", "2026-11-01", "Cabozantinib"):
        assert word in text(driver)


def test_the_policy_stops_nothing_that_the_page_needs(driver: webdriver.Chrome, server: str) -> None:
    driver.get_log("browser")
    enter(driver, server)
    assert driver.get_log("browser") == []


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_serious_and_nothing_is_cut_off(driver: webdriver.Chrome, server: str, width: int) -> None:
    driver.set_window_size(width, 1000)
    enter(driver, server)
    patient = driver.current_url
    driver.find_element(By.CSS_SELECTOR, "input[name='f.declined.yes'][value='cytotoxic_chemotherapy']").click()
    wait(driver, ".moves")
    compare(driver, "2026-11-01")
    found = []
    for where in (patient, "/", "/new", "/rules", "/rules/safety.prrt.no-target", "/nowhere",
                  f"{patient}/why/everolimus", f"{patient}/facts", f"{patient}/compare"):  # fmt: skip
        driver.get(where if where.startswith("http") else server + where)
        found += [f"{where.removeprefix(patient)} {line}" for line in complaints(driver)]
        overflow = driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
        if overflow > 0:
            found.append(f"{where.removeprefix(patient)} is {overflow} pixels too wide")
    assert found == []


def test_the_first_control_a_keyboard_reaches_skips_to_the_content(driver: webdriver.Chrome, server: str) -> None:
    driver.get(server)
    driver.find_element(By.TAG_NAME, "body").send_keys("\ue004")
    assert driver.switch_to.active_element.text == "Skip to the content"


def test_a_script_typed_into_the_form_does_not_run(driver: webdriver.Chrome, server: str) -> None:
    driver.get(f"{server}/new")
    probe = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
    driver.execute_script("document.getElementById('day').value = '2015-01-15'")
    driver.find_element(By.ID, "label").send_keys(probe[:80])
    driver.find_element(By.ID, "field-age_years").send_keys("61")
    driver.find_element(By.CSS_SELECTOR, "main form button.first").click()
    wait(driver, "article")
    assert driver.title != "run"
    assert "<img" in driver.find_element(By.TAG_NAME, "h1").text
