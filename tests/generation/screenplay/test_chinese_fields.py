"""Chinese field lists, casts and headings: what belongs to which scene, and who is no speaker."""

import pytest

from generation.screenplay.formats import read_script, scenes, write_script


def read(text, name="scene.txt"):
    return read_script(text.encode(), name, "zh")


def rows(text):
    return [(each.kind.value, each.text) for each in read(text).script.elements]


BODY = "△雨。\n陈朗：走。\n"


@pytest.mark.parametrize(
    "label", ["内外", "内/外", "日夜", "内外景", "时间", "日期", "地点", "场次", "场号", "场景"]
)
def test_a_field_is_no_speaker(label):
    cues = [
        text
        for kind, text in rows(f"1-3　票房　夜　内\n{label}：内\n人物：陈朗\n{BODY}")
        if kind == "character"
    ]
    assert cues == ["陈朗"]


def test_a_list_of_fields_is_one_scene():
    first = "场次：1-3\n内外：内\n时间：夜\n地点：渡口票房\n人物：陈朗\n"
    found = scenes(read(first + BODY + first.replace("1-3", "1-4") + BODY).script)
    assert [scene.speakers for scene in found] == [("陈朗",)] * 2


def test_fields_on_one_line_hold_inside_and_outside():
    assert rows("场次：3　时间：夜　内外：内　地点：渡口票房\n" + BODY)[0] == (
        "heading",
        "3　渡口票房　夜　内",
    )


SIGN = (
    "1-3　票房　夜　内\n人物：陈朗、许燕（40岁）\n△雨。\n门口的木牌：今日停航。\n"
    "陈朗：走。\n许燕（OS）：好。\n旁白：天亮了。\n"
)


@pytest.mark.parametrize("kind", ["txt", "docx", "pdf"])
def test_a_name_that_no_cast_lists_is_marked(kind):
    content = SIGN.encode() if kind == "txt" else write_script(SIGN, kind, "zh")
    lines = read_script(content, f"x.{kind}", "zh").lines
    assert [line.source for line in lines if line.warning == "not-in-cast"] == ["门口的木牌：今日停航。"]


def test_without_a_cast_no_name_is_doubted():
    assert not any(line.warning for line in read(SIGN.replace("人物：陈朗、许燕（40岁）\n", "")).lines)


@pytest.mark.parametrize("gap", ["", "\n"])
def test_a_cast_above_its_heading_belongs_to_that_scene(gap):
    scene = "人物：陈朗\n{gap}1-{n}　票房　夜　内\n" + BODY
    text = "".join(scene.format(gap=gap, n=n) for n in (1, 2, 3))
    found = scenes(read(text).script)
    assert [scene.text.split("\n")[:2] for scene in found] == [
        ["人物：陈朗", f"1-{n}　票房　夜　内"] for n in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("1-3渡口票房夜内", "1-3　渡口票房　夜　内"),
        ("1-3渡口票房内夜", "1-3　渡口票房　夜　内"),
        ("1-3夜内渡口票房", "1-3　渡口票房　夜　内"),
        ("第3场夜内渡口票房", "第3场　渡口票房　夜　内"),
        ("第三场渡口票房日外", "第三场　渡口票房　日　外"),
        ("3.渡口票房夜内", "3　渡口票房　夜　内"),
        ("3、内景渡口票房深夜", "3　渡口票房　深夜　内"),
        ("1-3渡口票房（夜内）", "1-3　渡口票房　夜　内"),
        ("1-3渡口票房内景黄昏", "1-3　渡口票房　黄昏　内"),
    ],
)
def test_a_heading_that_is_run_together(typed, printed):
    found = rows(f"{typed}\n{BODY}")
    assert found[0] == ("heading", printed)
    assert found[1:] == [("action", "雨。"), ("character", "陈朗"), ("dialogue", "走。")]


@pytest.mark.parametrize(
    "line",
    [
        "3日内必须还钱",
        "1-3号楼外",
        "他在屋内",
        "12月3日夜外面下雨",
        "2天内",
        "第三场比赛日内结束了。",
        "夜里屋内",
    ],
)
def test_a_line_with_such_words_is_no_heading(line):
    assert rows(f"1-1　票房　夜　内\n{line}\n{BODY}")[1] == ("action", line)


def test_what_may_be_a_heading_run_together_is_offered():
    lines = read(f"1-1　票房　夜　内\n3渡口票房夜\n渡口票房夜内\n{BODY}").lines
    assert [line.warning for line in lines] == ["", "maybe-heading", "maybe-heading", "", ""]
