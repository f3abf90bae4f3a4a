"""A file of people's scripts through the pages: upload, lines, scenes, source, import, and out again."""

import io
import re

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from evalsite.core.models import AuditEvent
from generation import blinding
from generation.models import Script, Source, System, Upload
from generation.screenplay import parse
from generation.screenplay.formats import read_script, write_script
from generation.services import store_system
from generation.uploads.script_files import read_file
from tests.factories import add_script, person
from tests.generation.screenplay.test_formats_hostile import bomb

pytestmark = pytest.mark.django_db
ENGLISH = """INT. DEPOT - NIGHT

MARGUERITE
You came back.

Rain on the roof.

EXT. YARD - DAY

ALDO
No.

MARGUERITE
Then go.
"""
CHINESE = (
    "1、杂货铺　日　内\n人物：老周、小满\n△老周把豆子倒进布袋。\n老周：够了。\n小满：（低声）还差一斤。\n"
)
TOLD = {"system": "human", "writer": "w07", "origin": "commissioned", "rights": "show", "knew": "nothing"}


def word(text: str) -> bytes:
    document, out = docx.Document(), io.BytesIO()
    for line in text.splitlines():
        document.add_paragraph(line)
    document.save(out)
    return out.getvalue()


def send(staff, name: str, content: bytes, **fields):
    file = SimpleUploadedFile(name, content)
    return staff.post(reverse("generation-scripts-new"), {"file": file, **fields})


def upload(staff, name: str, content: bytes, **fields) -> Upload:
    answer = send(staff, name, content, **fields)
    assert answer.status_code == 303, answer.content.decode()
    return Upload.objects.get(code=answer["Location"].split("/")[-2])


def at(step: str, upload: Upload) -> str:
    return reverse(f"generation-upload{step and '-'}{step}", args=[upload.code])


def taken(staff, name: str, content: bytes, ties: dict[int, str], **told) -> Upload:
    """A file through all steps."""
    sent = upload(staff, name, content)
    staff.post(at("scenes", sent), {f"scene-{number}": slug for number, slug in ties.items()})
    assert staff.post(at("source", sent), {**TOLD, **told}).status_code == 303
    assert staff.post(at("check", sent)).status_code == 303
    sent.refresh_from_db()
    return sent


def html(staff, address: str, status: int = 200) -> str:
    answer = staff.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def spoken(text: str, language: str) -> list[tuple[str, str]]:
    """The scene model: the house writes numbers and parentheses its own way."""
    return [(each.kind, re.sub(r"^1[、　]", "", each.text)) for each in parse(text, language).elements]


def test_names_in_small_letters_are_not_all_recognized(staff):
    lines = ENGLISH.replace("MARGUERITE", "Marguerite").replace("ALDO", "Aldo")
    page = html(staff, at("", upload(staff, "pilot.docx", word(lines))))
    assert "No dialogue." in page
    assert "all recognized" not in page


def test_doubtful_lines_are_warnings_of_a_file(en_brief):
    content = word("INT. DEPOT - NIGHT\nRain.\nALDO\nNo.\nHe leaves.\nALDO\nStay.")
    lines = [warning.line for warning in read_file(content, "pilot.docx", en_brief).warnings]
    assert 5 in lines  # action, or the second paragraph of the speech


def test_a_word_script_becomes_a_human_script(staff, en_brief):
    sent = upload(staff, "pilot.docx", word(ENGLISH))
    page = html(staff, at("", sent))
    assert "13 lines" not in page  # blank paragraphs are no lines
    assert "9 lines, all recognized." in page
    assert '<td class="line-source" lang="en">You came back.</td>' in page
    assert page.count("As raters see it</p>") == 2  # one sheet a scene
    scenes = html(staff, at("scenes", sent))
    assert "INT. DEPOT - NIGHT" in scenes
    assert "EXT. YARD - DAY" in scenes
    staff.post(at("scenes", sent), {"scene-1": en_brief.slug, "scene-2": en_brief.slug})
    staff.post(at("source", sent), TOLD)
    check = html(staff, at("check", sent))
    assert "scenes 1 to 2" in check
    assert "Speakers not in the brief:" in check
    assert ". Raters would notice the difference immediately." in check  # 20 words for a target of hundreds
    assert not Script.objects.exists()
    answer = staff.post(at("check", sent))
    script = Script.objects.get()
    assert answer["Location"] == f"/generation/scripts/{en_brief.slug}/human/1/"
    assert (script.system.slug, script.system.kind, script.writer) == ("human", System.Kind.HUMAN, "w07")
    assert script.text.count("MARGUERITE") == 2
    assert "EXT. YARD - DAY" in script.text
    source = script.source
    assert (source.file_name, source.format, source.origin) == ("pilot.docx", "docx", "commissioned")
    assert (source.upload.state, source.imported_by, source.knew) == ("taken", "rae", "nothing")
    assert AuditEvent.objects.filter(verb="import script", about=en_brief.slug, who="rae").count() == 1
    assert "w07" in html(staff, answer["Location"])
    assert "pilot.docx" in html(staff, reverse("generation-scripts"))


def test_gb18030_is_read_said_and_shown_in_chinese(staff, zh_brief):
    staff.cookies["django_language"] = "zh-hans"
    sent = upload(staff, "场.txt", CHINESE.encode("gb18030"))
    assert (sent.language, sent.format) == ("zh", "plain")
    page = html(staff, at("", sent))
    assert "GB18030" in page
    assert "老周把豆子倒进布袋" in page
    assert re.search(r"<option value=\"\">角色名 \+ 表演提示 \+ 台词", page)
    assert "In the file" not in page
    assert "Read as" not in page
    staff.post(at("scenes", sent), {"scene-1": zh_brief.slug})
    staff.post(at("source", sent), TOLD)
    staff.post(at("check", sent))
    assert spoken(Script.objects.get().text, "zh") == spoken(CHINESE, "zh")


def test_fdx_and_pdf_come_in_alike(staff, en_brief):
    script = read_script(ENGLISH.encode(), "a.fountain").script
    for kind in ("fdx", "pdf"):
        taken(staff, f"a.{kind}", write_script(script, kind), {2: en_brief.slug}, system=f"human-{kind}")
    first, second = Script.objects.order_by("system__slug")
    assert first.text == second.text == ENGLISH[ENGLISH.index("EXT.") :]
    assert first.source.first_line == 8


def test_what_is_not_understood_stands_out(staff):
    text = CHINESE + "她低头说：算了。\n12、她抬头\n\n△\n"
    sent = upload(staff, "a.txt", text.encode())
    page = html(staff, at("", sent))
    assert "1 line wasn't recognized" in page
    assert "2 need checking" in page
    only = html(staff, at("", sent) + "?only=doubt")
    assert "老周把豆子" not in only.split("<table", 1)[1]
    rows = re.findall(r'<tr id="l(\d+)" class="line-(?:lost|doubt)">', only)
    assert rows
    assert all(f"#l{row}" in page for row in rows)


@pytest.mark.parametrize(
    ("name", "content", "english", "chinese"),
    [
        ("a.fdx", bomb("<FinalDraft/>").encode(), "declares a document type", "文档类型"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99, "old Word file", "旧版 Word"),
        ("a.txt", b"INT. X\n\0\0", "NUL", "NUL"),
        ("a.txt", b"", "The file is empty.", "文件是空的"),
        ("a.pdf", b"%PDF-1.4\nnothing", "PDF", "损坏"),
    ],
)
def test_a_bad_file_is_refused_in_both_languages(staff, name, content, english, chinese):
    answer = send(staff, name, content, language="zh")
    said = answer.content.decode()
    assert (answer.status_code, Upload.objects.count()) == (400, 0)
    assert english in said
    assert '<option value="zh" selected>' in said
    staff.cookies["django_language"] = "zh-hans"
    said = send(staff, name, content).content.decode()
    told = re.search(r'role="alert">(.*?)</div>', said, re.DOTALL)[1]
    assert chinese in told
    assert not re.findall(r"[a-z]{3,} [a-z]{2,}", re.sub("<[^>]*>", "", told))  # no English words


def test_a_file_that_is_too_long_is_not_read(staff, monkeypatch):
    monkeypatch.setattr("generation.uploads.new_upload.LARGEST", 1000)
    answer = send(staff, "a.txt", b"x" * 2000)
    assert answer.status_code == 400
    assert "larger than 1,000 bytes" in answer.content.decode()


def test_an_upload_waits_goes_on_and_is_dropped(staff, en_brief):
    sent = upload(staff, "a.fountain", ENGLISH.encode())
    staff.post(at("scenes", sent), {"scene-2": en_brief.slug})
    staff.post(at("source", sent), {**TOLD, "writer": "Zhang Wei", "credit": "The Depot"})
    again = upload(staff, "other-name.fountain", ENGLISH.encode())
    assert again == sent
    source = html(staff, at("source", sent))
    assert "The Depot" in source  # what was right is kept beside what was not
    scenes = html(staff, at("scenes", sent))
    assert re.search(rf'id="scene-2".*?<option value="{en_brief.slug}" selected>', scenes, re.DOTALL)
    assert staff.post(at("drop", sent)).status_code == 303
    sent.refresh_from_db()
    assert (sent.state, bytes(sent.content), sent.metadata) == ("dropped", b"", {})
    assert staff.get(at("", sent)).status_code == 303


@pytest.mark.parametrize(
    "field", [{"writer": "Zhang Wei"}, {"writer": "张伟"}, {"writer": "zhangwei1"}, {"system": "Human Aired"}]
)
def test_a_name_is_no_code(staff, field):
    sent = upload(staff, "a.fountain", ENGLISH.encode())
    answer = staff.post(at("source", sent), {**TOLD, **field})
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.content.decode()


def test_the_same_file_again_and_the_next_sample(staff, en_brief):
    taken(staff, "a.fountain", ENGLISH.encode(), {1: en_brief.slug})
    sent = upload(staff, "a.fountain", ENGLISH.encode())
    assert "This file was imported before:" in html(staff, at("", sent))
    staff.post(at("scenes", sent), {"scene-1": "", "scene-2": en_brief.slug})
    staff.post(at("source", sent), TOLD)
    assert "this will be sample 2" in html(staff, at("check", sent))
    staff.post(at("check", sent))
    third = taken(staff, "a.fountain", ENGLISH.encode(), {2: en_brief.slug}, writer="w08")
    assert third.state == "taken"
    assert [(each.sample, each.writer) for each in Script.objects.order_by("sample")] == [
        (1, "w07"),
        (2, "w07"),
    ]
    assert Source.objects.count() == 2


def test_nothing_is_stored_that_may_not_be(staff, en_brief, monkeypatch):
    taken(staff, "b.fountain", ENGLISH.replace("DEPOT", "HALL").encode(), {2: en_brief.slug})
    sent = upload(staff, "a.fountain", ENGLISH.encode())
    staff.post(at("source", sent), TOLD)
    assert "No scene has a brief yet." in html(staff, at("check", sent))
    staff.post(at("scenes", sent), {"scene-2": en_brief.slug})
    assert "This text already exists as sample" in html(staff, at("check", sent))
    monkeypatch.setattr(blinding, "_rules", [lambda pairs: {pair for pair in pairs if pair[1] == "human"}])
    told = "A blinded study has sealed the scripts by human for brief"
    assert told in html(staff, at("source", sent))
    assert told in staff.post(at("source", sent), TOLD).content.decode(), "where another system can be named"
    assert staff.post(at("source", sent), {**TOLD, "system": "aired"})["Location"] == at("check", sent)
    sent.refresh_from_db()
    sent.metadata["system"] = "human"  # sealed after that step
    sent.save()
    sealed = html(staff, at("check", sent))
    assert "Sealed in a study." in sealed
    assert "This text already exists as sample" not in sealed  # it would tell whose text it is
    assert staff.post(at("check", sent)).status_code == 303
    monkeypatch.setattr(blinding, "_rules", [])
    store_system(slug="machine", name="machine", kind=System.Kind.IMPORTED)
    staff.post(at("source", sent), {**TOLD, "system": "machine"})
    assert "a human system." in html(staff, at("check", sent))
    staff.post(at("check", sent))
    assert Script.objects.count() == 1
    answer = staff.post(at("scenes", sent), {"scene-1": "no-such-brief"})
    assert answer.status_code == 400


def test_a_sealed_script_is_shown_and_given_to_nobody(staff, en_brief, monkeypatch):
    sent = taken(staff, "a.fountain", ENGLISH.encode(), {1: en_brief.slug}, rights="redistribute")
    script = Script.objects.get()
    named = [en_brief.slug, "human", 1]
    doors = [
        at("", sent),
        reverse("generation-script", args=named),
        reverse("generation-script-file", args=[*named, "docx"]),
        reverse("generation-text-file", args=[script.pk, "docx"]),
    ]
    assert [staff.get(door).status_code for door in doors] == [200] * 4
    monkeypatch.setattr(blinding, "_rules", [lambda pairs: {(en_brief.slug, "human")}])
    for door in doors:
        assert "You came back" not in html(staff, door, 403)
        assert staff.post(door).status_code in (403, 405)


def test_a_script_goes_out_in_every_format(staff, en_brief):
    system = store_system(slug="direct", name="direct", kind=System.Kind.IMPORTED)
    script = add_script(brief=en_brief, system=system, text=ENGLISH).script
    for kind in ("fountain", "fdx", "docx", "pdf"):
        answer = staff.get(reverse("generation-script-file", args=[en_brief.slug, "direct", 1, kind]))
        assert answer["Content-Disposition"] == f'attachment; filename="{en_brief.slug}-direct-1.{kind}"'
        back = read_script(answer.content, f"back.{kind}", "en").script
        assert [each.text for each in back.elements] == [
            each.text for each in read_script(ENGLISH.encode(), "a.fountain").script.elements
        ]
        blind = staff.get(reverse("generation-text-file", args=[script.pk, kind]))
        assert blind.content == answer.content
        assert "direct" not in str(blind.headers)
    assert staff.get(reverse("generation-text-file", args=[script.pk, "exe"])).status_code == 404
    told = AuditEvent.objects.filter(verb="download").values_list("detail", flat=True)
    assert sorted("system" in each for each in told) == [False] * 4 + [True] * 4


def test_a_letter_that_no_font_has_is_named(staff, en_brief):
    system = store_system(slug="direct", name="direct", kind=System.Kind.IMPORTED)
    add_script(brief=en_brief, system=system, text=ENGLISH.replace("Rain", "Rain \U0003fff0"))
    door = reverse("generation-script-file", args=[en_brief.slug, "direct", 1, "pdf"])
    assert "No font has these characters: \U0003fff0 (U+3FFF0)." in html(staff, door, 409)
    staff.cookies["django_language"] = "zh-hans"
    assert "以下字符没有可用的字体：\U0003fff0 (U+3FFF0)。" in html(staff, door, 409)


def test_what_may_only_be_shown_is_asked_about(staff, en_brief):
    taken(staff, "a.fountain", ENGLISH.encode(), {1: en_brief.slug})
    door = reverse("generation-script-file", args=[en_brief.slug, "human", 1, "fountain"])
    assert "This script may not be redistributed" in html(staff, door, 403)
    assert staff.post(door).content.decode().startswith("INT. DEPOT - NIGHT")


@pytest.mark.slow
def test_a_feature_is_shown_a_part_at_a_time(staff, en_brief):
    scene = ENGLISH[: ENGLISH.index("EXT.")]
    text = "".join(scene.replace("DEPOT", f"ROOM {number}") for number in range(1, 181))
    sent = upload(staff, "feature.fountain", text.encode())
    page = html(staff, at("", sent))
    assert 40 < page.count("<tr id=") <= 220
    answer = staff.get(at("", sent), {"scene": "170"})
    where = answer["Location"]
    assert where.endswith("#scene-170")
    assert "INT. ROOM 170 - NIGHT" in html(staff, where.split("#")[0])
    assert html(staff, at("scenes", sent)).count('class="scene-row"') == 60


def test_a_researcher_looks_and_brings_nothing(staff, client, en_brief):
    sent = upload(staff, "a.fountain", ENGLISH.encode())
    client.force_login(person("sam"))
    assert "You came back" in html(client, at("", sent))
    assert reverse("generation-scripts-new") not in html(client, reverse("generation-scripts"))
