"""The rules of this project inside the engine, on the days on which something changes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

import pytest

from cdss.backends.durable import compile_in_subprocess
from cdss.backends.plain import PlainBackend
from cdss.backends.shadow import ShadowBackend
from cdss.condition import Not
from cdss.library import Library, load_library
from cdss.program import Program
from cdss.values import Interval, Truth
from tests.backends.real_patients import around, made_to_order, thresholds

TODAY = date(2026, 11, 24)


@cache
def library() -> Library:
    return load_library(Path(__file__).resolve().parents[2] / "rules")


def program(on: date = TODAY) -> Program:
    return library().in_force(on).program


def some_days() -> list[date]:
    days = library().turning_points
    return [*days[:: max(1, len(days) // 12)], days[-1], days[0] - timedelta(days=1)]


def test_the_rules_compile_in_a_process_of_their_own() -> None:
    compile_in_subprocess(program(), seconds=60)


def test_both_engines_agree_on_made_up_patients_at_many_dates() -> None:
    random = Random(1)
    for day in some_days():
        in_force = program(day)
        backend = ShadowBackend(in_force)
        bounds = thresholds(in_force)
        for _ in range(60):
            backend.verdicts(around(random, in_force, bounds))
        backend.close()


def test_both_engines_agree_on_each_side_of_every_threshold() -> None:
    in_force = program()
    backend = ShadowBackend(in_force)
    random = Random(2)
    bounds = thresholds(in_force)
    for name, numbers in bounds.items():
        fact = in_force.vocabulary.fact(name)
        assert fact.range is not None
        step = Decimal(1).scaleb(-fact.places)
        others = around(random, in_force, bounds)
        others.pop(name, None)
        backend.verdicts(others)
        for number in sorted(numbers):
            for value in (number - step, number, number + step):
                if fact.range[0] <= value <= fact.range[1]:
                    backend.verdicts({**others, name: Interval.point(value)})
            backend.verdicts({**others, name: Interval(None, number, high_open=True)})
            backend.verdicts({**others, name: Interval(number, None, low_open=True)})
    backend.close()


@pytest.mark.parametrize("wanted", [Truth.YES, Truth.NO])
def test_every_rule_comes_out_both_ways_for_some_patient(wanted: Truth) -> None:
    in_force = program()
    oracle, backend = PlainBackend(in_force), ShadowBackend(in_force)
    random = Random(3)
    unreached = []
    for name, condition in in_force.rules.items():
        target = condition if wanted is Truth.YES else Not(condition)
        for patient in made_to_order(random, in_force, target):
            if oracle.verdicts(patient).rules[name] is wanted:
                assert backend.verdicts(patient).rules[name] is wanted
                break
        else:
            unreached.append(name)
    assert unreached == []
    backend.close()
