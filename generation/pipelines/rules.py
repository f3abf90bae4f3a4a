"""The rules that an answer must keep, each known by the name under which a system's file calls it.

A rule takes an `Answer` and its own bounds and gives a `Refusal` or None. What is checked is never changed:
an answer is kept as it came, or refused.
"""

import re

from evalsite.core.reason_codes import Reason
from generation.pipelines.inputs import NOVEL_SHARE, is_none
from generation.pipelines.refusals import Answer, Refusal, Rule
from generation.pipelines.spec import CheckSpec, StageSpec
from generation.screenplay import Kind, check_format, measure, parse
from generation.screenplay.measure import count_han, count_words
from generation.screenplay.text_checks import detect_language, find_meta_commentary

_NO_SCRIPT = frozenset({"empty", "language", "unreadable"})
_HEADING = re.compile(
    r"^[ \t]*(?:(?:INT|EXT|EST|I/E)[./ ]|第.{1,8}场|场次[:：]|\d+[-－]\d+[ \t　])"
    r"|^.{1,24}[ 　](?:日|夜|晨|昏|傍晚|清晨|深夜|黄昏)[ 　]+(?:内|外)[ \t　]*$"
)
_ACTION_MARK = re.compile(r"^[ \t　]*[△▲Δ∆▵▴]")
_CUE_ZH = re.compile(r"^[ \t　]*[^\s：:，。！？“”]{1,8}(?:（[^）]{1,12}）)?[：:][^“\"「\s]")
_CUE_EN = re.compile(r"^[ \t]*[A-Z][A-Z .'’-]{1,30}(?:\([^)]{1,20}\))?[ \t]*$")
_MARKDOWN = re.compile(r"^[ \t]*(?:```|#{1,6}[ \t]|\*\*[^*\n]+\*\*[ \t]*$|---+[ \t]*$)", re.MULTILINE)
_CROWDS = frozenset({"all", "both", "everyone", "众人", "大家", "所有人", "两人", "二人", "三人"})
_JOINED = re.compile(r"\s*(?:、|，|/|&|\band\b|和|与)\s*", re.IGNORECASE)


def _language(answer: Answer, check: CheckSpec) -> Refusal | None:
    found = detect_language(answer.text)
    if found == answer.language or is_none(answer.text):  # too short to tell a language by
        return None
    return Refusal(
        "language",
        {"found": found or "an unknown language (too short or mixed)", "language": answer.language},
    )


def _screenplay(answer: Answer, check: CheckSpec) -> Refusal | None:
    """A screenplay at all, however ill laid out."""
    what = no_script(answer.text, answer.language)
    return Refusal("no-screenplay", {"what": what}) if what else None


def no_script(text: str, language: str) -> str:
    """Why a text is no screenplay at all; the empty string when it is one."""
    script = parse(text, language)
    codes = [problem.code for problem in check_format(script) if problem.code in _NO_SCRIPT]
    if codes:
        return ", ".join(codes)
    kinds = {element.kind for element in script.elements}
    return "" if kinds & {Kind.HEADING, Kind.CHARACTER} else Reason("no-scenes")


def _length(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Between `low` and `high` times the length that was asked for: words, or Han characters."""
    target = answer.content.get("target_length")
    if not target:
        return None
    asked = target * (1 if answer.stage.form == "screenplay" else NOVEL_SHARE)
    least, most = round(asked * check.low), round(asked * check.high)
    length = _length_of(answer)
    if least <= length <= most:
        return None
    values = {"length": length, "least": least, "most": most}
    return Refusal("short" if length < least else "long", values)


def _length_of(answer: Answer) -> int:
    if answer.stage.form == "screenplay":
        return measure(parse(answer.text, answer.language)).length
    return count_han(answer.text) if answer.language == "zh" else count_words(answer.text)


def _no_layout(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Prose that runs on: no scene heading, no △, and no more than two lines that look like cues."""
    cues = []
    for line in answer.text.split("\n"):
        if _HEADING.match(line) or _ACTION_MARK.match(line):
            return Refusal("layout-in-prose", {"line": line.strip()[:60]})
        if (_CUE_ZH if answer.language == "zh" else _CUE_EN).match(line):
            cues.append(line)
    return Refusal("layout-in-prose", {"line": cues[0].strip()[:60]}) if len(cues) > 2 else None


def _speakers(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Everybody who speaks is in the brief: by name, by a part of it, or at least named in the outline."""
    known = [str(each["name"]).casefold() for each in answer.content.get("characters", ())]
    outline = str(answer.content.get("outline", "")).casefold()
    strangers = []
    for speaker in measure(parse(answer.text, answer.language)).speakers:
        for name in filter(None, (each.strip().casefold() for each in _JOINED.split(speaker))):
            if name in _CROWDS or name in outline:
                continue
            if not any(name in each or each in name for each in known):
                strangers.append(speaker)
                break
    return Refusal("stranger", {"names": ", ".join(strangers)[:200]}) if strangers else None


def _bare(answer: Answer, check: CheckSpec) -> Refusal | None:
    """The text alone: no remark before or after it, no Markdown."""
    if line := find_meta_commentary(answer.text, prose=False):
        return Refusal("remarks", {"line": line[:60]})
    mark = _MARKDOWN.search(answer.text)
    if mark:
        line = answer.text[mark.start() :].lstrip().split("\n", 1)[0]
        return Refusal("remarks", {"line": line[:60]})
    return None


RULES: dict[str, Rule] = {
    "language": _language,
    "screenplay": _screenplay,
    "length": _length,
    "no-layout": _no_layout,
    "speakers": _speakers,
    "bare": _bare,
}
"""Rules by name; other apps add theirs."""
WITH_BOUNDS = frozenset({"length"})


def rules_of(stage: StageSpec) -> tuple[CheckSpec, ...]:
    """The rules of a stage: its form's own first, then those that its file names."""
    always = ["language", *(["screenplay"] if stage.form == "screenplay" else [])]
    own = [check for check in stage.checks if check.rule not in always]
    return (*(CheckSpec(rule=rule) for rule in always), *own)
