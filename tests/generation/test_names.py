"""The name map: whole words, capitals, longest first, one pass."""

from time import process_time

import pytest

from generation.screenplay.names import rename_text

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
