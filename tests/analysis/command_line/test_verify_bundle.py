"""`python -m analysis.stats verify`: a bundle is computed again offline; what was changed in it is named."""

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from analysis.command_line.main import main
from analysis.reports import services as reports
from annotations.models import Assignment, Study
from annotations.staff.studies import exclusions
from tests import exported
from tests.annotations.desk_files import write_desk
from tests.annotations.freezing.test_extra_entries import frozen, opened
from tests.factories import fill, make_study, make_unblinded, person, unblind

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def files(django_db_setup, django_db_blocker, tmp_path_factory) -> Files:
    """One bundle for all tests, with an exclusion by hand."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        study = make_study(tmp_path_factory.mktemp("study"), state="open")
        fill(study)
        held = Assignment.objects.filter(state="submitted").order_by("code")[0]
        people = [person("una"), person("dov")]
        exclusions.set_excluded(assignment=held, excluded=True, by=people[0], reason="a phone\nrang")
        unblind(study, people)
        content = exported.bundle_bytes(study, reports.compute(study, replicates=100))
        transaction.set_rollback(True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(folder: Path, files: Files, *, sums: bool = True) -> Path:
    """The files as a bundle, with the digests of what they are now."""
    path = folder / "bundle.zip"
    if sums:
        rest = {name: content for name, content in files.items() if name != "SHA256SUMS"}
        lines = [f"{hashlib.sha256(each).hexdigest()}  {name}\n" for name, each in sorted(rest.items())]
        files = {**rest, "SHA256SUMS": "".join(lines).encode()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def verify(path: Path, capsys, *more: str) -> tuple[int, list[str]]:
    code = main(["verify", str(path), *more])
    said = capsys.readouterr()
    return code, (said.err or said.out).splitlines()


def change_json(name: str, change: Callable) -> Callable[[Files], None]:
    def apply(files: Files) -> None:
        value = json.loads(files[name])
        change(value)
        files[name] = json.dumps(value).encode()

    return apply


def change_rows(table: str, change: Callable) -> Callable[[Files], None]:
    def apply(files: Files) -> None:
        reader = csv.DictReader(io.StringIO(files[f"{table}.csv"].decode(), newline=""))
        rows = list(reader)
        change(rows)
        out = io.StringIO()
        writer = csv.DictWriter(out, reader.fieldnames or (), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        files[f"{table}.csv"] = out.getvalue().encode()

    return apply


def swap_systems(value: dict) -> None:
    other = {"quillon": "marrow", "marrow": "quillon"}
    for row in value["sealed"]:
        row["system"] = other.get(row["system"], row["system"])


def turn_first_slot(value: dict) -> None:
    value["slots"][0]["first_on_left"] = not value["slots"][0]["first_on_left"]


def swap_columns(rows: list[dict]) -> None:
    rows[0]["left_system"], rows[0]["right_system"] = rows[0]["right_system"], rows[0]["left_system"]


def turn_choices(rows: list[dict]) -> None:
    other = {"left": "right", "right": "left"}
    for row in rows:
        row["choice"] = other.get(row["choice"], row["choice"])


def take_back_exclusion(files: Files) -> None:
    for table in ("judgments", "scores", "assignments"):
        change_rows(table, lambda rows: [row.update(excluded="") for row in rows])(files)
    change_rows("exclusions", lambda rows: rows.clear())(files)
    for name in ("plan.json", "report/report.json"):
        change_json(name, lambda value: value.get("plan", value)["study"].pop("exclusions"))(files)


def to_other_rater(rows: list[dict]) -> None:
    rows[0]["rater"] = rows[-1]["rater"]


CHANGES = {
    "systems": (change_json("frozen/sealed.json", swap_systems), "frozen/.*links a system to a script"),
    "nonce of an entry": (
        change_json("frozen/sealed.json", lambda value: value["sealed"][0].update(nonce="0" * 32)),
        "frozen:1:1: error: the digest of the stored content differs",
    ),
    "digest of an entry": (
        change_json("frozen/entries.json", lambda value: value["entries"][0].update(digest="0" * 64)),
        "frozen:1:1: error: the digest of the stored content differs",
    ),
    "length of an entry": (
        change_json("frozen/entries.json", lambda value: value["entries"][0].update(length=1)),
        "scripts.csv.*length is",
    ),
    "nonce of the draw": (
        change_json("frozen/draw.json", lambda value: value.update(nonce="0" * 32)),
        "draw_nonce is not that of the frozen study",
    ),
    "side of a slot": (
        change_json("frozen/draw.json", turn_first_slot),
        "the slot at position 1 of seat 1",
    ),
    "criteria of a seat": (
        change_json("frozen/draw.json", lambda value: value["seats"][0]["criteria"].reverse()),
        "seat 1 has other languages or criteria",
    ),
    "plan of the study": (
        change_json("frozen/study.json", lambda value: value["spec"]["plan"].update(generalize_to="series")),
        "the stored plan of the study was changed",
    ),
    "seed": (
        change_json("frozen/draw.json", lambda value: value.update(seed=-1)),
        "the stored plan and briefs no longer give a draw",
    ),
    "frozen digest": (
        change_json("frozen/study.json", lambda value: value.update(frozen_digest="0" * 64)),
        "frozen:1:1: error: the digest of the stored content differs",
    ),
    "plan of the analysis": (
        change_json("plan.json", lambda value: value.update(generalize_to="series")),
        "plan.json.*generalize_to is not that of the frozen study file",
    ),
    "record of the study": (
        change_json("study.json", lambda value: value.update(frozen_digest="0" * 64)),
        "study.json.*frozen_digest is not",
    ),
    "systems of a judgment": (change_rows("judgments", swap_columns), "judgments.csv:2.*left_system is"),
    "rater of a judgment": (change_rows("judgments", to_other_rater), "judgments.csv:2.*rater is"),
    "position of a judgment": (
        change_rows("judgments", lambda rows: rows[0].update(position="9")),
        "judgments.csv:2.*position is",
    ),
    "criterion of a judgment": (
        change_rows("judgments", lambda rows: rows[0].update(criterion="dialogue")),
        "judgments.csv.*has other rows than were asked for",
    ),
    "a judgment less": (
        change_rows("judgments", lambda rows: rows.pop()),
        "judgments.csv.*has other rows than were asked for",
    ),
    "a forged exclusion": (
        change_rows("judgments", lambda rows: [row.update(excluded="manual") for row in rows]),
        "judgments.csv.*excluded is 'manual'",
    ),
    "an exclusion taken back": (
        change_rows("exclusions", lambda rows: rows.clear()),
        "assignments.csv.*excluded is 'manual'",
    ),
    "the reason of an exclusion": (
        change_rows("exclusions", lambda rows: rows[0].update(reason="a better one")),
        "plan.json.*study.exclusions is not what exclusions.csv has",
    ),
    "side of a score": (
        change_rows("scores", lambda rows: rows[0].update(side="right")),
        "scores.csv:2.*system is",
    ),
    "system of a mark": (
        change_rows("marks", lambda rows: rows[0].update(system="nobody")),
        "marks.csv:2.*was not shown in this pair",
    ),
    "rater of an assignment": (change_rows("assignments", to_other_rater), "assignments.csv:2"),
    "kind of the raters": (
        change_rows("raters", lambda rows: rows[0].update(kind="simulated")),
        "assignments.csv.*rater_kind is 'person'",
    ),
    "digest of a script": (
        change_rows("scripts", lambda rows: rows[0].update(digest="0" * 64)),
        "scripts.csv:2.*digest is",
    ),
    "event of a seat": (
        change_json("frozen/seat_events.json", lambda value: value.pop(0)),
        "is not one of those who took a seat",
    ),
    "choices": (change_rows("judgments", turn_choices), "judgments.csv.*not the recorded ones"),
    "a score": (
        change_rows("scores", lambda rows: rows[0].update(score="99")),
        "scores.csv.*not the recorded ones",
    ),
    "all marks": (change_rows("marks", lambda rows: rows.clear()), "marks.csv.*not the recorded ones"),
    "an exclusion and all that names it": (take_back_exclusion, "the exclusion of .*not as recorded"),
    "a recorded answer": (
        change_json("frozen/record.json", lambda value: value["answers"].pop()),
        "record.json.*the answers are not those of closing and unblinding",
    ),
    "a line of the audit trail": (
        change_json("frozen/record.json", lambda value: value["lines"][1]["detail"].update(rows=1)),
        "record.json.*line [0-9]+ of the audit trail was changed",
    ),
    "a record of nonsense": (
        change_json("frozen/record.json", lambda value: value.update(answers=[[float("nan")]])),
        "record.json.*not as a site writes them",
    ),
    "a second line of unblinding": (
        change_json(
            "frozen/record.json",
            lambda value: value["lines"].append({**value["lines"][-1], "detail": {}}),
        ),
        "record.json.*is there twice",
    ),
    "the chain": (
        change_json("frozen/record.json", lambda value: value["chain"].pop()),
        "record.json.*don't lead to the head of the audit trail in plan.json",
    ),
    "the line of unblinding": (
        change_json("frozen/record.json", lambda value: value["lines"].pop()),
        "record.json.*the line of unblinding, is missing",
    ),
    "report of other tables": (
        change_json("report/report.json", lambda value: value["inputs"][0].update(sha256="0" * 64)),
        "report/report.json.*computed from another judgments.csv",
    ),
    "report of another plan": (
        change_json("report/report.json", lambda value: value["plan"].update(level=0.8)),
        "report/report.json.*level is not that of the frozen study file",
    ),
}  # fmt: skip


@pytest.mark.slow
def test_a_bundle_that_was_left_alone_passes(tmp_path: Path, files: Files, capsys) -> None:
    code, said = verify(write(tmp_path, files, sums=False), capsys)
    assert (code, said[0]) == (0, f"{tmp_path / 'bundle.zip'}: no differences found.")
    assert said[2] == "9 entries, 18 slots, 18 assignments"


def test_choices_of_an_older_bundle_are_not_provable(tmp_path: Path, files: Files, capsys) -> None:
    older = {name: content for name, content in files.items() if name != "frozen/record.json"}
    turn = change_rows("judgments", turn_choices)
    turn(older)
    path = write(tmp_path, older)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "b")
    names = ("judgments", "scores", "marks", "raters")
    analysed = [f"--{name}={tmp_path / 'b' / name}.csv" for name in names]
    plan, out = f"--plan={tmp_path / 'b' / 'plan.json'}", tmp_path / "new"
    assert main(["report", *analysed, plan, "--replicates", "100", "--out", str(out)]) == 0
    older["report/report.json"] = (out / "report.json").read_bytes()
    capsys.readouterr()
    code, lines = verify(write(tmp_path, older), capsys)
    assert (code, lines[-1].partition(":")[0]) == (0, "choices not provable")
    older["frozen/record.json"] = files["frozen/record.json"]
    code, lines = verify(write(tmp_path, older), capsys)
    assert code == 4
    assert all("judgments.csv" in line and "not the recorded ones" in line for line in lines[:-1])


@pytest.mark.django_db
def test_the_site_compares_a_bundle_with_its_tables(tmp_path: Path) -> None:
    study = make_unblinded(tmp_path)
    path = tmp_path / "bundle.zip"
    path.write_bytes(exported.bundle_bytes(study, reports.compute(study, replicates=100)))
    out = io.StringIO()
    call_command("verify_study", study.slug, bundle=path, stdout=out)
    assert "are those of the site" in out.getvalue()
    with zipfile.ZipFile(path) as archive:
        forged = {name: archive.read(name) for name in archive.namelist() if name != "frozen/record.json"}
    change_rows("judgments", turn_choices)(forged)
    with pytest.raises(CommandError, match=r"^judgments\.csv:\d+:1: error: choice: not as on") as error:
        call_command("verify_study", study.slug, bundle=write(tmp_path, forged))
    assert error.value.returncode == 4


def test_an_unpacked_bundle_and_a_report_of_its_own(tmp_path: Path, files: Files, capsys) -> None:
    with zipfile.ZipFile(write(tmp_path, files)) as archive:
        archive.extractall(tmp_path / "unpacked")
    report = tmp_path / "unpacked/report/report.json"
    assert verify(tmp_path / "unpacked", capsys, "--report", str(report))[0] == 0
    report.write_text(report.read_text().replace('"seed": 1', '"seed": 2'))
    assert verify(tmp_path / "unpacked", capsys)[0] == 4  # the file is not the listed one


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_is_named(tmp_path: Path, files: Files, capsys, name: str) -> None:
    change, wanted = CHANGES[name]
    changed = dict(files)
    change(changed)
    code, said = verify(write(tmp_path, changed), capsys)
    assert code == 4
    assert any(re.search(wanted, line) for line in said), said


def test_a_file_that_is_not_the_listed_one(tmp_path: Path, files: Files, capsys) -> None:
    changed = {**files, "codebook.csv": b"", "extra.txt": b""}
    code, said = verify(write(tmp_path, changed, sums=False), capsys)
    assert code == 4
    assert [line.partition(":")[0] for line in said] == ["codebook.csv", "extra.txt"]


def test_a_report_that_was_computed_from_other_tables(tmp_path: Path, files: Files, capsys) -> None:
    report = json.loads(files["report/report.json"])
    report["inputs"][0]["rows"] -= 1
    (tmp_path / "mine.json").write_text(json.dumps(report))
    code, said = verify(write(tmp_path, files), capsys, "--report", str(tmp_path / "mine.json"))
    assert code == 4
    assert "counts other rows than judgments.csv has" in said[0]


UNREADABLE = {
    "no file": lambda path, files: None,
    "no zip": lambda path, files: path.write_bytes(b"PK"),
    "no frozen part": lambda path, files: write(
        path.parent, {k: v for k, v in files.items() if "frozen" not in k}
    ),
    "no JSON": lambda path, files: write(path.parent, {**files, "frozen/draw.json": b"{"}),
    "other JSON": lambda path, files: write(path.parent, {**files, "frozen/draw.json": b"[]"}),
    "no events": lambda path, files: write(path.parent, {**files, "frozen/seat_events.json": b"{}"}),
    "no CSV": lambda path, files: write(path.parent, {**files, "judgments.csv": b"\xff\xfe"}),
    "no study": lambda path, files: write(path.parent, {**files, "study.json": b"[]"}),
    "no report": lambda path, files: write(path.parent, {**files, "report/report.json": b"[]"}),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_refused(tmp_path: Path, files: Files, capsys, name: str) -> None:
    path = tmp_path / "bundle.zip"
    UNREADABLE[name](path, files)
    code, said = verify(path, capsys)
    assert code == 1
    assert len(said) == 1
    assert str(path) in said[0] or "report.json" in said[0]
    assert ": error: " in said[0]


@pytest.mark.slow
def test_it_needs_no_django(tmp_path: Path, files: Files) -> None:
    path = write(tmp_path, files)
    script = (
        "import sys; from analysis.command_line.main import main; code = main(['verify', sys.argv[1]]);"
        "assert 'django' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.django_db
def test_a_study_with_practice_checks_and_repeats_passes(tmp_path: Path, capsys) -> None:
    study: Study = opened(frozen(write_desk(tmp_path)))
    content = exported.bundle_bytes(study, reports.compute(study, replicates=100))
    path = tmp_path / "bundle.zip"
    path.write_bytes(content)
    assert verify(path, capsys)[0] == 0
