"""Study file: a warning names careless raters that a planned study could not detect."""

from pathlib import Path

import pytest
from django.core.management import call_command
from msgspec.structs import replace

from annotations import freezing
from annotations.design.limits import SeatWorkload, undetectable_kinds
from annotations.spec.careless_raters import undetectable_carelessness
from annotations.spec.values import AttentionSpec, from_json
from annotations.staff.studies.loading import load_study
from tests.annotations.study_files import write_minimal


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        (SeatWorkload(12, checks=1), ()),
        (SeatWorkload(12, repeats=1), ()),
        (SeatWorkload(40), ("random",)),
        (SeatWorkload(4), ("random", "one_side")),
        (SeatWorkload(2), ("random", "one_side", "unread")),
        (SeatWorkload(16, alone=True), ("random",)),
        (SeatWorkload(64, alone=True), ()),
    ],
)
def test_what_cannot_be_told(asked: SeatWorkload, kinds: tuple[str, ...]) -> None:
    assert undetectable_kinds(asked) == kinds


@pytest.mark.django_db
def test_it_is_said_at_loading_and_the_thresholds_are_frozen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_minimal(tmp_path)
    call_command("load_study", path)
    assert "random answers look like an opinion" in capsys.readouterr().err
    study = load_study(path).study
    spec = from_json(study.spec)
    assert spec.plan.attention is None
    assert "random" in {each.kind for each in undetectable_carelessness(spec)}
    enough = replace(spec, design=replace(spec.design, repeat=1))
    assert "random" not in {each.kind for each in undetectable_carelessness(enough)}

    freezing.freeze(study=study, by="test")
    study.refresh_from_db()
    assert from_json(study.spec).plan.attention == AttentionSpec()
    assert study.spec["plan"]["attention"]["random_odds"] == 3
    assert load_study(path).outcome == "unchanged"
