"""Simulation: raters against the real site, served by threads of this process."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotations import freezing
from annotations.blinding.seal import SealedDraw
from annotations.desk import services
from annotations.models import Assignment, Entry, Judgment, Mark, Rater, Score, Study
from annotations.simulation import SimulationOrder, crowd, simulate
from annotations.simulation.enrolment import unfinished_seats
from annotations.staff.studies import study_states
from evalsite.core.errors import OperationError, ServiceMissing
from tests.factories import make_study
from tests.servers import free_port

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEMS = ("quillon", "marrow", "people", "vesper")


def open_study(folder: Path, slug: str = "harbour", state: str = "open") -> Study:
    return make_study(
        folder, slug=slug, state=state, systems=SYSTEMS, languages=("en", "zh"), briefs=4, seats=12
    )


def twin_of(study: Study, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """The same content, seed and nonce, and so the same draw and seats, under another slug."""
    twin = open_study(folder, "harbour-two", "draft")
    Study.objects.filter(pk=twin.pk).update(seed=study.seed)
    twin.refresh_from_db()
    nonce = SealedDraw.objects.get(study_slug=study.slug).nonce
    monkeypatch.setattr("annotations.freezing.freeze_study.random_nonce", lambda: nonce)
    freezing.freeze(study=twin, by="test")
    study_states.transition(study=twin, verb="open", by="test")
    twin.refresh_from_db()
    return twin


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return open_study(tmp_path)


def judged(study: Study) -> set[tuple[object, ...]]:
    """Every judgment by seat, position and criterion: what a seed has to fix."""
    rows = Judgment.objects.filter(assignment__rater__study=study).values_list(
        "assignment__slot__seat__number",
        "assignment__slot__position",
        "criterion__slug",
        "choice",
        "strength",
        "assignment__slot__first_on_left",
    )
    return set(rows)


def test_they_finish_all_they_are_given(study: Study, live_server, tmp_path: Path) -> None:
    accepted = tmp_path / "accepted.jsonl"
    done = simulate(SimulationOrder(study=study, raters=3, seed=3, url=live_server.url, accepted=accepted))

    raters = study.raters.all()
    assert done.raters == 3
    assert [rater.kind for rater in raters] == [Rater.Kind.SIMULATED] * 3
    assert sorted(rater.seat.number for rater in raters) == [1, 2, 3]
    assert all(rater.finished_at and rater.profile and rater.consents.count() == 1 for rater in raters)
    slots = sum(rater.seat.slots.count() for rater in raters)
    assert slots == 3 * 4
    assert done.assignments == slots
    assert Judgment.objects.count() == slots * study.criteria.count()
    assert Score.objects.count() == slots * 2
    assert set(Assignment.objects.values_list("state", flat=True)) == {"submitted"}
    assert all(
        assignment.seconds and assignment.read_left_s and assignment.layout == "columns"
        for assignment in Assignment.objects.all()
    )
    assert {1 <= score.value <= 12 for score in Score.objects.all()} == {True}
    assert {mark.note for mark in Mark.objects.all()} <= {"(a simulated rater)"}

    lines = [json.loads(line) for line in accepted.read_text().splitlines()]
    stored = {
        (one.assignment.code, one.criterion.slug): one.choice
        for one in Judgment.objects.select_related("assignment", "criterion")
    }
    written = {
        (line["assignment"], slug): choice for line in lines for slug, choice in line["choices"].items()
    }
    assert written == stored


def test_a_seed_fixes_the_judgments_whatever_the_number_at_once(
    study: Study, live_server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = twin_of(study, tmp_path / "twin", monkeypatch)
    simulate(SimulationOrder(study=study, raters=3, seed=11, url=live_server.url, at_once=3))
    simulate(SimulationOrder(study=twin, raters=1, seed=11, url=live_server.url, at_once=1))
    simulate(SimulationOrder(study=twin, raters=2, seed=11, url=live_server.url, at_once=2))
    first = judged(study)
    assert len(first) == 3 * 4 * study.criteria.count()
    assert first == judged(twin)


def test_more_than_are_free_is_refused_and_nobody_is_enrolled(study: Study, live_server) -> None:
    seats = study.seats.count()
    services.enrol(study=study, languages=["zh"])
    with pytest.raises(CommandError) as refused:
        call_command("simulate_raters", study.slug, raters=seats, seed=1, url=live_server.url)
    assert refused.value.returncode == 1
    assert f"of the {seats} seats of study harbour {seats - 1} are free" in str(refused.value)
    assert study.raters.count() == 1


def test_a_study_that_is_not_open_is_refused(study: Study, live_server) -> None:
    study_states.transition(study=study, verb="pause", by="test")
    study.refresh_from_db()
    with pytest.raises(OperationError, match="paused"):
        simulate(SimulationOrder(study=study, raters=1, seed=1, url=live_server.url))
    assert study.raters.count() == 0


@pytest.mark.slow
@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "nowhere", "http://[broken"])
def test_where_nothing_answers_a_service_is_missing(study: Study, url: str) -> None:
    with pytest.raises(CommandError) as missing:
        call_command("simulate_raters", study.slug, raters=1, seed=1, url=url.format(port=free_port()))
    assert missing.value.returncode == 3
    assert study.raters.count() == 0


def test_without_a_running_stack_it_says_so(study: Study, settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    with pytest.raises(CommandError, match="no site is running here") as missing:
        call_command("simulate_raters", study.slug, raters=1, seed=1)
    assert missing.value.returncode == 3


def test_the_url_of_the_running_stack_is_the_default(
    study: Study, live_server, settings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "links.json").write_text(json.dumps({"url": live_server.url}))
    output = StringIO()
    call_command("simulate_raters", study.slug, raters=2, seed=1, stdout=output)
    assert output.getvalue().startswith("2 simulated raters judged 8 pairs of study harbour in ")


def test_those_who_were_cut_off_go_on(study: Study, live_server) -> None:
    """A simulation that was killed has left raters who have not finished: they go on, and people do not."""
    services.enrol(study=study, languages=["en"], kind=Rater.Kind.SIMULATED)
    half = services.enrol(study=study, languages=["zh"], kind=Rater.Kind.SIMULATED)
    person = services.enrol(study=study, languages=["en"])
    assert [place.code for place in unfinished_seats(study)] == list(
        study.raters.filter(kind="simulated").values_list("code", flat=True)
    )
    done = simulate(SimulationOrder(study=study, raters=1, seed=3, url=live_server.url, resume=True))
    assert done.raters == 3
    half.rater.refresh_from_db()
    person.rater.refresh_from_db()
    assert half.rater.finished_at
    assert person.rater.finished_at is None
    assert Assignment.objects.filter(rater=person.rater).count() == 0


def test_another_site_at_the_address_is_told(study: Study, live_server) -> None:
    with pytest.raises(ServiceMissing, match="another site"):
        simulate(SimulationOrder(study=study, raters=1, seed=1, url=live_server.url + "/elsewhere"))


def test_one_that_fails_sends_the_others_home(study: Study, live_server, monkeypatch) -> None:
    """A script that nobody knows stops the simulation with a line that says so; what was judged stays."""
    known = crowd.recognition(study.spec)
    first = next(text for text, (brief, *_) in known.known.items() if brief == "scene-zh-1")
    left = {text: what for text, what in known.known.items() if text != first}
    monkeypatch.setattr(crowd, "recognition", lambda spec: type(known)(left))
    assert Entry.objects.count() == len(left) + 1
    with pytest.raises(OperationError, match="is shown a script that the study's files do not have"):
        simulate(SimulationOrder(study=study, raters=24, seed=1, url=live_server.url))
    done = Assignment.objects.filter(state="submitted").count()
    assert Judgment.objects.count() == done * study.criteria.count()
    assert done < 24 * 4
