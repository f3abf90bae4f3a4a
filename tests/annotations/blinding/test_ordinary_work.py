"""All that happens in a study by the platform's own ways passes the check: it never cries wolf."""

import random
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from analysis.command_line.main import main
from analysis.reports import services as reports
from annotations.desk import services
from annotations.desk.retention import erase_old_words
from annotations.models import Assignment, Rater, Study
from annotations.staff.studies import exclusions, study_states
from tests import exported
from tests.factories import by_chance, judge, make_study, person, submission, unblind

pytestmark = pytest.mark.django_db


@pytest.fixture
def rng() -> random.Random:
    return random.Random(3)


def enrol(study: Study) -> Rater:
    return services.enrol(study=study, languages=["en"], by="una").rater


def lease(rater: Rater) -> Assignment:
    held = services.lease_next_assignment(rater=rater)
    assert held is not None
    return held


def work(study: Study, rng: random.Random) -> None:
    """One rater works to the end and changes an answer; others skip, run out of time, leave or come late."""
    steady = enrol(study)
    judge(steady, rng=rng, pairs=2)
    last = Assignment.objects.filter(rater=steady).order_by("pk").last()
    assert last is not None
    assert (
        services.revise(assignment=last, submission=submission(last, rng, lambda *_: "tie"), revision=0)
        == "changed"
    )
    judge(steady, rng=rng)
    slow = enrol(study)
    held = lease(slow)
    Assignment.objects.filter(pk=held.pk).update(leased_until=held.opened_at)
    assert services.expire_leases() == 1
    services.skip(assignment=lease(slow), reason="unwell")
    judge(slow, rng=rng)
    left = enrol(study)
    judge(left, rng=rng, pairs=1)
    late = lease(left)
    services.free_seat(rater=left, by="una", reason="does not answer")
    second = enrol(study)
    theirs = lease(second)
    assert services.submit(assignment=late, submission=submission(late, rng, by_chance)).outcome == "late"
    services.submit(assignment=theirs, submission=submission(theirs, rng, by_chance))
    judge(second, rng=rng)
    conflicted = enrol(study)
    services.declare_conflict(assignment=lease(conflicted))
    judge(conflicted, rng=rng)
    gone = enrol(study)
    judge(gone, rng=rng, pairs=1)
    services.withdraw(rater=gone, erase=True)
    judge(enrol(study), rng=rng, pairs=2)
    services.reissue_link(rater=slow, by="una")
    one, two = Assignment.objects.filter(rater=steady, state="submitted").order_by("pk")[:2]
    exclusions.set_excluded(assignment=one, excluded=True, by="console", reason="a phone rang")
    exclusions.set_excluded(assignment=two, excluded=True, by="console", reason="the same")
    exclusions.set_excluded(assignment=two, excluded=False, by="console", reason="it was another pair")
    study_states.amend(study=study, by="una", text="One more rater, since one has left.")


@pytest.mark.slow
def test_it_passes_in_every_state(tmp_path: Path, rng: random.Random, capsys) -> None:
    study = make_study(tmp_path, state="open", seats=7)
    call_command("verify_study", study.slug, stdout=StringIO())
    work(study, rng)
    call_command("verify_study", study.slug, stdout=StringIO())
    for verb in ("pause", "open"):
        study_states.transition(study=study, verb=verb, by="una")
        call_command("verify_study", study.slug, stdout=StringIO())
    unblind(study, [person("una"), person("dov")])
    services.withdraw(rater=Rater.objects.filter(withdrawn_at=None).order_by("pk")[0], erase=True)
    call_command("verify_study", study.slug, stdout=StringIO())
    assert erase_old_words(0) > 0
    call_command("verify_study", study.slug, stdout=StringIO())
    path = tmp_path / "bundle.zip"
    path.write_bytes(exported.bundle_bytes(study, reports.compute(study, replicates=100)))
    assert main(["verify", str(path)]) == 0, capsys.readouterr().err
