"""Changing the type of a line in the import preview, and what is stored then."""

import io
import re

import docx
import pytest
from django.urls import reverse

from generation.models import Script
from generation.uploads import services as uploads
from tests.factories import person
from tests.generation.test_uploads import CHINESE, TOLD, at, html, send, upload

pytestmark = pytest.mark.django_db

TEXT = """\
INT. DEPOT - NIGHT

Rain.

MARA

You came back.

<script>alert(1)</script>

THE YARD

A dog.

SOL
It is late.
"""


def save(staff, sent, **types):
    fields = {f"type-{number.removeprefix('l')}": kind for number, kind in types.items()}
    return staff.post(at("types", sent), {"page": "1", **fields})


def test_a_change_is_stored(staff, en_brief):
    sent = upload(staff, "a.fountain", TEXT.encode())
    answer = save(staff, sent, l5="character", l7="dialogue", l9="left-out")
    assert answer.status_code == 303
    assert answer["Location"].endswith("?page=1#l3")
    page = html(staff, answer["Location"].split("#")[0])
    assert "Changed the types of 3 lines." in page
    assert "Changed from Action" in page
    assert "3 lines changed" in page
    staff.post(at("scenes", sent), {"scene-1": en_brief.slug})
    staff.post(at("source", sent), TOLD)
    assert staff.post(at("check", sent)).status_code == 303
    text = Script.objects.get().text
    assert "MARA\nYou came back.\n" in text
    assert "<script>" not in text
    # A file that was imported is not changed any more.
    assert "<select name=" not in html(staff, at("", sent))
    assert save(staff, sent, l3="heading").status_code == 303
    sent.refresh_from_db()
    assert uploads.types_of(sent) == {5: "character", 7: "dialogue", 9: "left-out"}


def test_the_page_offers_every_line_a_type_and_escapes_it(staff):
    sent = upload(staff, "a.fountain", TEXT.encode())
    page = html(staff, at("", sent))
    assert len(re.findall(r'<select name="type-\d+"', page)) == 9
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    save(staff, sent, l9="heading")
    page = html(staff, at("", sent))
    assert "<script>alert" not in page
    assert '<option value="heading" selected>' in page
    assert "Detected: Action" in page


def test_a_change_can_be_taken_back(staff):
    sent = upload(staff, "a.fountain", TEXT.encode())
    save(staff, sent, l11="heading")
    sent.refresh_from_db()
    assert len(uploads.read_upload(sent).scenes) == 2
    save(staff, sent, l11="")
    sent.refresh_from_db()
    assert len(uploads.read_upload(sent).scenes) == 1
    assert uploads.types_of(sent) == {}
    assert "No changes" in html(staff, at("", sent))


def test_scenes_that_begin_elsewhere_lose_their_briefs(staff, en_brief):
    sent = upload(staff, "a.fountain", TEXT.encode())
    staff.post(at("scenes", sent), {"scene-1": en_brief.slug})
    save(staff, sent, l9="left-out")
    sent.refresh_from_db()
    assert uploads.ties_of(sent) == {1: en_brief.slug}
    save(staff, sent, l11="heading")
    sent.refresh_from_db()
    assert uploads.ties_of(sent) == {}


def test_another_language_forgets_the_types(staff):
    sent = upload(staff, "a.txt", CHINESE.encode())
    save(staff, sent, l3="left-out")
    staff.post(at("", sent), {"language": "en"})
    sent.refresh_from_db()
    assert uploads.types_of(sent) == {}


@pytest.mark.parametrize(
    "fields",
    [{"type-999": "heading"}, {"type-3": "poem"}, {"type-3": "<script>"}, {"type-3": "hidden"}],
)
def test_what_the_page_does_not_offer_is_refused(staff, fields):
    sent = upload(staff, "a.fountain", TEXT.encode())
    assert staff.post(at("types", sent), fields).status_code == 400
    sent.refresh_from_db()
    assert uploads.types_of(sent) == {}


@pytest.mark.parametrize(
    "fields", [{}, {"type-x": "heading"}, {"type--1": "a"}, {"page": "9' OR 1=1"}, {"page": "2", "only": "x"}]
)
def test_other_fields_do_nothing(staff, fields):
    sent = upload(staff, "a.fountain", TEXT.encode())
    assert staff.post(at("types", sent), fields).status_code == 303
    sent.refresh_from_db()
    assert uploads.types_of(sent) == {}


def test_a_script_keeps_at_least_one_line(staff):
    sent = upload(staff, "a.fountain", b"INT. DEPOT - NIGHT\n\nRain.\n")
    save(staff, sent, l1="left-out", l3="left-out")
    sent.refresh_from_db()
    assert uploads.types_of(sent) == {}
    assert "The script has no lines left." in html(staff, at("", sent))


def test_a_researcher_is_offered_no_change(staff, client):
    sent = upload(staff, "a.fountain", TEXT.encode())
    client.force_login(person("sam"))
    assert "<select name=" not in html(client, at("", sent))


def test_chinese_pages_and_lines_of_cast(staff):
    staff.cookies["django_language"] = "zh-hans"
    sent = upload(staff, "a.txt", CHINESE.encode())
    page = html(staff, at("", sent))
    assert "保存行类型" in page
    assert '<option value="cast">' in page
    assert '<option value="cast">' not in html(staff, at("", upload(staff, "b.fountain", TEXT.encode())))


def test_long_files_are_changed_page_by_page(staff):
    text = "INT. DEPOT - NIGHT\n\n" + "".join(f"Line {number}.\n\n" for number in range(300))
    sent = upload(staff, "a.fountain", text.encode())
    answer = staff.post(at("types", sent), {"page": "2", "type-503": "heading"})
    assert answer["Location"].endswith("?page=2#l252")
    assert send(staff, "a.fountain", text.encode())["Location"] == reverse(
        "generation-upload", args=[sent.code]
    )


def test_cells_of_a_table_row_are_changed_one_by_one(staff):
    document, out = docx.Document(), io.BytesIO()
    table = document.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ["1", "FERRY DECK", "DAWN"], strict=True):
        cell.text = text
    document.add_paragraph("Fog.")
    document.save(out)
    sent = upload(staff, "a.docx", out.getvalue(), language="en")
    save(staff, sent, l1="left-out", l2="heading", l3="left-out")
    sent.refresh_from_db()
    assert [scene.heading for scene in uploads.read_upload(sent).scenes] == ["FERRY DECK"]
