"""What could tell who wrote a script: cases as data, and the scripts of the demonstration."""

import re
import time
import tomllib
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.briefs.files import read_brief, read_script_file
from generation.screenplay import canonical_text, check_format, parse
from generation.screenplay.leaks.scanning import MOST_FINDINGS, MOST_SCANNED, scan
from generation.screenplay.names import rename_text
from tests import pace

ROOT = Path(__file__).resolve().parents[3]
CASES = tomllib.loads((Path(__file__).parent / "cases/leaks.toml").read_text())
NAMES = {
    "system_names": ["dsr", "human", "direct", "plan-then-write"],
    "series_titles": ["Nobody's Acre", "豆花店"],
}


def of(case):
    return pytest.param(case, id=case["text"][:30].replace("\n", " "))


@pytest.mark.parametrize("case", [of(case) for case in CASES["found"]])
def test_found(case):
    kinds = {finding.kind for finding in scan(case["text"], case["language"], **NAMES)}
    assert case["kind"] in kinds


@pytest.mark.parametrize("case", [of(case) for case in CASES["clean"]])
def test_left_alone(case):
    assert scan(case["text"], case["language"], **NAMES) == []


def test_a_finding_points_at_its_place():
    text = "Rain.\n\nHe asks Chat\u200bGPT, again.\n"
    model, hidden = sorted(scan(text, "en"), key=lambda finding: finding.kind, reverse=True)
    assert text[model.start : model.end] == "Chat\u200bGPT"
    assert (hidden.kind, text[hidden.start : hidden.end]) == ("hidden", "\u200b")
    assert "He asks" in model.excerpt


def test_findings_have_a_limit():
    assert len(scan("ChatGPT. " * 1000, "en")) == MOST_FINDINGS


def test_a_system_called_by_an_ordinary_word_is_not_looked_for_but_a_longer_name_is():
    text = "A direct answer. The direct generation of heat."
    assert [f.kind for f in scan(text, "en", system_names=["direct", "Direct generation"])] == ["system"]


@settings(max_examples=100, deadline=None)
@given(st.text(), st.sampled_from(["en", "zh"]))
def test_any_text_can_be_scanned(text, language):
    text = canonical_text(text)
    for finding in scan(text, language, **NAMES):
        assert 0 <= finding.start < finding.end <= len(text)


@pytest.mark.parametrize(
    "piece", ["\n", "[", "*", "- ", "<div ", "我", "`", "|", "here is the ", "А", "a:\n", "（", ". ", "1."]
)
def test_repetition_does_not_make_it_slow(piece):
    text = piece * (1_000_000 // len(piece.encode()))
    began = time.process_time()
    found = scan(text, "zh" if piece in "我（|А. 1." else "en")
    assert time.process_time() - began < pace.seconds(2)
    assert len(text) <= MOST_SCANNED or len(found) == MOST_FINDINGS or found[-1].kind == "size"


def test_a_text_that_is_no_script_may_speak_to_its_reader():
    text = "1. Please note that you may stop.\n\nI hope you enjoy the scenes.\n\nAs an AI, I ask you.\n"
    assert {finding.kind for finding in scan(text, "en")} == {"boilerplate", "typography", "note"}
    assert [text[f.start : f.end] for f in scan(text, "en", of_script=False)] == ["As an AI"]


def test_a_name_of_the_brief_is_no_model_but_a_product_is():
    text = "INT. SHED - DAY\n\nGrok waits. He is a dog.\n\nMARA\nGood Grok.\n"
    assert {finding.kind for finding in scan(text, "en")} == {"model"}
    assert scan(text, "en", characters=["Grok"]) == []
    assert scan(text + "\nWritten with Grok.\n", "en", characters=["Grok"]) != []


def test_writers_are_looked_for_by_name_or_code():
    assert [f.kind for f in scan("A tag on the coat says W-17.", "en", people=["W17", "w-17"])] == ["person"]


def test_a_copied_example_of_a_prompt_is_found():
    text = "INT. SHED - DAY\n\nMARA\nPlain paragraphs in the present tense, short ones.\n"
    assert [finding.kind for finding in scan(text, "en")] == ["prompt"]


def scripts():
    return sorted(
        path for path in (ROOT / "examples/scripts").glob("*/*") if path.suffix in (".txt", ".fountain")
    )


@cache
def all_briefs():
    examples = ROOT / "examples"
    paths = [path for folder in ("briefs", "outside") for path in (examples / folder).glob("*/*.yaml")]
    return {brief.slug: brief for brief in map(read_brief, paths)}


@pytest.mark.parametrize("path", scripts(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_demonstration_is_clean(path):
    briefs = all_briefs()
    brief = briefs[path.parent.name]
    titles = {each.series_title for each in briefs.values()}
    text = read_script_file(path)
    assert (
        scan(text, brief.language, system_names=["dsr", "direct", "plan-then-write"], series_titles=titles)
        == []
    )
    assert [problem for problem in check_format(parse(text, brief.language)) if problem.serious] == []


def test_there_is_a_demonstration():
    assert len(scripts()) >= 32


EN = "INT. MILL - DAY\n\nWater turns the wheel.\n\n{}JO\n{}It still turns.{}\n\nShe waits.\n"
ZH = "1-1　磨坊　日　内\n\n△水推着轮子转。\n{}乔安：{}还在转。{}\n△她等着。\n"


def kinds(text, language, **names):
    return {finding.kind for finding in scan(text, language, **names)}


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        (EN.format("A screen: A n t h r o p i c.\n\n", "", ""), "en", "model"),
        (EN.format("", "", " Ask Anthr0pic."), "en", "model"),
        (EN.format("", "(as the outline requires)\n", ""), "en", "note"),
        (EN.format("", "", " Let me know if you want a different ending."), "en", "boilerplate"),
        (EN.format("<NAME OF NEIGHBOUR>\nMorning.\n\n", "", ""), "en", "machine"),
        (EN.format("None\nMorning.\n\n", "", ""), "en", "machine"),
        (EN.format("A printout: some-lab-chat-2025-03-01.\n\n", "", ""), "en", "model"),
        (EN.format("", "[Tightened in pass 2]\n", ""), "en", "note"),
        (EN.format("", "", " [R. Vale, draft 4]"), "en", "note"),
        (EN.format("", "", " It turns. (Ada Vale, draft 3)"), "en", "note"),
        (ZH.format("", "", "还在转。（秦一，第三稿）"), "zh", "note"),
        (ZH.format("△屏幕：月 之 暗 面。\n", "", ""), "zh", "model"),
        (ZH.format("", "（依大纲处理）", ""), "zh", "note"),
        (ZH.format("", "", "如果您想要另一版结局，我可以再改。"), "zh", "boilerplate"),
        (ZH.format("<邻居名>：早。\n", "", ""), "zh", "machine"),
        (ZH.format("null：早。\n", "", ""), "zh", "machine"),
        (EN.format("", "", " I've rewritten the scene as requested."), "en", "boilerplate"),
        (ZH.format("", "", "以下是根据大纲创作的剧本。"), "zh", "boilerplate"),
        (ZH.format("△希望这个剧本符合您的要求。\n", "", ""), "zh", "boilerplate"),
        (ZH.format("△我先写了一版。\n", "", ""), "zh", "note"),
        (ZH.format("△【拍点3／5】她走近。\n", "", ""), "zh", "note"),
        (ZH.format("△屏幕：api.moonshot.cn。\n", "", ""), "zh", "model"),
        (EN.format("On the screen: gemini.google.com.\n\n", "", ""), "en", "model"),
        (ZH.format("", "", "") + "（后续略）\n", "zh", "note"),
        (ZH.format("△她站起来。\n", "", "") + "沈默，二〇二四年\n", "zh", "note"),
    ],
)  # fmt: skip
def test_every_unit_is_looked_through_alike(text, language, kind):
    """Parentheticals, cues, last sentences, brackets in speeches; spaced and look-alike names."""
    assert kind in kinds(text, language)


@pytest.mark.parametrize(
    "line",
    [
        "MRS. KEMP\nMorning.",
        "YOUNG DORA\nMorning.",
        "A brass plate: D O R A.",
        "Mrs. Kemp coughs.",
        "KEMP & SONS, in gold.",
    ],
)
def test_a_part_of_a_replaced_name_is_found_where_the_map_leaves_it(line):
    names = [{"from": "Dora Kemp", "to": "Xu Yan"}]
    text = rename_text(EN.format(f"{line}\n\n", "", ""), names)
    left = "person" in kinds(text, "en", replaced=["Dora Kemp"], characters=["Xu Yan"])
    assert left or not re.search("dora|d o r a|kemp", text.lower())


def test_a_part_that_is_a_word_of_the_text_is_no_name():
    text = EN.format("YOU WILL PAY, the wall says. They will.\n\n", "", "")
    assert kinds(text, "en", replaced=["Will Kemp"], characters=["Xu Yan"]) == set()


def test_a_part_of_a_chinese_name_that_people_are_counted_with_is_no_name():
    names = {"replaced": ["林姑娘"], "characters": ["江晚"]}
    text = ZH.format("姑娘：有人吗？\n△姑娘走进来。\n姑娘：有人吗？\n", "", "")
    assert len(scan(text, "zh", **names)) == 2  # the same cue again says nothing new
    for word in ("一个姑娘", "姑娘们"):
        assert scan(text.replace("△姑娘", f"△{word}"), "zh", **names) == []


def test_a_chapter_title_above_the_heading_is_found_in_both_languages():
    assert kinds("CHAPTER FOUR: THE WHEEL\n\n" + EN.format("", "", ""), "en")
    assert kinds("第四章　轮子\n\n" + ZH.format("", "", ""), "zh")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (EN.format("Painted on a van: CROW & SONS, www.crow.example.\n\n", "", ""), "en"),
        (EN.format("A sign: [NO ENTRY]. The turnstile shows [0042].\n\n", "", ""), "en"),
        (EN.format("", "(reading the label)\n", " Let me know if you change your mind."), "en"),
        (EN.format("He looks up. The screen reads: [NO SIGNAL]\n\n", "", ""), "en"),
        (EN.format('A line in ink: "If you like, I can rewrite the ending of our scene."\n\n', "", ""), "en"),
        (EN.format('She sits. It says: "Shall I draft another version of it?"\n\n', "", ""), "en"),
        (ZH.format("△车门上漆着：海生，www.haisheng.example。\n", "", ""), "zh"),
        (ZH.format("△牌子：【闲人免进】。计数器【0042】。\n", "", ""), "zh"),
        (ZH.format("△墙上木牌写着：【今日停业】\n", "", ""), "zh"),
        (ZH.format("△她展开信。纸上写着：“如果你愿意，我可以改写这个结局。”\n", "", ""), "zh"),
        (ZH.format("△手机亮了。短信：“希望这对你有帮助。”\n", "", ""), "zh"),
        (ZH.format("", "（念标签）", "想通了告诉我。"), "zh"),
        (ZH.format("△一块牌子：你我有缘。\n△【新闻画面】大坝合龙。\n", "", "我来。"), "zh"),
        (EN.format("", "", " Let me know if you'd like to change your lines."), "en"),
        (EN.format("", "", " Option A, we run. Option B, we also run."), "en"),
    ],
)
def test_what_a_sign_or_a_speech_quotes_is_no_finding(text, language):
    assert scan(text, language) == []


def test_the_last_action_of_a_chinese_scene_may_lack_its_mark():
    for before in ("", "△她站起来。\n△门开了。\n"):
        assert scan(ZH.format(before, "", "") + "灯灭了。\n", "zh") == []


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("伊万：（用俄语）До свидания, мой друг.\n", "zh"),
        ("伊万（日语，轻声）：さようなら。\n", "zh"),
        ("伊万（用韩语）：\n안녕하세요。\n", "zh"),
        ("IVAN\n(in Russian)\nДо свидания, мой друг.\n\n", "en"),
    ],
)
def test_another_language_that_a_parenthetical_announces_is_no_finding(line, language):
    scene = ZH if language == "zh" else EN
    assert scan(scene.format(line, "", ""), language) == []
    plain = re.sub(r"（.*?）|\(.*?\)\n", "", line)
    assert "language" in kinds(scene.format(line + plain, "", ""), language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (EN.format('"If you like, I can rewrite the ending of this scene."\n\n', "", ""), "en"),
        (EN.format("NOTE: [Adjust as needed.]\n\n", "", ""), "en"),
        (EN.format('A poster: "Powered by Anthr0pic."\n\n', "", ""), "en"),
        (ZH.format("“如果您愿意，我可以改写这个结局。”\n", "", ""), "zh"),
        (ZH.format("△她坐下。【此处可再展开】\n", "", ""), "zh"),
    ],
)
def test_quotation_marks_and_a_colon_hide_no_leak(text, language):
    assert scan(text, language)
