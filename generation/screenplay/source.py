"""A scene model as the text that it is typed in, the inverse of `parse`; a text without marks of force."""

import re

from generation.screenplay.chinese_writer import chinese_text
from generation.screenplay.fountain_writer import bare_fountain, fountain_text
from generation.screenplay.model import Script
from generation.screenplay.parsing import parse

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
