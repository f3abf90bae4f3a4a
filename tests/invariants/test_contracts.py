"""Whole site: the statistics load no Django. `make check` checks the import contracts."""

import subprocess
import sys

import pytest
from django.conf import settings


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments], cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=900
    )


@pytest.mark.slow
def test_statistics_charts_and_rendering_load_no_django():
    code = (
        "import analysis.stats, analysis.command_line.main, analysis.charts, analysis.render, sys\n"
        "site = {'django', 'celery', 'rest_framework'}\n"
        "print([name for name in sys.modules if name.split('.')[0] in site])"
    )
    done = run("-c", code)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_importing_the_statistics_is_cheap():
    """Numbers alone need neither the charts nor the pages."""
    done = run("-c", "import analysis.stats, sys; print('jinja2' in sys.modules)")
    assert done.stdout.strip() == "False", done.stdout + done.stderr
