"""Lines in another language than the script's.

A word or a greeting in another language proves nothing; a line of nothing else is a model that has changed
its language. A speaker with another language in the text ("(in French)", 外国游客, （英语）) may.
"""

import re
from collections.abc import Iterator

from generation.screenplay.leaks.lines import Line, Lines
from generation.screenplay.text_checks.languages import english_probability

Place = tuple[int, int]

ENGLISH_LINE = 0.2
"""Neighbouring sentences whose probability of being English is smaller together are in another language."""
ENGLISH_SENTENCE = 0.7
"""A sentence that is more likely English is none of them."""
LEAST_SAID, LEAST_SHOWN, LEAST_LATIN, LEAST_LOWER_CASE = 7, 5, 7, 3
"""Different words of a foreign stretch in a speech and in action, without names in capitals; words of a line
in Latin letters in a Chinese script; lower-case words of a sentence there, since titles have capitals."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SENTENCE = re.compile(r"[^.!?…]{1,2000}[.!?…]{0,9}")
_HAN = re.compile("[\u3400-\u9fff]")
_QUOTED = re.compile('“[^”\n]{0,400}”|‘[^’\n]{0,200}’|"[^"\n]{0,400}"|《[^》\n]{0,60}》')
_LATIN = "A-Za-z\u00c0-\u024f"
_LATIN_RUN = re.compile(
    rf"[{_LATIN}][{_LATIN}'’]{{0,30}}(?:[ ,.!?;:-]{{1,3}}[{_LATIN}][{_LATIN}'’]{{0,30}}){{3,80}}"
)
_FOREIGNER = re.compile(
    r"外国|老外|洋|外籍|留学|游客|老师|翻译|机长|广播|歌|唱|英语|英文|美国|英国|Mr|Miss|[A-Za-z]{2}|[·•]"
)
_OTHER_LAYOUT = re.compile(
    r"^(?:cut to|smash cut|match cut|dissolve to|fade (?:in|out|to)|cold open|teaser|"
    r"act (?:one|two|three|four)|"
    r"end of act|montage|intercut|continued|flashback|title card|super)\b[^\u3400-\u9fff]{0,40}$",
    re.IGNORECASE,
)


def find_code_switching(lines: Lines) -> Iterator[Place]:
    """Find whole lines, and in Chinese action runs of words, in another language than the script's."""
    yield from _in_chinese(lines) if lines.language == "zh" else _in_english(lines)


def _in_english(lines: Lines) -> Iterator[Place]:
    for line in lines.lines:
        if line.role in ("speech", "other", "listed") and line.start not in lines.announced:
            yield from _foreign_stretches(line, LEAST_SAID if line.role == "speech" else LEAST_SHOWN)


def _foreign_stretches(line: Line, least: int) -> Iterator[Place]:
    """Neighbouring sentences of a line that are in another language together.

    What a colon introduces is a quotation.
    """
    stretch: list[re.Match[str]] = []
    for sentence in [*_SENTENCE.finditer(line.text), None]:
        if sentence and ":" not in sentence[0] and english_probability(sentence[0]) < ENGLISH_SENTENCE:
            stretch.append(sentence)
            continue
        if stretch:
            start, end = stretch[0].start(), stretch[-1].end()
            text = line.text[start:end]
            words = {word for word in _WORD.findall(text) if not word.isupper()}
            if len(words) >= least and english_probability(text) < ENGLISH_LINE:
                yield line.start + start, line.start + end
        stretch = []


def _in_chinese(lines: Lines) -> Iterator[Place]:
    for line in lines.lines:
        text = line.text.strip(" 　\t")
        if line.role == "other" and _OTHER_LAYOUT.match(text):
            yield line.start, line.start + len(line.text)
        elif line.role == "speech" and not (_FOREIGNER.search(line.cue) or line.start in lines.announced):
            said = text.partition(":")[2] if text.startswith(line.cue) else text
            words = _WORD.findall(said)
            if not _HAN.search(said) and len(words) >= LEAST_LATIN and _is_sentence(words):
                yield line.start, line.start + len(line.text)
        elif line.role == "action" and _HAN.search(text):
            bare = _QUOTED.sub(lambda match: " " * len(match[0]), line.text)
            yield from (
                (line.start + match.start(), line.start + match.end())
                for match in _LATIN_RUN.finditer(bare)
                if _is_sentence(_WORD.findall(match[0]))
            )


def _is_sentence(words: list[str]) -> bool:
    """Whether a run of Latin words is a sentence; a title and a name have capitals."""
    return sum(word.islower() for word in words) >= LEAST_LOWER_CASE
