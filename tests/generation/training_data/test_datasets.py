"""Training data: datasets: versions, digests, exports, rights, and making them again."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from django.core.management import CommandError, call_command

from evalsite.core.errors import InputErrors
from evalsite.core.models import User
from evalsite.core.reason_codes import Reason
from generation.models import Job, Run
from generation.pipelines import answers_of, find_system, prepare
from generation.runs.services import retry_failed
from generation.runs.worker import Worker
from generation.screenplay import bare_text
from generation.training_data.corpus.services import import_folder
from generation.training_data.datasets import building, filtering, steps
from generation.training_data.datasets.building import build, dataset_digest
from generation.training_data.datasets.comparing import compare, facts_of, remake
from generation.training_data.datasets.examples import each_content, in_story_order
from generation.training_data.datasets.exporting import VARIANTS, export, sha256_of
from generation.training_data.datasets.filtering import Verdict
from generation.training_data.datasets.reviewing import decide
from generation.training_data.datasets.synthesized_scene import SynthesizedScene, iter_synthesized_scenes
from generation.training_data.models import Candidate, Dataset, Scene, TrainedModel, Work
from generation.training_data.synthesis.choosing import works_of
from generation.training_data.synthesis.planning import plan_synthesis
from generation.training_data.synthesis.recipe import recipe_of_record
from tests.factories import person
from tests.generation.training_data.finished import finished_run, unread_recipe
from tests.generation.training_data.material import store_works, write_corpus

pytestmark = pytest.mark.django_db


def said(*arguments: object) -> str:
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.mark.slow
def test_the_same_twice_is_one_version_and_two_runs_have_one_digest() -> None:
    run = finished_run()
    first = build(run, "sample")
    assert (str(first.dataset), first.created) == ("sample@1", True)
    assert not build(run, "sample").created
    Run.objects.filter(pk=run.pk).update(state=Run.State.CANCELLED)
    second = finished_run(works=works_of([]))
    assert second.pk != run.pk
    recipe = recipe_of_record(run.frozen_settings)
    again, another = (
        plan_synthesis(recipe=recipe, works=works_of([]), seed=seed, wake=False) for seed in (1, 2)
    )
    assert (again.run, again.created) == (second, False)
    assert another.run.digest != second.digest
    other = build(second, "other").dataset
    assert other.recipe == first.dataset.recipe
    assert list(other.examples.values_list("scene", "digest", "split")) == list(
        first.dataset.examples.values_list("scene", "digest", "split")
    )
    assert other.digest == first.dataset.digest
    pairs = list(other.examples.values_list("digest", "split"))
    assert dataset_digest(pairs, other.recipe) == other.digest, "from what is stored, too"
    assert run.code not in json.dumps(other.recipe)


def test_what_cannot_be_built_yet_is_refused() -> None:
    run = finished_run(share=0.5)
    with pytest.raises(InputErrors, match="review is not finished: 4 undecided"):
        build(run, "sample")
    with pytest.raises(InputErrors, match="not a valid dataset name"):
        build(run, "Not A Slug")
    dataset = build(run, "sample", without_reviews=True).dataset
    assert (
        "Built before the review was finished:** of the scenes that need further reviews, 4 had"
        in dataset.card
    )
    Job.objects.filter(pk=run.jobs.first().pk).update(state=Job.State.WAITING)
    with pytest.raises(InputErrors, match="unfinished jobs in the run: 1"):
        build(run, "sample")


def test_chats_are_what_the_shipped_systems_send_and_answers_are_what_they_take(tmp_path: Path) -> None:
    dataset = build(finished_run(), "sample").dataset
    done = export(dataset, tmp_path / "out")
    contents = {each["id"]: each for each in each_content(dataset)}
    assert done.examples == len(contents) == 8
    for variant, system in zip(VARIANTS, ("dsr", "dsr-no-directives", "end-to-end", "dsr"), strict=True):
        lines = (tmp_path / "out" / "chat" / variant / "train.jsonl").read_text().splitlines()
        assert len(lines) == 8
        for line in map(json.loads, lines):
            content, stage = contents[line["id"]], find_system(system).stages[0]
            asked = prepare(stage, content["brief"], {}, seed=7).messages
            assert [(each["role"], each["content"]) for each in line["messages"][:-1]] == list(asked)
            answer = line["messages"][-1]["content"]
            found = answers_of([stage], {stage.name: answer})
            if variant == "dsr":
                assert answer.startswith("<directives>\n<exposition>")
                assert found["novel"].strip() == content["novel"]
                assert found["novel.action"]
            if variant == "end-to-end":
                assert answer == bare_text(content["script"], content["language"]).strip()
                assert not re.search("^[@!>]", answer, re.MULTILINE), "no marks of force"
    rows = pq.read_table(tmp_path / "out" / "data").to_pylist()
    assert [row["digest"] for row in rows] == [each["digest"] for each in contents.values()]
    assert rows[0]["characters"][0].keys() == {"name", "profile"}
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    for name, digest in manifest["files"].items():
        assert sha256_of(tmp_path / "out" / name) == digest
    assert set(manifest["files"]) | {"manifest.json"} == set(done.files)
    head = (tmp_path / "out" / "README.md").read_text().split("---\n")[1]
    configs = {each["config_name"]: each["data_files"] for each in yaml.safe_load(head)["configs"]}
    assert configs["dsr"] == [{"split": "train", "path": "chat/dsr/train.jsonl"}]
    assert not compare(facts_of("sample@1"), facts_of(str(tmp_path / "out")))
    with pytest.raises(InputErrors, match="folder is not empty"):
        export(dataset, tmp_path / "out")


@pytest.mark.slow
def test_a_profile_that_is_written_later_changes_no_stored_version(tmp_path: Path) -> None:
    run = plan_synthesis(recipe=unread_recipe(), works=store_works(), wake=False).run
    first = run.jobs.filter(source__person__isnull=False).first()
    Job.objects.filter(pk=first.pk).update(
        state=Job.State.FAILED, error=Reason("requests-failed", count=6, reason="down")
    )
    Worker(run).work(seconds=60)
    dataset = build(run, "sample").dataset
    before = [each["digest"] for each in each_content(dataset)]
    assert retry_failed(run=run) > 1
    Worker(run).work(seconds=60)
    assert first.outputs.exists()
    assert [each["digest"] for each in each_content(dataset)] == before
    assert export(dataset, tmp_path / "out").examples == len(before)
    later = build(run, "sample").dataset
    assert (later.version, later.examples.count() > len(before)) == (2, True)
    found = {each["id"]: each for each in each_content(later)}
    name = first.source.person.name
    lacking = run.jobs.filter(
        source__scene__work__series=first.source.person.series_id, source__scene__speakers__contains=[name]
    )
    for job in lacking.select_related("source__scene__work"):
        brief = found[f"{job.source.scene.work.slug}-{job.source.scene.number}"]["brief"]
        assert name in {each["name"] for each in brief["characters"]}


def test_other_texts_are_not_written_under_a_stored_digest(tmp_path: Path) -> None:
    dataset = build(finished_run(), "sample").dataset
    scene = dataset.examples.first().scene
    Scene.objects.filter(pk=scene.pk).update(length=scene.length + 1)
    with pytest.raises(InputErrors, match="has changed since it was stored"):
        export(dataset, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_a_folder_states_rights_as_they_are_and_not_as_they_were(tmp_path: Path) -> None:
    dataset = build(finished_run(), "sample").dataset
    work = dataset.examples.first().scene.work
    Work.objects.filter(pk=work.pk).update(rights="train", credit="updated")
    export(dataset, tmp_path / "out", forms=["jsonl"])
    readme = (tmp_path / "out" / "README.md").read_text()
    row = next(line for line in readme.splitlines() if line.startswith(f"| {work.slug} |"))
    assert "| train | updated |" in row
    assert readme.count("## Sources") == readme.count("## Filter") == 1


@pytest.mark.slow
def test_a_review_that_comes_while_a_dataset_is_built_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    run = finished_run(filtered=True)
    reader = User.objects.create(username="nora")

    def slowly(*given: object) -> Iterator[object]:
        yield from iter_synthesized_scenes(*given)
        candidate = Candidate.objects.filter(run=run).first()
        decide(candidate=candidate, reviewer=reader, decision="reject", reason="flat")

    with monkeypatch.context() as patch:
        patch.setattr(building, "iter_synthesized_scenes", slowly)
        with pytest.raises(InputErrors, match="changed while the dataset was being built"):
            build(run, "sample")
    assert not Dataset.objects.exists()
    dataset = build(run, "sample").dataset
    assert dataset.funnel[-1]["out"] == dataset.examples.count() == 7


def with_a_work_for_training_alone() -> tuple[Run, Work, Dataset, int]:
    """A run, one of its works that may not be passed on, the dataset, and how many examples are of it."""
    run = finished_run()
    work = Work.objects.first()
    Work.objects.filter(pk=work.pk).update(rights="train")
    dataset = build(run, "sample").dataset
    own = dataset.examples.filter(scene__work=work).count()
    return run, work, dataset, own


def test_texts_that_may_not_be_passed_on_leave_only_digests(tmp_path: Path) -> None:
    _run, work, dataset, own = with_a_work_for_training_alone()
    done = export(dataset, tmp_path / "open")
    assert (done.examples, done.withheld) == (8, own)
    text = work.scenes.first().text[40:120]
    files = [path for path in (tmp_path / "open").rglob("*") if path.suffix in (".jsonl", ".md", ".json")]
    assert len(files) == 6
    assert not [path for path in files if json.dumps(text, ensure_ascii=False)[1:-1] in path.read_text()]
    assert pq.read_table(tmp_path / "open" / "data").num_rows == 8 - own
    manifest = json.loads((tmp_path / "open" / "manifest.json").read_text())
    assert sum("withheld" in line for line in manifest["examples"]) == own
    assert f"{own} examples are not in this folder" in (tmp_path / "open" / "README.md").read_text()
    whole = export(dataset, tmp_path / "all", with_texts=True)
    assert whole.withheld == 0
    assert pq.read_table(tmp_path / "all" / "data").num_rows == 8


@pytest.mark.slow
def test_what_retells_a_work_that_may_not_be_passed_on_stays_here_too(tmp_path: Path) -> None:
    """Of one series the first scene may not be passed on; the others were told what happens in it."""
    works = store_works()
    first, later = works[0], works[1]
    Work.objects.filter(pk=first.pk).update(rights=Work.Rights.TRAIN)
    Work.objects.filter(pk=later.pk).update(series=first.series, order=2)
    dataset = build(finished_run(works=works_of([])), "sample").dataset
    retelling = dataset.examples.filter(scene__work=later).count()
    others = dataset.examples.exclude(scene__work__series=first.series).count()
    done = export(dataset, tmp_path / "open")
    assert (done.withheld, done.retelling) == (8 - others, retelling)
    assert retelling > 0
    lines = (tmp_path / "open" / "chat" / "dsr" / "train.jsonl").read_text().splitlines()
    written = {json.loads(line)["work"] for line in lines}
    assert written == {work.slug for work in works[2:]}
    rows = pq.read_table(tmp_path / "open" / "data").to_pylist()
    assert {row["work"] for row in rows} == written
    readme = (tmp_path / "open" / "README.md").read_text()
    told = f"{retelling} whose previous context or profiles come from such works"
    assert readme.count(told) == 2, "above the card and among its sources"
    assert told in dataset.card
    assert f"(of {retelling} previous contexts or profiles, not scenes)" in said(
        "dataset", "export", "sample", "--out", tmp_path / "said", "--variant", "dsr", "--format", "jsonl"
    )
    export(dataset, tmp_path / "all", forms=["parquet"], with_texts=True)
    rows = pq.read_table(tmp_path / "all" / "data").to_pylist()
    assert {row["rights"] for row in rows if row["work"] == later.slug} == {"train"}
    assert {row["rights"] for row in rows if row["work"] in written} == {"redistribute"}


def test_a_version_that_was_built_never_gives_out_more_than_on_its_first_day(tmp_path: Path) -> None:
    run, work, dataset, own = with_a_work_for_training_alone()
    Work.objects.filter(pk=work.pk).update(rights="redistribute")
    assert export(dataset, tmp_path / "eased").withheld == own > 0
    readme = (tmp_path / "eased" / "README.md").read_text()
    assert f"In this version `{work.slug}` may not be passed on, as was recorded when it was built." in readme
    anew = build(run, "anew").dataset
    assert export(anew, tmp_path / "anew").withheld == 0


def folder_of(path: Path) -> Path:
    """Three small series of one work each, two scenes a work."""
    texts = {}
    for place, name in enumerate(("oar", "kiln", "drum"), start=1):
        texts[name] = "".join(
            f"INT. {name.upper()} HOUSE {number} - DAY\n\n"
            + "\n\n".join(
                f"On step {number}{step} of the {name} house she counts {step * (number + place)} nails."
                for step in range(6)
            )
            + f"\n\nVERA\nWhere is the {name} of day {number}?\n\nOLAF\nStill where it was, I should say.\n\n"
            for number in (1, 2)
        )
    return write_corpus(path, texts, rights="redistribute")


def test_examples_come_in_one_order_whatever_the_order_of_letters_of_the_database() -> None:
    dataset = build(finished_run(), "sample").dataset
    assert 'COLLATE "C"' in str(in_story_order(dataset).query)
    found = list(in_story_order(dataset).values_list("scene__work__series__slug", flat=True))
    assert found == sorted(found)


@pytest.mark.slow
def test_a_dataset_is_made_again_from_its_folder_and_differences_are_told(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "screenplays")
    import_folder(folder)
    run = finished_run(works=works_of([]))
    assert "built, 6 examples" in said("dataset", "build", run.code, "small")
    dataset = Dataset.objects.get()
    splits = dict(dataset.examples.values_list("scene__work__series__slug", "split"))
    assert sorted(splits.values()) == ["test", "train", "validation"]
    assert "No differences." in said("dataset", "remake", "small@1", "--from", folder)
    (folder / "kiln.fountain").write_text((folder / "kiln.fountain").read_text().replace("VERA", "VERONA"))
    with pytest.raises(CommandError) as differs:
        said("dataset", "remake", "small", "--from", folder)
    assert differs.value.returncode == 4
    assert remake(dataset, folder).lines() == [
        "source: kiln-1 has changed",
        "changed: kiln-1/1 (scene)",
        "changed: kiln-1/2 (scene)",
    ]
    assert f"{dataset}  6 examples" in said("dataset", "list")
    assert "## Known limits" in said("dataset", "show", "small@1")
    assert "6 examples" in said("dataset", "export", "small", "--out", tmp_path / "out", "--variant", "dsr")
    assert (tmp_path / "out" / "chat" / "dsr" / "validation.jsonl").exists()
    said("dataset", "export", "small", "--out", tmp_path / "two")
    manifest = json.loads((tmp_path / "two" / "manifest.json").read_text())
    dropped = manifest["examples"].pop()
    manifest["examples"][0]["digest"] = manifest["examples"][0]["parts"]["novel"] = "0" * 64
    (tmp_path / "two" / "manifest.json").write_text(json.dumps(manifest))
    told = said("dataset", "compare", "small@1", tmp_path / "two")
    assert f"removed: {dropped['work']}/{dropped['number']}" in told
    assert "(novel)" in told
    with pytest.raises(CommandError, match="dataset not found"):
        said("dataset", "show", "nothing@3")


@pytest.mark.slow
def test_what_is_in_a_dataset_and_its_splits_are_made_again_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By rules, judge, people and balance as they are now; the run stands as it stood."""
    folder = folder_of(tmp_path / "screenplays")
    import_folder(folder)
    run = finished_run(works=works_of([]), share=1.0, twice=0.0)
    dataset = build(run, "small", without_reviews=True).dataset
    assert not remake(dataset, folder)
    first, second, *others = run.candidates.order_by("pk")
    una, machine = person("una"), filtering._machine
    decide(candidate=first, reviewer=una, decision="reject", reason="flat", words="dull")
    place = (second.scene.work.slug, second.scene.number)

    def stricter(whole: SynthesizedScene, *rest: Any) -> Verdict:
        is_meant = (whole.content["work"], whole.content["number"]) == place
        return Verdict("rules", steps.reason_of("novel/short")) if is_meant else machine(whole, *rest)

    monkeypatch.setattr(filtering, "_machine", stricter)
    before = list(Candidate.objects.order_by("pk").values())
    told = remake(dataset, folder)
    assert list(Candidate.objects.order_by("pk").values()) == before
    assert told.removed == [
        f"{first.scene.work.slug}/{first.scene.number} (people: flat)",
        f"{place[0]}/{place[1]} (rules: novel/short)",
    ]
    assert told.other[0].endswith(f" now, not {dataset.digest}.")
    for each in (second, *others):
        decide(candidate=each, reviewer=una, decision="accept")
    assert remake(dataset, folder).recipe == ["reviews"], "it was built before people had decided"


def test_a_model_is_registered_by_its_card(tmp_path: Path) -> None:
    dataset = build(finished_run(), "sample").dataset
    card = {
        "name": "dsr-novel", "weights_sha256": "ab" * 32, "base_model": "tiny",
        "dataset": {"slug": "sample", "version": 1, "digest": dataset.digest}, "variant": "dsr",
        "settings": {"rank": 8}, "versions": {"peft": "1"}, "losses": {"train": [[1, 2.0], [2, 1.0]]},
    }  # fmt: skip
    path = tmp_path / "card.json"
    path.write_text(json.dumps({**card, "dataset": {"digest": "0" * 64}}))
    with pytest.raises(CommandError, match="no dataset here has digest"):
        said("register_model", path)
    path.write_text(json.dumps({**card, "variant": "poem", "weights_sha256": "x"}))
    with pytest.raises(CommandError, match=r"variant .*poem.* is unknown") as refused:
        said("register_model", path)
    assert "weights_sha256 is not a SHA-256" in str(refused.value)
    for losses in (
        {"train": [2.0, 1.0]},
        {"train": [["a", 1.0]]},
        {"train": 1.0},
        [[1, 2.0]],
        {"train": [[1, 10**400]]},
    ):
        path.write_text(json.dumps({**card, "losses": losses}))
        with pytest.raises(CommandError, match="losses must be lists of a step and a number"):
            said("register_model", path)
    path.write_text(json.dumps({**card, "settings": "rank 8", "examples": []}))
    with pytest.raises(CommandError, match=r"examples are not counted(?s:.)*settings is not an object"):
        said("register_model", path)
    for told in (5, {"examples": "many"}, {"left_out_too_long": 3}, {"left_out_too_long": {"mill": "all"}}):
        path.write_text(json.dumps({**card, "examples": {"train": told}}))
        with pytest.raises(CommandError, match="examples are not counted by split"):
            said("register_model", path)
    path.write_text(json.dumps(card))
    assert "dsr-novel-abababab: registered, trained on sample@1" in said("register_model", path)
    assert "registered already" in said("register_model", path)
    assert TrainedModel.objects.get().dataset == dataset
