"""Whether a text is fit to be judged: what is measured of every script, and of a system over its scripts.

Numbers and names, no verdicts; the plan and people decide. All functions are pure, take parsed scripts and
plain values, and are linear in the length of their texts, whatever they hold.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generation.screenplay import Kind, Script, check_format, measure
from generation.screenplay.measure import count_han, count_words
from generation.screenplay.text_checks import detect_language

LONG = {"en": 90, "zh": 160}
"""From here on, in words or Han characters, a paragraph of action is prose by its length alone."""

_INNER_EN = re.compile(
    r"\b(?:he|she|they|who|[A-Z][a-z]+) (?:\w+ )?(?:thinks? (?:of|about|that|back)|thought|"
    r"remember(?:s|ed)|recall(?:s|ed)|wonder(?:s|ed)|realiz(?:es|ed)|"
    r"realis(?:es|ed)|knew|knows (?:that|she|he|now)|felt|feels (?:that|as if|as though|a|the|her|"
    r"his)|believ(?:es|ed)|hop(?:es|ed)|wish(?:es|ed)|long(?:s|ed) (?:for|to)|"
    r"understood|regret(?:s|ted)|fear(?:s|ed)|decid(?:es|ed)|imagin(?:es|ed)|want(?:s|ed) (?:to|"
    r"her|him|nothing))\b"
    r"|\b(?:in|into|at the back of) (?:his|her|their) (?:mind|heart|memory|thoughts)\b|\b(?:had|"
    r"has) (?:always|never|once|long) (?:been|known|loved|wanted|felt|said|thought|told)\b"
    r"|\b(?:memories|memory|grief|guilt|longing|dread|relief|shame) (?:of|that|flood\w*|wash\w*|"
    r"rises?|rose|fills?|filled|settles?|settled|grips?|gripped)\b|\bas (?:if|though) (?:the "
    r"weight|all the years|the world|time)\b"
)
_INNER_ZH = re.compile(
    "心想|心里(?:想|明白|清楚|知道|一|却|有|很|不|暗)|心中|内心|暗自|暗想|暗暗|想起了?|回忆起?|回想|记得(?!我|你)|意识到|明白了?(?:过来|自己|他|她|这)|"
    "觉得|感到|感觉到?|仿佛(?:看见|听见|回到|又)|似乎(?:明白|想|在想)|不由得|不禁|忽然懂|终于(?:明白|懂|知道)|多年来|这些年来|百感交集|五味杂陈|"
    "一阵(?:酸楚|暖意|悲|痛|心酸|失落)|"
    "思绪|往事|涌上心头|说不清的|难以言说|曾经(?:是|的|也|那样)|渴望|害怕(?:的是|自己)|后悔|怀念"
)


def prose_share(paragraphs: Sequence[str], language: str) -> float:
    """The share, by length, of paragraphs of action that are prose; 0 where there is no action."""
    count = count_han if language == "zh" else count_words
    lengths = [count(paragraph) for paragraph in paragraphs]
    if not sum(lengths):
        return 0.0
    told = sum(
        length
        for length, paragraph in zip(lengths, paragraphs, strict=True)
        if length > LONG[language] or is_inner(paragraph, language)
    )
    return told / sum(lengths)


def is_inner(paragraph: str, language: str) -> bool:
    """Whether a paragraph speaks of what goes on in a person's head."""
    return (_INNER_ZH if language == "zh" else _INNER_EN).search(paragraph) is not None


SHINGLE = {"en": 8, "zh": 12}
GRAM = {"en": 4, "zh": 8}

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]")


@dataclass(frozen=True, slots=True)
class Shingles:
    """The runs of one text; `language` says what a run is made of."""

    language: str
    runs: frozenset[int]

    @classmethod
    def of(cls, text: str, language: str) -> "Shingles":
        return cls(language, frozenset(_runs(text, language, SHINGLE[language])))

    def share_in(self, other: "Shingles") -> float:
        """The share of this text's runs that are in the other one too; 0 where it has none."""
        return len(self.runs & other.runs) / len(self.runs) if self.runs else 0.0


def repetition(text: str, language: str) -> float:
    """The share of n-grams (4 words, 8 Han characters) that occurred before in the same text."""
    grams = _runs(text, language, GRAM[language])
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def _runs(text: str, language: str, length: int) -> list[int]:
    plain = text.lower().replace("’", "'")
    units = _HAN.findall(text) if language == "zh" else _WORD.findall(plain)
    return [hash(tuple(units[index : index + length])) for index in range(len(units) - length + 1)]


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
    """Of one script. Shares are from 0 to 1; `None` is what cannot be computed (no human script, no others).

    - `lines_recognised`: printed elements whose line is what its layout says, without a loose end
      (a cue without a speech, action without its mark, a speech typed as action, Markdown).
    - `heading_complete`: headings with a place, a time and inside or outside, of all headings; 0 without any.
    - `speakers_known`: speakers that the brief names anywhere, or that have no name (a voice, a
      driver), of all speakers; `strangers` are the rest.
    - `markup`: places with leftover markup. `prose_in_action`: the share of action, by length, in
      paragraphs that read like a novel.
    - `length_ratio`: length over the brief's target. `dialogue_share`: of the length.
    - `language_right`: whether the text reads as the brief's language.
    - `repetition`: the share of its n-grams (4 words, 8 Han) that came before in the same script.
    - `brief_overlap`, `human_overlap`, `nearest_other`: the share of its shingles (8 words, 12 Han) that
      are in the brief, in the human script, in the nearest of the other scripts.
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


def measure_text(
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


def unknown_speakers(speakers: Sequence[str], brief: BriefText) -> tuple[str, ...]:
    """Speakers whom the brief does not name: no name or part of a name of its cast, named nowhere in its
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
    """The text without headings, names and labels, which scripts of one brief share by right."""
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
