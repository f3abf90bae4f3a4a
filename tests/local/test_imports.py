"""Local stack: what web server and worker load at first: nothing that only a report or a draw needs."""

import os
import subprocess
import sys
import tomllib

import pytest

import evalsite
from analysis.stats.analyse import versions
from evalsite.local.paths import REPOSITORY

SLOW = {
    "docx",
    "httpx",
    "lxml",
    "numpy",
    "openai",
    "pandas",
    "py3langid",
    "pyarrow",
    "pypdf",
    "scipy",
    "typst",
}
WEB = """
import django
django.setup()
import evalsite.wsgi, evalsite.urls
"""
WORKER = """
from evalsite.local.worker import app
app.loader.import_default_modules()
"""
NAMES = """

import sys
print(*sorted(name for name in sys.modules if "." not in name))
"""


def modules(program: str) -> set[str]:
    """The packages that a program has loaded."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "evalsite.settings",
        "SECRET_KEY": "k" * 50,
        "CELERY_SKIP_CHECKS": "1",
    }
    loaded = subprocess.run(
        [sys.executable, "-c", program + NAMES],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    ).stdout.split()
    assert "django" in loaded
    return set(loaded)


@pytest.mark.slow
def test_the_web_server_starts_without_what_only_workers_need() -> None:
    assert {*SLOW, "celery", "redis", "tenacity"}.isdisjoint(modules(WEB))


@pytest.mark.slow
def test_the_web_server_serves_the_files_of_a_report_without_the_statistics_and_typst() -> None:
    reports = "import analysis.reports.views, analysis.reports.report_link_views\n"
    served = f"{reports}import analysis.render, analysis.charts\n"
    assert {"pandas", "scipy", "numpy", "typst"}.isdisjoint(modules(WEB + served))


@pytest.mark.slow
def test_an_idle_worker_has_loaded_nothing_for_its_tasks() -> None:
    assert SLOW.isdisjoint(modules(WORKER))


def test_one_version_is_told_everywhere() -> None:
    # The statistics import nothing of the site, so the number stands in each of the three.
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert versions()["evalsite"] == evalsite.__version__ == project
