"""The decision as text for a meeting: what could change everything first, then the options by standing.

Reads the decision document only. ``style`` names on the lines are turned into colours by the terminal, or not at all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from string import ascii_uppercase

from cdss.decision import Decision, Missing, Option, Pointer, Said, Standing
from cdss.reports.measured import write_measured
from cdss.reports.page import Page
from cdss.reports.parts import (
    NOTICE,
    figures_text,
    label_text,
    numbers_of,
    option_title,
    seen_text,
    write_alerts,
    write_header,
)
from cdss.reports.phrases import (
    PROVENANCE_NOTE,
    STANCE_WORD,
    STANDING_MEANS,
    STANDING_TITLE,
    STANDING_WORD,
    body_name,
    counted,
)
from cdss.rule import Intent, Severity, Stance
from cdss.values import Truth
from cdss.vocabulary import Burden

_STYLE = {
    Standing.RECOMMENDED: "good",
    Standing.OPTION: "good",
    Standing.DISPUTED: "open",
    Standing.CONDITIONAL: "open",
    Standing.UNDETERMINED: "open",
    Standing.DECLINED: "stop",
    Standing.ADVISED_AGAINST: "stop",
    Standing.NOT_INDICATED: "stop",
    Standing.CONTRAINDICATED: "stop",
}
_GROUPS_SHOWN = 6
_FACTS_SHOWN = 8
_LONG_GRADE = 12
_SHARED_BY = 3
_TOLD_IN_FULL = 1
_LONG_TIER = 10
_SAFETY = "safety"
_BRIEF = (Standing.ADVISED_AGAINST, Standing.NOT_INDICATED, Standing.CONTRAINDICATED)
_BURDEN = {
    Burden.RECORD: "Ask or look up",
    Burden.LABORATORY: "Laboratory",
    Burden.IMAGING: "Imaging",
    Burden.BIOPSY: "Tissue",
}


def render_text(decision: Decision, width: int = 100, *, full: bool = False) -> Page:
    """The whole page, no line wider than ``width``. ``full`` also prints what only may apply, in its own words."""
    page = Page(width)
    writer = _Writer(decision, page, full)
    write_header(decision, page)
    writer.settle_first()
    lesser = [a for a in decision.alerts if a.severity is not Severity.CRITICAL]
    write_alerts(decision, page, lesser, brief=not full)
    write_measured(decision, page, full=full)
    writer.shared_cautions()
    for standing in Standing:
        writer.options(standing)
    writer.not_addressed()
    writer.footer()
    return page


class _Writer:
    def __init__(self, decision: Decision, page: Page, full: bool) -> None:
        self.decision = decision
        self.page = page
        self.full = full
        self.shared = _shared_cautions(decision)
        self.letters = dict(zip(self.shared, ascii_uppercase, strict=False))

    def shared_cautions(self) -> None:
        """Cautions that several options have in common, once, each with a letter by which the options name it."""
        if not self.letters:
            return
        self.page.heading("CAUTIONS", "for the options that name their letter")
        for rule, letter in self.letters.items():
            self.page.write(f"[{letter}] {self._reminder(self.shared[rule])}", indent=2, hang=6)

    def _reminder(self, said: Said) -> str:
        """A caution in its own words, with its source and what it asks for."""
        asked = "; ".join(self.name(a) for a in said.ask)
        return f"{said.says} ({self.cites(said.cites)})" + (f" → {asked}" if asked else "")

    def settle_first(self) -> None:
        """What could change everything: the gravest alerts, then missing facts by how many options wait for them."""
        alerts = [a for a in self.decision.alerts if a.severity is Severity.CRITICAL]
        groups = _groups(self.decision.missing)
        if not alerts and not groups:
            return
        self.page.heading("SETTLE FIRST", "what could change everything below")
        number = 0
        for number, alert in enumerate(alerts, start=1):
            asked = "; ".join(self.name(a) for a in alert.ask)
            numbers = seen_text(self.decision, numbers_of(self.decision, alert))
            message = alert.message + (f" [{numbers}]" if numbers and not self.full else "")
            self.page.write(f"{number} {message}", indent=2, hang=4, style="stop")
            if asked:
                self.page.labelled("ask", asked, indent=4, room=5)
            if self.full:
                self._seen(alert.because, indent=4)
        for group in groups[:_GROUPS_SHOWN]:
            number += 1
            facts = "; ".join(self.name(m.fact) for m in group)
            settles = group[0].settles
            self.page.write(f"{number} {_BURDEN[group[0].burden]}: {facts}", indent=2, hang=4)
            named = self.names(settles[:6]) + (f" and {len(settles) - 6} more" if len(settles) > 6 else "")
            self.page.write(f"decides {counted(len(settles), 'option')}: {named}", indent=4, hang=6, style="dim")
        left = sum(len(group) for group in groups[_GROUPS_SHOWN:])
        if left:
            self.page.write(
                f"and {counted(left, 'fact')} that fewer options wait for, named there", indent=4, style="dim"
            )

    def _seen(self, facts: Sequence[str], indent: int) -> None:
        text = seen_text(self.decision, facts)
        if text:
            self.page.labelled("seen", text, indent=indent, style="dim")

    # ── options ──────────────────────────────────────────────────────────────────────────────

    def options(self, standing: Standing) -> None:
        options = [o for o in self.decision.options if o.standing is standing]
        if not options:
            return
        self.page.heading(STANDING_TITLE[standing], STANDING_MEANS[standing])
        if standing in _BRIEF:
            self._brief(options)
            return
        waiting = [] if self.full or standing is not Standing.UNDETERMINED else _only_for_symptoms(options)
        groups = _alike([o for o in options if o not in waiting])
        short = standing is Standing.UNDETERMINED and len(groups) > _LONG_TIER and not self.full
        for group in groups:
            if short:
                self._in_short(group)
            else:
                self._group(group)
        if waiting:
            names = ", ".join(o.name for o in waiting)
            self.page.write(
                f"For symptoms, should they prove to come from the tumour: {names}", indent=2, hang=4, style="open"
            )
            self._settles(waiting)

    def _in_short(self, group: Sequence[Option]) -> None:
        """An option among very many that wait for facts: who may favour it, and what it waits for."""
        self._titles(group)
        voices = dict.fromkeys(body_name(s.body) for s in group[0].statements if s.stance.favours)
        caveat = " (recalled, unconfirmed)" if group[0].unconfirmed else ""
        self.page.labelled("perhaps", ", ".join(voices) + caveat, indent=4, style="dim")
        self._settles(group)

    def _titles(self, group: Sequence[Option]) -> None:
        """The names of the options, those with the same label on one line."""
        by_label: dict[str, list[Option]] = defaultdict(list)
        for option in group:
            by_label[label_text(option)].append(option)
        for label, options in by_label.items():
            names = ", ".join(option_title(o) for o in options)
            self.page.split(f"  {names}", label, style=_STYLE[group[0].standing])

    def _group(self, group: Sequence[Option]) -> None:
        """Options of which the same is said, once: their names with their labels, then what is said."""
        page, first = self.page, group[0]
        self._titles(group)
        if first.would_be:
            when = ", once nothing unknown can rule it out" if first.standing is Standing.CONDITIONAL else ""
            page.labelled("would be", STANDING_WORD[first.would_be] + when, indent=4)
        if first.unconfirmed:
            caveat = "only statements recalled from memory favour it; none was confirmed at its source"
            page.labelled("caveat", caveat, indent=4)
        for said in first.statements:
            if said.truth is Truth.YES:
                self._statement("for" if said.stance.favours else "neutral", said)
        self._against(group)
        if first.disagreement:
            page.labelled("differ", _difference(first), indent=4)
        self._possible([s for s in first.statements if s.truth is Truth.UNKNOWN])
        self._open_blocks(group)
        self._settles(group)

    def _against(self, group: Sequence[Option]) -> None:
        """What surely speaks against the options, and the cautions; those printed above by their letter only."""
        letters = []
        for said in (*group[0].blocks, *group[0].cautions):
            if said.truth is not Truth.YES:
                continue
            if said.rule in self.letters:
                letters.append(f"[{self.letters[said.rule]}]")
            elif said.before_start:
                self.page.labelled("at start", self._reminder(said), indent=4)
            else:
                self._statement("against" if said.stance.opposes else "caution", said)
        if letters:
            self.page.labelled("caution", ", ".join(letters), indent=4)

    def _settles(self, group: Sequence[Option]) -> None:
        """The facts the options wait for, most decisive first."""
        order = {m.fact: position for position, m in enumerate(self.decision.missing)}
        wanted = sorted({f for o in group for f in o.missing}, key=lambda f: (order.get(f, len(order)), f))
        if not wanted:
            return
        shown = wanted if self.full else wanted[:_FACTS_SHOWN]
        more = f" and {len(wanted) - len(shown)} more" if len(wanted) > len(shown) else ""
        self.page.labelled("settles", "; ".join(self.name(f) for f in shown) + more, indent=4)

    def _statement(self, label: str, said: Said) -> None:
        self.page.labelled(label, f"{self._voice(said)}{self._figures(said)}: {said.says}", indent=4)

    def _possible(self, statements: Sequence[Said]) -> None:
        """What may favour the options; those that wait for the same facts on one line, unless all is wanted."""
        favouring = [s for s in statements if s.stance.favours]
        if self.full or len(favouring) <= _TOLD_IN_FULL:
            for said in statements if self.full else favouring:
                text = f"{self._voice(said)}{self._figures(said)}, if: {self._wanted(said)}. {said.says}"
                self.page.labelled("perhaps", text, indent=4, style="dim")
            return
        waiting: dict[str, list[Said]] = defaultdict(list)
        for said in statements:
            if said.stance.favours:
                waiting[self._wanted(said)].append(said)
        for wanted, said_alike in waiting.items():
            voices = "; ".join(dict.fromkeys(self._who(said) for said in said_alike))
            self.page.labelled("perhaps", f"{voices}. If: {wanted}", indent=4, style="dim")

    def _open_blocks(self, group: Sequence[Option]) -> None:
        """What could still rule an option out: counted, or rule by rule where the reader asked for everything."""
        blocks = {s.rule: s for o in group for s in o.blocks if s.truth is Truth.UNKNOWN}
        if blocks and not self.full:
            self.page.labelled(
                "open", f"{counted(len(blocks), 'rule')} could still speak against it", indent=4, style="dim"
            )
            return
        for said in blocks.values():
            text = f"{self._voice(said)}, depending on {self._wanted(said)}: {said.says}"
            self.page.labelled("open", text, indent=4, style="dim")

    def _who(self, said: Said) -> str:
        """Whose statement: "ENETS 1b-B, Rinke 2023"."""
        grade = f" {said.strength.level}" if said.strength and _printed(said.strength.level) else ""
        with_ = f" with {self.names(said.combined_with)}" if said.combined_with else ""
        note = PROVENANCE_NOTE[said.provenance]
        return f"{body_name(said.body)}{grade}{with_}, {self.cites(said.cites)}" + (f" ({note})" if note else "")

    def _voice(self, said: Said) -> str:
        grade = ""
        if said.strength and _printed(said.strength.level):
            level = said.strength.level
            grade = f" ({level})" if len(level) > _LONG_GRADE else f" {level}"
        inside = "; ".join(part for part in (self.cites(said.cites), PROVENANCE_NOTE[said.provenance]) if part)
        with_ = f", with {self.names(said.combined_with)}" if said.combined_with else ""
        return f"{body_name(said.body)}{grade} {STANCE_WORD[said.stance]}{with_} ({inside})"

    def _figures(self, said: Said) -> str:
        """The figures of a study in brackets."""
        shown = figures_text(said, full=self.full)
        return f" [{shown}]" if shown else ""

    def _brief(self, options: Sequence[Option]) -> None:
        """Options ruled out for one reason stand together on one line."""
        together: dict[tuple[str, ...], list[Option]] = defaultdict(list)
        for option in options:
            sure = [s for s in option.blocks if s.truth is Truth.YES]
            together[tuple(s.rule for s in sure)].append(option)
        for group in together.values():
            names = ", ".join(option_title(o) for o in group)
            self.page.write(names, indent=2, hang=4, style="stop")
            for said in group[0].blocks:
                if said.truth is Truth.YES:
                    self.page.labelled("because", f"{said.says} ({self.cites(said.cites)})", indent=4)
                    self._seen(said.because, indent=4)
            favoured = sorted(
                {body_name(s.body) for o in group for s in o.statements if s.stance.favours and s.truth is Truth.YES}
            )
            if favoured:
                self.page.labelled("although", f"{', '.join(favoured)} would otherwise favour it", indent=4)

    def not_addressed(self) -> None:
        """Therapies that are no option: those that are named all the same with what names them, then the rest."""
        mentioned = self.decision.mentions
        if mentioned:
            self.page.heading(
                "MENTIONED", "nobody favours or opposes these here, but a label or a statement names them"
            )
            for mention in mentioned:
                self.page.split(f"  {mention.name}", label_text(mention))
                for said in mention.statements:
                    self._statement("caution" if said.stance is Stance.CAUTION else "neutral", said)
        spoken_of = {mention.therapy for mention in mentioned}
        names = sorted(self.name(t) for t in self.decision.not_addressed if t not in spoken_of)
        if names:
            self.page.heading("NOT ADDRESSED", "no rule in force favours or opposes these for this patient")
            self.page.write(", ".join(names), indent=2, style="dim")

    def footer(self) -> None:
        knowledge = self.decision.knowledge
        if self.decision.notices:
            self.page.heading("NOTES")
            for notice in self.decision.notices:
                self.page.write(f"· {notice}", indent=2, hang=4, style="dim")
        self.page.blank()
        self.page.write(NOTICE, style="dim")
        self.page.write(f"Rules {knowledge.digest[:12]}, cdss {knowledge.version}.", style="dim")

    # ── small pieces ─────────────────────────────────────────────────────────────────────────

    def name(self, identity: str) -> str:
        return self.decision.names.get(identity, identity)

    def names(self, identities: Sequence[str]) -> str:
        return ", ".join(self.name(i) for i in identities)

    def cites(self, pointers: Sequence[Pointer]) -> str:
        return "; ".join(
            dict.fromkeys(self.decision.references[p.ref].short for p in pointers if p.ref in self.decision.references)
        )

    def _wanted(self, said: Said) -> str:
        return "; ".join(self.name(f) for f in said.missing) or "unknown"


def _difference(option: Option) -> str:
    """Who differs: bodies with each other, or general statements with the limits of this patient."""
    opposing = {s.body for s in option.blocks if s.truth is Truth.YES}
    if opposing == {_SAFETY}:
        return "what favours it speaks of such patients in general; a limit of this patient speaks against it"
    return "the sources above take opposite sides; neither is averaged away"


def _printed(level: str) -> bool:
    """Whether the body printed a grade; "ungraded" and "not recalled" say that it did not, or that nobody knows."""
    return not level.startswith(("ungraded", "not ")) and not level.endswith(("not recalled", "not captured"))


def _only_for_symptoms(options: Sequence[Option]) -> list[Option]:
    """Options for symptom control that nobody surely favours; the page names them together."""
    return [
        o
        for o in options
        if o.intent is Intent.SYMPTOM_CONTROL
        and not any(s.stance.favours and s.truth is Truth.YES for s in o.statements)
    ]


def _shared_cautions(decision: Decision) -> dict[str, Said]:
    """Cautions that surely apply to several of the options printed at length, in the order of their rules."""
    found: dict[str, Said] = {}
    options: Counter[str] = Counter()
    for option in decision.options:
        if option.standing not in _BRIEF:
            for said in option.cautions:
                if said.truth is Truth.YES:
                    found[said.rule] = said
                    options[said.rule] += 1
    return {rule: found[rule] for rule in sorted(found) if options[rule] >= _SHARED_BY}


def _alike(options: Sequence[Option]) -> list[list[Option]]:
    """Options of which the same rules say the same, together, in the order of the first of each."""
    groups: dict[object, list[Option]] = {}
    for option in options:
        heard = tuple((s.rule, s.truth) for s in (*option.statements, *option.blocks, *option.cautions) if _heard(s))
        groups.setdefault((option.intent, option.would_be, option.unconfirmed, heard), []).append(option)
    return list(groups.values())


def _heard(said: Said) -> bool:
    """Whether the page prints the statement by itself, and not only counts it."""
    possible = said.truth is Truth.UNKNOWN and not said.stance.opposes and said.stance is not Stance.CAUTION
    return possible or said.truth is Truth.YES


def _groups(missing: Sequence[Missing]) -> list[list[Missing]]:
    """Facts of the same burden that the same options wait for, kept in their order."""
    groups: dict[tuple[Burden, tuple[str, ...]], list[Missing]] = {}
    for item in missing:
        groups.setdefault((item.burden, item.settles), []).append(item)
    return list(groups.values())
