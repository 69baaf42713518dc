"""What two tests of one rule already say of a third patient, of whom less is known.

Where one patient is answered yes and another no, whoever is known only for what both have in common must be undecided:
he may be the one or the other. Both answers were written from the source, so this one is too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from cdss.logic_coverage.ledger import Proof
from cdss.values import Truth, Value


@dataclass(frozen=True, slots=True)
class Answered:
    """A test that counts: the facts, the answer it expects, and where it stands."""

    facts: Mapping[str, Value]
    answer: Truth
    proof: Proof


@dataclass(frozen=True, slots=True)
class Follows:
    """A patient who must be undecided, and the two tests from which that follows."""

    facts: Mapping[str, Value]
    proof: Proof


def following(tests: Iterable[Answered]) -> Iterator[Follows]:
    """The patients who must be undecided by what the tests of one version of a rule say, on one day, of others."""
    known = list(tests)
    firing, silent = ([test for test in known if test.answer is answer] for answer in (Truth.YES, Truth.NO))
    for yes, no in product(firing, silent):
        facts = {name: value for name, value in yes.facts.items() if no.facts.get(name) == value}
        unknown = " and ".join(sorted(yes.facts.keys() - facts.keys()))
        name = f"{yes.proof.name} and {no.proof.name}, from which it follows with {unknown} unknown"
        yield Follows(facts, Proof(name, no.proof.place))
