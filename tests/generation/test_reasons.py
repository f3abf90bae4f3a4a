"""Reasons of jobs, attempts, runs and answers: each code has an English text and a Chinese one."""

import json
import string

import pytest
from django.utils import translation

from evalsite.core.reason_codes import TEXTS, Reason, load
from generation.backends import ServerError
from generation.pipelines.refusals import Refusal
from generation.reasons import KINDS, render

BAD_GATEWAY = ServerError(Reason("status-said", status=502, said="bad gateway")).reason


@pytest.mark.parametrize(
    ("reason", "english", "chinese"),
    [
        (
            Reason("answers-refused", count=3, reason=Refusal("cut", {"limit": 4096}).reason()),
            "answers rejected: 3; last reason: cut off at 4096 tokens",
            "被拒收的回答：3 个；最后一次原因：达到 4096 token 上限被截断",
        ),
        (
            Reason("requests-failed", count=7, reason=BAD_GATEWAY),
            "requests failed: 7; last error: status 502: bad gateway",
            "失败的请求：7 个；最后一次错误：服务器出错：状态码 502：bad gateway",
        ),
        (
            Reason("short", length="{9}", least=60, most=2400),
            "too short: {9}, expected 60 to 2400",
            "太短：{9}，应为 60 至 2400",
        ),
        (
            Refusal("part-short", {"part": "context", "length": 3, "least": 8, "most": 250}).reason(),
            "context is too short: 3 (must be 8 to 250)",
            "前情提要太短：3，应在 8 到 250 之间",
        ),
        (Reason("not-text", part="guideline"), "guideline is not plain text", "写作要求不是纯文本"),
        (Reason("schema-lacks", part="beats.2.key"), "beats.2.key is missing", "缺少第 2 个节拍的关键标记"),
        (
            Reason("schema-type", part="relations.2", type="string"),
            "relations.2 isn't of type string",
            "人物关系.2的类型不是 string",
        ),
        (Reason("not-text", part="action 3"), "action 3 is not plain text", "第 3 个节拍的动作不是纯文本"),
        (
            Reason("parts-same", one="exposition", other="pacing"),
            "exposition and pacing are the same",
            "情境交代与节奏相同",
        ),
        (
            Reason("beats-form", what=Reason("beat-lacks", number=4, field="emotion")),
            "the beats can't be read: beat 4 has no emotion",
            "节拍无法读取：第 4 个节拍没有情绪",
        ),
        (
            Reason("language", found="a mixture", language="zh"),
            "the answer is in a mixture, not zh",
            "回答应为中文，实际为两种语言混杂",
        ),
        (Reason("foreign", said="<b>down</b>"), "<b>down</b>", "<b>down</b>"),
    ],
    ids=lambda value: value[:30],
)
def test_a_reason_is_shown_in_both_languages_also_after_it_was_stored(reason, english, chinese):
    stored = load(json.loads(json.dumps(reason.as_record())))
    for each in (reason, stored):
        with translation.override("en"):
            assert render(each) == english
        with translation.override("zh-hans"):
            assert render(each) == chinese
    assert stored == reason
    assert stored.as_record() == reason.as_record()


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_code_has_a_chinese_text_with_the_same_parameters():
    with translation.override("zh-hans"):
        for code, text in TEXTS.items():
            chinese = translation.pgettext("reason", text)
            assert _fields(chinese) == _fields(text), code
            assert chinese != text or text == "{said}", code


def test_every_code_has_an_english_text_and_can_be_rendered():
    for code, text in TEXTS.items():
        params = {name: Reason("empty") if name == "reason" else "x" for name in _fields(text)}
        with translation.override("en"):
            shown = render(Reason(code, **params))
        assert shown == ("the answer is empty" if code in KINDS else text.format(**params))


def test_an_exception_keeps_the_code_of_its_reason():
    assert str(ValueError(Reason("no-beats"))).code == "no-beats"


def test_what_the_database_cannot_hold_is_replaced():
    record = Reason("foreign", said="a\x00b\ud800" + "x" * 3000).as_record()
    assert record["params"]["said"].startswith("a\ufffdb\ufffdx")
    assert len(record["params"]["said"]) == 2000
