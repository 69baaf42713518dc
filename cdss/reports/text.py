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
from cdss.rule import Intent, Severity
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
    write_alerts(decision, page)
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
        """Missing facts, most decisive first, those of one burden and one list of options on one line."""
        groups = _groups(self.decision.missing)
        if not groups:
            return
        self.page.heading("SETTLE FIRST", "what is unknown, and how many options wait for it")
        for number, group in enumerate(groups[:6], start=1):
            facts = "; ".join(self.name(m.fact) for m in group)
            settles = group[0].settles
            waits = counted(len(settles), "option")
            self.page.write(f"{number} {_BURDEN[group[0].burden]}: {facts}", indent=2, hang=4)
            self.page.write(f"decides {waits}: {self.names(settles)}", indent=4, hang=6, style="dim")
        left = sum(len(group) for group in groups[6:])
        if left:
            self.page.write(
                f"and {counted(left, 'fact')} that fewer options wait for (see each option)", indent=4, style="dim"
            )

    # ── options ──────────────────────────────────────────────────────────────────────────────

    def options(self, standing: Standing) -> None:
        options = [o for o in self.decision.options if o.standing is standing]
        if not options:
            return
        self.page.heading(STANDING_TITLE[standing], STANDING_MEANS[standing])
        if standing in _BRIEF:
            self._brief(options)
            return
        for option in options:
            self._option(option)

    def _option(self, option: Option) -> None:
        page = self.page
        page.split(f"  {option_title(option)}", option_label(option), style=_STYLE[option.standing])
        if option.standing is Standing.DECLINED and option.would_be:
            page.labelled("would be", STANDING_WORD[option.would_be], indent=4)
        if option.standing is Standing.CONDITIONAL and option.would_be:
            page.labelled(
                "would be", f"{STANDING_WORD[option.would_be]}, once nothing unknown can rule it out", indent=4
            )
        if option.unconfirmed:
            page.labelled(
                "caveat", "only statements recalled from memory support it; none was confirmed at its source", indent=4
            )
        for said in option.statements:
            if said.truth is Truth.YES:
                self._statement("for" if said.stance.favours else "neutral", said)
        for said in (*option.blocks, *option.cautions):
            if said.truth is Truth.YES and not said.before_start:
                self._statement("against" if said.stance.opposes else "caution", said)
        if option.disagreement:
            page.labelled("differ", "the sources above take opposite sides; neither is averaged away", indent=4)
        possible = [s for s in option.statements if s.truth is Truth.UNKNOWN]
        for said in possible:
            self._possible(said)
        self._open_blocks(option)
        before = sorted(
            {self.name(a) for s in option.cautions if s.before_start and s.truth is Truth.YES for a in s.ask}
        )
        if before:
            page.labelled("at start", "; ".join(before), indent=4)
        if option.missing:
            page.labelled("settles", "; ".join(self.name(f) for f in option.missing), indent=4)

    def _statement(self, label: str, said: Said) -> None:
        self.page.labelled(label, f"{self._voice(said)}: {said.says}", indent=4)

    def _possible(self, said: Said) -> None:
        text = f"{self._voice(said)}, if: {self._wanted(said)}"
        self.page.labelled("perhaps", f"{text}. {said.says}" if self.full else text, indent=4, style="dim")

    def _open_blocks(self, option: Option) -> None:
        """What could still rule the option out, one line for all of it unless the reader asked for everything."""
        blocks = [s for s in option.blocks if s.truth is Truth.UNKNOWN]
        if not blocks:
            return
        if self.full:
            for said in blocks:
                self.page.labelled(
                    "could stop",
                    f" {self._voice(said)}, depends on {self._wanted(said)}. {said.says}",
                    indent=4,
                    style="dim",
                )
            return
        wanted = sorted({self.name(f) for s in blocks for f in s.missing})
        self.page.labelled(
            "open",
            f"{counted(len(blocks), 'rule')} could still speak against it: {'; '.join(wanted)}",
            indent=4,
            style="dim",
        )

    def _voice(self, said: Said) -> str:
        grade = f" {said.strength.level}" if said.strength else ""
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
                    seen = _seen(self.decision, said.because)
                    if seen:
                        self.page.labelled("seen", seen, indent=4, style="dim")
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
    for notice in decision.notices if unknown else ():
        page.labelled("NOTE", notice, style="dim")


def write_alerts(decision: Decision, page: Page, *, at_least: Severity = Severity.INFO, brief: bool = False) -> None:
    """The alerts of that severity and above, gravest first; ``brief`` leaves out what they rest on."""
    alerts = [a for a in decision.alerts if a.severity.rank <= at_least.rank]
    if not alerts:
        return
    if not brief:
        page.heading("ALERTS")
    for alert in alerts:
        _alert(decision, page, alert, brief)


def _alert(decision: Decision, page: Page, alert: Alert, brief: bool) -> None:
    mark = {Severity.CRITICAL: "!!", Severity.WARNING: "! ", Severity.INFO: "· "}[alert.severity]
    style = {Severity.CRITICAL: "stop", Severity.WARNING: "open", Severity.INFO: "plain"}[alert.severity]
    page.write(f"{mark} {alert.message}", indent=2, hang=5, style=style)
    seen = _seen(decision, alert.because)
    if seen and not brief:
        page.labelled("seen", seen, indent=5, room=6, style="dim")
    if alert.ask:
        page.labelled("ask", "; ".join(decision.names.get(a, a) for a in alert.ask), indent=5, room=6)


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
