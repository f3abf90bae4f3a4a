"""What the text of a script is, and how characters that nobody sees are dealt with.

Two steps, kept apart on purpose. `canonical_text` gives the text that is stored, hashed and never changed
afterwards: it touches only what cannot be stored or would make equal texts differ. `visible_text` gives
what is parsed and shown: it drops controls, zero-width marks and marks that turn the reading direction, and
reports them.
"""

import re
import unicodedata
from dataclasses import dataclass

from evalsite.core import digests

MAX_BYTES = 1_000_000
"""The longest text that is read, in bytes of UTF-8. A scene is a few thousand."""

MAX_LINE = 20_000
"""The longest line, in code points, that a foreign parser gets to see."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_BREAKS = re.compile("\r\n|[\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_SPACES = re.compile("[\t\u00a0\u2000-\u200a\u202f\u205f]")
_HIDDEN_CLASS = (
    "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f"  # controls
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"  # soft hyphen, fillers, Mongolian selectors
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u3164\uffa0"  # zero-width, direction marks
    "\ufe00-\ufe0f\ufff9-\ufffb"  # variation selectors, interlinear marks
    "\ufdd0-\ufdef\ufffe\uffff"  # no characters at all
    "\U000e0000-\U000e0fff"  # tags and more variation selectors
)
_HIDDEN = re.compile(f"[{_HIDDEN_CLASS}]")
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


END_TOKEN = re.compile(
    r"<[|｜][^<>\n]{1,60}[|｜]>|</?(?:s|bos|eos|pad|unk|think|start_of_turn|end_of_turn)>|\[/?INST\]|<</?SYS>>"
)
"""Signs by which models know where a message ends: within a text they would end it there, so that no training
takes an example with one in it."""


class TextTooLarge(ValueError):
    """The text is longer than `MAX_BYTES`."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """Characters that `visible_text` dropped: what kind, how many, and the line of the first."""

    kind: str
    count: int
    line: int


def canonical_text(text: str) -> str:
    """The text as it is stored and hashed: no byte-order mark, LF line ends, NFC.

    NUL and lone surrogates, which neither UTF-8 nor the database can hold, become U+FFFD. Raises
    `TextTooLarge`.
    """
    check_size(text)
    text = _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text.removeprefix("\ufeff"))
    text = digests.canonical_text(text)
    check_size(text)
    return text


def digest(text: str) -> str:
    """SHA-256 of the canonical text's UTF-8, as 64 hexadecimal digits."""
    return digests.text_digest(canonical_text(text))


def check_size(text: str) -> None:
    """Raise `TextTooLarge` when the text's UTF-8 is longer than `MAX_BYTES`."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TextTooLarge(f"the text is longer than {MAX_BYTES:,} bytes")


def visible_text(text: str) -> tuple[str, tuple[Hidden, ...]]:
    """The canonical text without what nobody sees, and a report of what was dropped.

    Line and page separators become LF, odd spaces become a space; the ideographic space stays.
    """
    text = _SPACES.sub(" ", _BREAKS.sub("\n", canonical_text(text)))
    found: dict[str, list[int]] = {}
    for match in _HIDDEN.finditer(text):
        found.setdefault(_hidden_kind(match.group()), []).append(match.start())
    hidden = tuple(
        Hidden(kind, len(places), text.count("\n", 0, places[0]) + 1)
        for kind, places in sorted(found.items())
    )
    # Dropping a mark can bring a letter and its accent together, so compose again.
    return unicodedata.normalize("NFC", _HIDDEN.sub("", text)), hidden


def is_hidden(character: str) -> bool:
    """Whether `visible_text` drops this character."""
    return _HIDDEN.match(character) is not None


def _hidden_kind(character: str) -> str:
    if character in _DIRECTION:
        return "direction mark"
    return "control character" if unicodedata.category(character) == "Cc" else "zero-width character"


def script_text(text: str) -> str:
    """The canonical text of one script: no blank lines at either end, one LF at the end; empty if blank."""
    lines = canonical_text(text).rstrip().split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    return "" if first is None else "\n".join(lines[first:]) + "\n"


def one_line(text: str) -> str:
    """A text without line breaks and control characters, which could add headers to an email."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
