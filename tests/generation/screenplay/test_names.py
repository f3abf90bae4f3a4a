"""The name map: whole words, capitals, longest first, one pass."""

from time import process_time

import pytest

from generation.briefs.series_names import content_renamed
from generation.screenplay.names import part_places, rename_text

MAP = [
    {"from": "Ada", "to": "Mei"},
    {"from": "Ada Vance", "to": "Mei Tan"},
    {"from": "Mei", "to": "Kit"},
    {"from": "Night Bus", "to": "The Line"},
    {"from": "林夏", "to": "周宁"},
    {"from": "林夏天", "to": "周宁月"},
]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Ada nods. Ada's coat; ADA, Adam, Canada.", "Mei nods. Mei's coat; MEI, Adam, Canada."),
        ("INT. ADA VANCE'S FLAT - DAY", "INT. MEI TAN'S FLAT - DAY"),
        ("Ada Vance and Mei", "Mei Tan and Kit"),  # longest first, and no chain from Ada to Kit
        ("She saw Ada\nVance on the Night  Bus.", "She saw Mei\nTan on the The Line."),
        ("ada is no name here, _Ada_ is", "ada is no name here, _Mei_ is"),
        ("我看见林夏天和林夏。Ada说", "我看见周宁月和周宁。Mei说"),
    ],
)
def test_names_are_set_in_one_pass(written: str, shown: str) -> None:
    assert rename_text(written, MAP) == shown


def test_entries_that_say_nothing_are_passed_over() -> None:
    bad = [
        {"from": "", "to": "x"},
        {"from": "Ada", "to": " "},
        {"from": "A", "to": "B"},
        {"from": "A", "to": "C"},
    ]
    assert rename_text("Ada and A", bad) == "Ada and B"
    assert rename_text("Ada", []) == "Ada"


def test_long_texts_take_linear_time() -> None:
    for text in ("Ada " * 50_000, "Ada\n" * 50_000, " " * 200_000, "林夏" * 50_000):
        start = process_time()
        rename_text(text, MAP)
        assert process_time() - start < 1


PEOPLE = [{"from": "Dora Kemp", "to": "Ruth Vale"}, {"from": "沈清荷", "to": "江晚晴"}]
SCENE = "INT. KEMP HOUSE - DAY\n\nDORA (30s) waits. Dora's coat drips.\n\nDORA\nAsk Kemp.\n\nDora goes.\n"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (SCENE, SCENE.replace("KEMP", "VALE").replace("DORA", "RUTH").replace("Dora", "Ruth")
                     .replace("Kemp", "Vale")),
        ("清荷：走。\n老板：清荷，等等。\n", "晚晴：走。\n老板：晚晴，等等。\n"),
        ("DEL\nTell Dora I called.\n", "DEL\nTell Ruth I called.\n"),
        ("老板：荷塘清荷满池。\n", "老板：荷塘清荷满池。\n"),  # nobody is called that here
    ],
)  # fmt: skip
def test_parts_of_a_name_are_replaced_with_the_parts_of_the_new_one(written: str, shown: str) -> None:
    assert rename_text(written, PEOPLE) == shown


def test_a_part_that_is_also_a_word_of_the_text_stays() -> None:
    names = [{"from": "Rose Hill", "to": "Ruth Vale"}]
    written = "A rose on the hill. Rose petals. She met Rose Hill.\n"
    assert rename_text(written, names) == written.replace("Rose Hill", "Ruth Vale")


def test_a_part_that_two_new_names_claim_stays() -> None:
    names = [{"from": "Dora Kemp", "to": "Ruth Vale"}, {"from": "Leo Kemp", "to": "Max Orr"}]
    assert (
        rename_text("DORA (30)\n\nShe called Kemp twice.\n", names) == "RUTH (30)\n\nShe called Kemp twice.\n"
    )


def test_parts_of_a_character_s_name_are_replaced_in_every_text_of_a_brief() -> None:
    content = {
        "outline": "Dora waits.",
        "previous_context": "",
        "guideline": "",
        "characters": [{"name": "Dora Kemp", "profile": "Kemp is 40."}],
        "series": {"slug": "mill", "title": "The Mill"},
    }
    shown = content_renamed(content, PEOPLE)
    assert shown["outline"] == "Ruth waits."
    assert shown["characters"] == [{"name": "Ruth Vale", "profile": "Vale is 40."}]


def test_a_word_in_a_scene_heading_is_no_part_of_a_name():
    text = "INT. YARD - DAY\n\nRain.\n\nINT. BUS - NIGHT\n\nThe doors close. BUS."
    assert list(part_places("Night", text)) == []
    assert [text[start:end] for start, end in part_places("Bus", text)] == ["BUS"]
