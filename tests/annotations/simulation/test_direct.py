"""Simulation: raters without HTTP judge as those over HTTP do, and resume after a stop."""

from collections.abc import Callable
from pathlib import Path

import pytest

from annotations.models import Judgment, Mark, Score, Study
from annotations.simulation import SimulationOrder, direct, simulate
from annotations.simulation.crowd import DirectRater
from annotations.staff.studies.loading import load_study
from evalsite.core.errors import OperationError
from tests.annotations.desk_files import write_desk
from tests.annotations.simulation.test_over_http import judged, open_study, twin_of

pytestmark = pytest.mark.django_db(transaction=True)


def scored(study: Study) -> set[tuple[object, ...]]:
    rows = Score.objects.filter(assignment__rater__study=study)
    fields = ("slot__seat__number", "slot__position", "seconds", "read_left_s", "layout")
    return set(rows.values_list(*(f"assignment__{field}" for field in fields), "side", "value"))


def marked(study: Study) -> set[tuple[object, ...]]:
    rows = Mark.objects.filter(assignment__rater__study=study)
    where = ("assignment__slot__seat__number", "assignment__slot__position", "side")
    return set(rows.values_list(*where, "error_class", "scene", "start", "end"))


def test_they_judge_as_those_over_http_do(
    tmp_path: Path, live_server, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = open_study(tmp_path / "one")
    twin = twin_of(study, tmp_path / "two", monkeypatch)
    simulate(SimulationOrder(study=study, raters=3, seed=11, url=live_server.url))
    done = simulate(SimulationOrder(study=twin, raters=3, seed=11, url="", direct=1))
    assert (done.raters, done.assignments) == (3, 12)
    assert judged(study) == judged(twin)
    assert scored(study) == scored(twin)
    assert marked(study) == marked(twin) != set()
    assert all(start is not None for *_, start, _end in marked(study))
    for rater in twin.raters.all():
        assert rater.finished_at
        assert rater.profile
        assert rater.instructed_at
        assert rater.consents.count() == 1


@pytest.mark.slow
def test_several_processes_judge_each_pair_once(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    done = simulate(SimulationOrder(study=study, raters=4, seed=3, url="", direct=2))
    assert done.assignments == 16
    assert Judgment.objects.count() == 16 * study.criteria.count()


@pytest.mark.slow
def test_who_was_cut_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = open_study(tmp_path)
    submit: Callable[..., object] = DirectRater._submit
    left = [5]

    def cut_off(rater: DirectRater, held: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        submit(rater, held)

    monkeypatch.setattr(DirectRater, "_submit", cut_off)
    with pytest.raises(KeyboardInterrupt):
        simulate(SimulationOrder(study=study, raters=4, seed=3, url="", direct=1))
    monkeypatch.undo()
    assert (
        simulate(SimulationOrder(study=study, raters=0, seed=3, url="", direct=1, resume=True)).assignments
        == 11
    )
    assert Judgment.objects.count() == 16 * study.criteria.count()


def test_a_study_with_practice_needs_pages(tmp_path: Path) -> None:
    study = load_study(write_desk(tmp_path)).study
    with pytest.raises(OperationError, match="practice"):
        direct.require_plain(study)
