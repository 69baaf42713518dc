"""Kleene's answers, leaf by leaf, and the reasons for them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cdss.backends import NAMES, backend
from cdss.backends.plain import PlainBackend, answer, explain
from cdss.condition import All, Any, Compare, Condition, Holds, Includes, Is, Known, Not, OneOf, Op
from cdss.errors import CdssError, EngineDisagreement
from cdss.program import Program
from cdss.reasons import Finding, because, missing
from cdss.values import Interval, Members, Truth, Value
from tests.backends.synthetic_world import point, rules_only

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
FLAG, MARKER = Is("flag", True), Is("marker", True)


def verdict(condition: Condition, **facts: Value) -> Truth:
    return answer(condition, facts, {})


def test_an_absent_fact_is_unknown_whatever_is_asked_of_it() -> None:
    two = Compare("size", Op.AT_MOST, Decimal(2))
    asked: list[Condition] = [FLAG, OneOf("colour", ("red",)), two, Includes("tools", "saw")]
    for leaf in asked:
        assert verdict(leaf) is verdict(Not(leaf)) is UNKNOWN


def test_known_is_never_unknown() -> None:
    assert verdict(Known("flag")) is NO
    assert verdict(Known("flag"), flag=False) is YES


def test_a_set_is_known_only_when_its_list_is_complete() -> None:
    assert verdict(Known("tools"), tools=Members(frozenset({"saw"}))) is NO
    assert verdict(Known("tools"), tools=Members(complete=True)) is YES


def test_a_threshold_inside_an_interval_is_unknown() -> None:
    asked = Compare("size", Op.AT_MOST, Decimal(2))
    assert verdict(asked, size=Interval(Decimal(1), Decimal(3))) is UNKNOWN
    assert verdict(Not(asked), size=Interval(Decimal(1), Decimal(3))) is UNKNOWN


@pytest.mark.parametrize(
    ("op", "below", "at", "above"),
    [
        (Op.AT_MOST, YES, YES, NO),
        (Op.LESS_THAN, YES, NO, NO),
        (Op.AT_LEAST, NO, YES, YES),
        (Op.MORE_THAN, NO, NO, YES),
    ],
)
def test_each_comparison_owns_its_boundary_or_not(op: Op, below: Truth, at: Truth, above: Truth) -> None:
    asked = Compare("size", op, Decimal(2))
    assert [verdict(asked, size=point(n)) for n in ("1.9", "2", "2.1")] == [below, at, above]


def test_an_incomplete_list_does_not_say_what_is_absent() -> None:
    tools = Members(frozenset({"saw"}), frozenset({"file"}))
    asked = [verdict(Includes("tools", tool), tools=tools) for tool in ("saw", "file", "drill")]
    assert asked == [YES, NO, UNKNOWN]


def test_one_no_settles_an_all_and_one_yes_settles_an_any() -> None:
    assert verdict(All((FLAG, MARKER)), marker=False) is NO
    assert verdict(Any((FLAG, MARKER)), marker=True) is YES
    assert verdict(All((FLAG, MARKER)), marker=True) is verdict(Any((FLAG, MARKER)), marker=False) is UNKNOWN


def test_something_or_its_opposite_stays_unknown_while_it_is_not_measured() -> None:
    assert verdict(Any((FLAG, Not(FLAG)))) is UNKNOWN


def test_empty_groups_are_constants() -> None:
    assert verdict(All(())) is YES
    assert verdict(Any(())) is NO


def test_a_value_of_the_wrong_kind_is_refused_without_being_shown() -> None:
    asked: list[Condition] = [FLAG, Compare("flag", Op.AT_MOST, Decimal(1)), Includes("flag", "saw")]
    for leaf in asked:
        with pytest.raises(CdssError) as refused:
            verdict(leaf, flag="secret")
        assert "secret" not in str(refused.value)


def test_an_unknown_definition_stays_unknown_and_is_opened_in_the_reasons() -> None:
    program = Program(rules_only().vocabulary, ({"ready": All((FLAG, MARKER))},), {"go": Not(Holds("ready"))})
    verdicts = PlainBackend(program).verdicts({"flag": True})
    assert verdicts.definitions == {"ready": UNKNOWN}
    assert verdicts.rules == {"go": UNKNOWN}
    finding = explain(program.rules["go"], {"flag": True}, verdicts.definitions, program.strata[0])
    assert missing(finding) == ("marker",)
    assert [leaf.condition for leaf in because(finding)] == [MARKER]
    assert finding.children[0].children[0].condition == All((FLAG, MARKER))


def explained(condition: Condition, **facts: Value) -> Finding:
    return explain(condition, facts, {}, {})


def test_a_no_is_carried_by_the_parts_that_fail_and_a_yes_by_all_of_them() -> None:
    both = All((FLAG, MARKER))
    assert because(explained(both, flag=True, marker=False)) == (Finding(NO, MARKER, False),)
    assert because(explained(both, flag=True, marker=True)) == (Finding(YES, FLAG, True), Finding(YES, MARKER, True))
    either = Any((FLAG, MARKER))
    assert because(explained(either, flag=True, marker=False)) == (Finding(YES, FLAG, True),)
    assert because(explained(Not(either), flag=False, marker=False)) == (
        Finding(NO, FLAG, False),
        Finding(NO, MARKER, False),
    )


def test_what_is_missing_is_reached_through_unknown_parts_only() -> None:
    settled = Any((Is("colour", "red"), MARKER))
    finding = explained(All((settled, FLAG, Any((Includes("tools", "saw"), FLAG)))), marker=True)
    assert missing(finding) == ("flag", "tools")
    assert missing(explained(settled, marker=True)) == ()
    assert missing(explained(settled, marker=False, colour="green")) == ()


def test_a_number_that_is_too_vague_is_missing_and_shown_with_its_value() -> None:
    vague = Interval(Decimal(1), Decimal(3))
    finding = explained(Compare("size", Op.AT_MOST, Decimal(2)), size=vague)
    assert missing(finding) == ("size",)
    assert because(finding)[0].value == vague


def test_a_leaf_named_twice_carries_the_verdict_once() -> None:
    assert len(because(explained(All((FLAG, All((FLAG,)))), flag=True))) == 1


def test_reasons_that_contradict_the_answers_are_refused() -> None:
    with pytest.raises(EngineDisagreement, match="ready"):
        explain(Holds("ready"), {"flag": True}, {"ready": NO}, {"ready": FLAG})


def test_backends_are_looked_up_by_name() -> None:
    assert [backend(name, rules_only(FLAG)).name for name in NAMES] == list(NAMES)
    with pytest.raises(ValueError, match="plain, durable, shadow"):
        backend("prolog", rules_only(FLAG))
