"""Whether a text is fit to be judged: what is measured of every script, and of a system over its scripts.

Numbers and names, no verdicts; the plan and people decide. All functions are pure, take parsed scripts and
plain values, and are linear in the length of their texts, whatever they hold.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import fmean
from typing import Any

from generation.screenplay import Kind, Script, check_format, measure
from generation.screenplay.text_checks import detect_language
from generation.script_metrics.novel_prose import prose_share
from generation.script_metrics.overlap import Shingles, repetition

_NAME = re.compile(r"[^\W\d_]+")
_LABEL = re.compile(r"\s*[（(].*$")
_AGE = re.compile(r"\s*(?:#\d+|\d+)$")
_EN_HEADING = re.compile(
    r"^(?:\d+\S*\s+)?(?:INT|EXT|EST|I/E)[./ ](?:\s*/?\s*(?:INT|"
    r"EXT)[./ ])?\s*(?P<place>[^\s-].*?)\s+(?:-|–|—|--)\s+(?P<time>\S.*)$",
    re.IGNORECASE,
)
_ZH_TIME = re.compile(
    r"(?:^|[\s　])(?:[^\s　]*(?:日|夜|晨|早|午|昏|晚|傍|明|晓|天|时|刻|后|续)[^\s　]*)(?=$|[\s　])"
)
_ZH_SIDE = re.compile(r"(?:^|[\s　])(?:内外?|外内?|内景|外景|室内|室外)(?=$|[\s　])")
_MARKUP = re.compile(
    r"\*\*|__|^#{1,6}\s|```|</?[A-Za-z][^<>\n]{0,60}>|<\|[^|\n]{0,40}\|>|&(?:nbsp|lt|gt|amp);|"
    r"\\[a-z]{3,12}\{|^[ \t]{0,20}\|.*\|[ \t]{0,20}$|\[[^\]\n]{1,80}\]\(",
    re.MULTILINE,
)
_LOOSE = frozenset(
    {
        "cue-alone",
        "unmarked-action",
        "speech-as-action",
        "markup",
        "note",
        "other-layout",
        "hidden-characters",
    }
)
_CROWD = re.compile(
    r"^(?:.*\b(?:VOICE|CROWD|ALL|BOTH|EVERYONE|MAN|WOMAN|BOY|GIRL|RADIO|TV|ANNOUNCER|DRIVER|"
    r"WAITER|NURSE|COP|OFFICER|CHILD|KID)\b.*"
    r"|.*(?:众人|众|旁白|画外音|广播|电话|所有人|人群|路人|男声|女声|声音|群演|甲|乙|丙|服务员|司机).*)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fitness:
    """Of one script. Shares are from 0 to 1; `None` is what cannot be said (no human script, no others).

    - `lines_recognised`: printed elements whose line is what its layout says, without a loose end
      (a cue without a speech, action without its mark, a speech typed as action, Markdown).
    - `heading_complete`: headings with a place, a time and inside or outside, of all headings; 0 without any.
    - `speakers_known`: speakers that the brief names anywhere, or that are nobody by name (a voice, a
      driver), of all speakers; `strangers` are the rest.
    - `markup`: places with leftover markup. `prose_in_action`: the share of action, by length, in
      paragraphs that are told like a novel.
    - `length_ratio`: length over the brief's target. `dialogue_share`: of the length.
    - `language_right`: whether the text reads as the brief's language.
    - `repetition`: the share of its n-grams (4 words, 8 Han) that came before in the same script.
    - `brief_overlap`, `human_overlap`, `nearest_other`: the share of its shingles (8 words, 12 Han) that
      stand in the brief, in the human script, in the nearest of the other scripts.
    """

    lines_recognised: float
    heading_complete: float
    speakers_known: float
    strangers: tuple[str, ...]
    markup: int
    prose_in_action: float
    length: int
    length_ratio: float
    dialogue_share: float
    language_right: bool
    repetition: float
    brief_overlap: float
    nearest_other: float | None
    human_overlap: float | None


@dataclass(frozen=True, slots=True)
class BriefText:
    """What a script is measured against: the brief's language, target length, cast, and all its words."""

    language: str
    target_length: int
    characters: tuple[str, ...]
    text: str


def fitness(
    script: Script, brief: BriefText, others: Iterable[Shingles] = (), human: Shingles | None = None
) -> Fitness:
    """Measure one script. `others` are the shingles of the other scripts of its brief, human one included or
    not; make each once with `Shingles.of(text, language)`.
    """
    counted = measure(script)
    own = Shingles.of(_spoken_and_shown(script), script.language)
    strangers = unknown_speakers(counted.speakers, brief)
    nearest = [own.share_in(other) for other in others]
    return Fitness(
        lines_recognised=_recognised(script),
        heading_complete=_headings(script),
        speakers_known=1 - len(strangers) / len(counted.speakers) if counted.speakers else 0.0,
        strangers=strangers,
        markup=sum(1 for _ in _MARKUP.finditer(script.text)) + _codes(script, "markup"),
        prose_in_action=prose_share(
            [element.text for element in script.of(Kind.ACTION) if element.form in ("", "unmarked")],
            script.language,
        ),
        length=counted.length,
        length_ratio=counted.length / brief.target_length if brief.target_length else 0.0,
        dialogue_share=counted.dialogue_length / counted.length if counted.length else 0.0,
        language_right=detect_language(script.text) == brief.language,
        repetition=repetition(script.text, script.language),
        brief_overlap=own.share_in(Shingles.of(brief.text, brief.language)),
        nearest_other=max(nearest) if nearest else None,
        human_overlap=own.share_in(human) if human is not None else None,
    )


@dataclass(frozen=True, slots=True)
class SystemFitness:
    """Of one system: how many scripts, and the mean of each number over the scripts that have it."""

    scripts: int
    means: dict[str, float]


def system_fitness(found: Sequence[Fitness]) -> SystemFitness:
    """Means over a system's scripts; `markup` and `strangers` as shares of scripts that have any."""
    means: dict[str, float] = {}
    for field in fields(Fitness):
        values = [_number(field.name, getattr(one, field.name)) for one in found]
        known = [value for value in values if value is not None]
        if known:
            means[field.name] = fmean(known)
    return SystemFitness(len(found), means)


def _number(name: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, tuple):
        return float(bool(value))
    return float(bool(value)) if name == "markup" else float(value)  # type: ignore[arg-type]


def unknown_speakers(speakers: Sequence[str], brief: BriefText) -> tuple[str, ...]:
    """Speakers that are nobody of the brief: no name or part of a name of its cast, named nowhere in its
    texts, and no voice or passer-by.
    """
    names = [name.casefold() for name in brief.characters]
    parts = {part for name in names for part in re.split(r"[\s·.]+", name) if len(part) > 1}
    told = brief.text.casefold()
    words = frozenset(_NAME.findall(told))

    def known(one: str) -> bool:
        if one in parts or any(len(one) > 1 and one in name for name in names):
            return True
        if brief.language == "zh":
            return len(one) > 1 and one in told
        pieces = [piece for piece in _NAME.findall(one) if len(piece) > 1]
        return any(piece in parts for piece in pieces) or (bool(pieces) and words.issuperset(pieces))

    return tuple(
        speaker
        for speaker in speakers
        if not all(known(one) for one in _people(speaker)) and not _CROWD.match(speaker)
    )


def _people(speaker: str) -> list[str]:
    bare = _AGE.sub("", _LABEL.sub("", speaker)).strip().casefold()
    return [one.strip() for one in re.split(r"\s*(?:、|&|＆|/| and )\s*", bare) if one.strip()]


def brief_text(content: Mapping[str, Any]) -> BriefText:
    """From `Brief.content()`: all that a system gets to read."""
    people = content["characters"]
    words = [content.get(name) or "" for name in ("outline", "previous_context", "guideline")]
    words += [f"{person['name']} {person['profile']}" for person in people]
    return BriefText(
        language=str(content["language"]),
        target_length=int(str(content["target_length"])),
        characters=tuple(str(person["name"]) for person in people),
        text="\n".join(map(str, words)),
    )


def _spoken_and_shown(script: Script) -> str:
    """What is told, without headings, names and labels, which scripts of one brief share by right."""
    kinds = (Kind.ACTION, Kind.DIALOGUE)
    return "\n".join(element.text for element in script.elements if element.kind in kinds)


def _recognised(script: Script) -> float:
    printed = {element.line for element in script.elements if element.printed}
    if not printed:
        return 0.0
    problems = [problem for problem in check_format(script) if problem.code in _LOOSE]
    if any(problem.code == "other-layout" for problem in problems):
        return 0.0
    return 1 - len({problem.line for problem in problems} & printed) / len(printed)


def _codes(script: Script, code: str) -> int:
    return sum(problem.code == code for problem in script.problems)


def _headings(script: Script) -> float:
    headings = [element.text for element in script.of(Kind.HEADING)]
    if not headings:
        return 0.0
    complete = _complete_zh if script.language == "zh" else _complete_en
    return sum(map(complete, headings)) / len(headings)


def _complete_en(heading: str) -> bool:
    return len(heading) < 200 and _EN_HEADING.match(heading) is not None


def _complete_zh(heading: str) -> bool:
    if len(heading) > 200:
        return False
    time, side = _ZH_TIME.search(heading), _ZH_SIDE.search(heading)
    rest = _ZH_SIDE.sub(" ", _ZH_TIME.sub(" ", heading, count=1))
    return time is not None and side is not None and re.search(r"[\u3400-\u9fff]", rest) is not None
