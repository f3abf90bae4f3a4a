"""Training data: people's part: who gets what, what a decision does, and how far two agree."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from evalsite.core.errors import InputErrors
from evalsite.core.models import User
from generation.models import Run, StageOutput
from generation.training_data.datasets import filtering
from generation.training_data.datasets.adjudication import Decided, InvalidReview, outcome_of
from generation.training_data.datasets.agreement import NOBODY, ONE_VALUE, agreement_by, agreement_of
from generation.training_data.datasets.building import build
from generation.training_data.datasets.examples import content_of, rejected_since
from generation.training_data.datasets.filtering import filter_run
from generation.training_data.datasets.reviewing import decide, load_synthesized_scene, queue_of, readings_of
from generation.training_data.datasets.steps import funnel_of
from generation.training_data.models import Candidate, Dataset, Review
from generation.training_data.tasks import build_dataset, settle_scenes
from tests.factories import person
from tests.generation.training_data.finished import finished_run

pytestmark = pytest.mark.django_db


def reviewed_run() -> tuple[Run, list[User]]:
    run = finished_run(share=0.5, filtered=True)
    return run, [person(name) for name in ("rae", "tom", "una")]


def twice_read(run: Run) -> Candidate:
    return Candidate.objects.get(run=run, readers=2)


@pytest.mark.slow
def test_nobody_gets_the_same_twice_and_two_read_what_is_read_twice() -> None:
    run, (rae, tom, una) = reviewed_run()
    assert queue_of(run, rae).all == 4
    seen = []
    while waiting := queue_of(run, rae).waiting:
        key = waiting[0]
        decide(candidate=Candidate.objects.get(pk=key), reviewer=rae, decision="accept")
        seen.append(key)
    assert len(set(seen)) == len(seen) == 4
    assert queue_of(run, tom).waiting == (twice_read(run).pk,), "the others are done with"
    assert readings_of(run).open == 1
    decide(candidate=twice_read(run), reviewer=tom, decision="accept")
    assert readings_of(run).complete
    assert queue_of(run, una).waiting == ()
    with pytest.raises(InputErrors):
        decide(candidate=twice_read(run), reviewer=una, decision="accept")


def test_what_nothing_can_be_made_of_is_passed_over_and_falls_when_filtered_anew(client: Client) -> None:
    run, (rae, *_others) = reviewed_run()
    client.force_login(rae)
    first, second, *_rest = queue_of(run, rae).waiting
    with transaction.atomic(), connection.cursor() as cursor:  # as rules let it pass that were laxer
        cursor.execute("SET LOCAL session_replication_role = replica")
        rows = StageOutput.objects.filter(job__candidate=first, stage="directives")
        rows.update(text='{"exposition": "", "pacing": "", "beats": "none"}')
    queue = reverse("generation-review", args=[run.code])
    page = client.get(queue).content.decode()
    assert "1 candidate is skipped because its answers are unusable." in page
    assert reverse("generation-candidate", args=[run.code, second]) in page
    third = client.post(reverse("generation-candidate", args=[run.code, second]), {"decision": "accept"})
    assert third["Location"] not in (queue, reverse("generation-candidate", args=[run.code, first]))
    filter_run(run, again=True)
    assert Candidate.objects.get(pk=first).dropped_at == "rules"
    assert "is skipped because" not in client.get(queue).content.decode()


def test_a_decision_that_is_none_is_not_begun_from(client: Client) -> None:
    run, (rae, *_others) = reviewed_run()
    client.force_login(rae)
    candidate = Candidate.objects.get(pk=queue_of(run, rae).waiting[0])
    decide(candidate=candidate, reviewer=rae, decision="accept")
    address = reverse("generation-candidate", args=[run.code, candidate.pk])
    for none in ("²", "9" * 5000):
        assert client.get(address, {"from": none}).status_code == 200


def test_where_two_disagree_a_third_decides() -> None:
    run, (rae, tom, una) = reviewed_run()
    candidate = twice_read(run)
    decide(candidate=candidate, reviewer=rae, decision="accept")
    decide(candidate=candidate, reviewer=tom, decision="reject", reason="flat", words="no end")
    candidate.refresh_from_db()
    assert (candidate.dropped_at, candidate.reason["code"]) == ("people", "unsettled")
    waits = queue_of(run, una)
    assert waits.waiting[-1] == candidate.pk
    assert waits.settle == {candidate.pk}
    assert candidate.pk not in queue_of(run, rae).waiting
    decide(candidate=candidate, reviewer=una, decision="reject", reason="flat", words="no end")
    candidate.refresh_from_db()
    assert (candidate.dropped_at, candidate.reason) == (
        "people",
        {"code": "flat", "params": {"words": "no end"}},
    )
    funnel = filter_run(run)
    assert funnel.steps[-2].rejected == {"flat": 1}
    assert agreement_of(run).table == (0, 1, 0, 0), "the third is no second reader"


def test_edits_stand_the_rules_change_the_example_and_leave_what_was_written() -> None:
    run, (rae, *_) = reviewed_run()
    before = build(run, "sample", without_reviews=True).dataset
    key = queue_of(run, rae).waiting[0]
    candidate = Candidate.objects.get(pk=key)
    whole = load_synthesized_scene(candidate)
    fields = dict(whole.fields)
    bad = {**fields, "outline": whole.content["elements"][-1]["text"], "action": "1. one line"}
    with pytest.raises(InvalidReview) as refused:
        decide(candidate=candidate, reviewer=rae, decision="accept", fields=bad)
    assert refused.value.faults.keys() == {"action"}
    with pytest.raises(InvalidReview) as refused:
        decide(candidate=candidate, reviewer=rae, decision="accept", fields={"outline": ""})
    assert "outline" in refused.value.faults
    assert not Review.objects.exists()
    fields["pacing"] += " " + fields["pacing"]
    review = decide(candidate=candidate, reviewer=rae, decision="accept", fields=fields)
    assert (review.decision, list(review.edits)) == ("edit", ["pacing"])
    assert decide(candidate=candidate, reviewer=rae, decision="accept", fields=fields) == review
    after = build(run, "sample", without_reviews=True).dataset
    assert (before.version, after.version) == (1, 2)
    assert before.digest != after.digest
    old, new = (each.examples.get(candidate=candidate) for each in (before, after))
    assert new.edited_by == review
    assert fields["pacing"] in content_of(new)["directives"]
    assert content_of(old)["directives"] == whole.directives, "a version that was built stays what it was"
    assert content_of(old)["digest"] == old.digest
    assert content_of(new)["digest"] == new.digest


def test_a_rejection_needs_a_reason() -> None:
    run, (rae, *_) = reviewed_run()
    candidate = Candidate.objects.get(pk=queue_of(run, rae).waiting[0])
    with pytest.raises(InvalidReview):
        decide(candidate=candidate, reviewer=rae, decision="reject", reason="other", words=" ")


def test_two_different_edits_are_settled_by_a_third_and_one_edit_stands() -> None:
    accept, edit, other = (
        Decided(1, 1, "accept"),
        Decided(2, 2, "edit", edits={"novel": "a"}),
        Decided(3, 1, "edit", edits={"novel": "b"}),
    )
    assert outcome_of([accept], 2).state == "open"
    assert outcome_of([accept, edit], 2).by == edit
    assert outcome_of([other, edit], 2).state == "disputed"
    third = Decided(4, 3, "accept")
    assert outcome_of([other, edit, third], 2).by == third
    assert outcome_of([], 0).state == "kept"


def test_agreement_is_cohens_kappa_by_hand() -> None:
    # 20 keep both, 5 and 10 differ, 15 reject both: equal 0.7; by chance 25/50*30/50 + 25/50*20/50 = 0.5;
    # kappa = (0.7 - 0.5) / (1 - 0.5) = 0.4 (the textbook example of Cohen's kappa).
    found = agreement_by((20, 5, 10, 15))
    assert found.equal == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)
    assert found.low < 0.4 < found.high
    assert agreement_by((0, 0, 0, 0)).why == NOBODY
    alike = agreement_by((9, 0, 0, 0))
    assert (alike.equal, alike.kappa, alike.why) == (1.0, None, ONE_VALUE)


def test_two_who_disagree_are_closed_and_only_a_third_settles() -> None:
    run, (rae, tom, una) = reviewed_run()
    candidate = twice_read(run)
    decide(candidate=candidate, reviewer=rae, decision="accept")
    decide(
        candidate=candidate, reviewer=rae, decision="reject", reason="flat", words="at first"
    )  # nobody knows yet
    decide(candidate=candidate, reviewer=tom, decision="accept")
    for one in (rae, tom):
        with pytest.raises(InputErrors):
            decide(candidate=candidate, reviewer=one, decision="accept")
        with pytest.raises(InputErrors):
            decide(candidate=candidate, reviewer=one, decision="reject", reason="flat", words="no end")
    candidate.refresh_from_db()
    assert (candidate.dropped_at, candidate.reason["code"]) == ("people", "unsettled")
    decide(candidate=candidate, reviewer=una, decision="accept")
    candidate.refresh_from_db()
    assert candidate.dropped_at == ""
    # What was stored before this was refused counts for nothing either.
    reject, accept, anew = Decided(1, 1, "reject"), Decided(2, 2, "accept"), Decided(3, 1, "accept")
    assert outcome_of([reject, accept, anew], 2).state == "disputed"
    assert outcome_of([accept, Decided(3, 1, "accept"), Decided(4, 1, "reject")], 2).state == "disputed"


@pytest.mark.parametrize("at_once", [300, 0])
def test_the_funnel_follows_each_decision(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    run, (rae, *_) = reviewed_run()
    run.frozen_settings["recipe"]["filter"]["series"] = 0.25  # all four series have two scenes each
    run.save()
    assert filter_run(run).kept == 8
    sent: list[tuple[str, ...]] = []
    monkeypatch.setattr(filtering, "AT_ONCE", at_once)
    monkeypatch.setattr(filtering, "enqueue_on_commit", lambda *message: sent.append(message))
    decide(candidate=twice_read(run), reviewer=rae, decision="reject", reason="flat")
    if not at_once:  # the reviewer does not wait for a large run
        assert sent == [(settle_scenes.name, run.code)]
        settle_scenes(run.code)
    shown = funnel_of(run)
    assert [sum(step.rejected.values()) for step in shown.steps[-2:]] == [1, 3], "rejected and balanced"
    assert shown == filter_run(run)


@pytest.mark.parametrize("readers", [1, 2])
def test_a_rejection_without_an_acceptance_keeps_a_scene_out_of_every_dataset(
    readers: int, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run, (rae, *_others) = reviewed_run()
    admin = User.objects.create_superuser("ada")
    candidate = Candidate.objects.filter(run=run, readers=readers).order_by("pk")[0]
    before = build(run, "before", without_reviews=True).dataset
    assert before.examples.filter(candidate=candidate).exists()
    call_command("dataset", "export", "before", out=tmp_path / "whole")
    client.force_login(rae)
    address = reverse("generation-candidate", args=[run.code, candidate.pk])
    client.post(address, {"decision": "reject", "reason": "flat"})

    # Built after it: by page, by command and by a worker.
    client.force_login(admin)
    form = {"name": "page", "without_reviews": "1"}
    client.post(reverse("generation-build", args=[run.code]), form)
    call_command("dataset", "build", run.code, "command", "--without-reviews")
    monkeypatch.setattr(filtering, "AT_ONCE", 0)
    client.post(reverse("generation-build", args=[run.code]), {**form, "name": "worker"})
    build_dataset(run.code, "worker")
    for name in ("page", "command", "worker"):
        dataset = Dataset.objects.get(slug=name)
        assert dataset.examples.exists()
        assert not dataset.examples.filter(candidate=candidate).exists()
        assert rejected_since(dataset) == 0
    assert ("1 rejected so far" in dataset.card) == (readers == 2)

    # Built before it: the version stays what it is, and its page, card and export report the rejection.
    assert before.examples.filter(candidate=candidate).exists()
    assert rejected_since(before) == 1
    page = client.get(reverse("generation-dataset", args=["before", 1])).content.decode()
    assert "1 example has been rejected since this version was built" in page
    call_command("dataset", "export", "before", out=tmp_path / "out", stdout=(said := StringIO()))
    call_command("dataset", "show", "before", stdout=(card := StringIO()))
    readme = (tmp_path / "out" / "README.md").read_text()
    for told in (said.getvalue(), card.getvalue(), readme):
        assert "1 example of this version has been rejected since" in told
    assert "rejected since" not in (tmp_path / "whole" / "README.md").read_text()
