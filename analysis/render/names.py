"""Names and texts from people, made safe to stand inside a sentence of ours."""

import re
import unicodedata

# What turns the direction of everything after it, and what no reader can see.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_ISOLATE, _END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_RIGHT_TO_LEFT = {"R", "AL"}


def clean(text: str) -> str:
    """The text with its control characters made visible; letters that run from the right stay together.

    Without this a name could turn the order of the numbers that follow it, in every output alike.
    """
    shown = _HIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
    if shown.isascii() or not any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in shown):
        return shown
    return f"{_ISOLATE}{shown}{_END}"
