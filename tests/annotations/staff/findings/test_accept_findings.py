"""`manage.py accept_findings`: all open findings of a draft accepted by a script, with the reason logged."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotations.models import LeakFinding, Study
from evalsite.core.models import AuditEvent
from tests.annotations.study_files import replace_in, write_minimal

pytestmark = pytest.mark.django_db
REASON = "boilerplate is part of the story"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A study file with something to find in one script, loaded as a draft."""
    path = write_minimal(tmp_path)
    replace_in(
        path.parent / "scripts/depot/alder.fountain", "Rain.", "Rain. As an AI language model, I cannot."
    )
    call_command("load_study", str(path))
    return path


def test_it_works(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("accept_findings", "night-bus", "--reason", REASON)
    found = LeakFinding.objects.all()
    assert found
    assert {(one.cleared_by, one.cleared_reason) for one in found} == {("console", REASON)}
    events = AuditEvent.objects.filter(verb="clear finding", about="night-bus")
    assert [event.detail["reason"] for event in events] == [REASON] * len(found)
    assert f"Accepted for study night-bus: findings: {len(found)}, warnings: 0." in capsys.readouterr().out
    call_command("freeze_study", "night-bus")
    assert Study.objects.get().state == "frozen"


def test_texts_that_changed_since_are_scanned_first(path: Path) -> None:
    call_command("accept_findings", "night-bus", "--reason", REASON)
    replace_in(path.parent / "scripts/garage/birch.fountain", "Rain.", "Rain. I am ChatGPT.")
    call_command("load_study", str(path))
    call_command("accept_findings", "night-bus", "--reason", REASON)
    call_command("freeze_study", "night-bus")


def test_again_accepts_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("accept_findings", "night-bus", "--reason", REASON)
    call_command("accept_findings", "night-bus", "--reason", "another")
    assert "findings: 0, warnings: 0." in capsys.readouterr().out


def test_a_study_that_is_no_draft_is_refused(path: Path) -> None:
    call_command("accept_findings", "night-bus", "--reason", REASON)
    call_command("freeze_study", "night-bus")
    with pytest.raises(CommandError, match="is frozen") as error:
        call_command("accept_findings", "night-bus", "--reason", REASON)
    assert error.value.returncode == 1


def test_a_reason_is_needed(path: Path) -> None:
    with pytest.raises(CommandError, match="with a reason") as error:
        call_command("accept_findings", "night-bus", "--reason", "  ")
    assert error.value.returncode == 1
    assert not LeakFinding.objects.exists()


def test_an_unknown_study_is_refused(path: Path) -> None:
    with pytest.raises(CommandError, match="there is no study day-bus") as error:
        call_command("accept_findings", "day-bus", "--reason", REASON)
    assert error.value.returncode == 1
