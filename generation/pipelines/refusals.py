"""Why an answer was refused: a code with values for the record, and the words of the next prompt."""

from dataclasses import dataclass, field
from typing import Any

from generation.reason_codes import TEXTS, Reason

_WORDS: dict[str, tuple[str, str, str]] = {
    # code: the English text of the record; what the next prompt says in English and in Chinese, if it helps.
    "model": ("another model answered: {model}", "", ""),
    "cut": (
        "cut off at {limit} tokens",
        "it was too long and broke off before its end",
        "太长，没写完就中断了",
    ),
    "cut-by-server": (
        "cut off at the server's own limit of tokens",
        "it was too long and broke off before its end",
        "太长，没写完就中断了",
    ),
    "longer-than-asked": (
        "longer than asked: {length} characters where {limit} tokens were asked for",
        "it was far longer than what was asked for",
        "远远超出了要求的长度",
    ),
    "finish": ("finish reason {finish}", "", ""),
    "too-large": ("{said}", "", ""),
    "empty": ("the answer is empty", "there was nothing in it", "内容是空的"),
    "no-part": (
        "no part {shown} in the answer",
        "the part {shown} was missing",
        "缺少 {shown} 这一部分",
    ),
    "no-split": ("{said}", "it did not have the form that was asked for", "没有按要求的形式输出"),
    "schema-lacks": ("{part} is missing", "{part} was missing", "缺少 {part}"),
    "schema-extra": (
        "{part} was not asked for",
        "{part} is no field that was asked for",
        "多了没有要求的 {part}",
    ),
    "schema-type": (
        "{part} is not of type {type}",
        "{part} must be of type {type}, and was not",
        "{part} 的类型应为 {type}",
    ),
    "schema": (
        "{part} breaks the schema: {rule}",
        "{part} did not keep to this: {rule}",
        "{part} 不符合要求：{rule}",
    ),
    "language": (
        "the answer reads as {found}, not {language}",
        "it was not written in English",
        "不是用中文写的",
    ),
    "no-screenplay": (
        "no screenplay: {what}",
        "it was not laid out as a screenplay",
        "没有按剧本格式写",
    ),
    "short": (
        "too short: {length} where {least} to {most} will do",
        "it was too short: {length} words, where at least {least} are needed",
        "太短：只有 {length} 字，至少要 {least} 字",
    ),
    "long": (
        "too long: {length} where {least} to {most} will do",
        "it was too long: {length} words, where at most {most} are allowed",
        "太长：有 {length} 字，最多 {most} 字",
    ),
    "layout-in-prose": (
        "screenplay layout in prose: {line}",
        "it had the layout of a screenplay in it where plain prose was asked for",
        "用了剧本格式，而这里要的是连贯的叙述文字",
    ),
    "stranger": (
        "speakers whom the brief does not know: {names}",
        "people spoke in it whom the brief does not name: {names}",
        "出现了材料里没有的说话人：{names}",
    ),
    "remarks": (
        "more than the text itself: {line}",
        "it held more than the text itself: a remark, a title or Markdown",
        "除正文外还有说明、标题或 Markdown 标记",
    ),
    # Of synthesis.
    "part-language": (
        "{part} reads as {found}, not {language}",
        "{part} was not written in English",
        "{part} 不是用中文写的",
    ),
    "not-text": (
        "{part} is not plain text",
        "{part} must be plain text, and was not",
        "{part} 应当是一段普通文字",
    ),
    "cut-off": (
        "{part} breaks off in the middle of a sentence: {line}",
        "{part} broke off in the middle of a sentence: {line}",
        "{part} 话没说完就断了：{line}",
    ),
    "loop": (
        "{part} says again and again: {line}",
        "{part} said the same sentence again and again: {line}",
        "{part} 反复说同一句话：{line}",
    ),
    "part-short": (
        "{part} is too short: {length} where {least} to {most} will do",
        "{part} was too short: {length} words, where at least {least} are needed",
        "{part} 太短：只有 {length} 字，至少要 {least} 字",
    ),
    "part-long": (
        "{part} is too long: {length} where {least} to {most} will do",
        "{part} was too long: {length} words, where at most {most} are allowed",
        "{part} 太长：有 {length} 字，最多 {most} 字",
    ),
    "tags": (
        "{count} tags where {least} to {most} different ones will do",
        "tags must be a list of {least} to {most} different labels",
        "tags 应当是 {least} 至 {most} 个不同的标签",
    ),
    "tag-long": (
        "a tag is no short label: {line}",
        "a tag was not a short label: {line}",
        "标签太长：{line}",
    ),
    "other-person": (
        "the profile is about {other}, not about {name}",
        "the profile spoke of {other} where {name} was meant",
        "写的是 {other}，应当写 {name}",
    ),
    "quote": (
        "a line of dialogue stands in {part}: {line}",
        "{part} repeated a line of dialogue: {line}",
        "{part} 里重复了台词：{line}",
    ),
    "laid-out": (
        "{part} has the layout of a screenplay: {line}",
        "{part} had a scene heading or other screenplay layout in it",
        "{part} 里有场景标题或剧本格式",
    ),
    "not-one-paragraph": (
        "{part} is a list, or more than one paragraph",
        "{part} must be one paragraph and no list",
        "{part} 应当是一段话，不要分段、分条",
    ),
    "unnamed": (
        "speakers who are not named in {part}: {names}",
        "these people, who speak in the scene, were not named in {part}: {names}",
        "{part} 没有点到这些有台词的人：{names}",
    ),
    "context-none": (
        "no context, though there are earlier scenes",
        "there are earlier scenes, and nothing of them was told",
        "前面有戏，却没有写前情",
    ),
    "context-invented": (
        "a context, though there is no earlier scene",
        "there is no earlier scene, so that the word for none was due and nothing else",
        "前面没有戏，只应写“（无）”",
    ),
    "beats-form": (
        "the beats cannot be read: {what}",
        "the beats could not be read: {what}",
        "beats 的格式不对：{what}",
    ),
    "ranges": (
        "beat {number} covers {first} to {last} where {due} was next of {count} elements",
        "beat {number} covered elements {first} to {last}; it had to begin with {due}, and there are {count}",
        "第 {number} 个节拍写的是第 {first} 至 {last} 条，应当从第 {due} 条开始，全场共 {count} 条",
    ),
    "ranges-end": (
        "the beats end with element {last} of {count}",
        "the last beat ended with element {last}; it must end with {count}",
        "最后一个节拍止于第 {last} 条，应止于第 {count} 条",
    ),
    "key": (
        "{count} key beats where there must be one",
        "{count} beats were marked as key; it must be exactly one",
        "标了 {count} 个关键节拍，应当只有一个",
    ),
    "beats-count": (
        "{count} beats where {least} to {most} will do",
        "there were {count} beats, where {least} to {most} will do",
        "有 {count} 个节拍，应为 {least} 至 {most} 个",
    ),
    "beat-same": (
        "action and emotion of beat {number} are the same",
        "action and emotion of beat {number} said the same",
        "第 {number} 个节拍的 action 和 emotion 写的是一样的",
    ),
    "beats-same": (
        "beats {one} and {other} have the same {part}",
        "beats {one} and {other} had the same {part}",
        "第 {one} 和第 {other} 个节拍的 {part} 写的是一样的",
    ),
    "parts-same": (
        "{one} and {other} are the same",
        "{one} and {other} said the same",
        "{one} 和 {other} 写的是一样的",
    ),
    "absent": (
        "people of the outline who are not in it: {names}",
        "these people of the outline were missing, or had another name: {names}",
        "大纲点到的这些人没有出场，或名字变了：{names}",
    ),
    "copied": (
        "{share} % of it stands in the source in the same words",
        "it repeated a finished scene word for word; write it in words of your own",
        "照抄了现成的戏，请用自己的话写",
    ),
    "mark": (
        "{part} is no whole number from 1 to 5",
        "{part} must be a whole number from 1 to 5",
        "{part} 应当是 1 至 5 的整数",
    ),
}

TEXTS.update({code: record for code, (record, *_) in _WORDS.items()})


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
        return _WORDS[self.code][2 if language == "zh" else 1].format(**self.values)
