"""The Fountain library in a process of its own: one JSON line in, one JSON line out.

Run as a file (`python -I fountain_child.py`) by `fountain.py`, which kills it when an answer takes too
long. It limits its own memory and ends with its parent.
"""

import json
import os
import resource
import select
import signal
import sys

from fountain import FountainElement, FountainParser

MEMORY = 768 * 1024 * 1024
PARENT_CHECK_S = 2.0


def flat(element: FountainElement, dual: str = "") -> list[list[object]]:
    """One library element as rows [type, text, line, extension, dual]; dual dialogue as its parts."""
    if element.type.value == "dual_dialogue":
        rows: list[list[object]] = []
        for side in ("left", "right"):
            speech = element.metadata.get(f"{side}_dialogue")
            parts = [element.metadata.get(f"{side}_character"), *(speech if isinstance(speech, list) else [])]
            for part in parts:
                if isinstance(part, FountainElement):
                    rows += flat(part, side)
        return rows
    extension = element.metadata.get("extension") or ""
    return [[element.type.value, element.text, element.line_number, extension, dual]]


def answer(text: str) -> list[list[object]]:
    document = FountainParser().parse(text)
    return [row for element in document.elements for row in flat(element)]


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    parent = os.getppid()
    pending = b""
    while True:
        ready, _, _ = select.select([0], [], [], PARENT_CHECK_S)
        if os.getppid() != parent:
            return
        if not ready:
            continue
        chunk = os.read(0, 1 << 20)
        if not chunk:
            return
        pending += chunk
        if pending.endswith(b"\n"):
            rows = answer(json.loads(pending))
            pending = b""
            sys.stdout.write(json.dumps(rows) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
