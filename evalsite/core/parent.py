"""A process that ends with the one that started it. The standard library only."""

import ctypes
import signal
import sys


def die_with_parent(death_signal: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent ends (on Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, int(death_signal), 0, 0, 0)
