"""Training data, near-duplicates: found for each text and remembered, whatever else is in the corpus."""

import random
from pathlib import Path

import pytest

from annotations.freezing import training_overlap
from annotations.spec.values import from_json
from annotations.staff.studies.loading import load_study
from generation.models import Script
from generation.training_data.corpus import similar_scenes
from generation.training_data.models import Work
from tests.factories import write_study
from tests.generation.training_data.material import import_texts
from tests.generation.training_data.trained_models import system_with, train_on

pytestmark = pytest.mark.django_db
WORDS = [
    f"{one}{two}"
    for one in ("ba", "de", "fi", "go", "lu", "ma", "ne", "po")
    for two in ("lter", "mp", "rrow", "stle")
]


def lines(rng: random.Random, count: int) -> list[str]:
    """Sentences that share nothing with each other."""
    told = "The {} {} of the {} {} is in a {} {}, and she puts {} {} on it for {} {}."
    return [told.format(*rng.choices(WORDS, k=10)) for _ in range(count)]


def scene(place: str, told: list[str]) -> str:
    said = "VERA\nWhat of it then?\n\nOLAF\nNothing of it yet, I should say."
    return "\n\n".join([f"INT. {place.upper()} - DAY", *told, said]) + "\n\n"


@pytest.fixture
def scripts(tmp_path: Path) -> list[int]:
    load_study(write_study(tmp_path / "study", briefs=3))
    similar_scenes._found.clear()
    return list(Script.objects.order_by("pk").values_list("pk", flat=True))


def test_what_was_found_stands_however_many_texts_are_looked_for(
    scripts: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = Script.objects.get(pk=scripts[0]).text
    found = import_texts(tmp_path / "c", {"quay": text, "mill": scene("mill", lines(random.Random(1), 9))})
    own = {found["quay"][0].pk}
    few, more = (Script.objects.filter(pk__in=scripts[:count]) for count in (3, 4))
    for asked in (few, more, few, more):
        assert similar_scenes.scenes_near(asked) == own
    looked = []
    look = similar_scenes._look
    monkeypatch.setattr(
        similar_scenes, "_look", lambda texts, among: looked.append(len(texts)) or look(texts, among)
    )
    assert similar_scenes.scenes_near(more) == own
    assert looked == [], "nothing is looked for twice"
    import_texts(tmp_path / "d", {"weir": text.replace("STAIRWELL", "TOWER")})
    assert len(similar_scenes.scenes_near(more)) == 2, "until scenes come"
    Work.objects.filter(slug="weir-1").delete()
    assert similar_scenes.scenes_near(more) == own, "or go"
    monkeypatch.setattr(similar_scenes, "MOST_FOUND", 2)
    all_of_them = Script.objects.filter(pk__in=scripts)
    assert similar_scenes.scenes_near(all_of_them) == own
    assert len(similar_scenes._found["en"][1]) == 2, "of many the latest are remembered"
    assert similar_scenes.scenes_near(all_of_them) == own


def test_a_scene_that_is_liker_to_another_one_still_nearly_is_the_first(tmp_path: Path) -> None:
    rng = random.Random(5)
    first, other = lines(rng, 16), lines(rng, 20)
    texts = {"kiln": other, "oar": first, "tarn": [*other, *first]}
    found = import_texts(tmp_path / "c", {slug: scene(slug, told) for slug, told in texts.items()})
    (both,) = found["tarn"]
    assert both.like_id == found["kiln"][0].pk, "the likest is marked"
    assert similar_scenes.scenes_like([found["oar"][0].pk]) == {both.pk}


def test_a_short_script_within_a_trained_scene_is_told_too(tmp_path: Path) -> None:
    short = (
        "INT. STAIRWELL 1 - NIGHT\n\nOrla counts what is left of the nails, one by one.\n\nORLA\nOne more.\n"
    )
    around = scene("tower", lines(random.Random(3), 14))
    long = f"{around.split('VERA')[0]}{short.split('NIGHT')[1]}\n\n{'VERA'}{around.split('VERA')[1]}"
    scenes = import_texts(tmp_path / "c", {"weir": long})["weir"]
    assert len(scenes) == 1
    system_with(train_on(scenes).slug)
    path = write_study(tmp_path / "s", briefs=2)
    body = short.split("NIGHT")[1]
    (tmp_path / "s" / "scripts" / "scene-en-1" / "people.fountain").write_text(body)
    study = load_study(path).study
    (told,) = training_overlap.find_repeats(from_json(study.spec))
    assert (told.brief, told.scene, told.share) == ("scene-en-1", "weir-1/1", 100)
