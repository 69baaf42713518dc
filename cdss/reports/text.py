"""The decision as text for a meeting: what could change everything first, then the options by standing.

Reads the decision document only. ``style`` names on the lines are turned into colours by the terminal, or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from cdss.decision import Alert, Decision, Label, Missing, Option, Pointer, Said, Standing
from cdss.reports.page import Page
from cdss.reports.phrases import (
    LABEL_WORD,
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

NOTICE = "For discussion by a multidisciplinary board. It lays out what others have published; it does not decide."
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
            message = alert.message if self.full else _first_sentence(alert.message)
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
        text = _seen(self.decision, facts)
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
        for group in _alike(options):
            self._group(group)

    def _group(self, group: Sequence[Option]) -> None:
        """Options of which the same is said, once: their names with their labels, then what is said."""
        page, first = self.page, group[0]
        by_label: dict[str, list[Option]] = defaultdict(list)
        for option in group:
            by_label[option_label(option)].append(option)
        for label, options in by_label.items():
            page.split("  " + ", ".join(option_title(o) for o in options), label, style=_STYLE[first.standing])
        if first.would_be:
            when = ", once nothing unknown can rule it out" if first.standing is Standing.CONDITIONAL else ""
            page.labelled("would be", STANDING_WORD[first.would_be] + when, indent=4)
        if first.unconfirmed:
            page.labelled(
                "caveat", "only statements recalled from memory favour it; none was confirmed at its source", indent=4
            )
        for said in first.statements:
            if said.truth is Truth.YES:
                self._statement("for" if said.stance.favours else "neutral", said)
        for said in (*first.blocks, *first.cautions):
            if said.truth is Truth.YES and not said.before_start:
                self._statement("against" if said.stance.opposes else "caution", said)
        if first.disagreement:
            page.labelled("differ", "the sources above take opposite sides; neither is averaged away", indent=4)
        for said in first.statements:
            if said.truth is Truth.UNKNOWN:
                self._possible(said)
        self._open_blocks(group)
        asked = {a for o in group for s in o.cautions if s.before_start and s.truth is Truth.YES for a in s.ask}
        if asked:
            page.labelled("at start", "; ".join(sorted(self.name(a) for a in asked)), indent=4)
        missing = [m.fact for m in self.decision.missing]
        wanted = sorted(
            {f for o in group for f in o.missing}, key=lambda f: (missing.index(f) if f in missing else 99, f)
        )
        if wanted:
            page.labelled("settles", "; ".join(self.name(f) for f in wanted), indent=4)

    def _statement(self, label: str, said: Said) -> None:
        self.page.labelled(label, f"{self._voice(said)}: {said.says}", indent=4)

    def _possible(self, said: Said) -> None:
        text = f"{self._voice(said)}, if: {self._wanted(said)}"
        self.page.labelled("perhaps", f"{text}. {said.says}" if self.full else text, indent=4, style="dim")

    def _open_blocks(self, group: Sequence[Option]) -> None:
        """What could still rule an option out: counted, or rule by rule where the reader asked for everything."""
        blocks = {s.rule: s for o in group for s in o.blocks if s.truth is Truth.UNKNOWN}
        if blocks and not self.full:
            text = f"{counted(len(blocks), 'rule')} could still speak against it, depending on the facts that settle it"
            self.page.labelled("open", text, indent=4, style="dim")
            return
        for said in blocks.values():
            text = f"{self._voice(said)}, depending on {self._wanted(said)}: {said.says}"
            self.page.labelled("open", text, indent=4, style="dim")

    def _voice(self, said: Said) -> str:
        grade = f" {said.strength.level}" if said.strength and _printed(said.strength.level) else ""
        source = self.cites(said.cites)
        note = PROVENANCE_NOTE[said.provenance]
        inside = "; ".join(part for part in (source, note) if part)
        figures = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in said.figures.items())
        with_ = f", with {self.names(said.combined_with)}" if said.combined_with else ""
        tail = f" [{figures}]" if figures else ""
        return f"{body_name(said.body)}{grade} {STANCE_WORD[said.stance]}{with_} ({inside}){tail}"

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
        names = sorted(self.name(t) for t in self.decision.not_addressed)
        if names:
            self.page.heading("NOT ADDRESSED", "no rule in force speaks of these for this patient")
            self.page.write(", ".join(names), indent=2, style="dim")

    def footer(self) -> None:
        knowledge = self.decision.knowledge
        if self.decision.notices:
            self.page.heading("NOTES")
            for notice in self.decision.notices:
                self.page.write(f"· {notice}", indent=2, hang=4, style="dim")
        self.page.blank()
        self.page.write(NOTICE, style="dim")
        self.page.write(
            f"Rules {knowledge.digest[:12]}, cdss {knowledge.version}. "
            "No rule has been reviewed by a named clinician yet.",
            style="dim",
        )

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


def write_header(decision: Decision, page: Page, *, unknown: int = 8) -> None:
    """Patient, question, tumour, earlier treatment and wishes; then at most ``unknown`` of the facts nobody recorded."""
    view = decision.overview
    when = f"on {decision.on}, knowledge of {decision.knowledge.as_of}"
    page.split(str(view.get("patient") or decision.case), when, style="title")
    texts = {**view, "question": decision.question or view.get("question")}
    for label, key in (
        ("QUESTION", "question"), ("GOALS", "goals"), ("TUMOUR", "tumour"), ("PRIOR", "prior"), ("DECLINES", "declines"),
    ):  # fmt: skip
        if texts.get(key):
            page.labelled(label, str(texts[key]))
    names = [decision.names.get(m.fact, m.fact) for m in decision.missing[:unknown]]
    if names:
        left = len(decision.missing) - unknown
        page.labelled("UNKNOWN", "; ".join(names) + (f" and {left} more" if left > 0 else ""))


def write_alerts(decision: Decision, page: Page, alerts: Sequence[Alert], *, brief: bool = False) -> None:
    """These alerts in their order; ``brief`` prints one sentence of each and what it asks for."""
    if not alerts:
        return
    page.heading("ALERTS")
    for alert in alerts:
        _alert(decision, page, alert, brief)


def _alert(decision: Decision, page: Page, alert: Alert, brief: bool) -> None:
    mark = {Severity.CRITICAL: "!!", Severity.WARNING: "! ", Severity.INFO: "· "}[alert.severity]
    style = {Severity.CRITICAL: "stop", Severity.WARNING: "open", Severity.INFO: "plain"}[alert.severity]
    asked = "; ".join(decision.names.get(a, a) for a in alert.ask)
    if brief:
        page.write(
            f"{mark} {_first_sentence(alert.message)}" + (f" → {asked}" if asked else ""), indent=2, hang=5, style=style
        )
        return
    page.write(f"{mark} {alert.message}", indent=2, hang=5, style=style)
    seen = _seen(decision, alert.because)
    if seen:
        page.labelled("seen", seen, indent=5, room=6, style="dim")
    if asked:
        page.labelled("ask", asked, indent=5, room=6)


def _first_sentence(text: str) -> str:
    """Up to the first full stop; the whole text where there is none."""
    head, stop, _ = text.partition(". ")
    return head + "." if stop else text


def _printed(level: str) -> bool:
    """Whether the body printed a grade; "ungraded" and "not recalled" say that it did not, or that nobody knows."""
    return not level.startswith(("ungraded", "not ")) and not level.endswith(("not recalled", "not captured"))


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
    return possible or (said.truth is Truth.YES and not said.before_start)


def option_title(option: Option) -> str:
    """The therapy's name, and that it is meant for symptoms where it is."""
    return option.name + (" (for symptoms)" if option.intent is Intent.SYMPTOM_CONTROL else "")


def option_label(option: Option) -> str:
    """The label per jurisdiction: "EMA off label · FDA on label"."""
    if set(option.label.values()) == {Label.NOT_APPLICABLE}:
        return LABEL_WORD[Label.NOT_APPLICABLE]
    return " · ".join(f"{body_name(j)} {LABEL_WORD[status]}" for j, status in option.label.items())


def _seen(decision: Decision, facts: Sequence[str]) -> str:
    found = []
    for name in facts:
        fact = decision.facts.get(name)
        if fact is not None:
            found.append(f"{fact.label}: {fact.text}" + (f" ({fact.observed})" if fact.observed else ""))
    return "; ".join(found)


def _groups(missing: Sequence[Missing]) -> list[list[Missing]]:
    """Facts of the same burden that the same options wait for, kept in their order."""
    groups: dict[tuple[Burden, tuple[str, ...]], list[Missing]] = {}
    for item in missing:
        groups.setdefault((item.burden, item.settles), []).append(item)
    return sorted(groups.values(), key=lambda g: (-len(g[0].settles), g[0].burden.weight, g[0].fact))
