"""House typography: what is set alike, what is never touched, and what its setting costs."""

import unicodedata
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.screenplay import Kind, parse, render_html
from generation.screenplay.house import house
from generation.screenplay.leaks.tells import system_tells
from generation.screenplay.model import Builder, Script
from tests.generation.screenplay.clean_scripts import clean


def one(language: str, kind: Kind, text: str, form: str = "") -> str:
    builder = Builder(language, "fountain")
    builder.add(kind, text, 1, form=form)
    return house(builder.script()).elements[0].text


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("He stops — listens.", "He stops -- listens."),
        ("word—word, word–word, word--word", "word -- word, word -- word, word -- word"),
        ("He stops - listens.", "He stops -- listens."),
        ("“I was—”", '"I was --"'),
        ("He said—“go”", 'He said -- "go"'),
        ("Wait-", "Wait --"),
        ("I-I don’t. A well-known two- or three-day trip", "I-I don't. A well-known two- or three-day trip"),
        ("9–5, 1990–95, at -5 degrees, 5 - 3", "9-5, 1990-95, at -5 degrees, 5 - 3"),
        ("the New York–London flight", "the New York-London flight"),
        ("Well…maybe. . . yes ... no", "Well... maybe... yes... no"),
        ("…and then", "...and then"),
        ("6′2″ in the ’90s, ‘tis 5’10”", "6'2\" in the '90s, 'tis 5'10\""),
        ("“‘Go,’ he said.”", "\"'Go,' he said.\""),
        ("One.  Two.\u00a0Three.", "One. Two. Three."),
        ("9am–5pm, $5.00–$10.00, 10%–20%", "9am-5pm, $5.00-$10.00, 10%-20%"),
        ("the post–war years", "the post-war years"),
    ],
)  # fmt: skip
def test_english_typography_is_set_in_one_way(typed: str, printed: str) -> None:
    assert one("en", Kind.ACTION, typed) == printed
    assert one("en", Kind.DIALOGUE, typed) == printed


@pytest.mark.parametrize(
    "typed",
    ["INT. CAFÉ - NIGHT", "Int. café — night.", "INT CAFÉ – NIGHT", "3. INT. CAFÉ -- NIGHT 3",
     "INT. CAFÉ (NIGHT)", "INT. CAFÉ, NIGHT", "INT: CAFÉ: NIGHT"],
)  # fmt: skip
def test_english_headings_have_one_look(typed: str) -> None:
    assert one("en", Kind.HEADING, typed) == "INT. CAFÉ - NIGHT"


def test_english_cues_parentheticals_and_transitions_have_one_look() -> None:
    assert one("en", Kind.HEADING, "I/E CAR - DAY") == "INT./EXT. CAR - DAY"
    assert one("en", Kind.HEADING, "EXT/INT. SUB-BASEMENT") == "EXT./INT. SUB-BASEMENT"
    assert one("en", Kind.HEADING, "INT. CAFÉ - 3 p.m.") == "INT. CAFÉ - 3 P.M."
    assert one("en", Kind.CHARACTER, "ADA V.O.") == "ADA (V.O.)"
    for typed in ("Ada (vo) (cont.)", "ADA (V.O.)(CONT’D)", "ADA (V.O) (CONTINUED)"):
        assert one("en", Kind.CHARACTER, typed) == "ADA (V.O.) (CONT'D)"
    assert one("en", Kind.PARENTHETICAL, "Quietly.") == "quietly"
    assert one("en", Kind.PARENTHETICAL, "Sally nods") == "Sally nods"
    for typed, printed in (("cut to", "CUT TO:"), ("FADE OUT:", "FADE OUT."), ("Fade in.", "FADE IN:")):
        assert one("en", Kind.TRANSITION, typed) == printed


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("你好,世界.", "你好，世界。"),
        ("他说:\"走吧!\"", "他说：“走吧！”"),
        ("「他说『走』」", "“他说‘走’”"),
        ("走--去，走—去，走 – 去", "走——去，走——去，走——去"),
        ("等等...等。。。等…", "等等……等……等……"),
        ("用 iPhone 拍(他的)照", "用iPhone拍（他的）照"),
        ("时间10:30，3.5米，2019—2020年", "时间10:30，3.5米，2019-2020年"),
        ("Ｔ恤１２件", "T恤12件"),
        ("It's OK, fine.", "It's OK, fine."),
        ("90'后,身高5'10\"。", "90'后，身高5'10\"。"),
        ("''走吧''", "“走吧”"),
        ("１：３０，100％", "1:30，100%"),
    ],
)  # fmt: skip
def test_chinese_typography_is_set_in_one_way(typed: str, printed: str) -> None:
    assert one("zh", Kind.DIALOGUE, typed) == printed


def test_chinese_headings_labels_and_casts_have_one_look() -> None:
    for typed in (
        "1-3 林家客厅 日 内",
        "第3场 林家客厅 日 内",
        "3. 林家客厅 - 日 - 内",
        "12－7 林家客厅 日/内",
    ):
        script = house(parse(f"{typed}\n\n△灯灭了。\n", "zh"))
        assert script.elements[0].text == "林家客厅　日　内", typed
    for typed in ("第2场 1号楼道 夜 内", "1号楼道 夜 内", "2. 1号楼道 夜/内", "1-2号楼道 夜 内"):
        place = house(parse(f"{typed}\n\n△灯灭了。\n", "zh")).elements[0].text
        assert place in ("1号楼道　夜　内", "1-2号楼道　夜　内"), typed  # its figures are a word's
    assert one("zh", Kind.HEADING, "第3场") == "第3场"  # nothing would be left
    assert one("zh", Kind.CHARACTER, "林晓（OS）") == "林晓（OS）"  # a label is the writer's
    assert one("zh", Kind.CAST, "林晓 林母，阿罗") == "林晓、林母、阿罗"
    for typed in ("【切至：】", "切至：", "切至"):
        assert one("zh", Kind.TRANSITION, typed) == "切至"
    for typed in ("【闪回】学校操场", "闪回:学校操场", "闪回：学校操场"):
        assert one("zh", Kind.TRANSITION, typed, "flashback") == "闪回：学校操场"
    for typed in ('字幕"三年后"', "（字幕）“三年后”", "【字幕：“三年后”】"):
        assert one("zh", Kind.ACTION, typed, "super") == "字幕：“三年后”"
    for typed in ("【空镜】江面", "空镜:江面", "空镜：江面"):
        assert one("zh", Kind.ACTION, typed, "shot") == "空镜：江面"


MARKS = "—–-….。,，:：!？'’‘\"“”「」『』′″~/、·#()（）【】"
WORDS_USED = ("lamp", "Ada", "DAY", "vo", "走吧", "OS", "10")
PIECES = st.sampled_from(
    [*"灯 3１Ｂéß\u00a0　\n", *MARKS, "  ", " - ", "--", "——", "……", "...", "。。。", *WORDS_USED]
)
WORDS = (Kind.ACTION, Kind.DIALOGUE, Kind.PARENTHETICAL, Kind.CAST, Kind.TRANSITION, Kind.NOTE)


def letters(script: Script) -> list[str]:
    """Per element its letters and figures, whatever their width; case counts in action and speech alone."""
    found = []
    for element in script.elements:
        kept = "".join(each for each in unicodedata.normalize("NFKC", element.text) if each.isalnum())
        found.append(kept if element.kind in (Kind.ACTION, Kind.DIALOGUE) else kept.casefold())
    return found


@settings(max_examples=250, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.lists(PIECES, max_size=14)), max_size=5))
def test_no_word_is_changed_and_setting_twice_is_setting_once(parts: list[tuple[Kind, list[str]]]) -> None:
    for language in ("en", "zh"):
        builder = Builder(language, "fountain")
        for line, (kind, pieces) in enumerate(parts, start=1):
            builder.add(kind, "".join(pieces), line)
        script = builder.script()
        printed = house(script)
        assert letters(printed) == letters(script)
        assert [(e.kind, e.form, e.line) for e in printed.elements] == [
            (e.kind, e.form, e.line) for e in script.elements
        ]
        assert printed.scenes == script.scenes
        assert all(printed.text[e.start : e.end] == e.text and e.text for e in printed.elements)
        assert house(printed) == printed
        render_html(printed)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from((Kind.HEADING, Kind.CHARACTER)), st.lists(PIECES, max_size=14))
def test_headings_and_cues_are_set_once(kind: Kind, pieces: list[str]) -> None:
    for language in ("en", "zh"):
        builder = Builder(language, "fountain")
        builder.add(kind, "INT. " * (kind is Kind.HEADING) + "".join(pieces), 1)
        printed = house(builder.script())
        assert house(printed) == printed


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", [" ", ".", "…", "-", "—", ":", "'", "“", "(", "()", "A–", "A—B ", "灯-", "( ", ". ", "，.", "~"]
)  # fmt: skip
def test_hostile_texts_take_linear_time(piece: str) -> None:
    builder = Builder("en", "fountain")
    for kind in (Kind.ACTION, Kind.HEADING, Kind.CHARACTER, Kind.TRANSITION, Kind.PARENTHETICAL):
        builder.add(kind, f"灯x{piece * (20_000 // len(piece))}x灯", 1)
    for language in ("en", "zh"):
        script = Script(
            language, "fountain", *[getattr(builder.script(), n) for n in ("elements", "scenes", "text")]
        )
        start = process_time()
        house(script)
        assert process_time() - start < 1


def test_a_system_is_no_longer_known_by_its_typography() -> None:
    def other(text: str) -> str:
        return (
            text.replace("——", "--")
            .replace("，", ",")
            .replace("……", "...")
            .replace("“", "「")
            .replace("”", "」")
        )

    def groups(change: object = house) -> dict[str, list[Script]]:
        return {
            "one": [change(parse(clean("zh", number), "zh")) for number in range(16)],  # type: ignore[operator]
            "two": [change(parse(other(clean("zh", number)), "zh")) for number in range(16)],  # type: ignore[operator]
        }

    assert {tell.mark for tell in system_tells(groups(lambda script: script))} >= {"punctuation: half-width"}
    assert system_tells(groups()) == []
