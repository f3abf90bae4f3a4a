"""Why jobs and requests ended, in the reader's language. What is stored stays as it was written, in English.

A stored reason is known by its words: those that the program itself writes are found again and said in the
reader's language, with what was put into them. What a server said of itself is left as it is.
"""

import re
from collections.abc import Iterator
from functools import cache

from django.utils.translation import get_language, gettext, pgettext

from generation.models import LIMIT_REACHED
from generation.pipelines.refusals import RECORDED
from generation.runs.lanes import WENT_AWAY
from generation.runs.mixing import NOT_MIXED
from generation.synthesis.texts import PROFILE

_KINDS = ("Unreachable", "TooSlow", "Busy", "ServerFault", "Malformed", "CircuitOpen", "Denied", "Rejected")
_KIND = re.compile(rf"(^|; the last: )(?:{'|'.join(_KINDS)}): ")
_WITHIN = frozenset({"reason", "said", "what", "found"})
"""Fields that hold a reason themselves."""
_NAMES = frozenset({"part", "field", "one", "other"})
"""Fields that hold what a part of an answer is called; `one` and `other` may be numbers too."""
_OF_BEAT = re.compile(r"(?:(?P<part>action|emotion) |beats\.)(?P<number>\d+)(?:\.(?P<field>\w+))?")
_OWN = (
    "answers refused: {count}; the last: {reason}",
    "requests failed: {count}; the last: {reason}",
    "the brief has changed since the run was planned",
    "prompt {prompt} has changed since the run was planned",
    "equal to that of sample {sample}",
    "a speaker has no profile: {names}",
    "the answer is not JSON",
    "the answer is not a JSON object",
    "the text is longer than {most} bytes",
    "neither heading nor speech in it",
    "a mixture",
    "no language known",
    "too short or too mixed to tell a language by",
    "the answer reads as a mixture, not {language}",
    "the answer reads as no language known, not {language}",
    "the answer reads as too short or too mixed to tell a language by, not {language}",
    "{part} reads as a mixture, not {language}",
    "{part} reads as no language known, not {language}",
    "{part} reads as too short or too mixed to tell a language by, not {language}",
    "no list of beats",
    "longer than any scene needs",
    "too many beats",
    "a field stands twice",
    "{word} is no number",
    "beat {number} is no object",
    "beat {number} has no {field}",
    "{field} of beat {number} is of the wrong type",
    "beat {number} has a field {field}",
    "status 200 with an error: {said}",
    "status {status}: it leads to {place}, where no request is sent by itself",
    "status {status}: {said}",
    "status {status}",
    "the server has no model {name} ({said})",
    "the server refuses {names} ({said})",
    "the server does not accept the key in {name} ({said})",
    "the server does not accept the key ({said})",
    "the account has no credit left ({said})",
    "rate limit reached ({said})",
    "the server is busy ({said})",
    "the request cannot be written: this provider takes no thinking budget",
    "requests of a run are under way there",
    "no whole answer within {seconds} s",
    "{address} does not answer: {said}",
    "{address} broke off before its answer was whole: {said}",
    "the environment variable {name}, which holds this system's key, is not set",
    "{name} holds what cannot be a key: it is not plain ASCII",
    "the answer is longer than {most} bytes",
    "the answer has no choices",
    "the list of models has no data",
    "the server failed so often that it is left alone for a while",
    "the engine was not ready within {seconds} s",
    "the engine has ended: {said}",
    "Unreachable: {reason}",
    "TooSlow: {reason}",
    "Busy: {reason}",
    "ServerFault: {reason}",
    "Malformed: {reason}",
    "CircuitOpen: {reason}",
    "Denied: {reason}",
    "Rejected: {reason}",
    WENT_AWAY,
    NOT_MIXED,
    "{count} jobs of the run are not finished.",
    "people have not decided all: {open} open, {disputed} in dispute.",
    "nothing passes the filter.",
    "reviews or the filter have changed while the dataset was built; nothing was stored.",
    "it broke off each time; the worker's log says why.",
    "no worker has brought it to an end in two days; ask for it again.",
    f"{LIMIT_REACHED} of {{limit}} tokens",
    f"{LIMIT_REACHED} of {{limit}}",
)


def known_reasons() -> Iterator[str]:
    """All that the program writes as a reason, with its fields: the longest words first, so that `status 200
    with an error` is not taken for any status.
    """
    words = {text for text in (*RECORDED, *_OWN) if re.sub(r"\{\w+\}", "", text)}
    yield from sorted(words, key=lambda text: (-len(re.sub(r"\{\w+\}", "", text)), text))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((text, _pattern(text)) for text in known_reasons())


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", text)
    written = "".join(f"(?P<{part}>.*?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile(written, re.DOTALL)


def _value(name: str, value: str) -> str:
    """What was put into a reason: a reason itself, a language's code or a part's name, or as it is."""
    languages = {"en": gettext("English"), "zh": gettext("Chinese")}
    if name in ("language", "found") and value in languages:
        return languages[value]
    if name in _NAMES:
        return part_name(value)
    return said(value) if name in _WITHIN else value


def part_name(name: str) -> str:
    """What a stage of synthesis, or a part of its answer, is called; an unknown one as it is.

    A part may be one beat's (`action 3`), or a place in an answer (`beats.2.key`).
    """
    if found := _OF_BEAT.fullmatch(name):
        if part := found["part"] or found["field"]:
            told = pgettext("of an answer", "%(part)s of beat %(number)s")
            return told % {"part": part_name(part), "number": found["number"]}
        return pgettext("of an answer", "beat %(number)s") % {"number": found["number"]}
    if "." in name:
        return ".".join(map(part_name, name.split(".")))
    labels = PROFILE["zh"] if (get_language() or "").startswith("zh") else {}
    return {
        "profile": gettext("profile"),
        "outline": gettext("outline"),
        "guideline": pgettext("place", "guideline"),
        "context": gettext("previous context"),
        "previous_context": gettext("previous context"),  # as it was recorded before
        "directives": gettext("directives"),
        "exposition": gettext("exposition"),
        "pacing": gettext("pacing"),
        "beats": gettext("beats"),
        "action": pgettext("of a beat", "action"),
        "emotion": pgettext("of a beat", "emotion"),
        "first": pgettext("of a beat", "first element"),
        "last": pgettext("of a beat", "last element"),
        "key": pgettext("of a beat", "key mark"),
        "novel": pgettext("stage of synthesis", "prose"),
        "marks": gettext("marks"),
        "coherence": gettext("coherence"),
        "faithfulness": gettext("faithfulness"),
        "filmable": gettext("filmable"),
        "rhythm": gettext("rhythm"),
        "reason": gettext("reason"),
        "unfilmable": gettext("cannot be filmed"),
        "unsupported": gettext("not supported by earlier scenes"),
        "sentences": gettext("sentences"),
        "support": gettext("evidence"),
        **labels,
    }.get(name, name)


def said(reason: str) -> str:
    """A stored reason in the language that is active, as it is where it is not the program's own. In English
    the program's name for a kind of failure is left out: the words after it say so."""
    if not reason:
        return reason
    if (get_language() or "en").startswith("en"):
        return _KIND.sub(r"\1", reason)
    for text, pattern in _patterns():
        if match := pattern.fullmatch(reason):
            found = {name: _value(name, value) for name, value in match.groupdict().items()}
            told = pgettext("reason", text)
            for name in _NAMES & found.keys():
                if found[name] != match[name]:  # spaces stand around what is not Chinese
                    told = re.sub(rf" ?(\{{{name}\}}) ?", r"\1", told)
            return told.format(**found)
    return reason
