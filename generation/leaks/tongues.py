"""Lines in another language than the script's, told by its small words.

A word or a greeting in another language is anybody's; a line made of nothing else is a model that has
slipped. English scripts are looked through for Spanish, French, German, Italian and Portuguese, Chinese ones
for English. A speaker who is said to speak another language ("(in French)", 外国游客, （英语）) may.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from generation.leaks.lines import Line, Lines

Place = tuple[int, int]

_SMALL = {
    name: frozenset(words)
    for name, words in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items()
}
_ENGLISH, _CLEARLY_ENGLISH = _SMALL.pop("english"), _SMALL.pop("plainly_english")
_TONGUES = tuple(_SMALL.values())
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SENTENCE = re.compile(r"[^.!?…]{1,2000}[.!?…]{0,9}")
_FOREIGN_VOICE = re.compile(
    r"\((?:in|sings?|singing|reading|reads|quoting)\b[^)\n]{0,30}\)|^~", re.IGNORECASE
)
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
_LEAST_SAID, _LEAST_SHOWN, _LEAST_ENGLISH = 6, 4, 7


def slipped(lines: Lines) -> Iterator[Place]:
    """Where a whole line, or in Chinese action a run of words, is in another language."""
    yield from _in_chinese(lines) if lines.language == "zh" else _in_english(lines)


def _in_english(lines: Lines) -> Iterator[Place]:
    explained = ""
    for line in lines.lines:
        if line.role == "blank":
            explained = ""
        elif line.role in ("speech", "cue") and _FOREIGN_VOICE.search(line.text):
            explained = line.cue
        if line.role not in ("speech", "other", "listed") or (explained and explained == line.cue):
            continue
        least = _LEAST_SAID if line.role == "speech" else _LEAST_SHOWN
        yield from _stretches(line, least)


def _stretches(line: Line, least: int) -> Iterator[Place]:
    """Neighbouring sentences of a line without an English word that are of another tongue together."""
    start, end, words = 0, 0, list[str]()
    for sentence in [*_SENTENCE.finditer(line.text), None]:
        said = _said(sentence[0]) if sentence else []
        if sentence and not any(word in _ENGLISH for word in said):
            start, end = (start if words else sentence.start()), sentence.end()
            words += said
            continue
        if len(words) >= least and _is_foreign(words):
            yield line.start + start, line.start + end
        words = []


def _is_foreign(words: list[str]) -> bool:
    for tongue in _TONGUES:
        small = [word for word in words if word in tongue]
        if len(small) >= max(2, len(words) // 4) and len(set(small)) >= 2:
            return True
    return False


def _said(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def _in_chinese(lines: Lines) -> Iterator[Place]:
    for line in lines.lines:
        text = line.text.strip(" 　\t")
        if line.role == "other" and _OTHER_LAYOUT.match(text):
            yield _whole(line)
        elif line.role == "speech" and not _FOREIGNER.search(line.cue) and "语" not in line.text[:24]:
            said = text.partition(":")[2] if text.startswith(line.cue) else text
            words = _WORD.findall(said)
            if not _HAN.search(said) and len(words) >= _LEAST_ENGLISH and _is_english(words, 2):
                yield _whole(line)
        elif line.role == "action" and _HAN.search(text):
            bare = _QUOTED.sub(lambda match: " " * len(match[0]), line.text)
            yield from (
                (line.start + match.start(), line.start + match.end())
                for match in _LATIN_RUN.finditer(bare)
                if _is_sentence(_WORD.findall(match[0]))
            )


def _is_sentence(words: list[str]) -> bool:
    """Whether a run of words is said in English or another tongue; a song's title has capitals."""
    in_small = sum(word.islower() for word in words) >= 3
    return _is_english(words, 1 if in_small else 2) or _is_foreign([word.lower() for word in words])


def _is_english(words: list[str], least: int) -> bool:
    return sum(word.lower().replace("’", "'") in _CLEARLY_ENGLISH for word in words) >= least


def _whole(line: Line) -> Place:
    return line.start, line.start + len(line.text)
