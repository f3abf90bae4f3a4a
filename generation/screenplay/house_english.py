"""House typography of English: how dashes, dots, quotes, headings, cues and transitions are printed.

Straight quotes and apostrophes, ` -- ` for a break, `...` for an ellipsis: what a screenplay in Courier has.
"""

import re

_QUOTES = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′‹›", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑−", "-"),
        "‒": "–",
    }
)
_ACUTE = re.compile(r"(?<=[^\W\d_])[`´](?=[^\W\d_])")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_ENDS = re.compile(r"(?<![^\n]) | (?=\n|\Z)")
_ELLIPSIS = re.compile(r"[.…]*…[.…]*|\.{3,}")
_SPACED_DOTS = re.compile(r"\.(?: \.){2,}")
_BEFORE_DOTS = re.compile(r"(?<=[\w,;:!?'\")]) (?=\.\.\.(?!\.))")
_AFTER_DOTS = re.compile(r"(?<=[\w,;:!?'\")]\.\.\.)(?=[^\W_])")
_DASH = re.compile(r" ?(?:[—―–]|--)[-—―–]* ?|(?<=\S) -(?: (?=\S)|(?=\n|\Z))")
_CUT_OFF = re.compile(r"(?<=[^\W_])-(?=[\"']?(?:\n|\Z))|(?<=[^\W_])-(?=[\"'] )")
_BETWEEN_FIGURES = (" – ", " - ")
_AMOUNT = re.compile(r"[$£€]?\d")
_AMOUNTS = re.compile(r"(?<![^\s(\"'])[$£€]?\d[\d.,:]*(?:am|pm|AM|PM|%|k|K|m|°)?$")
"""The two ends of a range: 9am–5pm, $5–$10, 10%–20%."""
_PREFIX = re.compile(r"(?:^|[\s(\"'])(?:pre|post|non|anti|ex|mid|self|pro|co|semi|quasi)$", re.IGNORECASE)
_INITIALS_END = re.compile(r"\b[A-Z]\.[A-Z]$")
_BARE_EXTENSION = re.compile(r"^(?P<name>[^()]*\S) +(?P<label>[OV]\.?[SCO]\.?)$")
_CLOSING = frozenset(")]}?!,.;:")

TIMES = (
    "DAY|NIGHT|MORNING|LATE MORNING|EARLY MORNING|AFTERNOON|LATE AFTERNOON|EVENING|DUSK|DAWN|NOON|MIDDAY|"
    "MIDNIGHT|SUNSET|SUNRISE|TWILIGHT|MAGIC HOUR|LATER|LATER THAT NIGHT|MOMENTS LATER|CONTINUOUS|SAME|"
    "SAME TIME|LATE NIGHT|PRE-DAWN"
)
_PLACE = re.compile(
    r"^(?:\(?#?\d{1,4}[A-Z]?[.):]? +)?(?P<place>INT\.? ?/ ?EXT|EXT\.? ?/ ?INT|I ?/ ?E|INT|EXT|EST)"
    r"(?:\.[ .:]*|[ :]+(?:- )?|$)"
)
_PLACES = {"I/E": "INT./EXT.", "INT/EXT": "INT./EXT.", "EXT/INT": "EXT./INT."}
_HEADING_DASH = re.compile(r" ?(?:[—―–]|--)[-—―–]* ?| - ?|(?<=[^\W_])- ")
_TIME = re.compile(rf"(?:[,.;:]|) ?\(({TIMES})\)$|[,.;:] ?({TIMES})$")

_TWICE = re.compile(r"(?: -)+ ")

_EXTENSION = re.compile(r" ?\(([^()]*)\)")
_INITIALS = re.compile(r"\b([OV])[./ ]{0,2}([SCO])\b\.?")
_CONTINUED = re.compile(r"\bCONT(?:INUED|'?D|\.|)(?=[\s,/.]|$)\.?")
_KNOWN_INITIALS = {"OS": "O.S.", "OC": "O.C.", "VO": "V.O."}
_LEADING_ON = (" TO", "FADE IN", " ON", " WITH", "CUT", "DISSOLVE", "WIPE")
_FIRST = re.compile(r"^[A-Z][a-z]+|^[A-Z]{2,}(?=$|[ ,.])")
_HABITS = frozenset(
    """
    a after again against almost and angry annoyed as at back barely beat beats before both but calm
    cold confused continuing cool dry excited filtered firm flat for from gentle half happy hard
    hushed in into just laughs long louder low low-key more muffled nervous no not off on only out
    over pause pauses pleased quiet quieter re reads relieved sad same serious shocked sighs slow
    smiles smiling soft softer sotto still stops surprised tense the then tired to too under urgent
    very voice warm whispers with without
    """.split()  # noqa: SIM905 - to be read
)
_ADVERB = re.compile(r"^[a-z]{3,}ly$")
_NAMES_IN_LY = frozenset(
    """
    beverly billy carly dolly emily everly holly italy july kelly kimberly lily molly polly sally
    shelly sully wally willy
    """.split()  # noqa: SIM905 - to be read
)


def running(text: str) -> str:
    """Action and speech."""
    text = _ACUTE.sub("'", text.translate(_QUOTES))
    text = _ENDS.sub("", _SPACES.sub(" ", text))
    text = _ELLIPSIS.sub("...", _SPACED_DOTS.sub("...", text))
    text = _AFTER_DOTS.sub(" ", _BEFORE_DOTS.sub("", text))
    text = _CUT_OFF.sub(" --", text)
    return _ENDS.sub("", _DASH.sub(_broken, text))


def _broken(match: re.Match[str]) -> str:
    """One dash with the space that belongs on each side of it; between figures, a range."""
    text, start, end = match.string, match.start(), match.end()
    before, after = text[start - 1 : start], text[end : end + 1]
    dash = match[0]
    if before.isdigit() and after.isdigit() and (dash in _BETWEEN_FIGURES or " " not in dash):
        return " - " if " " in dash else "-"
    if dash in "–—" and (_AMOUNTS.search(text[max(0, start - 12) : start]) and _AMOUNT.match(text, end)):
        return "-"
    if dash == "–" and _compound(text, start, end):
        return "-"
    opened = before in "\"'([" and text[start - 2 : start - 1] in ("", " ", "\n", "(", '"')
    left = "" if before in ("", "\n") or opened else " "
    closes = after in _CLOSING and not text.startswith("...", end)
    if after and after in "\"'":
        closes = not text[end + 1 : end + 2].isalnum()
    right = "" if after in ("", "\n") or closes else " "
    return f"{left}--{right}"


def _compound(text: str, start: int, end: int) -> bool:
    """Whether a short dash joins two names, or a prefix and its word: New York–London, post–war."""
    if _PREFIX.search(text[max(0, start - 8) : start]) and text[end : end + 1].isalpha():
        return True
    space = max(text.rfind(" ", max(0, start - 30), start), text.rfind("\n", max(0, start - 30), start))
    return text[space + 1 : space + 2].isupper() and text[end : end + 1].isupper() and start - space < 30


def capitals(text: str) -> str:
    """The text in capitals, letter by letter: no letter becomes two."""
    if text.isascii():
        return text.upper()
    return "".join(
        big if len(big := each.upper()) == 1 and big.casefold() == each.casefold() else each for each in text
    )


def heading(text: str) -> str:
    """`INT. KITCHEN - NIGHT`: capitals, a full stop after the place, one hyphen between parts, no number."""
    text = capitals(_SPACES.sub(" ", text.translate(_QUOTES).replace("\n", " ")))
    text = _ELLIPSIS.sub("...", text).strip()
    found = _PLACE.match(text)
    rest = (text[found.end() :] if found else text).strip(" .:")
    number = re.match(r"^\(?#?(\d{1,4}[A-Z]?)[.):]? ", text)
    if found and number:
        rest = rest.removesuffix(f" {number[1]}").removesuffix(f" #{number[1]}#").strip(" .:")
    rest = _HEADING_DASH.sub(" - ", rest).strip(" -")
    rest = _TIME.sub(lambda match: f" - {match[1] or match[2]}", rest).strip(" -")
    rest = _TWICE.sub(" - ", rest)
    if _INITIALS_END.search(rest) and text.endswith("."):
        rest += "."  # 3 P.M.
    if not found:
        return rest or text
    place = re.sub(r"[ .]", "", found["place"])
    return f"{_PLACES.get(place, place + '.')} {rest}".strip()


def cue(text: str) -> str:
    """`ADA (V.O.) (CONT'D)`: capitals, the usual spelling of what stands in brackets."""
    text = capitals(running(text)).rstrip(" :") or text
    if (bare := _BARE_EXTENSION.match(text)) is not None:
        text = f"{bare['name']} ({bare['label']})"
    name, bracket, rest = text.partition("(")
    if not bracket:
        return text
    return f"{name.strip()} {_EXTENSION.sub(_extension, bracket + rest).strip()}".strip()


def _extension(match: re.Match[str]) -> str:
    inner = _CONTINUED.sub("CONT'D", match[1].strip())
    inner = _INITIALS.sub(lambda pair: _KNOWN_INITIALS.get(pair[1] + pair[2], pair[0]), inner)
    return f" ({inner})"


def parenthetical(text: str, names: frozenset[str]) -> str:
    """`quietly`: no full stop, a small first letter where the first word is no name. `names` in small."""
    text = running(text)
    if text.endswith(".") and not text.endswith("..") and text.count(".") == 1:
        text = text[:-1] or text
    first = _FIRST.match(text)
    if first is None:
        return text
    word = first[0].lower()
    known = word in _HABITS or (_ADVERB.match(word) and word not in _NAMES_IN_LY)
    return word + text[first.end() :] if known and word not in names else text


def transition(text: str) -> str:
    """`CUT TO:`, `FADE OUT.`: capitals, a colon where something follows, a full stop where it ends."""
    text = capitals(running(text))
    bare = text.rstrip(" \n.:")
    if not bare or bare.endswith(("?", "!", "--")):
        return text
    return bare + (":" if bare.endswith(_LEADING_ON) else ".")
