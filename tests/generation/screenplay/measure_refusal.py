"""Reads the files named on standard input, one a line, and answers each with what it took, as JSON.

A process of its own, so that memory is measured that nobody else has used. Not a test.
"""

import json
import re
import resource
import sys
import time
from pathlib import Path

from evalsite.core.errors import InputErrors
from generation.screenplay.formats import read_script


def spent() -> tuple[float, int]:
    """Processor time of this process and its children in seconds, and the largest of them in bytes."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    # The peak of this process by the kernel's own page: `ru_maxrss` remembers who started it, too.
    own = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    assert own is not None
    memory = max(int(own[1]), used[1].ru_maxrss) * 1024
    return sum(each.ru_utime + each.ru_stime for each in used), memory


for line in sys.stdin:
    path = Path(line.strip())
    before, began = spent()[0], time.monotonic()
    try:
        said = f"taken: {len(read_script(path).text)}"
    except InputErrors as refused:
        said = str(refused)
    wall = time.monotonic() - began
    after, memory = spent()
    print(json.dumps({"said": said, "cpu": after - before, "wall": wall, "memory": memory}), flush=True)
