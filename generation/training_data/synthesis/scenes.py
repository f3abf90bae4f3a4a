"""A scene as a prompt shows it and as rules look at it: its elements numbered, each speech with its speaker.

Pure: no database here.
"""

import re
from collections.abc import Sequence
from typing import TypedDict

from generation.screenplay import Kind, parse

_LABEL = re.compile(r"\s*[（(].*$")


class Line(TypedDict):
    """One numbered element; `kind` is heading, cast, action, speech or transition. Only a speech has a
    speaker; its reaction stands before the words, in parentheses."""

    number: int
    kind: str
    speaker: str
    text: str


def lines_of(text: str, language: str) -> list[Line]:
    """The printed elements of a scene, numbered from 1; a name, its reaction and its words are one."""
    lines: list[Line] = []
    speaker, said = "", list[str]()

    def close() -> None:
        if speaker or said:
            lines.append(_line(lines, "speech", " ".join(said), speaker))

    for element in parse(text, language).elements:
        if not element.printed:
            continue
        if element.kind is Kind.CHARACTER:
            close()
            speaker, said = _LABEL.sub("", element.text).strip(), []
        elif element.kind is Kind.PARENTHETICAL and speaker:
            said.append(f"（{element.text}）" if language == "zh" else f"({element.text})")
        elif element.kind is Kind.DIALOGUE and speaker:
            said.append(element.text)
        else:
            close()
            speaker, said = "", []
            kind = "action" if element.kind is Kind.DIALOGUE else element.kind.value
            lines.append(_line(lines, kind, element.text))
    close()
    return lines


def _line(before: Sequence[Line], kind: str, text: str, speaker: str = "") -> Line:
    return {"number": len(before) + 1, "kind": kind, "speaker": speaker, "text": text}


def numbered(lines: Sequence[Line], language: str) -> str:
    """The scene as a prompt shows it, an element on each line."""
    colon = "：" if language == "zh" else ": "
    shown = []
    for each in lines:
        who = f"{each['speaker']}{colon}" if each["speaker"] else ""
        shown.append(f"{each['number']}. {who}{' '.join(each['text'].split())}")
    return "\n".join(shown)


def named_in(name: str, text: str) -> bool:
    """Whether a text names a person: to the letter in Chinese, as whole words in any case in English."""
    if not name.isascii():
        return name in text
    if name.casefold() not in text.casefold():  # most are not, and a pattern for each takes long
        return False
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None
