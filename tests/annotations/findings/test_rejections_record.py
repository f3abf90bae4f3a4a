"""Findings: rejected scripts are reported with their system only after unblinding."""

import csv
import io
from pathlib import Path

import pytest
from django.test import Client

from analysis.tables import exports, frames
from annotations import freezing
from annotations.findings import rejections
from annotations.findings import review as findings
from annotations.findings.scanning import text_key
from annotations.models import Study
from annotations.staff.studies import study_states
from annotations.staff.studies.flow import rejected_scripts, scripts_by_system
from generation.models import Brief, Script, System
from tests import exported, factories
from tests.factories import add_script

pytestmark = pytest.mark.django_db
RECORD = "/studies/harbour/findings/"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Two scripts of quillon and one of people were rejected, and the study was frozen and opened."""
    study = factories.make_study(tmp_path, state="draft")
    for number, (slug, system) in enumerate(
        [("scene-en-1", "quillon"), ("scene-en-1", "quillon"), ("scene-en-2", "people")], start=2
    ):
        brief, row = Brief.objects.get(slug=slug), System.objects.get(slug=system)
        text = Script.objects.filter(brief=brief, system=row).first().text + f"\nShe waits, {number}.\n"
        add_script(brief=brief, system=row, text=text, sample=number)
        study.refresh_from_db()
        key = text_key(study, study.spec["materials"]["scripts"][slug][system])
        rejections.reject_script(
            study=study, brief=slug, key=key, by="una", reason="it speaks, =to, the reader"
        )
    findings.request_scan(study=study, by="una")
    freezing.freeze(study=study, by="una")
    study_states.transition(study=study, verb="open", by="una")
    return study


def test_sealed_it_tells_no_system(staff: Client, study: Study) -> None:
    page = staff.get(RECORD).content.decode().replace('href="/people/"', "")
    assert page.count("it speaks, =to, the reader") == 3
    assert not any(name in page for name in factories.SYSTEMS)
    assert rejected_scripts(study) == []
    with pytest.raises(frames.Sealed):
        frames.rejections(study)


@pytest.mark.slow
def test_unblinded_it_tells_all(staff: Client, study: Study) -> None:
    factories.fill(study)
    factories.unblind(study)
    rows = list(csv.DictReader(io.StringIO(exported.table_bytes(study, "rejections").decode())))
    told = [(row["item"], row["system"], row["sample"], row["next_sample"]) for row in rows]
    assert told == [
        ("scene-en-1", "quillon", "1", "2"),
        ("scene-en-1", "quillon", "2", "3"),
        ("scene-en-2", "people", "1", "4"),
    ]
    assert {row["reason"] for row in rows} == {"it speaks, =to, the reader"}
    assert "rejections.csv" in exports.export_files(study)
    counts = {name: facts["rejected"] for name, facts in scripts_by_system(study).items()}
    assert counts == {"quillon": 2, "marrow": 0, "people": 1}
    assert exports.plan_of(study).to_dict()["study"]["scripts"]["quillon"]["rejected"] == 2
    assert "quillon" in staff.get(RECORD).content.decode()
    assert "3 scripts rejected" in staff.get("/studies/harbour/").content.decode()


def test_without_a_rejection_there_is_no_table(tmp_path: Path) -> None:
    study = factories.make_study(tmp_path, state="open", briefs=1)
    assert "rejections" not in frames.available_tables(study)
    factories.fill(study)
    factories.unblind(study)
    assert all("rejected" not in facts for facts in scripts_by_system(study).values())
