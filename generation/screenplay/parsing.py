"""From a text to the scene model: choose the layout, read it, note what was dropped on the way."""

import re
from dataclasses import replace
from functools import lru_cache

from generation.screenplay.chinese import read_chinese
from generation.screenplay.chinese_writer import chinese_text
from generation.screenplay.fountain import read_fountain
from generation.screenplay.fountain_writer import bare_fountain, fountain_text
from generation.screenplay.model import Problem, Script
from generation.screenplay.text import Hidden, visible_text

LANGUAGES = ("en", "zh")

REMEMBERED = 64
"""So many texts are kept with what was read in them: each answer is looked at several times over."""
REMEMBERED_CHARS = 50_000

_FOUNTAIN_SIGNS = re.compile(
    r"^[ \t　]{0,40}(?:@\S|\.[^\s.]|(?:INT|EXT|EST|I/E)[./ ](?![^\n]*　)|>.)", re.MULTILINE
)
_CHINESE_SIGNS = re.compile(r"^[ \t　]{0,40}(?:[△▲Δ∆▵▴].|[^\s：:]{1,12}[：:])", re.MULTILINE)


def parse(text: str, language: str) -> Script:
    """Read a screenplay in the layout of its language.

    Never raises because of what the text holds: what is no element of the layout becomes action, and
    `problems` says what was met. Raises `TextTooLarge` above `MAX_BYTES` and `ValueError` for a language
    that is not known.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language!r} (known: {', '.join(LANGUAGES)})")
    return (_remembered if len(text) <= REMEMBERED_CHARS else _read)(text, language)


def _read(text: str, language: str) -> Script:
    visible, hidden = visible_text(text)
    script = (
        read_chinese(visible) if detect(visible, language) == "chinese" else read_fountain(visible, language)
    )
    return replace(script, problems=(*_hidden_problems(hidden), *script.problems))


_remembered = lru_cache(REMEMBERED)(_read)  # A scene model never changes, so it may be handed out again.


def detect(text: str, language: str) -> str:
    """The layout that a text is typed in: `fountain` or `chinese`.

    English is read as Fountain. Chinese is read in the Chinese layout unless Fountain's own marks outnumber
    it.
    """
    if language != "zh":
        return "fountain"
    fountain = len(_FOUNTAIN_SIGNS.findall(text))
    return "fountain" if fountain > len(_CHINESE_SIGNS.findall(text)) else "chinese"


def _hidden_problems(hidden: tuple[Hidden, ...]) -> tuple[Problem, ...]:
    return tuple(
        Problem("hidden-characters", item.line, f"{item.count} × {item.kind}, not shown", serious=True)
        for item in hidden
    )


_MARKED = re.compile(r"^[ \t]{0,40}[@!>~#=]|\[\[|/\*|\\[*_\\]", re.MULTILINE)


def source_text(script: Script) -> str:
    """The script as its language types it: Fountain for English, the Chinese layout for Chinese.

    `parse(source_text(script), script.language)` gives the same elements, and `source_text` of that the same
    text. Not held are `[[`, and `/*` in the brackets after a name, within Fountain; notes, and line breaks
    within an element, in Chinese.
    """
    return chinese_text(script) if script.language == "zh" else fountain_text(script)


def bare_text(text: str, language: str) -> str:
    """A script as people type it who know of no marks of force: for prompts, and for what a model is to learn
    to write. Names stand in capitals; what is not printed is left out.

    Chinese comes in its own layout. A text without such marks is given back as it is. What needs a mark to be
    read as what it is, as a line in the middle does, may be read as action.
    """
    if not _MARKED.search(text):
        return text
    script = parse(text, language)
    if language != "zh":
        return bare_fountain(script)
    return chinese_text(script) if script.layout == "fountain" else text
