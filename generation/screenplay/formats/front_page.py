"""The title page of Word and PDF files, where no field says what it is but its place does.

`title_page` finds the fields of a title page by their words. What stands among and below them, such as an
address of several lines, is known by its place: on a page of its own, or above the first heading.
"""

import re
from collections.abc import Sequence

from generation.screenplay import chinese_words as words
from generation.screenplay.chinese import is_heading

MOST_LINES, LONGEST_LINE = 25, 60
_ENGLISH_HEADING = re.compile(r"^(?:INT|EXT|EST|I/E)\b", re.IGNORECASE)
_ENGLISH_SCRIPT = re.compile(
    r"^(?:FADE IN|FADE UP|CUT TO|OVER BLACK|COLD OPEN|TEASER|ACT \w+)\b.{0,12}$", re.IGNORECASE
)
_SENTENCE = re.compile(r"[.!?…]['\"”’)]*$|[。！？；…][”’」）]?$")


def is_scene_heading(text: str) -> bool:
    """Whether a line is a scene heading in either language."""
    text = text.strip(" \u3000\t")
    return _ENGLISH_HEADING.match(text) is not None or is_heading(text)


def is_front_page(first: Sequence[str], rest: Sequence[str]) -> bool:
    """Whether the lines of a first page are a title page: few and short, above the first scene's page."""
    lines = [line.strip(" \u3000\t") for line in first if line.strip(" \u3000\t")]
    if not 0 < len(lines) <= MOST_LINES or not any(is_scene_heading(line) for line in rest):
        return False
    return not any(len(line) > LONGEST_LINE or is_scene_heading(line) or _is_script(line) for line in lines)


def title_block(texts: Sequence[str], titles: set[int]) -> set[int]:
    """Positions of the title page that begins with `titles`: all short lines down to the script.

    Unchanged where there is none, or where no heading follows.
    """
    if not titles:
        return titles
    last = max(titles)
    heading = next((at for at, text in enumerate(texts) if at > last and is_scene_heading(text)), -1)
    at = last + 1
    while at < heading and at < last + MOST_LINES and _is_of_title(texts[at].strip(" \u3000\t")):
        at += 1
    return set(range(at)) if heading > last else titles


def _is_of_title(line: str) -> bool:
    return len(line) <= LONGEST_LINE and not _is_script(line) and _SENTENCE.search(line) is None


def _is_script(line: str) -> bool:
    patterns = (words.ACTION, words.CAST, words.TRANSITION, words.FLASHBACK, words.SHOT, words.SUPER)
    return _ENGLISH_SCRIPT.match(line) is not None or any(pattern.match(line) for pattern in patterns)
