"""What the page refuses, and what it never lets out."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from cdss.minutes.store import Minutes
from cdss.web.guard import HEADERS
from tests.web.page import Browser

PROBE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture
def browser() -> Browser:
    return Browser()


def test_every_answer_carries_the_headers(browser: Browser) -> None:
    path = browser.open()
    asked = ["/", "/new", "/rules", path, f"{path}/facts", f"{path}/why/everolimus", "/static/web.css", "/nowhere"]
    asked += ["/static/page.js", "/favicon.ico", f"{path}/compare", "/p/none"]
    answers = [browser.client.get(where) for where in asked]
    answers += [browser.client.get("/", headers={"host": "evil.example"}), browser.client.post("/new", data={})]
    answers += [browser.client.post("/new", content=b"x" * 1_200_000), browser.client.put("/")]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(browser: Browser) -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy
    path = browser.open()
    for where in ("/", "/new", "/rules", path, f"{path}/why/everolimus"):
        text = browser.client.get(where).text
        assert " style=" not in text
        assert not re.search(r"<script(?! src=\"/static/)", text)
        assert not re.search(r"\son[a-z]+=", text)


@pytest.mark.parametrize(
    "name", ["label", "day", "f.age_years", "f.primary_site", "f.ki67_latest_percent", "f.symptoms.yes"]
)
def test_a_script_typed_into_a_field_stays_text(browser: Browser, name: str) -> None:
    answer = browser.post("/new", {"day": "2015-01-15", "f.sex": "female", name: PROBE})
    for text in (answer.text, browser.client.get("/").text):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert ">49" not in text
    if name == "label":
        assert answer.status_code == 200
        assert "&lt;script&gt;" in answer.text


def test_a_script_in_every_field_of_every_form_stays_text(tmp_path: Path) -> None:
    """The probes go into whatever has a name: typed fields, words that are offered, lists, hidden fields."""
    minutes = Minutes(tmp_path / "board.sqlite")
    recording = Browser(minutes=minutes)
    path = recording.open()
    recording.post(f"{path}/view", {"point": "chemotherapy-declined"})
    forms = {"/new": "/new", f"{path}/facts": f"{path}/change", path: f"{path}/change"}
    for shown, sent in forms.items():
        names = set(re.findall(r'name="([^"]+)"', recording.client.get(shown).text)) - {"csrf", "viewport", "robots"}
        assert "f.declined.yes" in names
        probes = dict.fromkeys(names, PROBE) | {"facts": ["declined", "age_years", PROBE]}
        for script in (False, True):
            assert inert(recording.post(sent, probes, script=script).text)
    for field in ("reason", "by", "condition"):
        good = {"chosen": "everolimus", "reason": "x", "by": "y", field: PROBE}
        text = recording.post(f"{path}/record", good).text
        assert "&lt;script&gt;" in text
        assert inert(text)
    for field in ("chosen", "override"):
        assert inert(
            recording.post(f"{path}/record", {"chosen": "everolimus", "reason": "x", "by": "y", field: PROBE}).text
        )
    assert len(minutes.all()) == 3
    for where in (f"/recorded/{PROBE}", f"/rules/{PROBE}", f"/p/{PROBE}", f"{path}/why/{PROBE}", f"/{PROBE}"):
        assert inert(recording.client.get(where).text)


def inert(text: str) -> bool:
    """Whether no probe has become a tag, an attribute or a sum."""
    return "<script>alert" not in text and "<img src=x" not in text and ">49" not in text and "}}49" not in text


@pytest.mark.parametrize("name", ["day", "as_of", "other", "point", "jurisdiction"])
def test_a_script_in_the_choice_of_a_date_stays_text(browser: Browser, name: str) -> None:
    assert "<script>alert" not in browser.post(f"{browser.open()}/view", {name: PROBE}).text


def test_a_script_in_an_uploaded_case_stays_text(browser: Browser) -> None:
    content = f"title: '{PROBE.replace(chr(39), '')}'\non: 2020-01-01\nassumptions: ['<script>alert(1)</script>']\n"
    content += "facts: {primary_site: ileum}\n"
    answer = browser.client.post("/upload", data={"csrf": browser.csrf}, files={"file": ("<script>.yaml", content)})
    assert answer.status_code == 200
    assert "&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text


def test_a_form_without_its_token_is_refused(browser: Browser) -> None:
    path = browser.open()
    for where in ("/new", "/open", "/upload", f"{path}/change", f"{path}/view", f"{path}/reset", f"{path}/close"):
        for token in ("", "wrong", Browser().csrf):
            assert browser.client.post(where, data={"csrf": token, "case": "rectum/noe-2016"}).status_code == 403
    assert browser.client.get(path).status_code == 200


def test_a_form_from_another_page_is_refused(browser: Browser) -> None:
    sent = {"csrf": browser.csrf, "case": "rectum/noe-2016"}
    for origin in ("http://evil.example", "null", "http://127.0.0.1:9"):
        assert browser.client.post("/open", data=sent, headers={"origin": origin}).status_code == 403
    for site in ("cross-site", "same-site"):
        headers = {"origin": "null", "sec-fetch-site": site}
        assert browser.client.post("/open", data=sent, headers=headers).status_code == 403
    # What a browser sends from this server's own page, which hides where it comes from.
    headers = {"origin": "null", "sec-fetch-site": "same-origin"}
    assert browser.client.post("/open", data=sent, headers=headers).status_code == 200


def test_another_name_for_this_machine_is_refused(browser: Browser) -> None:
    for host, status in (
        ("evil.example", 400), ("127.0.0.1.evil.example", 400), ("", 400), ("10.0.0.7", 400),
        ("localhost:8000", 200), ("127.0.0.1:8000", 200), ("[::1]:8000", 200),
    ):  # fmt: skip
        assert browser.client.get("/", headers={"host": host}).status_code == status
    assert Browser(anywhere=True).client.get("/", headers={"host": "10.0.0.7"}).status_code == 200
    assert Browser(anywhere=True).client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_more_than_a_megabyte_is_refused(browser: Browser) -> None:
    for size in (1_000_001, 1_200_000, 3_000_000):
        answer = browser.client.post("/upload", data={"csrf": browser.csrf}, files={"file": ("x.yaml", b"#" * size)})
        assert answer.status_code in (413, 422)
        assert "larger than 1 MB" in answer.text


def test_more_than_a_megabyte_without_its_length_is_refused(browser: Browser) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = browser.client.post("/new", content=(b"a" * 100_000 for _ in range(20)), headers=kind)
    assert answer.status_code == 413


def test_the_cookie_is_for_this_server_alone() -> None:
    cookie = Browser().client.cookies
    fresh = Browser()
    fresh.client.cookies.clear()
    header = fresh.client.get("/").headers["set-cookie"].lower()
    assert "httponly" in header
    assert "samesite=strict" in header
    assert len(cookie["cdss"]) > 40


def test_no_address_and_no_log_holds_what_was_entered(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="cdss")
    answer = browser.post("/new", {"day": "2015-01-15", "f.age_years": "83", "label": "Quetzal"})
    assert re.fullmatch(r"/p/[\w-]+", answer.url.path)
    assert not answer.url.query
    assert "Quetzal" not in caplog.text


def test_a_fault_is_told_without_what_it_was_about(
    browser: Browser, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = browser.open()

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("Quetzal 83")

    monkeypatch.setattr(browser.desk, "ask", breaks)
    answer = browser.client.get(path)
    assert answer.status_code == 500
    assert "Quetzal" not in answer.text
    assert "Quetzal" not in caplog.text
    assert "RuntimeError" in caplog.text
