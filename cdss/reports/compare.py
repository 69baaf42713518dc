"""Two decisions held against each other: which options moved, which alerts came or went."""

from __future__ import annotations

from typing import Any

from cdss.decision import Decision, Option
from cdss.reports.page import Page
from cdss.reports.parts import NOTICE
from cdss.reports.phrases import LABEL_WORD, STANDING_WORD, body_name


def changed_options(before: Decision, after: Decision) -> list[dict[str, Any]]:
    """The options whose standing or label differs: therapy, intent, and both standings (None: nobody speaks)."""
    found = []
    for key, name, old, new in pairs(before, after):
        if old is None or new is None or old.standing is not new.standing or old.label != new.label:
            found.append(
                {
                    "therapy": key[0],
                    "name": name,
                    "intent": key[1],
                    "before": old.standing.value if old else None,
                    "after": new.standing.value if new else None,
                    "label_before": {k: v.value for k, v in old.label.items()} if old else {},
                    "label_after": {k: v.value for k, v in new.label.items()} if new else {},
                }
            )
    return found


def render_comparison(before: Decision, after: Decision, width: int = 100) -> Page:
    """What changed, in a table of three columns, and how much did not."""
    page = Page(width)
    page.split(
        str(before.overview.get("patient") or before.case),
        f"on {before.on}, knowledge of {before.knowledge.as_of}",
        style="title",
    )
    _facts(before, after, page)
    page.heading("OPTIONS THAT MOVE")
    moved = 0
    for _, name, old, new in pairs(before, after):
        was, now = standing_text(old), standing_text(new)
        if was != now:
            moved += 1
            page.labelled(name, f"{was} → {now}", indent=2, room=34)
        if old and new and old.label != new.label:
            changed = [j for j in new.label if old.label.get(j) is not new.label[j]]
            text = "; ".join(
                f"{body_name(j)} {LABEL_WORD[old.label[j]]} → {LABEL_WORD[new.label[j]]}"
                for j in changed
                if j in old.label
            )
            page.labelled(name, text, indent=2, room=34)
    if not moved:
        page.write("none", indent=2)
    old_alerts, new_alerts = {a.alert: a for a in before.alerts}, {a.alert: a for a in after.alerts}
    for title, ids, source in (
        ("ALERTS THAT APPEAR", set(new_alerts) - set(old_alerts), new_alerts),
        ("ALERTS THAT GO", set(old_alerts) - set(new_alerts), old_alerts),
    ):
        if ids:
            page.heading(title)
            for identity in sorted(ids):
                page.write(f"· {source[identity].message}", indent=2, hang=4)
    same = sum(1 for _, _, old, new in pairs(before, after) if standing_text(old) == standing_text(new))
    page.blank()
    page.write(f"{same} options stand as before. {NOTICE}", style="dim")
    return page


def _facts(before: Decision, after: Decision, page: Page) -> None:
    page.heading("CHANGED FACTS")
    for name in sorted({*before.facts, *after.facts}):
        old, new = before.facts.get(name), after.facts.get(name)
        was, now = old.text if old else "unknown", new.text if new else "unknown"
        if (old and old.value) != (new and new.value):
            label = new.label if new else old.label if old else name
            page.labelled(label, f"{was} → {now}", indent=2, room=34)


def pairs(before: Decision, after: Decision) -> list[tuple[tuple[str, str], str, Option | None, Option | None]]:
    """Therapy and intent, the name to print, and the option in both documents; None where nobody speaks of it."""
    old = {(o.therapy, o.intent.value): o for o in before.options}
    new = {(o.therapy, o.intent.value): o for o in after.options}
    rows = []
    for key in sorted({*old, *new}):
        option = new.get(key) or old[key]
        name = option.name + (" (symptoms)" if key[1] == "symptom_control" else "")
        rows.append((key, name, old.get(key), new.get(key)))
    return rows


def standing_text(option: Option | None) -> str:
    """Where the option stands, in words."""
    if option is None:
        return "not addressed"
    word = STANDING_WORD[option.standing]
    return f"{word} (would be {STANDING_WORD[option.would_be]})" if option.would_be else word
