"""Training data: the filter: counts add up, what falls stays with its reason, the same is found again."""

from dataclasses import replace

import pytest

from evalsite.core.reason_codes import Reason
from generation.models import Attempt, Job, Run
from generation.runs.services import retry_failed
from generation.runs.worker import Worker
from generation.training_data.corpus.minhash import signature_of
from generation.training_data.datasets import steps
from generation.training_data.datasets.building import build
from generation.training_data.datasets.filtering import balanced, filter_run
from generation.training_data.datasets.sampling import Item, drawn_readers, drawn_splits, left_out
from generation.training_data.datasets.steps import candidates_at, funnel_of
from generation.training_data.models import Candidate, Scene, Work
from generation.training_data.synthesis.choosing import works_of
from generation.training_data.synthesis.planning import plan_of, plan_synthesis
from tests.generation.training_data.finished import finished_run, unread_recipe
from tests.generation.training_data.material import fake_recipe, store_works

pytestmark = pytest.mark.django_db


def _facts(run: Run) -> list[tuple[object, ...]]:
    rows = Candidate.objects.filter(run=run).order_by("scene")
    return list(rows.values_list("pk", "scene", "dropped_at", "reason", "readers", "marks"))


@pytest.mark.slow
def test_counts_add_up_and_every_rejected_scene_can_be_found() -> None:
    run = finished_run(series=0.5)
    one, two, three, *_rest, last = Scene.objects.order_by("pk")
    same = signature_of(one.text, one.language, one.speakers)
    Scene.objects.filter(pk__in=[one.pk, two.pk]).update(signature=same)
    Scene.objects.filter(pk=three.pk).update(length=5)
    failing = Job.objects.filter(run=run, source__scene=last)
    failing.get().attempts.filter(stage="marks").update(stage="novel", number=9)
    failing.update(
        state=Job.State.FAILED,
        error=Reason("answers-refused", count=4, reason=Reason("short", length=5, least=100, most=400)),
    )
    funnel = filter_run(run)
    assert [step.step for step in funnel.steps] == list(steps.STEPS)
    assert funnel.total == Scene.objects.count() == Candidate.objects.filter(run=run).count()
    for before, after in zip(funnel.steps, funnel.steps[1:], strict=False):
        assert after.count_in == before.count_out
    for step in funnel.steps:
        assert step.count_in - step.count_out == sum(step.rejected.values())
        for key, count in step.rejected.items():
            assert candidates_at(run, step.step, key).count() == count
    fell = {step.step: step.rejected for step in funnel.steps if step.rejected}
    assert fell["alike"] == {"alike": 1}
    assert fell["usable"] == {"short": 1}
    assert fell["written"] == {"novel/short": 1}
    failed = candidates_at(run, "written").get()
    assert "5, expected 100 to 400" in steps.render_detail("written", failed.reason)
    facts = _facts(run)
    assert filter_run(run) == funnel
    assert _facts(run) == facts, "again changes nothing"
    assert filter_run(run, again=True) == funnel
    assert _facts(run) == facts


@pytest.mark.slow
def test_rules_and_marks_of_the_recipe_decide() -> None:
    run = finished_run(marks={"rhythm": 5})
    marks = [row.marks["rhythm"] for row in Candidate.objects.filter(run=run)] or None
    assert marks is None, "nothing is filtered before it is asked for"
    funnel = filter_run(run)
    low = sum(row.marks["rhythm"] < 5 for row in Candidate.objects.filter(run=run))
    judge = funnel.steps[steps.STEPS.index("judge")]
    assert judge.rejected == {"rhythm": low}
    scenes = run.frozen_settings["systems"]["dsr-data-scenes"]
    novel = next(stage for stage in scenes["stages"] if stage["name"] == "novel")
    novel["checks"].insert(0, {"rule": "length", "low": 50.0, "high": 60.0})
    run.save()
    rules = filter_run(run, again=True).steps[steps.STEPS.index("rules")]
    assert rules.rejected == {"novel/short": Scene.objects.count()}
    assert rules.count_out == 0


def test_nothing_is_drawn_before_the_run_has_ended() -> None:
    run = finished_run(share=0.5)
    job = run.jobs.filter(source__scene__isnull=False).first()
    Job.objects.filter(pk=job.pk).update(state=Job.State.WAITING)
    funnel = filter_run(run)
    assert funnel.steps[steps.STEPS.index("written")].rejected == {"unfinished": 1}
    assert set(Candidate.objects.values_list("readers", flat=True)) == {0}
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
    filter_run(run)
    readers = sorted(Candidate.objects.values_list("readers", flat=True))
    assert readers == [0, 0, 0, 0, 1, 1, 1, 2], "half of eight, and of these a fifth rounded up twice"
    assert funnel_of(run).kept == 8


def test_drawing_follows_from_names_alone() -> None:
    names = [f"scene-{number}" for number in range(50)]
    drawn = drawn_readers(names, seed=1, share=0.1, twice=0.2)
    assert drawn == drawn_readers(names[::-1], seed=1, share=0.1, twice=0.2)
    assert sorted(drawn.values()) == [1, 1, 1, 1, 2]
    assert drawn != drawn_readers(names, seed=2, share=0.1, twice=0.2)
    assert drawn_readers(names, seed=1, share=0.0, twice=0.2) == {}


def test_balance_keeps_every_share_and_no_more_is_left_out_than_needed() -> None:
    series = ["a"] * 60 + ["b"] * 20 + ["c"] * 10
    items = [Item(at, f"n{at}", name, "x") for at, name in enumerate(series)]
    out = left_out(items, seed=1, series=0.5, genre=1.0)
    kept = [each.series for each in items if each.key not in out]
    # b and c stay whole (30), and a may have as many: 30 of 60.
    assert {name: kept.count(name) for name in "abc"} == {"a": 30, "b": 20, "c": 10}
    assert set(out.values()) == {"series"}
    lengths = [Item(at, f"n{at}", "a", "x", "en 0" if at < 6 else "en 1") for at in range(8)]
    assert sorted(left_out(lengths, seed=1, series=1.0, genre=1.0, band=0.5).values()) == ["band"] * 4
    assert left_out(items[:60], seed=1, series=0.5, genre=1.0) == {}, "one series cannot be half of itself"
    read = [replace(each, read=each.series == "a" and each.key % 3 == 0) for each in items]
    fell = left_out(read, seed=1, series=0.5, genre=1.0)
    assert len(fell) == 30
    assert not any(each.read for each in read if each.key in fell), "what people read stays"


@pytest.mark.slow
def test_balance_takes_out_nothing_that_people_are_to_read() -> None:
    works = store_works()
    one, two = [each for each in works if each.language == "en"][:2]
    Work.objects.filter(pk=two.pk).update(series=one.series, order=one.order + 1)
    run = finished_run(works_of([]), share=0.3, twice=0.0, series=0.4, genre=1.0, band=1.0, filtered=True)
    fell = Candidate.objects.filter(run=run, dropped_at=steps.BALANCE)
    assert fell.count() == 2, "of four scenes of one series beside two and two"
    assert not fell.exclude(readers=0).exists()
    assert Candidate.objects.filter(run=run, readers__gt=0).count() == 3


def test_an_estimate_tells_what_balance_would_leave() -> None:
    scenes = plan_of(fake_recipe(), store_works()).worked_on
    first = {scene.series: scene for scene in reversed(scenes)}
    uneven = [*first.values(), next(each for each in scenes if each not in first.values())]
    rules = replace(fake_recipe().filter, series=0.3, genre=1.0, band=1.0)
    assert balanced(list(first.values()), rules, seed=1) == len(first) == 4
    assert balanced(uneven, rules, seed=1) == 4, "two of one series are more than three tenths of five"
    assert balanced(uneven, replace(rules, series=1.0), seed=1) == 5


def test_splits_hold_whole_series_back_where_a_language_has_three() -> None:
    counts = {("en", name): size for name, size in (("a", 50), ("b", 5), ("c", 9), ("d", 7))}
    counts |= {("zh", "x"): 3, ("zh", "y"): 4}
    splits = drawn_splits(counts, seed=1, validation=0.05, test=0.05)
    assert splits["a"] == "train", "the largest is never held back"
    assert sorted(splits[name] for name in "abcd") == ["test", "train", "train", "validation"]
    assert (splits["x"], splits["y"]) == ("train", "train")
    assert drawn_splits(dict(reversed(counts.items())), seed=1, validation=0.05, test=0.05) == splits


@pytest.mark.slow
def test_a_scene_whose_speaker_has_no_profile_falls_and_comes_back_with_it() -> None:
    run = plan_synthesis(recipe=unread_recipe(), works=store_works(), wake=False).run
    person = run.jobs.filter(source__person__isnull=False, source__person__language="en").first()
    name, series = person.source.person.name, person.source.person.series_id
    Job.objects.filter(pk=person.pk).update(
        state=Job.State.FAILED, error=Reason("requests-failed", count=6, reason="down")
    )
    lacking = Job.objects.filter(
        run=run, source__scene__work__series=series, source__scene__speakers__contains=[name]
    )
    assert lacking.count()
    Worker(run).work(seconds=60)
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    assert set(lacking.values_list("state", "error")) == {("failed", f"a speaker has no profile: {name}")}
    assert not Attempt.objects.filter(job__in=lacking), "nothing was asked for a brief that lacks something"
    count = lacking.count()
    written = filter_run(run).steps[steps.STEPS.index("written")]
    assert written.rejected == {"unprofiled": count}
    assert f"{count} scenes are left out because a speaker" in build(run, "part").dataset.card
    # Scenes that were finished without it all the same fall too.
    other = (
        run.jobs.filter(source__person__isnull=False, state="done")
        .exclude(source__person__series=series)
        .first()
    )
    Job.objects.filter(pk=other.pk).update(state=Job.State.FAILED)
    again = filter_run(run, again=True).steps[steps.STEPS.index("written")]
    assert again.rejected["unprofiled"] > count
    Job.objects.filter(pk=other.pk).update(state=Job.State.DONE)
    assert retry_failed(run=run) == count + 1
    Worker(run).work(seconds=60)
    assert filter_run(run).steps[steps.STEPS.index("written")].rejected == {}


def test_who_speaks_too_seldom_for_a_profile_takes_no_scene_out() -> None:
    run = finished_run(profile_scenes=100)
    assert not run.jobs.filter(source__person__isnull=False).exists()
    assert filter_run(run).kept == Scene.objects.count()
    card = build(run, "sample").dataset.card
    assert "Characters who speak in fewer than 100 scenes of a series have no profile" in card
