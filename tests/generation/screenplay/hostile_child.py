"""A reader that misbehaves as it is told, in the child process. Not a test."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path


def answer(request: bytes, progress: Callable[[], None]) -> bytes:
    if request == b"loop":
        while True:
            pass
    if request == b"memory":
        return b"x" * 500_000_000
    if request == b"memory in small pieces":
        kept: list[object] = []
        while True:
            kept.append({})
    if request == b"crash":
        raise RuntimeError
    if request == b"exit":
        os._exit(3)
    if request == b"sleep":
        time.sleep(30)
    if request == b"write a file":
        Path(f"/tmp/{os.getpid()}").write_text("x")
    if request == b"progress":
        for _ in range(4):
            end = time.process_time() + 0.15
            while time.process_time() < end:
                pass
            progress()
        return b"done"
    return json.dumps(sorted(set(os.environ) - {"LC_CTYPE"})).encode()
