"""`manage.py enrol_raters`: raters enrolled by a script, with their links in a private file."""

import json
import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from annotations.models import Rater, Seat, Study
from tests.factories import make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "links.json"


def enrol(study: Study, out: Path, count: int = 2, reads: str = "en", *more: str) -> list[dict[str, str]]:
    call_command("enrol_raters", study.slug, f"--count={count}", f"--reads={reads}", f"--out={out}", *more)
    return json.loads(out.read_text())


def refusal(study: Study, out: Path, count: int = 2, reads: str = "en", *more: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as error:
        enrol(study, out, count, reads, *more)
    assert not out.exists()
    assert not Rater.objects.exists()
    return error.value.returncode, str(error.value)


def test_it_works(tmp_path: Path, out: Path, settings) -> None:
    study = make_study(tmp_path, state="frozen")
    rows = enrol(study, out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [sorted(row) for row in rows] == [["code", "link"]] * 2
    assert [row["code"] for row in rows] == list(
        Seat.objects.filter(rater__isnull=False).order_by("number").values_list("rater__code", flat=True)
    )
    assert set(Rater.objects.values_list("kind", flat=True)) == {"person"}
    for row in rows:
        assert row["link"].startswith(f"{settings.PUBLIC_URL}/r/")
        assert Client().get(row["link"].removeprefix(settings.PUBLIC_URL)).status_code == 200


def test_links_have_the_address_of_a_site_that_runs_here(tmp_path: Path, out: Path, settings) -> None:
    study = make_study(tmp_path, state="open")
    settings.VAR_DIR = tmp_path
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "links.json").write_text('{"url": "http://127.0.0.1:8123"}')
    assert enrol(study, out, 1)[0]["link"].startswith("http://127.0.0.1:8123/r/")


def test_ready_raters_are_simulated_and_judge_at_once(tmp_path: Path, out: Path, settings) -> None:
    study = make_study(tmp_path, state="open")
    (row,) = enrol(study, out, 1, "en", "--ready")
    assert Rater.objects.get().kind == "simulated"
    client = Client()
    client.post(row["link"].removeprefix(settings.PUBLIC_URL))
    desk = client.get("/r/go/")
    assert (desk.status_code, desk["Location"][:5]) == (303, "/r/a/")
    assert client.get(desk["Location"]).status_code == 200


@pytest.mark.slow
def test_raters_of_both_languages_take_seats_of_both(tmp_path: Path, out: Path) -> None:
    study = make_study(tmp_path, state="open", languages=("en", "zh"), seats=6)
    enrol(study, out, 1, "zh")
    assert Rater.objects.get().languages == ["zh"]


def test_all_raters_are_enrolled_or_none(tmp_path: Path, out: Path) -> None:
    study = make_study(tmp_path, state="open")
    seats = study.seats.count()
    code, message = refusal(study, out, seats + 1)
    assert code == 1
    assert f"has {seats} free seats for readers of en, not {seats + 1}" in message
    assert f"Fix: enrol at most {seats}." in message


def test_languages_that_no_seat_has_are_refused(tmp_path: Path, out: Path) -> None:
    code, message = refusal(make_study(tmp_path, state="open"), out, 1, "en,zh")
    assert code == 1
    assert "0 free seats for readers of en and zh" in message


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_a_study_in_another_state_is_refused(tmp_path: Path, out: Path, state: str) -> None:
    code, message = refusal(make_study(tmp_path, state=state), out)
    assert (code, f"is {state}. Fix: enrol raters in a frozen, open or paused study." in message) == (1, True)


@pytest.mark.parametrize(("count", "reads"), [(0, "en"), (1, "fr"), (1, ""), (1, "en,de")])
def test_wrong_usage_is_2(tmp_path: Path, out: Path, count: int, reads: str) -> None:
    code, message = refusal(make_study(tmp_path, state="open"), out, count, reads)
    assert code == 2
    assert "Fix:" in message


def test_a_study_that_does_not_exist_is_refused(out: Path) -> None:
    assert refusal(Study(slug="nowhere"), out)[0] == 1


def test_a_file_that_cannot_be_written_enrols_no_rater(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open")
    (tmp_path / "file").write_text("")
    code, message = refusal(study, tmp_path / "file" / "links.json")
    assert (code, "No raters were enrolled" in message) == (1, True)
