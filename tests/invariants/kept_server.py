"""The fake server in a process that can be killed: what each answer has used is on disk before it is sent.

python -m tests.invariants.kept_server PORT FILE SECONDS
"""

import json
import os
import sys
from pathlib import Path

from generation.backends.canned import OTHER_ANSWERS
from generation.backends.server import FakeServer
from generation.training_data.synthesis import canned


class OnDisk(dict[str, dict[str, int]]):
    """Usage by answer, a line each at the end of a file."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def __setitem__(self, key: str, usage: dict[str, int]) -> None:
        os.write(self._file, json.dumps({"id": key, **usage}).encode() + b"\n")


def usage_in(path: Path) -> dict[str, dict[str, int]]:
    """What the servers that wrote this file have used, by answer."""
    lines = path.read_text().splitlines() if path.exists() else []
    return {each["id"]: each for each in map(json.loads, lines)}


if __name__ == "__main__":
    OTHER_ANSWERS.append(canned.answer)  # what the app of training data registers where Django is set up
    port, path, seconds = sys.argv[1:]
    server = FakeServer(port=int(port), slow=float(seconds), keep=False)
    server.usage = OnDisk(path)
    server.serve()
