"""Run `manage.py sweep` every so many seconds, in one process that stays."""

import os
import signal
import sys
import threading
import traceback


def main(seconds: float) -> None:
    """Sweep until SIGTERM; a sweep that fails is written down and tried again at the next turn."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evalsite.settings")
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())

    import django

    django.setup()
    from django.core.management import call_command
    from django.db import close_old_connections

    while not stopped.wait(seconds):
        close_old_connections()
        try:
            call_command("sweep")
        except Exception:
            traceback.print_exc()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0)
