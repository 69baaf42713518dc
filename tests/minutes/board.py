"""A decision of the small rule base, and drafts made from it."""

from __future__ import annotations

from functools import cache

from cdss.case import case_of, text_of_case
from cdss.consult import Question, consult
from cdss.decision import Decision, Standing
from cdss.engine import Engine
from cdss.library import load_library
from cdss.locations import cases_folder, rules_folder
from cdss.minutes.entry import Draft
from cdss.minutes.override import OverrideReason

CASE = "rectum/noe-2016"


@cache
def decision() -> Decision:
    """The seed patient after she has declined chemotherapy: everolimus is conditional, nothing is sure."""
    case = case_of(text_of_case(CASE, cases_folder()), CASE, CASE)
    return consult(Engine(load_library(rules_folder())), case, Question("chemotherapy-declined")).decision


def with_standing(**standings: Standing | None) -> Decision:
    """The same decision with some options standing otherwise, and all others left out."""
    options = []
    for therapy, standing in standings.items():
        if standing is not None:
            options.append(decision().options[0].model_copy(update={"therapy": therapy, "standing": standing}))
    return decision().model_copy(update={"options": tuple(options)})


def draft(
    made: Decision | None = None,
    chosen: tuple[str, ...] = ("everolimus",),
    override: OverrideReason | None = None,
    condition: str | None = None,
    corrects: int | None = None,
    case: str = CASE,
    reason: str = "no receptors",
) -> Draft:
    """A draft as the command makes it, with a short case text."""
    document = (made or decision()).to_json()
    return Draft(
        case, "p", "2015-01-15", "title: x\n", document, chosen, "the board", reason, override, condition, corrects
    )
