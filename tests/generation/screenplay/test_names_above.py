"""Chinese screenplays whose names stand above their speech, and those that are typed in Fountain."""

import io

import docx
import pytest

from generation.screenplay.formats import read_script, scenes

BODY = """\
内景 渡口售票房 - 夜

雨打在铁皮顶上。小满数着零钱。

小满
还有一班。
你再等等。

老庞推门进来，抖落雨衣上的水。

老庞
（低声）
我等了一晚上。

小满（抬头）
你总是这么说。

沉默

外景 渡口栈桥 - 晨

渡船靠岸。

售票员
最后一班，上船！

老庞
走吧。

小满没有动，老庞看着她。

小满
我不走。
"""
SPOKEN = [
    ("小满", "还有一班。你再等等。"), ("老庞", "我等了一晚上。"), ("小满", "你总是这么说。"),
    ("售票员", "最后一班，上船！"), ("老庞", "走吧。"), ("小满", "我不走。"),
]  # fmt: skip
TITLE = "Title: 末班渡船\nCredit: 编剧\nAuthor: 某人\n\n"


def read(content: str | bytes, name: str):
    return read_script(content.encode() if isinstance(content, str) else content, name, "zh")


def spoken(understood) -> list[tuple[str, str]]:
    found, who = [], ""
    for each in understood.script.elements:
        who = each.text if each.kind == "character" else who
        if each.kind == "dialogue":
            found.append((who, each.text))
    return found


def headings(understood) -> list[str]:
    return [each.text for each in understood.script.elements if each.kind == "heading"]


def word(text: str, *, blank: bool) -> bytes:
    document = docx.Document()
    for line in text.split("\n"):
        if blank or line.strip():
            document.add_paragraph(line)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


DENSE = BODY.replace("还有一班。\n你再等等。", "还有一班。你再等等。").replace("沉默\n", "静得只剩雨声。\n")
DOUBLE = "\n".join(line + "\n" for line in DENSE.split("\n") if line)
FORCED = (
    BODY.replace("\n小满\n", "\n@小满\n")
    .replace("\n老庞\n", "\n@老庞\n")
    .replace("\n售票员\n", "\n@售票员\n")
)
FORCED = FORCED.replace("\n小满（抬头）", "\n@小满（抬头）")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (BODY, "x.txt"),
        (BODY, "x.fountain"),
        (TITLE + BODY, "x.fountain"),
        (FORCED, "x.fountain"),
        (TITLE + FORCED, "x.fountain"),
        (FORCED, "x.txt"),
        (word(BODY, blank=True), "x.docx"),
        (word(DENSE, blank=False), "x.docx"),
        (word(TITLE + DENSE, blank=False), "x.docx"),
        (word(FORCED.replace("还有一班。\n", "还有一班。"), blank=False), "x.docx"),
        (DOUBLE, "x.txt"),
    ],
    ids=[
        "text",
        "fountain",
        "title",
        "at",
        "title-at",
        "text-at",
        "word",
        "word-dense",
        "word-title",
        "word-at",
        "double",
    ],
)
def test_headings_names_and_speeches_are_read(content, name) -> None:
    understood = read(content, name)
    assert headings(understood) == ["渡口售票房　夜　内", "渡口栈桥　晨　外"]
    assert spoken(understood) == SPOKEN
    assert [each.text for each in understood.script.elements if each.kind == "parenthetical"] == [
        "低声",
        "抬头",
    ]
    assert not any("末班渡船" in each.text for each in understood.script.elements)
    assert [cut.speakers for cut in scenes(understood.script)] == [
        ("小满", "老庞"),
        ("售票员", "老庞", "小满"),
    ]
    kinds = {line.source.strip().lstrip("@"): line.understood[0] for line in understood.lines}
    assert (kinds["小满"], kinds["我不走。"]) == ("character", "dialogue")
    assert not understood.lost


def test_what_comes_from_the_title_page() -> None:
    assert read(TITLE + BODY, "x.fountain").title == "末班渡船"
    assert read(TITLE + FORCED, "x.fountain").title == "末班渡船"
    assert read("Title:\n    _**末班渡船**_\n\n" + BODY, "x.fountain").title == "末班渡船"
    assert read("《末班渡船》\n编剧：某人\n\n" + BODY, "x.txt").title == "末班渡船"
    assert read("剧名：末班渡船\n\n" + FORCED, "x.fountain").title == "末班渡船"
    assert read(BODY, "x.txt").title == ""
    english = b"Title: The Last Ferry\nAuthor: Nobody\n\nINT. FERRY - NIGHT\n\nRain.\n\nORLA\nGo.\n"
    assert read_script(english, "x.fountain").title == "The Last Ferry"


def test_no_speaker_is_called_title() -> None:
    from generation.screenplay import parse

    for text in (TITLE + BODY, "Title：末班渡船\n内景 渡口 - 夜\n小满：走。\n"):
        assert "Title" not in {each.text for each in parse(text, "zh").elements if each.kind == "character"}


def test_forced_headings_and_headings_without_a_time() -> None:
    text = "内景 渡口\n\n@小满\n走。\n\n.栈桥尽头\n\n@老庞\n好。\n\n内外景. 船舱\n\n@小满\n到了。\n"
    understood = read(text, "x.fountain")
    assert headings(understood) == ["渡口　内", "栈桥尽头", "船舱　内外"]
    assert len(spoken(understood)) == 3


def test_names_of_the_cast_and_of_speeches_elsewhere_are_known() -> None:
    text = "第1场　渡口　夜　内\n人物：小满\n\n小满：走。\n\n老庞：好。\n\n老庞\n再见。\n\n小满\n再见。\n"
    assert spoken(read(text, "x.txt")) == [
        ("小满", "走。"),
        ("老庞", "好。"),
        ("老庞", "再见。"),
        ("小满", "再见。"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "第1场　渡口　夜　内\n\n沉默\n老庞看着她。\n\n小满：走。\n\n沉默\n老庞转身。\n\n老庞：好。\n",
        "内景 渡口 - 夜\n\n渡口\n空无一人。\n\n渡口\n还是空无一人。\n\n小满：走。\n",
        "内景 渡口 - 夜\n\n大雨\n小满跑进来。\n\n大雨\n小满又跑出去。\n\n天亮了\n小满醒来。\n",
        "1-1　客厅　夜　内\n△林晓推门。\n三年后\n林晓回来。\n三年后\n林晓又回来。\n林晓：走。\n",
    ],
)
def test_short_lines_of_action_are_no_names(text) -> None:
    found = read(text, "x.txt")
    names = {each.text for each in found.script.elements if each.kind == "character"}
    assert names <= {"小满", "老庞", "林晓"}
    assert len(spoken(found)) == text.count("：")


def test_a_name_that_speaks_once_and_is_nowhere_else_is_a_doubt() -> None:
    text = BODY.replace("售票员\n最后一班", "天色微明\n最后一班")
    understood = read(text, "x.txt")
    assert "天色微明" not in {who for who, _ in spoken(understood)}
    assert [line.source for line in understood.lines if line.warning == "maybe-speech"][:1] == ["天色微明"]


def test_notes_at_the_head_of_an_example_are_no_part_of_it() -> None:
    text = "//! Planted: nothing\n//! 设置：没有\n"
    for name in ("x.txt", "x.fountain"):
        for body in (BODY, FORCED, "第1场　渡口　夜　内\n小满：走。\n"):
            understood = read(text + body, name)
            assert "//!" not in understood.text
            assert [line.understood for line in understood.lines[:2]] == [("comment",), ("comment",)]
            assert understood.lines[2].number == 3
