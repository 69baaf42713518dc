"""Where the rules speak: at which primary sites a rule can hold, and which patients have statements, labels and alerts.

Nothing here looks at a patient: a rule *can hold* when the little that is asked about does not rule it out.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from cdss.backends.plain import answer
from cdss.condition import All, Any, Condition, Is, Known, Not, leaves
from cdss.library import Library
from cdss.rule import Kind, Rule, Version
from cdss.values import Interval, Members, Truth, Value

LATEST = date(9999, 12, 31)
_SITE = "primary_site"
_G1: Mapping[str, Value] = {
    "differentiation": "well",
    "net_grade_highest": Interval.point(1),
    "net_grade_latest": Interval.point(1),
}
_G3: Mapping[str, Value] = {
    "differentiation": "well",
    "net_grade_highest": Interval.point(3),
    "net_grade_latest": Interval.point(3),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Patients told apart by a few facts: some of ``inside`` hold for them; ``outside`` are others.

    A rule *speaks of* the group when it can hold for one inside and is ruled out for one outside.
    """

    name: str
    inside: tuple[Mapping[str, Value], ...]
    outside: tuple[Mapping[str, Value], ...] = ()
    sites: frozenset[str] = frozenset()


def _sites(name: str, *sites: str) -> Group:
    return Group(name, tuple({_SITE: site} for site in sites), sites=frozenset(sites))


GROUPS = (
    _sites("colon and rectum", "caecum", "colon_right", "colon_left", "rectum"),
    _sites("small intestine and appendix", "jejunum", "ileum", "appendix"),
    _sites("pancreas", "pancreas"),
    _sites("stomach and duodenum", "stomach", "duodenum"),
    _sites("lung and thymus", "lung", "thymus"),
    _sites(
        "unknown primary and rare sites",
        *("unknown_primary", "presacral", "ovary", "liver", "kidney", "head_neck", "adrenal_or_paraganglia", "other"),
    ),
    Group("NET G3", (_G3,), (_G1,)),
    Group("neuroendocrine carcinoma", ({"differentiation": "poor"},), (_G1,)),
    Group(
        "carcinoid syndrome",
        ({"functional_status": "functioning", "functional_syndrome": "carcinoid_syndrome"},),
        (
            {"functional_status": "non_functioning", "functional_syndrome": "none"},
            {"functional_status": "functioning", "functional_syndrome": "insulinoma"},
        ),
    ),
    Group(
        "hereditary disease and biomarkers",
        (
            *({"hereditary_syndrome": name} for name in ("men1", "vhl", "nf1", "tuberous_sclerosis")),
            *(
                {"biomarkers": Members(frozenset({name}))}
                for name in (
                    "msi_high",
                    "tmb_high",
                    "ntrk_fusion",
                    "ret_fusion",
                    "braf_v600e",
                    "alk_fusion",
                    "her2_ihc_3",
                )
            ),
            {},
        ),
        ({"hereditary_syndrome": "none", "biomarkers": Members(complete=True)},),
    ),
)


class Reach:
    """Whether conditions can hold for a patient of whom only a few facts are known, by the definitions of one day."""

    def __init__(self, library: Library, on: date = LATEST) -> None:
        self._strata = library.in_force(on).program.strata
        self._vocabulary = library.vocabulary
        self._definitions: dict[str, Mapping[str, Truth]] = {}
        self._blurred: dict[tuple[int, frozenset[str]], tuple[Condition, Condition]] = {}

    def can_hold(self, condition: Condition, facts: Mapping[str, Value]) -> bool:
        """Not ruled out by ``facts`` alone."""
        key = repr(sorted(facts.items(), key=lambda item: item[0]))
        if key not in self._definitions:
            found: dict[str, Truth] = {}
            for stratum in self._strata:
                found.update({name: answer(_blurred(part, facts), facts, found) for name, part in stratum.items()})
            self._definitions[key] = found
        asked = (id(condition), frozenset(facts))
        if asked not in self._blurred:
            self._blurred[asked] = (condition, _blurred(condition, facts))  # the first keeps its id from being reused
        return answer(self._blurred[asked][1], facts, self._definitions[key]) is not Truth.NO

    def sites(self, condition: Condition) -> tuple[str, ...]:
        """The primary sites at which the condition can hold, in the order of the vocabulary."""
        fact = self._vocabulary.facts.get(_SITE)
        return tuple(site for site in (fact.values if fact else ()) if self.can_hold(condition, {_SITE: site}))

    def speaks_of(self, condition: Condition, group: Group) -> bool:
        """Whether the condition singles the group out, alone or with others."""
        outside = group.outside
        if group.sites:
            fact = self._vocabulary.facts.get(_SITE)
            outside = tuple({_SITE: site} for site in (fact.values if fact else ()) if site not in group.sites)
        return self.reaches(condition, group) and any(not self.can_hold(condition, other) for other in outside)

    def reaches(self, condition: Condition, group: Group) -> bool:
        """Whether the condition can hold for somebody of the group."""
        return any(self.can_hold(condition, facts) for facts in group.inside)


def _blurred(condition: Condition, facts: Mapping[str, Value]) -> Condition:
    """The condition with "is known" left open for all but ``facts``: what is not asked about may well be known."""
    match condition:
        case All(parts) | Any(parts):
            return dataclasses.replace(condition, parts=tuple(_blurred(part, facts) for part in parts))
        case Not(part):
            return dataclasses.replace(condition, part=_blurred(part, facts))
        case Known(fact) if fact not in facts:
            return Is(fact, True)
    return condition


# ── the table ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Row:
    """One group: how many rules of each kind speak of it, and how many can hold in it."""

    group: str
    own: Mapping[Kind, int]
    all: Mapping[Kind, int]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the rules cover, in figures. ``unnamed`` are the therapies that no rule names."""

    rows: tuple[Row, ...]
    rules: int
    with_three_examples: int
    citations: int
    resolved: int
    therapies: int
    unnamed: tuple[str, ...] = field(default=())


def coverage(library: Library) -> Coverage:
    """The figures for every rule ever in force, each by its newest version."""
    reach = Reach(library)
    newest = {rule.id: last_version(rule) for rule in library.rules.values()}
    rows = []
    for group in GROUPS:
        asked = {fact for facts in (*group.inside, *group.outside) for fact in facts}
        if asked <= set(library.vocabulary.facts):
            own, everything = Counter[Kind](), Counter[Kind]()
            for version in newest.values():
                if reach.reaches(version.condition, group):
                    everything[version.then.kind] += 1
                    own[version.then.kind] += reach.speaks_of(version.condition, group)
            rows.append(Row(group.name, own, everything))
    pointers = list(_pointers(library))
    named = {therapy for rule in library.rules.values() for therapy in rule.therapies}
    return Coverage(
        tuple(rows),
        len(library.rules),
        sum(has_three_examples(rule) for rule in library.rules.values()),
        len(pointers),
        sum(ref in library.references for ref in pointers),
        len(library.therapies.therapies),
        tuple(sorted(set(library.therapies.therapies) - named)),
    )


def _pointers(library: Library) -> Iterator[str]:
    """Every reference from a rule to a source."""
    for rule in library.rules.values():
        for _, version in rule.versions:
            if version is not None:
                yield from (cite.ref for cite in version.cites)
                yield from version.evidence


def last_version(rule: Rule) -> Version:
    """The newest version, or the last one before the rule was retired."""
    return next(version for _, version in reversed(rule.versions) if version is not None)


def only_asks_known(rule: Rule) -> bool:
    """Whether every leaf of the rule asks only if something is known, so that it is never undecided."""
    return all(isinstance(leaf, Known) for _, version in rule.versions if version for leaf in leaves(version.condition))


def has_three_examples(rule: Rule) -> bool:
    """Whether the rule shows where it fires, where it is silent and, if it can be, where it stays undecided."""
    examples = rule.examples
    return bool(examples.fires and examples.silent and (examples.undecided or only_asks_known(rule)))
