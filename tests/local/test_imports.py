"""What the web server loads before it answers: nothing that only a report or a draw needs."""

import os
import subprocess
import sys

from evalsite.local.paths import REPOSITORY

SLOW = {"pandas", "scipy", "matplotlib", "celery", "openai"}
LOADED = """
import sys
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
        timeout=120,
    ).stdout.split()
    assert "django" in loaded
    assert SLOW.isdisjoint(loaded)
