"""What may be sent to the engine, how large it may be, and how larger questions are cut without changing an answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from decimal import Decimal
from itertools import combinations
from random import Random
from typing import Any as Json

import pytest

from cdss.backends.durable import DurableBackend, OutsideTheFence, compile_in_subprocess, compile_program
from cdss.backends.durable.encoding import Column
from cdss.backends.durable.fence import BUDGET, DISCRIMINATOR, END, START, Budget, inspect
from cdss.backends.plain import PlainBackend
from cdss.condition import All, Any, Compare, Condition, Holds, Is, Not, OneOf, Op
from cdss.errors import EngineFailure
from cdss.program import Program
from cdss.values import Truth, Value
from cdss.vocabulary import Kind
from tests.backends.synthetic_world import a_fact, a_number, a_vocabulary, point, random_patient, rules_only

COLUMNS = {
    **{f"b{n}": Column.BOOLEAN for n in range(300)},
    "x": Column.NUMBER,
    "word": Column.TEXT,
}
A, B, C = {"b0": True}, {"b1": True}, {"b2": False}


def ruleset(*patterns: object) -> dict[str, Json]:
    rules: dict[str, Json] = {START: {"all": [{"m": DISCRIMINATOR}]}}
    for number, pattern in enumerate(patterns):
        rules[f"e{number}"] = {"all": [{"m": {"$and": [DISCRIMINATOR, pattern]}}]}
    rules[END] = {"pri": 1, "all": [{"m": DISCRIMINATOR}]}
    return rules


def either(*parts: object) -> dict[str, Json]:
    return {"$or": list(parts)}


def both(*parts: object) -> dict[str, Json]:
    return {"$and": list(parts)}


def test_what_lies_inside_the_fence_passes_and_its_firings_are_counted() -> None:
    assert inspect(ruleset(), COLUMNS) == 2
    assert inspect(ruleset(A, {"$neq": {"word": "x"}}, {"$lte": {"x": 3}}), COLUMNS) == 5
    assert inspect(ruleset(either(A, both(B, either(A, C)), {"x": 3})), COLUMNS) == 6


OUTSIDE: dict[str, object] = {
    "S1 an operator inside the attribute": {"x": {"$eq": 3}},
    "S1 not equal inside the attribute": {"word": {"$ne": "G2"}},
    "S2 a reference to another pattern": {"$gte": {"x": {"other": "y"}}},
    "S3 a comparison with an attribute": {"$gte": {"x": {"$m": "x"}}},
    "S4 a negation": {"$not": A},
    "S4 a negation beside others": both(B, {"$not": A}),
    "S5 an operator that does not exist": {"$ge": {"x": 3}},
    "S5 a match": {"$mt": {"word": "a.*"}},
    "S5 a regular expression": {"$regex": {"word": "a"}},
    "S5 neither nor": {"$nand": [A, B]},
    "S6 two tests in one": {"b0": True, "b1": True},
    "S6 two operators in one": {"$gte": {"x": 1}, "$lte": {"x": 5}},
    "S6 two attributes under one operator": {"$gte": {"x": 1, "b0": 5}},
    "S7 an empty and": {"$and": []},
    "S7 an empty or": {"$or": []},
    "S7 an empty test": {},
    "S8 absence": {"$nex": {"x": 1}},
    "S8 presence": {"$ex": {"x": 1}},
    "S8 the session": {"sid": "c"},
    "S9 text against a number": {"x": "100"},
    "S9 an order of text": {"$lt": {"word": "b"}},
    "S10 a number against a boolean": {"b0": 1},
    "S10 a boolean against a number": {"x": True},
    "S10 an order of booleans": {"$lt": {"b0": True}},
    "S11 nothing": {"x": None},
    "S13 a decimal": {"$lt": {"x": 0.5}},
    "S14 a number beyond exactness": {"x": 2**53},
    "S15 an overlong text": {"word": "x" * 1025},
    "S17 a list": {"$iany": [{"x": 1}]},
    "S17 a list as constant": {"x": [1]},
    "S25 an undeclared attribute": {"weight": 1},
    "S25 a nested attribute": {"x.y": 1},
    "S26 the switch": {"$forward": 1},
    "a group of one": {"$or": [A]},
    "a group in a group of its own kind": either(A, either(B, C)),
    "a group that is no list": {"$or": A},
    "a group beside a test": {"$or": [A, B], "b2": False},
    "text instead of a test": "b0",
}


@pytest.mark.parametrize("pattern", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_what_lies_outside_the_fence_is_not_sent(pattern: object) -> None:
    for nested in (pattern, both(either(A, pattern), B) if pattern != either(A, either(B, C)) else pattern):
        with pytest.raises(OutsideTheFence):
            inspect(ruleset(B, nested), COLUMNS)


def broken(change: Callable[[dict[str, Json]], object]) -> dict[str, Json]:
    rules = deepcopy(ruleset(A, either(B, C)))
    change(rules)
    return rules


MISSHAPEN: dict[str, dict[str, Json]] = {
    "no sentinels": {"e0": ruleset(A)["e0"]},
    "nothing": {},
    "a sentinel with a condition": broken(lambda r: r[START].update(ruleset(A)["e0"])),
    "an end without its place": broken(lambda r: r[END].pop("pri")),
    "an end that is not last": broken(lambda r: r.update(e9=r["e0"])),
    "a start that is not first": {END: 1, **ruleset(A)},
    "no discriminator": broken(lambda r: r["e0"]["all"][0]["m"]["$and"].pop(0)),
    "the discriminator alone": broken(lambda r: r["e0"]["all"][0]["m"]["$and"].pop()),
    "a pattern without a group": broken(lambda r: r["e0"]["all"][0].update(m=DISCRIMINATOR)),
    "two patterns": broken(lambda r: r["e0"]["all"].append({"n": DISCRIMINATOR})),
    "two names in a pattern": broken(lambda r: r["e0"]["all"][0].update(n=DISCRIMINATOR)),
    "an unnamed pattern": broken(lambda r: r["e0"].update(all=[DISCRIMINATOR])),
    "any instead of all": broken(lambda r: r.update(e0={"any": r["e0"]["all"]})),
    "a count": broken(lambda r: r["e0"].update(count=2)),
    "a priority": broken(lambda r: r["e0"].update(pri=-1)),
    "an odd name": broken(lambda r: r.update({"e$all": r["e0"], END: r.pop(END)})),
    "a rule that is a list": broken(lambda r: r.update(e0=[])),
    "a rule that is text": broken(lambda r: r.update(e0="all")),
}


@pytest.mark.parametrize("rules", MISSHAPEN.values(), ids=MISSHAPEN.keys())
def test_a_misshapen_ruleset_is_not_sent(rules: Mapping[str, Json]) -> None:
    with pytest.raises(OutsideTheFence):
        inspect(rules, COLUMNS)


# ── budgets ───────────────────────────────────────────────────────────────────────────────────

PAIRS = [both({f"b{n}": True}, {f"b{n + 1}": True}) for n in range(0, 60, 2)]
AT_THE_LIMIT: dict[str, tuple[list[object], list[object]]] = {
    "groups": ([either(*PAIRS[:13])], [either(*PAIRS[:14])]),
    "weight of a rule": (
        [either(*({f"b{n}": True} for n in range(60)))],
        [either(*({f"b{n}": True} for n in range(61)))],
    ),
    "weight of a ruleset": ([{f"b{n}": True} for n in range(60)], [{f"b{n}": True} for n in range(61)]),
    "firings": (
        [both(*(either({f"b{n}": True}, {f"b{n + 1}": True}) for n in range(0, 12, 2)))],
        [both(*(either({f"b{n}": True}, {f"b{n + 1}": True}) for n in range(0, 14, 2)))],
    ),
    "tests": ([both(*({f"b{n}": True} for n in range(150)))], [both(*({f"b{n}": True} for n in range(151)))]),
    "attributes": (
        [both(*({f"b{n}": True} for n in range(150))), both(*({f"b{n}": True} for n in range(100, 198)))],
        [both(*({f"b{n}": True} for n in range(150))), both(*({f"b{n}": True} for n in range(100, 199)))],
    ),
}


@pytest.mark.parametrize(("inside", "beyond"), AT_THE_LIMIT.values(), ids=AT_THE_LIMIT.keys())
def test_each_budget_admits_its_limit_and_not_one_more(inside: list[object], beyond: list[object]) -> None:
    assert inspect(unwrapped(inside), COLUMNS) >= 2
    with pytest.raises(OutsideTheFence):
        inspect(unwrapped(beyond), COLUMNS)


def unwrapped(patterns: list[object]) -> dict[str, Json]:
    """The ruleset, an outermost *and* merged with the rule's own."""
    rules = ruleset(*patterns)
    for name, pattern in zip(list(rules)[1:-1], patterns, strict=True):
        if isinstance(pattern, dict) and "$and" in pattern:
            rules[name] = {"all": [{"m": {"$and": [DISCRIMINATOR, *pattern["$and"]]}}]}
    return rules


FLAGS = a_vocabulary(
    *(a_fact(f"f{n}", Kind.BOOLEAN) for n in range(300)),
    a_number("x", 0, "0", "1000"),
    a_fact("letter", Kind.CATEGORY, values={f"w{n}": "w" for n in range(80)}),
)


def flag(number: int, value: bool = True) -> Condition:
    return Is(f"f{number}", value)


def flags(value: bool) -> dict[str, Value]:
    return {f"f{n}": value for n in range(300)}


def pair(number: int) -> Condition:
    return Any((flag(number), flag(number + 1)))


LARGE: dict[str, list[Condition]] = {
    "many two-way ors": [All(tuple(pair(n) for n in range(0, 28, 2)))],
    "fifty two-way ors": [All(tuple(pair(n) for n in range(0, 100, 2)))],
    "a wide or inside an and": [All((flag(0), Any(tuple(flag(n) for n in range(1, 100)))))],
    "a very wide and": [All(tuple(flag(n) for n in range(300)))],
    "a very wide or": [Any(tuple(flag(n) for n in range(300)))],
    "a list of eighty words": [All((OneOf("letter", tuple(f"w{n}" for n in range(80))), flag(0), pair(1)))],
    "not one of eighty words": [Not(All((OneOf("letter", tuple(f"w{n}" for n in range(79))), flag(0), pair(1))))],
    "large parts within large parts": [
        All(
            (
                flag(0),
                *(
                    Any(
                        (
                            flag(s),
                            All(tuple(Any((flag(s + k), All((flag(s + k + 1), pair(s + k + 2))))) for k in range(8))),
                        )
                    )
                    for s in range(1, 81, 16)
                ),
            )
        )
    ],
    "one rule 256 times": [All((flag(0), flag(1))) for _ in range(256)],
    "256 rules ending alike": [All((flag(n), flag(299))) for n in range(256)],
    "513 thresholds of one number": [Compare("x", Op.AT_LEAST, Decimal(n)) for n in range(513)],
    "65 rules sharing an or": [All((flag(n), pair(100))) for n in range(65)],
    "every pair of twenty flags": [All((flag(a), flag(b))) for a, b in combinations(range(20), 2)],
}


@pytest.mark.parametrize("conditions", LARGE.values(), ids=LARGE.keys())
def test_questions_beyond_the_budget_are_cut_and_still_answered_exactly(conditions: list[Condition]) -> None:
    program = rules_only(*conditions, vocabulary=FLAGS)
    plain, durable = PlainBackend(program), DurableBackend(program)
    for level in durable.plan.levels:
        for part in level.rulesets:
            assert inspect(json.loads(part.text), durable.plan.encoding.columns) == part.most_firings
            assert len(part.attributes) + 2 <= BUDGET.attributes
    everything: dict[str, Value] = {**flags(True), "x": point("1000"), "letter": "w3"}
    nothing: dict[str, Value] = {**flags(False), "x": point("0"), "letter": "w79"}
    mostly: list[dict[str, Value]] = [{**everything, f"f{n}": False} for n in range(0, 300, 23)]
    unsure = [{k: v for k, v in everything.items() if k != f"f{n}"} for n in range(0, 300, 23)]
    random = Random(1)
    mixed: list[dict[str, Value]] = [
        {name: random.random() < chance for name in everything if name[0] == "f"} for chance in (0.3, 0.7, 0.9)
    ]
    for patient in [everything, nothing, {}, *mostly, *unsure, *mixed]:
        assert durable.verdicts(patient) == plain.verdicts(patient)
    durable.close()


def test_a_part_that_stands_in_several_rules_is_asked_once() -> None:
    large = All(tuple(pair(n) for n in range(0, 28, 2)))
    plan = compile_program(rules_only(*(All((flag(50 + n), large)) for n in range(10)), vocabulary=FLAGS))
    assert len([key for level in plan.levels for key in level.settles if key.startswith("h:")]) <= 14


def test_parts_of_definitions_are_cut_too() -> None:
    strata: tuple[dict[str, Condition], ...] = (
        {"large": All(tuple(pair(n) for n in range(0, 40, 2)))},
        {"larger": All((Holds("large"), *(pair(n) for n in range(40, 80, 2))))},
    )
    program = Program(FLAGS, strata, {"rule": Any((Not(Holds("larger")), flag(200)))})
    plain, durable = PlainBackend(program), DurableBackend(program)
    random = Random(2)
    seen = set()
    for _ in range(200):
        patient = {f"f{n}": random.random() < 0.9 for n in range(80) if random.random() < 0.9}
        seen.add(plain.verdicts(patient).definitions["larger"])
        assert durable.verdicts(patient) == plain.verdicts(patient)
    assert seen == set(Truth)


SMALL = Budget(groups=2, weight=3, firings=2, atoms=2, attributes=5)


def test_a_small_budget_changes_no_answer() -> None:
    random = Random(4)
    for _ in range(20):
        conditions = tuple(
            All(tuple(Any(tuple(flag(random.randrange(12)) for _ in range(3))) for _ in range(4))) for _ in range(5)
        )
        program = rules_only(*conditions, *map(Not, conditions), vocabulary=FLAGS)
        tight = compile_program(program, SMALL)
        assert len(tight.levels) > len(compile_program(program).levels)
        plain, durable = PlainBackend(program), with_plan(program, SMALL)
        for _ in range(20):
            patient: dict[str, Value] = {f"f{n}": random.random() < 0.6 for n in range(12) if random.random() < 0.7}
            assert durable.verdicts(patient) == plain.verdicts(patient)
        durable.close()


def with_plan(program: Program, budget: Budget) -> DurableBackend:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cdss.backends.durable.backend.compile_program", lambda p: compile_program(p, budget))
        return DurableBackend(program)


def test_the_heaviest_rulesets_answer_when_everything_in_them_is_true() -> None:
    """Beyond the budget the engine loses count (error 303) once too many tests hold at the same time."""
    random = Random(9)
    everything: dict[str, Value] = {**flags(True), "x": point("500"), "letter": "w0"}
    for _ in range(150):
        parts: list[Condition] = []
        for _ in range(70):
            atoms: list[Condition] = [
                flag(random.randrange(40)),
                Compare("x", Op.AT_MOST, Decimal(500 + random.randrange(99))),
            ]
            atoms += [pair(random.randrange(40)), Any((flag(0), All((flag(1), pair(random.randrange(40)))), flag(2)))]
            parts.append(All(tuple(random.sample(atoms, random.randint(1, 4)))))
        backend = DurableBackend(rules_only(*parts, vocabulary=FLAGS))
        rulesets = [part for level in backend.plan.levels for part in level.rulesets]
        assert max(len(part.outcomes) for part in rulesets) > 20
        assert set(backend.verdicts(everything).rules.values()) == {Truth.YES}
        backend.close()


def test_without_the_budget_the_engine_does_lose_count_and_nobody_gets_an_answer() -> None:
    program = rules_only(*(All((flag(n), flag(n + 100))) for n in range(100)), vocabulary=FLAGS)
    backend = with_plan(program, Budget(weight=1000))
    everything = flags(True)
    with pytest.raises(EngineFailure, match="303"):
        backend.verdicts(everything)
    for _ in range(20):
        patient: dict[str, Value] = {"f3": True, "f103": True, "f4": False}
        found = backend.verdicts(patient).rules
        assert (found["r3"], found["r4"], found["r5"]) == (Truth.YES, Truth.NO, Truth.UNKNOWN)
        with pytest.raises(EngineFailure):
            backend.verdicts(everything)


def test_a_first_compilation_can_be_tried_in_a_process_of_its_own() -> None:
    program = rules_only(flag(0), All((flag(1), pair(2))), vocabulary=FLAGS)
    compile_in_subprocess(program, seconds=30)
    with pytest.raises(EngineFailure, match="within"):
        compile_in_subprocess(program, seconds=0.001)
    with pytest.raises(OutsideTheFence):
        compile_in_subprocess(rules_only(Is("nothing", True)), seconds=30)


def test_a_first_compilation_that_crashes_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdss.backends.durable.trial.sys.executable", "/bin/false")
    with pytest.raises(EngineFailure, match="exit"):
        compile_in_subprocess(rules_only(flag(0), vocabulary=FLAGS), seconds=30)


def test_patients_of_a_wide_vocabulary_send_each_ruleset_only_what_it_asks() -> None:
    program = rules_only(*(flag(n) for n in range(300)), vocabulary=FLAGS)
    backend = DurableBackend(program)
    assert len([part for level in backend.plan.levels for part in level.rulesets]) >= 5
    patient = random_patient(Random(1), a_vocabulary(*(a_fact(f"f{n}", Kind.BOOLEAN) for n in range(300))), known=1)
    assert backend.verdicts(patient) == PlainBackend(program).verdicts(patient)
