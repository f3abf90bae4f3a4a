"""Reasons are stored in English and said in the reader's language."""

import pytest
from django.utils import translation

from generation.backends import ServerError
from generation.pipelines.refusals import Refusal
from generation.reasons import known_reasons, said


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        (
            f"answers refused: 3; the last: {Refusal('cut', {'limit': 4096}).reason()}",
            "被拒收的回答：3 个；最后一个：在 4096 个词元处被截断",
        ),
        (
            f"requests failed: 7; the last: {ServerError.__name__}: status 502: bad gateway",
            "失败的请求：7 个；最后一个：服务器出错：状态 502：bad gateway",
        ),
        ("no part <novel>...</novel> in the answer", "回答中缺少 <novel>...</novel> 这一部分"),
        ("too short: {9} where 60 to 2400 will do", "太短：{9}，应在 60 到 2400 之间"),
        (
            Refusal("part-short", {"part": "context", "length": 3, "least": 8, "most": 250}).reason(),
            "前情太短：3，应在 8 到 250 之间",
        ),
        ("guideline is not plain text", "写作要求不是普通文字"),
        ("a line of dialogue stands in backstory: Tide's out.", "前史里引了台词：Tide's out."),
        ("coherence is missing", "缺少连贯"),
        ("beats.2.key is missing", "缺少第 2 个节拍的关键标记"),
        ("beats.2 was not asked for", "多了没有要求的第 2 个节拍"),
        ("relations.2 is not of type string", "人物关系.2的类型不是 string"),
        ("action 3 is not plain text", "第 3 个节拍的动作不是普通文字"),
        ("emotion 12 is a list, or more than one paragraph", "第 12 个节拍的情绪分了条或分了段"),
        ("beats 1 and 2 have the same action", "第 1 与第 2 个节拍的动作相同"),
        ("exposition and pacing are the same", "交代与节奏相同"),
        ("beat 4 has no emotion", "第 4 个节拍没有情绪"),
        ("first of beat 4 is of the wrong type", "第 4 个节拍的起始条类型不对"),
        ("Busy: status 429", "服务器忙：状态 429"),
        ("the next request could pass the limit of 10 tokens", "下一个请求可能超出 10 个词元的上限"),
        ("something that nobody knows", "something that nobody knows"),
    ],
)
def test_a_reason_is_said_in_chinese(reason, chinese):
    # In English the name that the program has for a kind of failure is no news.
    with translation.override("en"):
        assert said(reason) == reason.replace("ServerError: ", "").replace("Busy: ", "")
    with translation.override("zh-hans"):
        assert said(reason) == chinese


def test_all_that_the_program_says_has_chinese():
    with translation.override("zh-hans"):
        assert [each for each in known_reasons() if translation.pgettext("reason", each) == each] == []
