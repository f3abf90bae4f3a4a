"""Statistics: statsmodels and the OpenAI SDK are loaded only by what uses them."""

import os
import subprocess
import sys

import pytest

from evalsite.local.paths import REPOSITORY

LOADED = "\nimport sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
PLANNER = """
from analysis.stats.power import *
components = Components(raters=0.1, scenes=0.2, series=0.0, ties=0.1)
assumed = logits_of(components)
question = Question(difference=0.2, assumed=assumed, raters=(12,), scenes=(8,), seed=1, studies=20)
found = simulate(answer(question))
assert found.studies[0].simulated.different.limits
"""
SITE = "import django; django.setup(); import evalsite.wsgi, evalsite.urls, analysis.planner.views"
PATH = str(REPOSITORY / "docs" / "example" / "judgments.csv")


def _loaded(code: str) -> set[str]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "evalsite.settings", "SECRET_KEY": "k" * 50}
    done = subprocess.run(
        [sys.executable, "-c", code + LOADED],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return set(done.stdout.splitlines()[-1].split())


def _command(*words: str) -> str:
    return f"""
from contextlib import suppress
from analysis.command_line import main
with suppress(SystemExit):
    main.main({list(words)!r})
"""


def test_statsmodels_is_not_loaded_by_import_help_check_or_planner():
    """One after the other in one process: what has loaded it stands above the line that says so."""
    steps = {
        "import": "import analysis.stats",
        "help": _command("--help"),
        "check": _command("check", "--judgments", PATH),
        "planner": PLANNER,
    }
    code = "import sys\n" + "\n".join(
        f"{step}\nassert 'statsmodels' not in sys.modules, {name!r}" for name, step in steps.items()
    )
    assert "numpy" in _loaded(code)


@pytest.mark.slow
def test_web_processes_load_neither_statistics_nor_the_sdk_of_model_servers():
    loaded = _loaded(SITE)
    assert "django" in loaded
    assert loaded & {"numpy", "statsmodels", "openai"} == set()
