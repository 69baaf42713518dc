"""A mutant before the witnesses: does an example, a register or a case notice it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property

from cdss.backends.plain import answer
from cdss.condition import Condition, definitions_used
from cdss.engine import Engine
from cdss.errors import Place
from cdss.examples import DEFINITIONS
from cdss.mutation.kinds import SILENCING, Kind
from cdss.mutation.mutants import Mutant
from cdss.mutation.readings import SILENT, Alike, Reading, alike, leaning, reading
from cdss.mutation.same import same_everywhere
from cdss.mutation.witnesses import Asked, Witnesses
from cdss.rule import Definition, Rule, Version
from cdss.values import Truth, Value


class Fate(StrEnum):
    """What became of a mutant. An equivalent one answers as the original does for every patient."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the mutant ``id``.

    ``by`` is where the example or check stands that noticed it, empty when none did. Of a mutant that nothing noticed,
    ``touched`` counts the checks in which the rule reads otherwise, and ``read`` those of them that look at what the
    rule speaks of; of a killed one both are 0.
    """

    id: str
    fate: Fate
    by: str = ""
    touched: int = 0
    read: int = 0


class Noticing:
    """The mutants of one rule or definition before everything that could notice them."""

    def __init__(self, witnesses: Witnesses, original: Rule | Definition) -> None:
        """``original`` is the rule or the definition as it stands in the library of the witnesses."""
        self._witnesses = witnesses
        self._library = witnesses.library
        self._original = original

    @cached_property
    def _alike(self) -> list[Alike]:
        return alike(self._witnesses, self._original)

    def outcome(self, mutant: Mutant) -> Outcome:
        """What becomes of ``mutant``."""
        if isinstance(mutant.mutated, Rule):
            assert isinstance(mutant.original, Rule)
            by, suspects, touched = self._rule(mutant, mutant.original, mutant.mutated)
        else:
            by, suspects, touched = self._definition(mutant.owner, mutant.mutated)
        if by is not None:
            return Outcome(mutant.id, Fate.KILLED, str(by))
        fate = Fate.EQUIVALENT if same_everywhere(self._library, mutant) else Fate.SURVIVED
        return Outcome(mutant.id, fate, "", touched, suspects)

    # ── a rule ───────────────────────────────────────────────────────────────────────────────

    def _rule(self, mutant: Mutant, original: Rule, mutated: Rule) -> tuple[Place | None, int, int]:
        """Where it was noticed, or None; how many checks looked at what it speaks of; how many it touched."""
        by = self._named(original) if mutant.kind is Kind.DROP_RULE else None
        if by is None and mutant.kind not in SILENCING:
            by = next(
                (
                    told.place
                    for told in self._witnesses.told(mutant.owner)
                    if told.answered(mutated) is not told.expected
                ),
                None,
            )
        if by is not None:
            return by, 0, 0
        altered = _Altered(self._witnesses, mutated)
        looking: list[tuple[Asked, Reading, Engine]] = []
        touched = 0
        for group in self._alike:
            before, after = original.version_on(group.day), mutated.version_on(group.day)
            if before is after:
                continue
            read, reads = _read(before, group), _read(after, group)
            in_the_same_words = after is None or _same_words(before, after)
            if (read == reads and in_the_same_words) or read == reads == SILENT:
                continue
            touched += len(group.asked)
            for asked in group.asked:
                if asked.reads(original):
                    engine = self._witnesses.engine if in_the_same_words else altered.engine
                    looking.append((asked, reads, engine))
        looking.sort(key=lambda found: found[0].whole)
        for asked, reads, engine in looking:
            if asked.fails(engine, asked.verdicts.changed({original.id: (reads.truth, reads.missing)})):
                return asked.place, 0, 0
        return None, len(looking), touched

    def _named(self, rule: Rule) -> Place | None:
        """Where something names the rule, so that it cannot go without being missed."""
        assurance = self._library.assurance
        for file, entries in (("invariants", assurance.invariants), ("hazards", assurance.hazards)):
            for name, entry in entries.items():
                if rule.id in entry.rules:
                    return self._library.documents[f"{file}.yaml"].place((file, name), key=True)
        for asked in self._witnesses.asked:
            if any(rule.id in (*option.rules, *option.not_rules) for option in asked.expect.options.values()):
                return asked.place
        return None

    # ── a definition ─────────────────────────────────────────────────────────────────────────

    def _definition(self, owner: str, mutated: Definition) -> tuple[Place | None, int, int]:
        definitions, rules = leaning(self._library, mutated.name)
        others = [self._library.definitions[name] for name in sorted(definitions - {mutated.name})]
        leaning_on = {f"{DEFINITIONS}.{other.name}": other for other in others} | {rule.id: rule for rule in rules}
        for name, leaner in ({owner: mutated} | leaning_on).items():
            for told in self._witnesses.told(name):
                answers = self._answers(mutated, definitions, told.day, told.facts, told.definitions)
                if answers is None or told.answered(leaner, answers) is not told.expected:
                    return told.place, 0, 0
        looked = touched = 0
        for asked in self._otherwise(mutated):
            found = self._changed(mutated, definitions, rules, asked)
            if found is None:
                return asked.place, 0, 0
            touched += bool(found)
            if any(asked.reads(self._library.rules[rule]) for rule in found):
                looked += 1
                changed = {rule: (reads.truth, reads.missing) for rule, reads in found.items()}
                if asked.fails(self._witnesses.engine, asked.verdicts.changed(changed)):
                    return asked.place, 0, 0
        return None, looked, touched

    def _otherwise(self, mutated: Definition) -> Iterator[Asked]:
        """The checks in which the definition itself reads otherwise."""
        for group in self._alike:
            before, after = (
                self._library.definitions[mutated.name].condition_on(group.day),
                mutated.condition_on(group.day),
            )
            if before is after:
                continue
            if before is None or after is None:
                yield from group.asked
                continue
            if _condition_reads(before, group) != _condition_reads(after, group):
                yield from group.asked

    def _changed(
        self, mutated: Definition, definitions: frozenset[str], rules: tuple[Rule, ...], asked: Asked
    ) -> dict[str, Reading] | None:
        """The rules that read otherwise in a check, and how; None when a rule leans on what has not begun."""
        facts = asked.sheet.values
        answers = self._answers(mutated, definitions, asked.day, facts, asked.verdicts.definitions)
        if answers is None:
            return None
        conditions = dict(self._witnesses.engine.in_force(asked.day).definitions)
        after = mutated.condition_on(asked.day)
        if after is not None:
            conditions[mutated.name] = after
        found = {}
        for rule in rules:
            version = rule.version_on(asked.day)
            if version is None:
                continue
            truth = asked.verdicts.rules[rule.id]
            before = Reading(truth, asked.verdicts.behind(rule.id) if truth is Truth.UNKNOWN else frozenset())
            reads = reading(version.condition, facts, answers, conditions)
            if reads != before:
                found[rule.id] = reads
        return found

    def _answers(
        self,
        mutated: Definition,
        definitions: frozenset[str],
        day: date,
        facts: Mapping[str, Value],
        known: Mapping[str, Truth],
    ) -> dict[str, Truth] | None:
        """The answers of all definitions once one is changed; None when it has not begun and one in force needs it."""
        in_force = self._witnesses.engine.in_force(day)
        after = mutated.condition_on(day)
        if after is None:
            conditions = [*(v.condition for v in in_force.versions.values()), *in_force.definitions.values()]
            needed = any(mutated.name in definitions_used(condition) for condition in conditions)
            return None if needed else {name: truth for name, truth in known.items() if name != mutated.name}
        answers = dict(known)
        if mutated.name not in in_force.definitions:
            answers[mutated.name] = answer(after, facts, answers)
        for stratum in in_force.program.strata:
            for name, condition in stratum.items():
                if name in definitions:
                    answers[name] = answer(after if name == mutated.name else condition, facts, answers)
        return answers


class _Altered:
    """The library with one rule changed, opened only when a decision needs it."""

    def __init__(self, witnesses: Witnesses, rule: Rule) -> None:
        self._library = witnesses.library
        self._rule = rule

    @cached_property
    def engine(self) -> Engine:
        return Engine(replace(self._library, rules={**self._library.rules, self._rule.id: self._rule}), shadow=False)


def _read(version: Version | None, group: Alike) -> Reading:
    return SILENT if version is None else _condition_reads(version.condition, group)


def _condition_reads(condition: Condition, group: Alike) -> Reading:
    return reading(condition, group.facts, group.answers, group.definitions)


def _same_words(before: Version | None, after: Version) -> bool:
    """Whether two versions differ in their condition or their first day alone."""
    return before is not None and replace(after, condition=before.condition, start=before.start) == before
