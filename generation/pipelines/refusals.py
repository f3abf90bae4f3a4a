"""Why an answer was refused: a code with values for the record, and the words of the next prompt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evalsite.core import reason_codes
from evalsite.core.reason_codes import Reason
from generation.pipelines.spec import CheckSpec, StageSpec

Texts = tuple[str, str, str]
"""The text of the record; what the next prompt says in English and in Chinese, empty where it cannot help."""

_TEXTS: dict[str, Texts] = {
    "model": ("another model answered: {model}", "", ""),
    "cut": (
        "cut off at {limit} tokens",
        "it was too long and broke off before its end",
        "太长，没写完就中断了",
    ),
    "cut-by-server": (
        "cut off at the server's token limit",
        "it was too long and broke off before its end",
        "太长，没写完就中断了",
    ),
    "longer-than-asked": (
        "too long: {length} characters for a limit of {limit} tokens",
        "it was far longer than what was asked for",
        "远远超出了要求的长度",
    ),
    "finish": ("finish reason {finish}", "", ""),
    "too-large": ("{said}", "", ""),
    "empty": ("the answer is empty", "there was nothing in it", "内容是空的"),
    "no-part": (
        "the answer has no {shown}",
        "the part {shown} was missing",
        "缺少 {shown} 这一部分",
    ),
    "no-split": ("{said}", "it did not have the form that was asked for", "没有按要求的形式输出"),
    "schema-lacks": ("{part} is missing", "{part} was missing", "缺少 {part}"),
    "schema-extra": (
        "{part} is unexpected",
        "{part} is no field that was asked for",
        "多了没有要求的 {part}",
    ),
    "schema-type": (
        "{part} isn't of type {type}",
        "{part} must be of type {type}, and was not",
        "{part} 的类型应为 {type}",
    ),
    "schema": (
        "{part} doesn't match the schema: {rule}",
        "{part} did not keep to this: {rule}",
        "{part} 不符合要求：{rule}",
    ),
    "language": (
        "the answer is in {found}, not {language}",
        "it was not written in English",
        "不是用中文写的",
    ),
    "no-screenplay": (
        "not a screenplay: {what}",
        "it was not laid out as a screenplay",
        "没有按剧本格式写",
    ),
    "short": (
        "too short: {length}, expected {least} to {most}",
        "it was too short: {length} words, where at least {least} are needed",
        "太短：只有 {length} 字，至少要 {least} 字",
    ),
    "long": (
        "too long: {length}, expected {least} to {most}",
        "it was too long: {length} words, where at most {most} are allowed",
        "太长：有 {length} 字，最多 {most} 字",
    ),
    "layout-in-prose": (
        "screenplay layout in prose: {line}",
        "it had the layout of a screenplay in it where plain prose was asked for",
        "用了剧本格式，而这里要的是连贯的叙述文字",
    ),
    "stranger": (
        "speakers not in the brief: {names}",
        "people spoke in it whom the brief does not name: {names}",
        "出现了材料里没有的说话人：{names}",
    ),
    "remarks": (
        "text besides the script: {line}",
        "it held more than the text itself: a remark, a title or Markdown",
        "除正文外还有说明、标题或 Markdown 标记",
    ),
}


def register(texts: Mapping[str, Texts]) -> None:
    """Add refusals, by code."""
    _TEXTS.update(texts)
    reason_codes.TEXTS.update({code: record for code, (record, *_) in texts.items()})


register(_TEXTS)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason. `values` fill its words."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)

    def reason(self) -> Reason:
        """For the record."""
        return Reason(self.code, **self.values)

    def why(self, language: str) -> str:
        """For the next try, in the language of the brief; empty where a prompt cannot help."""
        return _TEXTS[self.code][2 if language == "zh" else 1].format(**self.values)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule looks at: the part that goes on, and the input that it answers (its content).

    `parts` are all parts of the answer, `answers` what earlier stages gave, as later prompts know them.
    """

    stage: StageSpec
    text: str
    language: str
    content: Mapping[str, Any]
    parts: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)


Rule = Callable[[Answer, CheckSpec], Refusal | None]
