"""Training data: series that share scenes which nearly are the same stay in one split."""

import io
import random
from pathlib import Path

import pytest
from django.core.management import call_command

from generation.training_data.corpus.minhash import NEARLY, near_pairs, signature_of
from generation.training_data.datasets import splitting
from generation.training_data.datasets.building import build
from generation.training_data.datasets.sampling import apart, drawn_splits
from generation.training_data.datasets.splitting import leakage_groups, unsplit_in, unsplit_of, unsplit_said
from generation.training_data.models import Dataset, Scene
from generation.training_data.synthesis.choosing import works_of
from tests.generation.training_data.finished import finished_run
from tests.generation.training_data.material import import_texts
from tests.generation.training_data.test_similar_scenes import lines, scene

SHARED = 14


def import_series(folder: Path, *names: str, sharing: int) -> None:
    """Series of two scenes; the first scene of so many series has some seven tenths in common with the other
    first ones, which is too little for a repetition."""
    rng = random.Random(3)
    shared = lines(rng, SHARED)
    texts = {}
    for at, name in enumerate(names):
        first = [*shared, *lines(rng, 5)] if at < sharing else lines(rng, 19)
        texts[name] = scene(f"{name} hall", first) + scene(f"{name} yard", lines(rng, 18))
    import_texts(folder, texts)


def splits_of(dataset: Dataset) -> dict[str, str]:
    return dict(dataset.examples.values_list("scene__work__series__slug", "split"))


@pytest.mark.slow
@pytest.mark.django_db
def test_series_that_share_scenes_are_in_one_split_and_the_card_says_which(tmp_path: Path) -> None:
    import_series(tmp_path / "c", "alder", "birch", "cedar", "dogwood", "elm", "fir", sharing=3)
    likeness = [each for each in Scene.objects.values_list("likeness", flat=True) if each is not None]
    assert len(likeness) >= 2
    assert all(NEARLY <= each < 0.8 for each in likeness)
    run = finished_run(works=works_of([]))
    dataset = build(run, "sample").dataset
    splits = splits_of(dataset)
    assert len(splits) == 6
    assert dataset.examples.count() == 12, "nothing was left out as a repetition"
    assert len({splits[name] for name in ("alder", "birch", "cedar")}) == 1
    assert sorted(set(splits.values())) == ["test", "train", "validation"]
    assert "3 series share nearly identical scenes (overlap of 60% or more)" in dataset.card
    assert "`alder`, `birch`, `cedar`." in dataset.card
    assert unsplit_of(run) == {}


@pytest.mark.slow
@pytest.mark.django_db
def test_too_few_series_are_left_where_most_share_scenes(tmp_path: Path) -> None:
    import_series(tmp_path / "c", "alder", "birch", "cedar", "dogwood", sharing=3)
    run = finished_run(works=works_of([]))
    dataset = build(run, "sample").dataset
    assert set(splits_of(dataset).values()) == {"train"}
    assert "with 4 series (2 if series that share scenes count as one), none can" in dataset.card
    assert "some of the 4 series share scenes and count as one" in unsplit_said(unsplit_of(run))


@pytest.mark.slow
@pytest.mark.django_db
def test_page_command_and_card_say_the_same_however_many_series_share_scenes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("alder", "birch", "cedar", "dogwood", "elm", "fir", "gorse", "holly")
    import_series(tmp_path / "c", *names, sharing=7)
    run = finished_run(works=works_of([]), alike=0.99, series=1.0, genre=1.0, band=1.0)
    dataset = build(run, "sample").dataset
    assert "with 8 series (2 if series that share scenes count as one), none can" in dataset.card
    said = unsplit_said(unsplit_of(run))
    assert "some of the 8 series share scenes and count as one" in said
    assert unsplit_said(unsplit_in(dataset)) == said
    monkeypatch.setattr(splitting, "LOOKED_AT", 10)
    assert unsplit_of(run) == {}, "of so many scenes nobody waits for that on a page"
    out, err = io.StringIO(), io.StringIO()
    call_command("dataset", "build", run.code, "again", stdout=out, stderr=err)
    assert said in err.getvalue(), "what has been built tells it by itself"


@pytest.mark.django_db
def test_what_is_a_part_of_another_scene_joins_their_series_and_languages_stay_apart(tmp_path: Path) -> None:
    rng = random.Random(4)
    part = lines(rng, 8)
    whole, other = [*part, *lines(rng, 24)], lines(rng, 9)
    texts = {
        name: scene("hall", told) for name, told in (("alder", part), ("birch", whole), ("cedar", other))
    }
    found = import_texts(tmp_path / "c", texts)
    keys = [(each.pk, name) for name, scenes in found.items() for each in scenes]
    assert leakage_groups(keys) == (("alder", "birch"),)
    assert leakage_groups(keys[1:]) == ()
    signatures = [signature_of(" ".join(lines(rng, 9)), "en") for _ in range(5)]
    assert list(near_pairs([*signatures, signatures[1], b""], NEARLY)) == [(1, 5)]


def test_joined_series_are_drawn_as_one_whatever_their_order() -> None:
    counts = {("en", name): size for name, size in (("a", 9), ("b", 5), ("c", 5), ("d", 7), ("e", 3))}
    joined = (("b", "c"),)
    for seed in range(20):
        splits = drawn_splits(counts, seed=seed, validation=0.05, test=0.05, joined=joined)
        assert splits["b"] == splits["c"] == "train", "together they are the largest"
        assert sorted(splits.values()).count("train") == 3
        turned = drawn_splits(
            dict(reversed(counts.items())), seed=seed, validation=0.05, test=0.05, joined=joined
        )
        assert turned == splits
    assert (apart("abcde", joined), apart("bc", joined)) == (4, 1)
