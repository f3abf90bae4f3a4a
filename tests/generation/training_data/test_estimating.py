"""Training data: `synthesize --estimate` with a folder: it tells what a run would be, and keeps nothing."""

import shutil
from pathlib import Path

import pytest
from django.core.management import call_command

from generation.models import Run, Series
from generation.training_data.models import Scene, Work
from tests.generation.training_data.material import EXAMPLES


@pytest.mark.django_db
def test_an_estimate_keeps_nothing_of_the_folder_and_warns_as_an_import_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "corpus"
    shutil.copytree(EXAMPLES / "corpus", folder)
    (folder / "notes.fountain").write_text("INT. DESK - DAY\n\nA list.\n")
    call_command("synthesize", str(folder), "--estimate", "--by-worker")
    told = capsys.readouterr()
    assert "would be imported" in told.out
    assert "Jobs: " in told.out
    assert "notes.fountain:1:1: warning: the manifest does not list this file." in told.err
    assert not any(each.objects.exists() for each in (Run, Scene, Work, Series))
