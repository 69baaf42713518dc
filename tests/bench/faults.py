"""Twenty-two broken copies of the rule base, and which tool notices each: check, test, prove, diff.

    python tests/bench/faults.py [--only NUMBER]... [--skip-diff]

Each copy differs from the bundled rules in one way that an author could cause by a slip. The table says, tool by tool,
whether it complained: yes, or refused, when it could not read the copy. A complaint means something only where the tool
has none about the rules as they are, so that is asked first. ``diff`` complains about every difference; its column is
the step of the version that it proposes. Takes long: every tool is run as a user would run it, on the whole copy.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cdss.locations import rules_folder


@dataclass(frozen=True, slots=True)
class Fault:
    """One slip: in ``file`` the first ``old`` becomes ``new``; without ``old`` the file goes, or is written anew."""

    what: str
    file: str
    old: str = ""
    new: str = ""


_PAIR = """title: A statement that contradicts its own body
therapy: everolimus
scope:
  - primary_site: [caecum, colon_right, colon_left, rectum]
versions:
  2023-06-01:
    says: Everolimus is not to be given for progressive colorectal NET, says this broken copy.
    cite: [{ref: enets-colorectal-2023, at: "nowhere"}]
    provenance: read
    strength: {scale: enets-oxford, level: 1b-B}
    when:
      - extent: metastatic
      - progression: documented
    then: {stance: avoid, intent: antiproliferative}
misleads_when:
  - It is a broken copy.
examples:
  fires:
    - facts: {primary_site: rectum, extent: metastatic, progression: documented}
  silent:
    - but: {progression: none}
  undecided:
    - but: {progression: unknown}
reviewed: null
"""

_DEAD = (
    _PAIR.replace("A statement that contradicts its own body", "A statement that can never hold")
    .replace("      - progression: documented\n", "      - progression: documented\n      - progression: none\n")
    .replace("stance: avoid", "stance: consider")
)

QUIET = "-"
TOOLS = {
    "check": ("rules", "check", "{}"),
    "test": ("test", "--rules", "{}"),
    "prove": ("rules", "prove", "--jobs", "1", "--rules", "{}"),
}
FAULTS = (
    Fault("threshold one step lower", "safety/prrt/thrombocytopenia.yaml", "less_than: 70", "less_than: 69"),
    Fault("threshold without a digit", "safety/prrt/thrombocytopenia.yaml", "less_than: 70", "less_than: 7"),
    Fault("boundary on the other side", "safety/sirt/bilirubin.yaml", "more_than: 2", "at_least: 2"),
    Fault("comparison turned round", "safety/prrt/severe-renal-impairment.yaml", "less_than: 30", "more_than: 30"),
    Fault("threshold and examples moved together", "safety/prrt/severe-renal-impairment.yaml", "30", "20"),
    Fault("safety rule dropped", "safety/prrt/no-target.yaml"),
    Fault("safety rule dropped that few cases touch", "safety/everolimus/active-pneumonitis.yaml"),
    Fault(
        "value of a scan swapped", "safety/prrt/no-target.yaml", "- sstr_status: negative", "- sstr_status: positive"
    ),
    Fault("typo in a value", "safety/prrt/no-target.yaml", "sstr_status: negative", "sstr_status: negativ"),
    Fault("typo in a fact", "safety/prrt/thrombocytopenia.yaml", "platelets_10e9_l", "platelets_10e9"),
    Fault("date of an approval a year late", "fda/any_site/cabozantinib.yaml", "2025-03-26:", "2026-03-26:"),
    Fault(
        "date of an approval with day and month swapped",
        "ema/gastrointestinal/everolimus.yaml",
        "2016-05-26:",
        "2016-06-25:",
    ),
    Fault(
        "stance softened",
        "safety/chemotherapy/dpd-complete-deficiency.yaml",
        "stance: contraindicate",
        "stance: caution",
    ),
    Fault(
        "stance turned round", "safety/everolimus/active-pneumonitis.yaml", "stance: contraindicate", "stance: consider"
    ),
    Fault("condition lost", "ema/gastrointestinal/everolimus.yaml", "      - functional_status: non_functioning\n", ""),
    Fault(
        "condition negated",
        "ema/gastrointestinal/everolimus.yaml",
        "      - progression: documented",
        "      - not: {progression: documented}",
    ),
    Fault(
        "a drug left out of the list",
        "safety/chemotherapy/dpd-complete-deficiency.yaml",
        "[captem, folfox, folfiri, stz_5fu]",
        "[captem, folfox, folfiri]",
    ),
    Fault("another drug named", "fda/any_site/cabozantinib.yaml", "therapy: cabozantinib", "therapy: lenvatinib"),
    Fault(
        "a site left out of the scope",
        "ema/gastrointestinal/everolimus.yaml",
        "colon_left, rectum, lung",
        "colon_left, lung",
    ),
    Fault("contradictory pair", "enets/colorectal/broken.yaml", "", _PAIR),
    Fault("dead rule", "enets/colorectal/broken.yaml", "", _DEAD),
    Fault("source that is not registered", "safety/sirt/bilirubin.yaml", "utrecht-sirt-thesis", "utrecht-sirt-theses"),
)


def broken(fault: Fault, copy: Path) -> None:
    """Puts the fault into a copy of the rules. Raises ValueError when the slip no longer fits the file."""
    path = copy / fault.file
    if not fault.old and not fault.new:
        path.unlink()
    elif not fault.old:
        path.write_text(fault.new, encoding="utf-8")
    else:
        text = path.read_text(encoding="utf-8")
        if fault.old not in text:
            raise ValueError(f"{fault.file} no longer holds what the fault changes")
        every = fault.what in ("threshold and examples moved together", "typo in a fact")
        path.write_text(text.replace(fault.old, fault.new, -1 if every else 1), encoding="utf-8")


def said(fault: Fault | None, *, diff: bool) -> dict[str, str]:
    """Tool → what it said of a copy of the rules with the fault in it, or of an unbroken one; QUIET when nothing."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "rules"
        shutil.copytree(rules_folder(), copy)
        if fault is not None:
            broken(fault, copy)
        found = {tool: _word(_run(*(word.format(copy) for word in words))) for tool, words in TOOLS.items()}
        if diff:
            done = _run("rules", "diff", str(rules_folder()), str(copy))
            step = re.search(r"PROPOSED VERSION STEP: (\w+)", done.stdout)
            found["diff"] = step[1] if step else _word(done)
        return found


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "cdss", *words], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 2) or "Traceback" in done.stderr:
        raise RuntimeError(f"cdss {' '.join(words)} broke down:\n{done.stderr}")
    return done


def _word(done: subprocess.CompletedProcess[str]) -> str:
    return {0: QUIET, 1: "yes", 2: "refused"}[done.returncode]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=int, action="append", help="the number of a fault, from 1")
    parser.add_argument("--skip-diff", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    wanted = parser.parse_args()
    loud = [tool for tool, word in said(None, diff=not wanted.skip_diff).items() if word != QUIET]
    if loud:
        sys.exit(f"nothing is broken, and yet there are complaints from: {', '.join(loud)}")
    faults = [(n, f) for n, f in enumerate(FAULTS, start=1) if not wanted.only or n in wanted.only]
    tools = [*TOOLS, *([] if wanted.skip_diff else ["diff"])]
    print(f"{'':>3} {'fault':<50}" + "".join(f"{tool:>9}" for tool in tools))
    caught = 0
    with ThreadPoolExecutor(wanted.jobs) as pool:
        results = pool.map(lambda item: said(item[1], diff=not wanted.skip_diff), faults)
        for (number, fault), found in zip(faults, results, strict=True):
            caught += any(found[tool] != QUIET for tool in TOOLS)
            print(f"{number:>3} {fault.what:<50}" + "".join(f"{found[t]:>9}" for t in tools), flush=True)
    print(f"{caught} of {len(faults)} caught by at least one of {', '.join(TOOLS)}")
    sys.exit(caught < len(faults))


if __name__ == "__main__":
    main()
