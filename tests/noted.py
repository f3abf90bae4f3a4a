"""What tests of heavy things have seen, told at their end: figures that say more than that they passed."""

import os
import time

import pytest

_noted: list[str] = []
_began = time.monotonic()


def note(line: str) -> None:
    """A line for the summary."""
    _noted.append(line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("what was seen")
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    for line in [*_noted, f"tests took {time.monotonic() - _began:.0f} s; load {load}"]:
        terminalreporter.write_line(line)
