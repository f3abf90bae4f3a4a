"""Training data, profiles: edits change all examples built later, removal drops their scenes."""

import html
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from evalsite.core.errors import InputErrors
from generation.models import Job, Run
from generation.training_data.corpus.services import import_folder
from generation.training_data.datasets import building
from generation.training_data.datasets.adjudication import InvalidReview
from generation.training_data.datasets.building import build
from generation.training_data.datasets.comparing import remake
from generation.training_data.datasets.examples import content_of, each_content
from generation.training_data.datasets.filtering import filter_run
from generation.training_data.datasets.profiles import decide_profile, profiles_of
from generation.training_data.datasets.reviewing import load_synthesized_scene, queue_of
from generation.training_data.models import Candidate, ProfileReview
from generation.training_data.pages import profile_views
from generation.training_data.synthesis.choosing import works_of
from tests.factories import person
from tests.generation.training_data.finished import finished_run
from tests.generation.training_data.test_datasets import folder_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    return finished_run(series=1.0, genre=1.0, band=1.0)


def english(run: Run) -> Job:
    """Who is in some scenes of a series, and not in all of the run."""
    return next(each.job for each in profiles_of(run) if each.job.source.person.language == "en")


def shown(content: dict[str, object], job: Job) -> str:
    """The profile of a job's person in an example; empty where it holds none."""
    if content["series"]["title"] != job.source.person.series.title:
        return ""
    people = {each["name"]: each["profile"] for each in content["brief"]["characters"]}
    return people.get(job.source.person.name, "")


@pytest.mark.slow
def test_what_is_changed_stands_in_what_is_built_later_and_in_nothing_before(
    run: Run, tmp_path: Path
) -> None:
    before = build(run, "sample").dataset
    old = {each["id"]: each for each in each_content(before)}
    rae, job = person("rae"), english(run)
    (profile,) = profiles_of(run, [job.pk])
    fields = {**profile.fields, "job": "a keeper of weights", "tags": "patient\n\nexact \n"}
    review = decide_profile(job=job, reviewer=rae, decision="accept", fields=fields)
    assert (review.decision, review.edits) == (
        "edit",
        {"job": "a keeper of weights", "tags": "patient\nexact"},
    )
    assert decide_profile(job=job, reviewer=rae, decision="accept", fields=fields) == review, "once"
    after = build(run, "sample").dataset
    new = {each["id"]: each for each in each_content(after)}
    touched = {name for name, each in new.items() if shown(each, job)}
    assert touched
    assert touched != set(new)
    for name, each in new.items():
        assert (each["digest"] != old[name]["digest"]) == (name in touched)
        assert ("Work: a keeper of weights\n" in shown(each, job)) == (name in touched)
        assert ("In short: patient, exact\n" in shown(each, job)) == (name in touched)
    assert (after.version, after.digest != before.digest) == (2, True)
    changed = (
        f"{len(touched)} examples use profiles that reviewers changed: `{job.source.person.series.slug}/"
    )
    assert changed in after.card
    assert {each["id"]: each for each in each_content(before)} == old, "Existing datasets do not change"
    example = after.examples.get(digest=new[min(touched)]["digest"])
    assert shown(content_of(example), job) == shown(new[min(touched)], job)
    candidate = Candidate.objects.get(pk=example.candidate_id)
    told = {each["name"]: each["profile"] for each in load_synthesized_scene(candidate).brief["characters"]}
    assert "a keeper of weights" in told[job.source.person.name]
    assert job.outputs.get().text == profile.answer, "and what was written stays too"
    decide_profile(job=job, reviewer=rae, decision="accept")
    back = build(run, "back").dataset
    assert back.digest == before.digest, "the latest decision counts"


def test_where_a_profile_is_rejected_the_scenes_that_show_it_fall(run: Run) -> None:
    filter_run(run)
    everything = build(run, "all").dataset
    rae, job = person("rae"), english(run)
    showing = {each["id"] for each in each_content(everything) if shown(each, job)}
    with pytest.raises(InvalidReview):
        decide_profile(job=job, reviewer=rae, decision="reject", words=" ")
    decide_profile(job=job, reviewer=rae, decision="reject", words="another person's life")
    dataset = build(run, "rest").dataset
    assert {each["id"] for each in each_content(everything)} - {
        each["id"] for each in each_content(dataset)
    } == showing
    people = next(step for step in dataset.funnel if step["step"] == "people")
    assert people["rejected"] == {"profile": len(showing)}
    assert f"{len(showing)} scenes are left out because a profile in their brief was rejected" in dataset.card
    decide_profile(job=job, reviewer=rae, decision="accept")
    assert build(run, "again").dataset.digest == everything.digest


@pytest.mark.slow
def test_nobody_reads_a_scene_that_falls_with_a_profile() -> None:
    run = finished_run(share=1.0, twice=0.0, filtered=True)
    rae, job = person("rae"), english(run)
    before = queue_of(run, rae).all
    decide_profile(job=job, reviewer=rae, decision="reject", words="wrong")
    filter_run(run)
    fell = Candidate.objects.filter(run=run, dropped_at="people").count()
    assert queue_of(run, rae).all == before - fell < before


def test_a_change_that_breaks_a_rule_is_told_at_its_field(run: Run) -> None:
    rae, job = person("rae"), english(run)
    for field, text in (("backstory", "Too short."), ("tags", "only one"), ("job", "他是磅房的司秤")):
        with pytest.raises(InvalidReview) as refused:
            decide_profile(job=job, reviewer=rae, decision="accept", fields={field: text})
        assert list(refused.value.faults) == [field]
    assert not ProfileReview.objects.exists()
    Job.objects.filter(pk=run.jobs.exclude(pk=job.pk).first().pk).update(state=Job.State.WAITING)
    with pytest.raises(InputErrors, match="still in progress"):
        decide_profile(job=job, reviewer=rae, decision="accept")


@pytest.mark.slow
def test_made_again_it_says_which_profiles_changed(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "screenplays")
    import_folder(folder)
    run = finished_run(works=works_of([]))
    dataset = build(run, "small").dataset
    assert not remake(dataset, folder)
    job = english(run)
    decide_profile(job=job, reviewer=person("rae"), decision="accept", fields={"job": "a keeper of weights"})
    changed = remake(dataset, folder).changed
    assert set(changed) == {f"{job.source.person.series.slug}-1/{number}" for number in (1, 2)}


def test_pages_show_change_and_reject_a_profile(
    researcher: Client, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    filter_run(run)
    job = english(run)
    every = reverse("generation-profiles", args=[run.code])
    address = reverse("generation-profile", args=[run.code, job.pk])
    page = researcher.get(every).content.decode()
    assert address in page
    assert page.count("not reviewed yet") == run.jobs.filter(source__person__isnull=False).count()
    assert every in researcher.get(reverse("generation-review", args=[run.code])).content.decode()
    (profile,) = profiles_of(run, [job.pk])
    assert profile.fields["backstory"] in html.unescape(researcher.get(address).content.decode())
    wrong = researcher.post(address, {**profile.fields, "backstory": "Too short.", "decision": "accept"})
    assert (wrong.status_code, "Too short." in wrong.content.decode()) == (422, True)
    assert researcher.post(address, {"decision": "reject", "words": " "}).status_code == 422
    done = researcher.post(address, {**profile.fields, "job": "a keeper of weights", "decision": "accept"})
    assert done["Location"] == every
    assert "accepted with changes" in researcher.get(every).content.decode()
    assert "<ins>" in researcher.get(address).content.decode()
    seen = str(ProfileReview.objects.get().pk)
    researcher.post(address, {"decision": "reject", "words": "another person's life", "seen": seen})
    shown = researcher.get(address).content.decode()
    assert "This profile was rejected" in shown
    assert "another person&#x27;s life" in shown
    assert Candidate.objects.filter(run=run, dropped_at="people", reason__code="profile").exists()
    assert researcher.get(reverse("generation-profile", args=[run.code, 0])).status_code == 404
    monkeypatch.setattr(profile_views, "hidden_jobs", lambda *_: {job.pk})
    assert address not in researcher.get(every).content.decode()
    sealed = researcher.get(address)
    assert (sealed.status_code, profile.fields["backstory"] in sealed.content.decode()) == (403, False)
    assert researcher.post(address, {"decision": "accept"}).status_code == 403


def test_who_has_not_seen_the_latest_decision_does_not_undo_it(researcher: Client, run: Run) -> None:
    job = english(run)
    address = reverse("generation-profile", args=[run.code, job.pk])
    (open_page,) = profiles_of(run, [job.pk])
    form = {**open_page.fields, "seen": open_page.seen, "decision": "accept"}
    first = decide_profile(
        job=job, reviewer=person("sam"), decision="accept", fields={"job": "a keeper of weights"}
    )
    late = researcher.post(address, {**form, "age": "fifty"})
    assert (late.status_code, ">fifty</textarea>" in late.content.decode()) == (409, True)
    assert "someone has made a decision since" in late.content.decode()
    assert ProfileReview.objects.get() == first
    assert researcher.post(address, {**form, "job": "a keeper of weights"}).status_code == 303, "the same"
    done = researcher.post(address, {**form, "age": "fifty", "seen": str(first.pk)})
    assert (done.status_code, ProfileReview.objects.last().edits) == (303, {"age": "fifty"})


def test_what_shows_a_profile_that_is_rejected_meanwhile_is_not_built(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, made_of = english(run), building.made_of

    def rejected_meanwhile(run: Run) -> building.DatasetDraft:
        made = made_of(run)
        decide_profile(job=job, reviewer=person("rae"), decision="reject", words="another person's life")
        return made

    monkeypatch.setattr(building, "made_of", rejected_meanwhile)
    with pytest.raises(InputErrors, match="changed while the dataset was being built"):
        build(run, "sample")
    monkeypatch.undo()
    assert not any(shown(each, job) for each in each_content(build(run, "sample").dataset))
