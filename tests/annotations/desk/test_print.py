"""Desk, print: the pair as a PDF with the rater's code and nothing that reveals a writer."""

import io
import re

import pdfplumber
import pytest

from annotations.desk import printing
from annotations.models import Assignment, Study
from generation.screenplay import parse, render_html
from tests.annotations.desk.cast import CHINESE, at_desk, make_study

pytestmark = pytest.mark.django_db


def words(content: bytes) -> str:
    with pdfplumber.open(io.BytesIO(content)) as opened:
        return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in opened.pages))


def test_it_works() -> None:
    reader = at_desk(make_study())
    held = reader.held()
    response = reader.get(f"{reader.address()}print.pdf")
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert "no-store" in response["Cache-Control"]
    found = words(response.content)
    left, right = (script.text.split("\n")[-1] for script in (held.slot.left, held.slot.right))
    assert found.index("Nora takes a call") < found.index("Script A") < found.index(left) < found.index(right)
    assert reader.rater.code in found
    assert "zebrastudy" not in found
    assert {held.slot.left.code, held.slot.right.code, held.code} & set(found.split()) == set()


def test_a_letter_that_no_font_has_is_named() -> None:
    reader = at_desk(make_study(more="Lamp \U0003fff0 out.\n\nEXT. \U0001e922 - NIGHT\n\nRain.\n"))
    found = words(reader.get(f"{reader.address()}print.pdf").content)
    assert "Some characters appear as □ because no font has them: U+1E900, U+3FFF0." in found
    assert "EXT. □ - NIGHT" in found
    assert "Lamp □ out." in found


def test_of_one_script_only_that_one() -> None:
    reader = at_desk(make_study(single=True))
    found = words(reader.get(f"{reader.address()}print.pdf").content)
    assert "Script A" not in found
    assert found.count("VOICE") == 1


def test_somebody_elses_is_not_there_and_what_has_ended_is_not_printed() -> None:
    study = make_study()
    reader, other = at_desk(study), at_desk(study)
    address = f"{reader.address()}print.pdf"
    assert other.get(address).status_code == 404
    Assignment.objects.update(state="submitted", submitted_at="2026-01-01T00:00Z")
    assert reader.get(address).status_code == 303
    Assignment.objects.update(state="open", submitted_at=None)
    Study.objects.update(state="closed")
    assert reader.get(address).status_code == 303


def test_a_page_is_set_as_the_trade_reads_it() -> None:
    """Courier, ten letters to the inch, 54 lines of twelve points; pages are counted through at the foot."""
    reader = at_desk(make_study(more="\n".join(f"Lamp {n} -- out.\n" for n in range(60))))
    with pdfplumber.open(io.BytesIO(reader.get(f"{reader.address()}print.pdf").content)) as opened:
        assert "Pair 1 of 3" in opened.metadata["Title"]
        script = [page for page in opened.pages if "Script A" in page.extract_text()]
        assert len(script) == 3
        feet = [
            page.crop((0, page.height - 60, page.width, page.height)).extract_text() for page in opened.pages
        ]
        named = ["Brief", *["Script A"] * 3, *["Script B"] * 3]
        assert [foot.partition(reader.rater.code)[2].strip() for foot in feet] == [
            f"{name} · page {number} of 7" for number, name in enumerate(named, start=1)
        ]
        for page in script:
            body = page.crop((0, 60, page.width, page.height - 60))
            letters = [char for char in body.chars if char["text"].strip()]
            assert {char["fontname"].split("+")[1] for char in letters} <= {
                "CourierPrime-Regular",
                "CourierPrime-Bold",
            }
            assert {round((char["x0"] - 108) / 7.2, 1) % 1 for char in body.chars if char["text"] == "n"} <= {
                0,
                0.1,
                0.9,
            }
            rows = sorted({round(line["top"], 1) for line in body.extract_text_lines()})
            assert {round((row - rows[0]) % 12, 1) for row in rows} <= {0.0, 12.0}
            assert rows[-1] - rows[0] <= 53 * 12 + 1
            assert page.crop((0, 0, page.width, 60)).extract_text() == ""
            # No line begins with a dash.
            assert not [line for line in body.extract_text().split("\n") if line.startswith("--")]
        # A full page has all its lines but those that would part a block of two.
        full = script[1].crop((0, 60, 612, 732)).extract_text_lines()
        assert full[-1]["top"] - full[0]["top"] == pytest.approx(52 * 12, abs=12.1)


def test_no_page_begins_in_the_middle_of_a_speech() -> None:
    """A speech of nine lines, at every height of the page; one of more than half a page is parted."""
    speech = "Nothing that she said to them that year was ever written down. " * 5
    exchange = "".join(f"Lamp {n} -- out.\n\nNORA\n(to lamp {n})\n{speech}\n\n" for n in range(12))
    monologue = f"VOICE\n{speech * 7}\n\n"
    reader = at_desk(make_study(more=exchange + monologue))
    with pdfplumber.open(io.BytesIO(reader.get(f"{reader.address()}print.pdf").content)) as opened:
        bodies = [page.crop((0, 60, page.width, page.height - 60)) for page in opened.pages]
        script = [
            body.extract_text_lines()
            for body in bodies
            if body.chars[0]["fontname"].split("+")[1].startswith("CourierPrime")
        ]
    begins = [next(line for line in lines if line["text"].strip()) for lines in script]
    within = [line["text"] for line in begins if line["x0"] == pytest.approx(180, abs=1)]
    assert len(script) > 6
    # Two scripts, each with one monologue that is longer than a page has room for.
    assert len(within) == 2
    # A blank line stands above every name, whatever comes before it.
    cues = [(lines, at) for lines in script for at, line in enumerate(lines) if line["text"] == "NORA" and at]
    assert {round(lines[at]["top"] - lines[at - 1]["top"]) for lines, at in cues} == {24}
    said = " ".join(line["text"] for lines in script for line in lines)
    assert said.count("Nothing that she said") == 2 * (12 * 5 + 7 * 5)


def test_every_line_of_a_chinese_script_is_there() -> None:
    script = parse(CHINESE, "zh")
    found = [
        "".join(text for text, _ in block["runs"]) for block in printing.script_blocks(render_html(script))
    ]
    assert found[2].startswith("△钟停在两点一刻")
    assert found[3] == "林晚（低声）：这趟车还来吗？"
