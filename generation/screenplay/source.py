"""A scene model as the text that it is typed in: the inverse of `parse`."""

from generation.screenplay.chinese_writer import chinese_text
from generation.screenplay.fountain_writer import fountain_text
from generation.screenplay.model import Script


def source_text(script: Script) -> str:
    """The script as its language types it: Fountain for English, the Chinese layout for Chinese.

    `parse(source_text(script), script.language)` gives the same elements, and `source_text` of that the same
    text. Three things cannot be held: `[[` within Fountain; notes, and line breaks within an element, in
    Chinese.
    """
    return chinese_text(script) if script.language == "zh" else fountain_text(script)
