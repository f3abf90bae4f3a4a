"""Local stack: what the web server loads before it answers: nothing that only a report or a draw needs."""

import os
import subprocess
import sys
import tomllib

import evalsite
from analysis.stats.analyse import versions
from evalsite.local.paths import REPOSITORY

SLOW = {"pandas", "scipy", "pyarrow", "typst", "celery"}
LOADED = """
import sys
import tomllib
import django
django.setup()
import evalsite.wsgi, evalsite.urls
print(*sorted(name for name in sys.modules if "." not in name))
"""


def test_the_web_server_starts_without_the_statistics() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "evalsite.settings", "SECRET_KEY": "k" * 50}
    loaded = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    ).stdout.split()
    assert "django" in loaded
    assert SLOW.isdisjoint(loaded)


def test_one_version_is_told_everywhere() -> None:
    # The statistics import nothing of the site, so the number stands in each of the three.
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert versions()["evalsite"] == evalsite.__version__ == project
