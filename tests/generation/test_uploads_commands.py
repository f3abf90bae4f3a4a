"""Importing and exporting people's scripts from the console."""

import pytest

from evalsite.core.models import AuditEvent
from generation import blinding
from generation.models import Script, Source
from generation.screenplay.formats import read_script
from tests.generation.test_commands import refused, run
from tests.generation.test_uploads import CHINESE, ENGLISH, word

pytestmark = pytest.mark.django_db


def test_one_scene_of_a_word_file(en_brief, tmp_path, capsys):
    path = tmp_path / "pilot.docx"
    path.write_bytes(word(ENGLISH))
    told = ("--origin", "aired", "--version", "shooting", "--rights", "redistribute", "--credit", "The Depot")
    named = ("--system", "human", "--human", "--brief", en_brief.slug)
    assert "new, sample 1" in run("import_scripts", path, *named, "--scene", "2", *told, "--knew", "all")
    script = Script.objects.get()
    assert script.text == ENGLISH[ENGLISH.index("EXT.") :]
    source = Source.objects.get()
    assert (source.origin, source.version, source.rights) == ("aired", "shooting", "redistribute")
    assert (source.credit, source.knew, source.file_name) == ("The Depot", "all", "pilot.docx")
    assert (source.format, source.imported_by) == ("docx", "console")
    assert AuditEvent.objects.filter(verb="import script", who="console").count() == 1
    assert "already stored" in run("import_scripts", path, *named, "--scene", "2")
    assert "scene 3 doesn't exist; the file has 2." in refused("import_scripts", path, *named, "--scene", "3")
    assert "no brief has this slug." in refused("import_scripts", path, "--system", "human")
    assert Script.objects.count() == 1


def test_a_folder_may_hold_every_format(zh_brief, tmp_path):
    (tmp_path / zh_brief.slug).mkdir()
    (tmp_path / zh_brief.slug / "human.docx").write_bytes(word(CHINESE))
    (tmp_path / zh_brief.slug / "aired.txt").write_bytes(CHINESE.encode("gb18030"))
    run("import_scripts", tmp_path, "--system", "human", "--human")
    run("import_scripts", tmp_path, "--system", "aired", "--human")
    first, second = Script.objects.order_by("system__slug")
    assert first.text == second.text
    assert sorted(Source.objects.values_list("format", flat=True)) == ["docx", "plain"]


def test_scripts_are_written_but_for_those_under_seal_or_not_to_be_passed_on(en_brief, tmp_path, monkeypatch):
    path, out = tmp_path / f"{en_brief.slug}.fountain", tmp_path / "out"
    path.write_text(ENGLISH)
    run("import_scripts", path, "--system", "human", "--human")
    assert "no script can be exported." in refused("export_scripts", "docx", out)
    run("export_scripts", "docx", out, "--own-work")
    written = out / en_brief.slug / "human-1.docx"
    assert read_script(written).text == ENGLISH
    written.unlink()
    monkeypatch.setattr(blinding, "_rules", [lambda pairs: set(pairs)])
    assert "no script can be exported." in refused("export_scripts", "docx", out, "--own-work")
    assert not written.exists()
