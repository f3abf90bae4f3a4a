"""Report: the exported tables, analysed by the command line, give the site's report byte for byte."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from annotations.desk.onboarding import record_profile
from tests import factories
from tests.analysis.conftest import build_report

pytestmark = pytest.mark.django_db


def without_django() -> dict[str, str]:
    """This machine's environment (it may choose the kernels of linear algebra) without what is the site's."""
    ours = ("DJANGO", "DATABASE_URL", "BROKER_URL", "SECRET_KEY", "EVALSITE", "PUBLIC_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def command_line(folder: Path, out: Path, tables: list[str]) -> None:
    """Run the analysis without Django, as somebody who was sent the files would."""
    given = [part for name in tables for part in (f"--{name}", str(folder / f"{name}.csv"))]
    rest = ["--plan", str(folder / "plan.json"), "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "analysis.stats", "report", *given, *rest],
        cwd=settings.BASE_DIR,
        env=without_django(),
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def finished(tmp_path):
    """A study in two languages, with raters of two bands of experience."""
    study = factories.make_study(tmp_path / "files", state="open", languages=("en", "zh"))
    factories.fill(study)
    for rater, years in zip(study.raters.order_by("pk"), ["3-5", "11-20"] * 6, strict=False):
        rater.profile = {"years": years, "role": "writer", "forms_written": ["film", "series"]}
        rater.save()
        record_profile(rater)
    factories.unblind(study)
    study.refresh_from_db()
    return study


@pytest.mark.slow
def test_site_command_and_command_line_agree(finished, tmp_path):
    exported, again, managed = tmp_path / "exported", tmp_path / "again", tmp_path / "managed"
    report = build_report(finished)
    call_command("export_study", "harbour", "--out", str(exported))
    call_command("report", "harbour", "--out", str(managed))
    command_line(exported, again, ["judgments", "scores", "marks", "raters"])
    written = (again / "report.json").read_bytes()
    assert (managed / "report.json").read_bytes() == written
    assert json.loads(written) == report.results
    stored = {file.name: bytes(file.content) for file in report.files.all()}
    assert stored.pop("report.zh-hans.pdf").startswith(b"%PDF")
    assert {name: (again / name).read_bytes() for name in stored} == stored
    # 2 languages x 3 scenes x 6 seats x 2 criteria, and a score for both scripts of each pair.
    used = {source["table"]: source["used"] for source in report.results["inputs"]}
    assert used.pop("marks") > 0
    assert used == {"judgments": 72, "scores": 72, "raters": 12}
    assert {entry["name"] for entry in report.results["rater_groups"]} == {"3-5", "11-20", "writer"}


@pytest.mark.slow
def test_a_bundle_recomputes_by_its_own_words(finished, tmp_path):
    call_command("bundle", "harbour", "--out", str(tmp_path / "b.zip"))
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        archive.extractall(tmp_path / "b")
        how = archive.read("README.txt").decode()
    command = next(line.strip() for line in how.splitlines() if "python -m analysis.stats" in line)
    done = subprocess.run(
        [sys.executable, *command.split()[1:]],
        cwd=tmp_path / "b",
        env=without_django() | {"PYTHONPATH": str(settings.BASE_DIR)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    again = (tmp_path / "b" / "again" / "report.json").read_bytes()
    assert again == (tmp_path / "b" / "report" / "report.json").read_bytes()
    check = ["sha256sum", "-c", "SHA256SUMS"]
    done = subprocess.run(check, cwd=tmp_path / "b", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("OK") == len(archive.namelist()) - 1


@pytest.mark.slow
def test_every_format_holds_the_same_rows(finished, tmp_path):
    read = {
        "csv": lambda content: pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False),
        "jsonl": lambda content: pd.read_json(io.BytesIO(content), lines=True, dtype=False),
        "parquet": lambda content: pd.read_parquet(io.BytesIO(content)),
    }
    for form, reader in read.items():
        call_command("export_study", "harbour", "--out", str(tmp_path / form), "--format", form)
        rows = reader((tmp_path / form / f"judgments.{form}").read_bytes())
        assert len(rows) == 72
        assert set(rows["choice"]) <= {"left", "right", "tie", "neither"}
        assert set(rows["left_system"]) | set(rows["right_system"]) == set(factories.SYSTEMS)


def test_a_sealed_study_is_refused_in_one_line_and_nothing_is_written(tmp_path):
    factories.make_study(tmp_path / "files", state="closed")
    out = str(tmp_path / "out")
    for name in ("report", "export_study", "bundle"):
        with pytest.raises(CommandError, match="two people") as stop:
            call_command(name, "harbour", "--out", out)
        assert stop.value.returncode == 1
    assert not (tmp_path / "out").exists()


def test_an_unknown_study_is_refused_with_those_there_are(tmp_path):
    factories.make_study(tmp_path / "files", state="draft")
    with pytest.raises(CommandError, match=r"no study habour\..*harbour") as stop:
        call_command("report", "habour", "--out", str(tmp_path / "out"))
    assert stop.value.returncode == 1
