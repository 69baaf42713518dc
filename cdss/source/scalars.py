"""What an unquoted word or number means. What other readers take differently is refused, not guessed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

LONGEST_NUMBER = 40
QUOTE = "quote it if it is text"

_PLAIN = {"true": True, "false": False, "null": None, "~": None, "": None}
_WORDS = {
    "true": "write true, or quote it if it is text",
    "false": "write false, or quote it if it is text",
    "null": "write null, or quote it if it is text",
    **dict.fromkeys(("yes", "y", "on"), "write true, or quote it if it is text"),
    **dict.fromkeys(("no", "n", "off"), "write false, or quote it if it is text"),
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INT = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
COMPARISON = re.compile(r"(>=|<=|>|<|≥|≤|=)\s*[-+]?[0-9.]\S*")
_COMPARED = {">=": "at_least", "≥": "at_least", "<=": "at_most", "≤": "at_most", ">": "more_than", "<": "less_than"}
_NUMBERS = [
    (re.compile(pattern, re.IGNORECASE), reason, remedy)
    for pattern, reason, remedy in (
        (r"[-+]?0[xob][0-9a-f_]*", "is not a decimal number", f"write it in decimal digits, or {QUOTE}"),
        (r"[-+]?[0-9][0-9_]*(:[0-9]+)+(\.[0-9_]*)?", "may be a time, a ratio or a number to the base 60", QUOTE),
        (r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)e[-+]?[0-9]+", "has an exponent", f"write all its digits, or {QUOTE}"),
        (r"[-+]?\.(inf|nan)", "is not a finite number", "write a number, or leave the key out"),
        (r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?", "has underscores", f"write the digits alone, or {QUOTE}"),
        (r"[-+]?0[0-9]+(\.[0-9]*)?", "starts with a zero and may be octal", f"drop the zero, or {QUOTE}"),
        (r"\+[0-9]+(\.[0-9]*)?", "has a plus sign", "drop the sign; an offset carries its unit, such as +12mo"),
        (r"[-+]?(\.[0-9]+|[0-9]+\.)", "has no digit on one side of the point", "write it as 0.5 or 5.0"),
        (
            r"[-+]?[0-9]+(,[0-9]+)+(\.[0-9]+)?",
            "has a comma, for decimals or for thousands",
            f"write 12.5 or 1000, or {QUOTE}",
        ),
    )
]
_STARTS_A_NUMBER = frozenset("0123456789+-.<>≤≥=")


class Trap(Exception):
    """An unquoted scalar that other readers understand differently: code, reason, remedy."""

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        self.code, self.reason, self.remedy = code, reason, remedy


def meaning_of(text: str) -> Any:
    """What an unquoted value means. Raises Trap where it could mean something else."""
    if text in _PLAIN:
        return _PLAIN[text]
    if text[0] not in _STARTS_A_NUMBER:
        if len(text) <= 5 and text.lower() in _WORDS:
            raise Trap("E104", "is true, false or null to some readers and text to others", _WORDS[text.lower()])
        return text
    if _DATE.fullmatch(text):
        return text
    number = int if _INT.fullmatch(text) else Decimal if _DECIMAL.fullmatch(text) else None
    if number is not None:
        if len(text) > LONGEST_NUMBER:
            raise Trap("E105", "is too long for a number", QUOTE)
        return number(text)
    compared = COMPARISON.fullmatch(text)
    if compared:
        raise comparison(compared[1])
    for pattern, reason, remedy in _NUMBERS:
        if pattern.fullmatch(text):
            raise Trap("E105", reason, remedy)
    return text


def key_of(word: str) -> str:
    """An unquoted key: always text, so ``on`` and ``n`` are as good as any other word. Raises Trap for the rest."""
    if word == "<<":
        raise Trap("E103", "is a merge key, which copies another part of the file", "write the keys out")
    if word and word.lower() in _WORDS and word.lower() not in _PLAIN:
        return word
    value = meaning_of(word)
    if isinstance(value, str):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        raise Trap("E105", "is a number; a key is a word", "put it in quotes")
    raise Trap("E104", "is not a word; a key is a word", "put it in quotes")


def comparison(sign: str) -> Trap:
    """A number with a sign before it, such as >=18."""
    word = _COMPARED.get(sign)
    way = f"write {{{word}: …}}" if word else "write the number alone"
    return Trap("E105", "hides a comparison in text", f"{way}, or {QUOTE}")


def discreet_remedy(trap: Trap, word: str) -> str:
    """The remedy for text that may not be shown: the precise one would give away what was written."""
    if trap.code == "E104" and word.lower() in _WORDS:
        return f"write true, false or null, or {QUOTE}"
    return trap.remedy
