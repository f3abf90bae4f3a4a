"""House typography: what in the hand of a script is typesetting is set alike, before anybody reads it.

A system could be known by its dashes, its quotes or the look of its headings, where these are no choice of
words. `house` sets them in one way for each language and changes no word: letters and figures stay, but for
capitals in headings, cues and transitions, the widths of letters in Chinese, the numbers of scenes, which
tell where in whose episode a scene was cut from, and labels: I/E, 内景, (CONT.). What cannot be set alike
without choosing for the writer is left, and `generation.screenplay.leaks.tells` flags it.

How well a text keeps to its format is measured on what was written, not on this.
"""

from dataclasses import replace

from generation.screenplay import house_chinese, house_english
from generation.screenplay.model import Element, Kind, Script

MOST_PASSES = 6


def house(script: Script) -> Script:
    """The script in house typography: the same elements, scenes and problems, other offsets and texts.

    Setting it twice changes nothing more. In time linear in the text.
    """
    names = frozenset(
        part for cue in script.of(Kind.CHARACTER) for part in cue.text.split("(")[0].lower().split()
    )
    elements, offset = [], 0
    for element in script.elements:
        text = _set(element, script.language, names)
        elements.append(replace(element, text=text, start=offset))
        offset += len(text) + 1
    return replace(script, elements=tuple(elements), text="\n".join(element.text for element in elements))


def _set(element: Element, language: str, names: frozenset[str]) -> str:
    """The text of one element. Never empty: a text of marks alone that would vanish stays as it is."""
    if not element.printed:
        return element.text
    for _ in range(MOST_PASSES):
        found = _chinese(element) if language == "zh" else _english(element, names)
        if not found or found == element.text:
            break
        element = replace(element, text=found)  # what one mark became may change what its neighbour is
    return element.text


def _english(element: Element, names: frozenset[str]) -> str:
    if element.kind is Kind.PARENTHETICAL:
        return house_english.parenthetical(element.text, names)
    setters = {
        Kind.HEADING: house_english.heading,
        Kind.CHARACTER: house_english.cue,
        Kind.TRANSITION: house_english.transition,
    }
    return setters.get(element.kind, house_english.running)(element.text)


def _chinese(element: Element) -> str:
    if element.kind is Kind.ACTION:
        return house_chinese.action(element.text, element.form)
    setters = {
        Kind.HEADING: house_chinese.heading,
        Kind.CAST: house_chinese.cast,
        Kind.CHARACTER: house_chinese.cue,
        Kind.PARENTHETICAL: house_chinese.parenthetical,
        Kind.TRANSITION: house_chinese.transition,
    }
    return setters.get(element.kind, house_chinese.running)(element.text)
