"""The page in a real browser: Debian's chromium. Skipped where there is none, unless CDSS_BROWSER_TESTS=1."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.browser.chromium import (
    WIDTHS,
    browsing,
    compare,
    complaints,
    enter,
    in_a_browser,
    overflow,
    printed,
    serving,
    text,
    wait,
)

pytestmark = in_a_browser


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as (address, _):
        yield address


@pytest.fixture(scope="module", params=["light", "dark"])
def driver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with browsing(tmp_path_factory.mktemp("profile"), request.param) as found:
        yield found


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
    # Together the light wide page and the dark narrow one try every colour and every width on every page.
    dark = driver.execute_script("return matchMedia('(prefers-color-scheme: dark)').matches")
    whole = dark == (width == min(WIDTHS))
    found = []
    of_patient = [f"{patient}/{name}" for name in ("why/everolimus", "facts", "decides", "compare")]
    for where in (patient, "/", "/new", "/rules", "/rules/safety.prrt.no-target", "/nowhere", *of_patient):
        driver.get(where if where.startswith("http") else server + where)
        if whole or where in (patient, f"{patient}/compare"):
            found += [f"{where.removeprefix(patient)} {line}" for line in complaints(driver)]
        found += [f"{where.removeprefix(patient)} {line}" for line in overflow(driver)]
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


def test_a_folded_list_of_rules_is_printed_unfolded(driver: webdriver.Chrome, server: str) -> None:
    driver.get(f"{server}/rules")
    hidden = driver.find_element(By.CSS_SELECTOR, "details:last-of-type li:last-child a")
    assert not hidden.is_displayed()
    paper = "".join(page.get_textpage().get_text_bounded() for page in printed(driver))
    assert "".join((hidden.get_attribute("textContent") or "").split()) in "".join(paper.split())
