"""Facts and the rules in force → the decision document. Both engines answer; the trees are built for what is shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Protocol

from cdss import __version__
from cdss.backends.durable.compiler import Plan
from cdss.backends.numbered import Grounded
from cdss.backends.plain import PlainBackend, explain
from cdss.backends.shadow import ShadowBackend
from cdss.decision import (
    Alert,
    Decision,
    FactSeen,
    Knowledge,
    Label,
    Mention,
    Missing,
    Option,
    Pointer,
    Said,
    Settling,
    Source,
    Standing,
    plain_value,
)
from cdss.errors import CdssError
from cdss.facts.sheet import RECORD_ALERTS, FactSheet
from cdss.kept import Kept
from cdss.library import InForce, Library
from cdss.program import Verdicts
from cdss.reasons import Finding
from cdss.rule import Intent, Kind, Provenance, Stance
from cdss.therapy import Therapy, TherapyKind
from cdss.values import Truth
from cdss.weigh import Scales, Weighed
from cdss.wording import describe_value

DEFAULT_JURISDICTIONS = ("ema", "fda")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A decision with what stood behind it, for those who explain: the verdicts and the means to build any tree."""

    decision: Decision
    in_force: InForce
    verdicts: Verdicts
    sheet: FactSheet

    def finding(self, rule: str) -> Finding:
        """The full reason tree of one rule in force, whatever its verdict."""
        condition = self.in_force.versions[rule].condition
        return explain(condition, self.sheet.values, self.verdicts.definitions, self.in_force.definitions)


class Plans(Protocol):
    """Compiled rules by a key that names every version in force."""

    def get(self, key: str) -> Plan | None:
        """The plan, when there is one."""
        ...

    def put(self, key: str, plan: Plan) -> None:
        """Remember a plan."""
        ...


class Engine:
    """Evaluates patients against one library; compiled rules are kept per date of knowledge."""

    def __init__(self, library: Library, *, shadow: bool = True, plans: Plans | None = None) -> None:
        """``shadow`` runs both engines and compares every answer; without it only the plain one answers (in tests).

        ``plans`` remembers compiled rules from one process to the next.
        """
        self.library = library
        self._plans = plans
        self._shadow = shadow
        self._compiled: dict[tuple[tuple[str, date | None], ...], PlainBackend | ShadowBackend] = {}
        self._backends: dict[date, PlainBackend | ShadowBackend] = {}
        self._books: dict[date, _Book] = {}
        self._sources = {
            ref: Source(short=r.short, title=r.title, link=r.link) for ref, r in library.references.items()
        }

    def evaluate(
        self,
        sheet: FactSheet,
        *,
        case: str,
        on: date,
        as_of: date,
        point: str | None = None,
        question: str | None = None,
        jurisdictions: Sequence[str] = DEFAULT_JURISDICTIONS,
        assumptions: Sequence[str] = (),
        verdicts: Grounded | None = None,
    ) -> Evaluation:
        """Every option for the patient of ``sheet`` by the rules in force on ``as_of``.

        With ``verdicts``, those that other conditions would have given, nothing is asked of the rules: they are what
        the decision follows from. Raises CdssError for an unknown jurisdiction, EngineFailure or EngineDisagreement
        when there is no safe answer.
        """
        self._check_jurisdictions(jurisdictions)
        in_force = self.in_force(as_of)
        if verdicts is None:
            verdicts = self._backend(as_of).verdicts(sheet.values)
        work = _Work(self.library, self._books[as_of], verdicts, sheet)
        options = work.options(tuple(jurisdictions))
        silent = sorted(self.library.therapies.therapies.keys() - {option.therapy for option in options})
        alerts = work.alerts()
        decision = Decision(
            case=case,
            point=point,
            on=on,
            question=question,
            overview=sheet.overview.as_data(),
            knowledge=Knowledge(as_of=as_of, version=__version__, digest=self.library.digest),
            jurisdictions=tuple(jurisdictions),
            options=options,
            not_addressed=tuple(silent),
            mentions=work.mentions(silent, tuple(jurisdictions)),
            alerts=alerts,
            missing=work.missing(options),
            facts=work.facts(),
            notices=(*assumptions, *sheet.notices),
            names=work.names(alerts),
            references=work.references(options, alerts),
        )
        return Evaluation(decision, in_force, verdicts, sheet)

    @cached_property
    def alerts(self) -> frozenset[str]:
        """Every alert that some rule, at some date, or a record by itself can raise."""
        versions = [version for rule in self.library.rules.values() for _, version in rule.versions if version]
        return RECORD_ALERTS | {version.then.alert for version in versions if version.then.alert}

    def in_force(self, as_of: date) -> InForce:
        """The rules in force on ``as_of``, remembered."""
        if as_of not in self._books:
            self._books[as_of] = _Book(self.library, self.library.in_force(as_of), self._sources)
        return self._books[as_of].in_force

    def _backend(self, as_of: date) -> PlainBackend | ShadowBackend:
        """The compiled rules of a day, remembered."""
        if as_of not in self._backends:
            self._backends[as_of] = self._shared(self.in_force(as_of))
        return self._backends[as_of]

    def _shared(self, in_force: InForce) -> PlainBackend | ShadowBackend:
        """The compiled rules; days between which nothing changes share them."""
        rules = [(name, version.start) for name, version in in_force.versions.items()]
        key = (*rules, *((f"definition {name}", start) for name, start in in_force.definition_starts))
        if key not in self._compiled:
            self._compiled[key] = self._built(in_force, repr(key)) if self._shadow else PlainBackend(in_force.program)
        return self._compiled[key]

    def _built(self, in_force: InForce, key: str) -> ShadowBackend:
        known = self._plans.get(key) if self._plans else None
        backend = ShadowBackend(in_force.program, known)
        if self._plans is not None and known is None:
            self._plans.put(key, backend.plan)
        return backend

    def _check_jurisdictions(self, jurisdictions: Iterable[str]) -> None:
        known = self.library.jurisdictions
        for name in jurisdictions:
            if name not in known:
                raise CdssError(f"no labels are known for '{name}'; there are labels for: {', '.join(sorted(known))}")


_STATEMENT, _CAUTION, _BLOCK = range(3)
"""Where an option shows a statement. Numbers, because a list of lists is reached faster than by an enumeration."""


def _side(stance: Stance) -> int:
    if stance.opposes:
        return _BLOCK
    return _CAUTION if stance is Stance.CAUTION else _STATEMENT


_MOST_SAID = 20_000
"""So many statements are kept ready at most, for each date of knowledge."""


class _Book:
    """The rules in force, opened at the pages an evaluation needs."""

    def __init__(self, library: Library, in_force: InForce, sources: Mapping[str, Source]) -> None:
        self.in_force = in_force
        self.sources = sources
        self._library = library
        # What is kept are names of rules and facts, never a patient's values.
        self.said = lru_cache(_MOST_SAID)(self._said)
        self.scales = Scales(library, in_force)
        self.alerts = tuple(r for r, version in in_force.versions.items() if version.then.kind is Kind.ALERT)
        labels: dict[tuple[str, Intent, str], list[str]] = defaultdict(list)
        statements: dict[str, list[str]] = defaultdict(list)
        named: dict[str, list[str]] = defaultdict(list)
        for rule, version in in_force.versions.items():
            if version.then.kind is Kind.STATEMENT:
                for therapy in library.rules[rule].therapies:
                    statements[therapy].append(rule)
            if version.then.kind is Kind.LABEL:
                assert version.then.intent is not None
                for therapy in library.rules[rule].therapies:
                    labels[therapy, version.then.intent, library.rules[rule].body].append(rule)
                    named[therapy].append(rule)
        self.sides = {
            rule: _side(version.then.stance) for rule, version in in_force.versions.items() if version.then.stance
        }
        self.labels = labels
        self.named = named
        self.statements = statements
        self.pointers: Kept[str, tuple[Pointer, ...]] = Kept(self._pointers)
        self.refs: Kept[str, frozenset[str]] = Kept(lambda rule: frozenset(p.ref for p in self.pointers[rule]))
        self.therapy_names = {therapy.id: therapy.name for therapy in library.therapies.therapies.values()}
        self.therapy_names |= {name: found.name for name, found in library.therapies.classes.items()}

    def _pointers(self, rule: str) -> tuple[Pointer, ...]:
        return tuple(Pointer(ref=cite.ref, at=cite.at) for cite in self.in_force.versions[rule].cites)

    def _said(self, rule: str, sure: bool, because: tuple[str, ...], missing: tuple[str, ...]) -> tuple[Said, Settling]:
        """A statement as the document shows it to everybody for whom it rests on, and lacks, the same facts.

        And what it wants where it keeps an option open.
        """
        version = self.in_force.versions[rule]
        assert version.then.stance is not None
        said = Said(
            rule=rule,
            version=version.start.isoformat() if version.start else "always",
            body=self._library.rules[rule].body,
            stance=version.then.stance,
            truth=Truth.YES if sure else Truth.UNKNOWN,
            strength=version.strength,
            provenance=version.provenance,
            says=version.says,
            cites=self.pointers[rule],
            because=because,
            missing=missing,
            combined_with=version.then.combined_with,
            ask=version.then.ask,
            before_start=version.then.before_start,
            figures=dict(version.figures),
        )
        return said, Settling(rule=rule, missing=missing)


class _Work:
    """One evaluation under way."""

    def __init__(self, library: Library, book: _Book, verdicts: Grounded, sheet: FactSheet) -> None:
        self.library = library
        self.book = book
        self.in_force = book.in_force
        self.verdicts = verdicts
        self.sheet = sheet
        self._known = verdicts.bits_of(sheet.facts)
        self._statements: Kept[str, Said] = Kept(self._said)
        self._settling: dict[str, Settling] = {}
        self._lacking: dict[str, int] = {}
        self._shown = 0
        self._asked: set[str] = set()

    # ── options ──────────────────────────────────────────────────────────────────────────────

    def options(self, jurisdictions: tuple[str, ...]) -> tuple[Option, ...]:
        found = [
            self._option(weighed, jurisdictions)
            for weighed in self.book.scales.weigh(self.verdicts.rules, self.sheet.values)
        ]
        return tuple(sorted(found, key=lambda o: (o.standing.rank, o.intent.rank, o.name)))

    def _option(self, weighed: Weighed, jurisdictions: tuple[str, ...]) -> Option:
        therapy, outcome = self.library.therapies.therapies[weighed.therapy], weighed.outcome
        side_of, statements = self.book.sides, self._statements
        sides: tuple[list[Said], ...] = ([], [], [])
        for rule in weighed.rules:
            sides[side_of[rule]].append(statements[rule])
        lacking = 0
        for rule in outcome.open:
            lacking |= self._lacking[rule]
        label, label_rules = self._labels(therapy, weighed.intent, jurisdictions)
        return Option(
            therapy=therapy.id,
            name=therapy.name,
            class_=therapy.classes[0],
            modality=self.library.therapies.classes[therapy.classes[0]].modality,
            intent=weighed.intent,
            standing=outcome.standing,
            would_be=outcome.would_be,
            settle=tuple([self._settling[rule] for rule in outcome.open]),
            label=label,
            label_rules=label_rules,
            labelled_nationally=bool(therapy.nationally_labelled),
            unconfirmed=outcome.unconfirmed,
            disagreement=outcome.disagreement,
            statements=tuple(sides[_STATEMENT]),
            cautions=tuple(sides[_CAUTION]),
            blocks=tuple(sides[_BLOCK]),
            missing=self.verdicts.names(lacking),
        )

    def mentions(self, silent: Iterable[str], jurisdictions: tuple[str, ...]) -> tuple[Mention, ...]:
        """Of the therapies that are no option here, those of which a label or a neutral statement surely speaks."""
        found = []
        for name in silent:
            sure = self._surely(self.book.statements.get(name, ()))
            neutral = any(self.in_force.versions[rule].then.stance is Stance.NEUTRAL for rule in sure)
            if not neutral and not self._surely(self.book.named.get(name, ())):
                continue
            therapy = self.library.therapies.therapies[name]
            by_intent = [self._labels(therapy, intent, jurisdictions) for intent in Intent]
            # An intent for which the drug is labelled says more than one for which it is not.
            label, label_rules = max(by_intent, key=lambda found: sum(s is Label.ON_LABEL for s in found[0].values()))
            if neutral or Label.ON_LABEL in label.values():
                found.append(
                    Mention(
                        therapy=name,
                        name=therapy.name,
                        label=label,
                        label_rules=label_rules,
                        labelled_nationally=bool(therapy.nationally_labelled),
                        statements=tuple(self._statements[rule] for rule in sure),
                    )
                )
        return tuple(found)

    def _surely(self, rules: Iterable[str]) -> list[str]:
        return [rule for rule in rules if self.verdicts.rules[rule] is Truth.YES]

    def _said(self, rule: str) -> Said:
        """The statement as the document shows it, made once for all the options it speaks of.

        With it comes what it lacks, which is asked for only where the statement is shown.
        """
        behind, sure = self.verdicts.bits_behind(rule), self.verdicts.rules[rule] is Truth.YES
        because, lacking = behind & self._known, 0 if sure else behind
        self._shown |= because | lacking
        names = self.verdicts.names
        said, self._settling[rule] = self.book.said(rule, sure, names(because), names(lacking))
        self._lacking[rule] = lacking
        if said.ask:
            self._asked.update(said.ask)
        return said

    # ── labels ───────────────────────────────────────────────────────────────────────────────

    def _labels(
        self, therapy: Therapy, intent: Intent, jurisdictions: tuple[str, ...]
    ) -> tuple[dict[str, Label], dict[str, tuple[str, ...]]]:
        status: dict[str, Label] = {}
        rules: dict[str, tuple[str, ...]] = {}
        # Where a drug is labelled country by country, "off label" by the central agency alone would mislead.
        for jurisdiction in dict.fromkeys((*jurisdictions, *therapy.nationally_labelled)):
            named = self.book.labels.get((therapy.id, intent, jurisdiction), ())
            relevant = [rule for rule in named if self.verdicts.rules[rule] is not Truth.NO]
            status[jurisdiction] = self._label(therapy, jurisdiction, relevant)
            if relevant:
                rules[jurisdiction] = tuple(relevant)
        return status, rules

    def _label(self, therapy: Therapy, jurisdiction: str, relevant: Sequence[str]) -> Label:
        if therapy.kind is not TherapyKind.DRUG:
            return Label.NOT_APPLICABLE
        sure = [
            rule
            for rule in relevant
            if self.verdicts.rules[rule] is Truth.YES
            and self.in_force.versions[rule].provenance is not Provenance.RECALLED
            and not self.in_force.versions[rule].then.combined_with
        ]
        if sure:
            return Label.ON_LABEL
        if relevant or jurisdiction not in therapy.labels_complete:
            return Label.INDETERMINATE
        return Label.OFF_LABEL

    # ── the rest of the document ─────────────────────────────────────────────────────────────

    def alerts(self) -> tuple[Alert, ...]:
        found = [
            Alert(
                alert=a.id,
                severity=a.severity,
                message=a.message,
                because=tuple(sorted(a.facts)),
                ask=(),
                cites=(),
                rule=None,
            )
            for a in self.sheet.alerts
        ]
        for rule in self.book.alerts:
            if self.verdicts.rules[rule] is not Truth.YES:
                continue
            version = self.in_force.versions[rule]
            assert version.then.alert is not None
            assert version.then.severity is not None
            found.append(
                Alert(
                    alert=version.then.alert,
                    severity=version.then.severity,
                    message=version.says,
                    because=self.verdicts.names(self.verdicts.bits_behind(rule) & self._known),
                    ask=version.then.ask,
                    cites=self.book.pointers[rule],
                    rule=rule,
                )
            )
        return tuple(sorted(found, key=lambda a: (a.severity.rank, -self._newest(a.because), a.alert, a.rule or "")))

    def _newest(self, facts: Iterable[str]) -> int:
        """The day of the newest observation among ``facts``; 0 when none has one."""
        days = [self.sheet.facts[name].observed for name in facts if name in self.sheet.facts]
        return max((day.toordinal() for day in days if day is not None), default=0)

    def missing(self, options: Sequence[Option]) -> tuple[Missing, ...]:
        """What would settle most comes first; of equals, what is easier to obtain.

        Options for tumour control count before those for symptoms, which nearly always wait for something.
        """
        settles: dict[str, list[str]] = defaultdict(list)
        controls: Counter[str] = Counter()
        waiting = [o for o in options if o.standing in (Standing.CONDITIONAL, Standing.UNDETERMINED)]
        for option in sorted(waiting, key=lambda o: o.therapy):
            if option.intent is Intent.ANTIPROLIFERATIVE:
                controls.update(option.missing)
            for fact in option.missing:
                therapies = settles[fact]
                if option.therapy not in therapies[-1:]:  # an option for another intent of the same therapy
                    therapies.append(option.therapy)
        found = [
            Missing(
                fact=name,
                question=self.library.vocabulary.fact(name).question,
                burden=self.library.vocabulary.fact(name).burden,
                settles=tuple(therapies),
            )
            for name, therapies in settles.items()
        ]
        return tuple(sorted(found, key=lambda m: (-controls[m.fact], -len(m.settles), m.burden.weight, m.fact)))

    def facts(self) -> dict[str, FactSeen]:
        vocabulary = self.library.vocabulary
        return {
            name: FactSeen(
                value=plain_value(seen.value),
                text=describe_value(vocabulary.fact(name), seen.value),
                label=vocabulary.fact(name).label,
                observed=seen.observed,
                from_=seen.source,
            )
            for name, seen in sorted(self.sheet.facts.items())
        }

    def names(self, alerts: Sequence[Alert]) -> dict[str, str]:
        """What the ids used in the document are called: facts asked for, therapies, classes, investigations."""
        vocabulary, found = self.library.vocabulary, dict(self.book.therapy_names)
        wanted = {*self.verdicts.names(self._shown), *self._asked}
        for alert in alerts:
            wanted.update(alert.because, alert.ask)
        for name in wanted:
            if name in vocabulary.facts:
                found[name] = vocabulary.facts[name].label
            elif name in vocabulary.investigations:
                found[name] = vocabulary.investigations[name].name
        return {name: found[name] for name in sorted(found)}

    def references(self, options: Sequence[Option], alerts: Sequence[Alert]) -> dict[str, Source]:
        rules = {alert.rule for alert in alerts if alert.rule} | self._statements.keys()
        rules.update(rule for option in options for labels in option.label_rules.values() for rule in labels)
        refs = frozenset[str]().union(*(self.book.refs[rule] for rule in rules))
        return {ref: self.book.sources[ref] for ref in sorted(refs)}
