"""Staff: `manage.py load_study` and the other study commands: what they store, print and return."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from analysis.frozen_plan import frozen_plan
from annotations import freezing
from annotations.desk import services
from annotations.models import Assignment, Criterion, Study
from annotations.spec.values import from_json
from annotations.staff.studies import loading
from annotations.staff.study_form.new_study import study_file_values
from evalsite.core.digests import json_digest
from evalsite.core.errors import InputErrors
from evalsite.core.models import AuditEvent
from generation.models import Brief, Script, Series, System
from tests.annotations.study_files import STUDY, THESE_SERIES, replace_in, write_minimal
from tests.factories import make_study, person

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_minimal(tmp_path)


def counts() -> list[int]:
    return [model.objects.count() for model in (Study, Criterion, Series, Brief, System, Script, AuditEvent)]


def test_it_works(study: Path) -> None:
    loaded = loading.load_study(study)
    assert (loaded.outcome, loaded.study.state) == ("created", "draft")
    assert counts() == [1, 2, 1, 2, 3, 6, 3]  # the audit trail names two briefs and the study
    script = Script.objects.get(brief__slug="depot", system__slug="alder")
    assert script.text.startswith("INT. BUS - NIGHT")
    assert script.sample == 1
    # Words on the page, counted by hand: heading 3, action 16, cue 1, speech 5.
    assert script.length == 25


def test_twice_changes_nothing(study: Path) -> None:
    loading.load_study(study)
    before = counts()
    again = loading.load_study(study)
    assert again.outcome == "unchanged"
    assert counts() == before


def test_a_changed_draft_is_updated_and_the_fields_are_named(study: Path) -> None:
    loading.load_study(study)
    replace_in(study, "title: Night bus", "title: Last bus")
    replace_in(study.parent / "scripts/depot/birch.fountain", "Rain.", "Snow.")
    loaded = loading.load_study(study)
    assert loaded.outcome == "updated"
    assert loaded.changed == ("materials.scripts.depot.birch", "title.en")
    assert Study.objects.get().title == {"en": "Last bus"}
    assert Script.objects.filter(brief__slug="depot", system__slug="birch").count() == 2


@pytest.mark.parametrize("named", ["", "plan: {item_cluster: item}\n", THESE_SERIES])
def test_a_study_frozen_before_version_0_6_goes_on_unchanged(study: Path, named: str) -> None:
    draft = loading.load_study(study).study
    plan = {key: value for key, value in draft.spec["plan"].items() if key != "generalize_to"}
    draft.spec = draft.spec | {"plan": plan | {"item_cluster": "item"}}
    draft.spec_digest = json_digest(draft.spec)
    draft.save()
    frozen = freezing.freeze(study=draft, by="test")
    assert from_json(frozen.spec).digest == frozen.spec_digest
    assert frozen_plan(frozen.spec)["item_cluster"] == "item"
    assert not {"generalize_to", "claim", "weak_baseline", "margin_of"} & frozen_plan(frozen.spec).keys()
    assert study_file_values(from_json(frozen.spec))["plan"]["generalize_to"] == "these-series"
    study.write_text(STUDY + named)
    assert loading.load_study(study).outcome == "unchanged"
    study.write_text(STUDY + "plan: {generalize_to: series}\n")
    with pytest.raises(InputErrors, match=r"differs in: plan.generalize_to, plan.item_cluster"):
        loading.load_study(study)


def test_a_new_plan_reaches_the_analysis(study: Path) -> None:
    replace_in(study, "these-series", "series, claim: equivalent, margin: {value: 0.1, reason: small}")
    plan = frozen_plan(loading.load_study(study).study.spec)
    assert (plan["generalize_to"], plan["claim"], plan["margin"]) == ("series", "equivalent", 0.1)
    assert not {"item_cluster", "weak_baseline", "margin_of"} & plan.keys()


def test_a_frozen_study_is_left_as_it_is(study: Path) -> None:
    freezing.freeze(study=loading.load_study(study).study, by="test")
    assert loading.load_study(study).outcome == "unchanged"
    replace_in(study, "title: Night bus", "title: Last bus")
    replace_in(study.parent / "scripts/depot/birch.fountain", "Rain.", "Snow.")
    before = counts()
    with pytest.raises(
        InputErrors, match=r"is frozen, and this file differs in: materials.scripts.depot.birch, title.en"
    ):
        loading.load_study(study)
    assert counts() == before


@pytest.mark.parametrize(
    "break_it",
    [
        lambda study: replace_in(study, "count: 9", "count: 0"),
        lambda study: (study.parent / "scripts/garage/human.fountain").unlink(),
        lambda study: replace_in(study.parent / "briefs/garage.yaml", "outline:", "outlines:"),
    ],
)
def test_of_a_broken_study_nothing_is_loaded(study: Path, break_it: object) -> None:
    break_it(study)  # type: ignore[operator]
    with pytest.raises(InputErrors):
        loading.load_study(study)
    assert counts() == [0] * 7


def test_stored_scripts_stand_in_for_files_the_lowest_sample_first(study: Path) -> None:
    loading.load_study(study)
    replace_in(study.parent / "scripts/depot/birch.fountain", "Rain.", "Snow.")
    loading.load_study(study)
    (study.parent / "scripts/depot/birch.fountain").unlink()
    spec = loading.load_study(study).study.spec
    first = Script.objects.get(brief__slug="depot", system__slug="birch", sample=1)
    assert spec["materials"]["scripts"]["depot"]["birch"] == first.digest


def test_the_command_freezes_and_opens(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_study", str(study), "--open")
    assert Study.objects.get().state == "open"
    call_command("load_study", str(study), "--open")
    assert "is unchanged (open)" in capsys.readouterr().out


def test_the_commands_go_through_a_study_s_life(study: Path) -> None:
    call_command("load_study", str(study))
    call_command("freeze_study", "night-bus")
    call_command("freeze_study", "night-bus", "--undo")
    call_command("freeze_study", "night-bus")
    call_command("open_study", "night-bus")
    call_command("close_study", "night-bus")
    for name in ("una", "dov"):
        person(name)
    call_command("unblind_study", "night-bus", "--by", "una", "--by", "dov")
    assert Study.objects.get().state == "unblinded"
    with pytest.raises(CommandError, match="only a study that is"):
        call_command("open_study", "night-bus")


def test_unblinding_from_the_console_needs_two_names(study: Path) -> None:
    call_command("load_study", str(study), "--open")
    call_command("close_study", "night-bus")
    person("una")
    for names, code in ((["una"], 2), (["una", "una"], 1), (["una", "nobody"], 1)):
        with pytest.raises(CommandError) as error:
            call_command("unblind_study", "night-bus", *[part for name in names for part in ("--by", name)])
        assert error.value.returncode == code
    assert Study.objects.get().state == "closed"


def test_a_study_that_is_not_there_is_told_with_those_that_are(study: Path) -> None:
    call_command("load_study", str(study))
    with pytest.raises(CommandError, match=r"no study day-bus\. Fix: use one of: night-bus") as error:
        call_command("open_study", "day-bus")
    assert error.value.returncode == 1


def test_sweep_expires_leases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = make_study(tmp_path, state="open")
    rater = services.enrol(study=study, languages=["en"]).rater
    assignment = services.lease_next_assignment(rater=rater)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE annotations_assignment SET leased_until = now() - interval '1 second'")
    call_command("sweep")
    assert "1 leases expired" in capsys.readouterr().out
    assert assignment is not None
    assert Assignment.objects.get(pk=assignment.pk).state == "expired"


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_faults_stand_on_standard_error_one_a_line(study: Path) -> None:
    """In a process of its own: what a shell sees."""
    study.write_text(STUDY.replace("count: 9", "count: 0").replace("briefs/*.yaml", "briefs/*.yml"))
    done = run("load_study", str(study))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        f"{study}:6:30: error: count is 0. Fix: use 1 to 1000.",
        f"{study}:7:9: error: no file matches briefs/*.yml. Fix: check the pattern and the folder.",
    ]


@pytest.mark.slow
def test_wrong_usage_is_2_and_no_database_is_3(study: Path, tmp_path: Path) -> None:
    assert run("load_study").returncode == 2
    done = run("load_study", str(study), DATABASE_URL=f"postgres://evalsite@/evalsite?host={tmp_path}/none")
    assert done.returncode == 3
    assert "the database does not answer" in done.stderr
    assert "Traceback" not in done.stderr
