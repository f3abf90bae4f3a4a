"""A process and the one that started it: their end, and the memory that they share.

Only the standard library is imported at first: programs start with this before they choose their settings.
"""

import ctypes
import gc
import os
import signal
import sys
from pathlib import Path


def die_with_parent(death_signal: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent ends (on Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, int(death_signal), 0, 0, 0)


def share_memory() -> None:
    """Keep what is loaded out of garbage collection, which would copy it into every forked process."""
    gc.collect()
    gc.freeze()


def memory_mb() -> float:
    """Resident memory of this process; 0 where the kernel does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def start_django_process(database: str) -> None:
    """Set up Django in a new process that works on the named database and ends with its parent."""
    import django
    from django.db import connection

    die_with_parent(signal.SIGKILL)
    django.setup()
    connection.settings_dict["NAME"] = database
