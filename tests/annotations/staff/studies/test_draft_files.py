"""Drafts that move between sites as one file."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from annotations import freezing
from annotations.errors import WrongState
from annotations.findings import review
from annotations.models import Slot, Study
from annotations.staff.studies.draft_files import load_draft, write_draft
from annotations.staff.studies.loading import load_study
from evalsite.core.errors import InputErrors
from generation.models import Brief, Script, Series, Source, System
from generation.pipelines import find_system
from generation.runs.services import store_pipelines
from tests.annotations.study_files import write_minimal

DEMO = Path(__file__).parents[4] / "examples" / "demo-desk.yaml"
NONCE = "0123456789abcdef0123456789abcdef"

pytestmark = pytest.mark.django_db


class Elsewhere(Exception):
    """Ends what another site does: its database is another one."""


def on_another_site(work):
    """The result of a function that runs on a separate site, which is removed afterwards."""
    found = []
    try:
        with transaction.atomic():
            found.append(work())
            raise Elsewhere
    except Elsewhere:
        return found[0]


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """The archive of the least study, whose scripts by `alder` were imported."""
    (tmp_path / "study").mkdir()
    path = write_minimal(tmp_path / "study")

    def make() -> Path:
        study = load_study(path).study
        script = Script.objects.filter(system__slug="alder").earliest("pk")
        Source.objects.create(
            script=script, file_name="a.docx", file_digest="f" * 64, format="docx", rights="redistribute",
            credit="A work", first_line=3, last_line=9,
        )  # fmt: skip
        Script.objects.filter(system__slug="birch").update(finish_reason="stop", redraws=2)
        Script.objects.filter(pk=script.pk).update(writer="W7")
        write_draft(study, tmp_path / "draft.zip")
        return tmp_path / "draft.zip"

    return on_another_site(make)


def frozen(study: Study) -> tuple[str, list[tuple]]:
    """What freezing with one nonce makes: the digest of the study's value, and the draw."""
    review.accept_all(study=study, by="console", reason="a test")
    study = freezing.freeze(study=study, by="console", nonce=NONCE)
    slots = Slot.objects.filter(seat__study=study).order_by("seat__number", "phase", "position")
    draw = slots.values_list(
        "seat__number", "phase", "position", "pairing__study_brief__slug", "pairing__kind", "first_on_left"
    )
    return study.spec_digest, list(draw)


def altered(draft: Path, changes: dict[str, bytes | None]) -> Path:
    """A copy of an archive with other members; None leaves one out."""
    copy = draft.with_name("altered.zip")
    with zipfile.ZipFile(draft) as old, zipfile.ZipFile(copy, "w") as new:
        members = {name: old.read(name) for name in old.namelist()} | changes
        for name, content in members.items():
            if content is not None:
                new.writestr(name, content)
    return copy


def nothing_is_stored() -> bool:
    return not (Study.objects.exists() or Brief.objects.exists() or Script.objects.exists())


@pytest.mark.parametrize(
    ("name", "system"),
    [("the least", "alder"), pytest.param("the demonstration", "dsr", marks=pytest.mark.slow)],
)
def test_a_draft_is_the_same_on_another_site(tmp_path: Path, name: str, system: str) -> None:
    """The demonstration has practice, checks, repeats and most of what a study file can say."""
    file = tmp_path / "draft.zip"
    (tmp_path / "study").mkdir()
    path = write_minimal(tmp_path / "study") if name == "the least" else DEMO

    def make() -> tuple[str, list[tuple]]:
        store_pipelines([replace(find_system("dsr"), slug=system)], team=None)
        study = load_study(path).study
        assert write_draft(study, file) == Script.objects.count()
        return frozen(study)

    digest, draw = on_another_site(make)
    assert nothing_is_stored()
    loaded = load_draft(file)
    assert loaded.outcome == "created"
    assert System.objects.get(slug=system).spec["stages"]
    assert frozen(loaded.study) == (digest, draw)
    assert len(draw) >= 18


def test_provenance_moves_with_the_scripts(draft: Path) -> None:
    load_draft(draft)
    script = Script.objects.get(source__isnull=False)
    source = script.source
    assert (script.system.slug, script.writer) == ("alder", "W7")
    assert (source.file_name, source.credit, source.rights) == ("a.docx", "A work", "redistribute")
    assert (source.first_line, source.last_line) == (3, 9)
    assert set(Script.objects.filter(system__slug="birch").values_list("finish_reason", "redraws")) == {
        ("stop", 2)
    }


def test_loading_again_changes_nothing(draft: Path) -> None:
    load_draft(draft)
    assert load_draft(draft).outcome == "unchanged"
    assert Script.objects.count() == 6


def test_the_unpacked_archive_is_a_study_folder(draft: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(draft) as archive:
        archive.extractall(tmp_path / "folder")
    digest = load_study(tmp_path / "folder" / "study.yaml").study.spec_digest
    assert load_draft(draft).outcome == "unchanged"
    assert Study.objects.get().spec_digest == digest


def test_names_that_raters_read_move_too(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    path = write_minimal(tmp_path / "study")
    names = [{"from": "Ada", "to": "Ines"}]

    def make() -> str:
        load_study(path)
        Series.objects.update(names=names)
        study = load_study(path).study
        write_draft(study, tmp_path / "named.zip")
        return study.spec_digest

    digest = on_another_site(make)
    assert load_draft(tmp_path / "named.zip").study.spec_digest == digest
    assert Series.objects.get().names == names


def test_only_drafts_are_exported(draft: Path, tmp_path: Path) -> None:
    study = load_draft(draft).study
    frozen(study)
    study.refresh_from_db()
    with pytest.raises(WrongState, match="only drafts"):
        write_draft(study, tmp_path / "frozen.zip")


def test_a_draft_with_sealed_scripts_is_not_exported(draft: Path, tmp_path: Path) -> None:
    frozen(load_draft(draft).study)
    (tmp_path / "other").mkdir()
    path = write_minimal(tmp_path / "other")
    path.write_text(path.read_text().replace("slug: night-bus", "slug: second", 1))
    second = load_study(path).study
    with pytest.raises(WrongState, match="blinded study"):
        write_draft(second, tmp_path / "second.zip")
    assert not (tmp_path / "second.zip").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"../../etc/cron.d/x": b"x"}, "doesn't belong"),
        ({"/tmp/x": b"x"}, "doesn't belong"),
        ({"scripts/a/b.txt/": b""}, "doesn't belong"),
        ({"briefs/depot.yml": b""}, "doesn't belong"),
        ({"draft.json": None}, "has no study.yaml or no draft.json"),
        ({"draft.json": b"[]"}, "this is no draft"),
        ({"draft.json": b'{"format": "\\u0000"}'}, "NUL"),
        ({"scripts/depot/alder.txt": None}, "listed without its file"),
        ({"scripts/depot/alder.txt": b"\xff\xfe"}, "alder.txt"),
        ({"study.yaml": b"slug: [unfinished"}, "study.yaml"),
        ({"systems/x.yaml": b"slug: x\nbackend: 3\n"}, "systems/x.yaml"),
        ({"systems/x.yaml": b"slug: x\nlike: /etc/passwd\n"}, "systems/x.yaml"),
    ],
)
def test_hostile_archives_are_refused(draft: Path, changes: dict, message: str) -> None:
    with pytest.raises(InputErrors, match=message) as refused:
        load_draft(altered(draft, changes))
    assert "/tmp/evalsite-draft" not in str(refused.value)
    assert nothing_is_stored()


def test_an_archive_that_grows_when_it_is_unpacked_is_refused(draft: Path) -> None:
    bomb = draft.with_name("bomb.zip")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"scripts/depot/s{number}.txt", bytes(70_000_000))
        archive.writestr("study.yaml", b"")
        archive.writestr("draft.json", b"{}")
    with pytest.raises(InputErrors, match="210,000,002 bytes"):
        load_draft(bomb)


def test_a_changed_study_file_is_refused(draft: Path) -> None:
    with zipfile.ZipFile(draft) as archive:
        text = archive.read("study.yaml")
    changed = altered(draft, {"study.yaml": text.replace(b"count: 9", b"count: 18")})
    with pytest.raises(InputErrors, match="would differ"):
        load_draft(changed)
    assert nothing_is_stored()


def test_the_commands(draft: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_draft", draft)
    call_command("export_draft", "night-bus", "--out", tmp_path / "again.zip")
    assert "night-bus with 6 scripts" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no readable zip") as refused:
        call_command("load_draft", tmp_path / "study" / "study.yaml")
    assert refused.value.returncode == 1
    with pytest.raises(CommandError, match="there is no study"):
        call_command("export_draft", "unknown", "--out", tmp_path / "x.zip")
