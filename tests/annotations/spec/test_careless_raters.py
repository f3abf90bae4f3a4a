"""Study file: a warning names careless raters that a planned study could not detect."""

from pathlib import Path

import pytest
from django.core.management import call_command
from msgspec.structs import replace

from annotations import freezing
from annotations.design.limits import SeatWorkload, missing_known_answers, undetectable_kinds
from annotations.spec.careless_raters import undetectable_carelessness
from annotations.spec.rules import preset
from annotations.spec.values import AttentionSpec, from_json
from annotations.staff.loading import load_study
from tests.annotations.study_files import write_minimal


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        # From the table of docs/statistics.md: below nine in ten are found of these.
        (SeatWorkload(12, 4, True), ()),
        (SeatWorkload(6, 4, True, checks=1, repeats=1), ()),
        (SeatWorkload(12, 1, True), ()),
        (SeatWorkload(24, 1, False, checks=8, repeats=4), ()),
        (SeatWorkload(4, 4, True), ("random", "one_side")),
        (SeatWorkload(8, 1, False), ("random",)),
        (SeatWorkload(40, 1, False), ("random",)),
        (SeatWorkload(24, 1, False, checks=4, repeats=2), ("random",)),
        (SeatWorkload(4, 1, False), ("random", "one_side")),
        (SeatWorkload(2, 1, False), ("random", "one_side", "unread")),
        (SeatWorkload(16, 1, True, alone=True), ("random",)),
        (SeatWorkload(64, 1, True, alone=True), ()),
    ],
)
def test_what_cannot_be_told(asked: SeatWorkload, kinds: tuple[str, ...]) -> None:
    assert undetectable_kinds(asked) == kinds


def test_how_many_checks_and_repeats_are_missing() -> None:
    asked = SeatWorkload(24, 1, False, checks=4, repeats=2)
    more = missing_known_answers(asked)
    assert more == 6
    assert undetectable_kinds(SeatWorkload(24, 1, False, checks=4 + more, repeats=2)) == ()
    assert undetectable_kinds(SeatWorkload(24, 1, False, checks=3 + more, repeats=2)) == ("random",)


@pytest.mark.django_db
def test_it_is_said_at_loading_and_the_thresholds_are_frozen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_minimal(tmp_path)
    call_command("load_study", path)
    assert "random answers can't be detected with" in capsys.readouterr().err
    study = load_study(path).study
    spec = from_json(study.spec)
    assert spec.plan.attention is None
    assert "random" in {each.kind for each in undetectable_carelessness(spec)}
    enough = replace(spec, design=replace(spec.design, repeat=10), score=preset("tiers-figure"))
    assert "random" not in {each.kind for each in undetectable_carelessness(enough)}

    freezing.freeze(study=study, by="test")
    study.refresh_from_db()
    assert from_json(study.spec).plan.attention == AttentionSpec()
    assert study.spec["plan"]["attention"]["random_odds"] == 3
    assert load_study(path).outcome == "unchanged"
