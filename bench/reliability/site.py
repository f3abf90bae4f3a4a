"""The study that a crowd judges, and the table that a measurement leaves in the documentation."""

import datetime
import json
import os
import platform
import re
import subprocess
import sys
from math import ceil
from pathlib import Path

from bench import judging_study
from bench.reliability.crowd import Crowd
from evalsite.local.paths import REPOSITORY
from tests.servers import FROM_TESTS, LiveStack

STUDY = "crowd"
CRITERIA = 2
PAGE = REPOSITORY / "docs" / "reliability.md"


def manage(stack: LiveStack, *arguments: str) -> str:
    """Run a management command beside the stack; what it printed. Raises RuntimeError if it fails."""
    kept = {name: value for name, value in os.environ.items() if name not in FROM_TESTS}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env={**kept, "EVALSITE_VAR": str(stack.var), "PORT": str(stack.port)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"manage.py {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def open_study(
    stack: LiveStack, folder: Path, *, raters: int, pairs: int, systems: int, words: int
) -> dict[str, str]:
    """Open a study with `pairs` for each rater and scripts of `words` words; the raters' links by code.

    No rater reads a scene twice, so it takes at least twice as many raters as pairs of systems.
    """
    pairs_of_systems = systems * (systems - 1) // 2
    per_pairing = raters // pairs_of_systems
    scenes = ceil(raters * pairs / (per_pairing * pairs_of_systems))
    file = judging_study.write(
        folder, slug=STUDY, seats=raters, scenes=scenes, systems=systems, per_pairing=per_pairing,
        criteria=CRITERIA, lengths=(words,),
    )  # fmt: skip
    manage(stack, "load_study", str(file))
    # Words that chance has put together may look like another language.
    manage(stack, "accept_findings", STUDY, "--reason", "invented words")
    manage(stack, "freeze_study", STUDY)
    manage(stack, "open_study", STUDY)
    out = folder / "links.json"
    manage(stack, "enrol_raters", STUDY, "--count", str(raters), "--reads", "en", "--out", str(out))
    return {each["code"]: each["link"] for each in json.loads(out.read_text())}


def crowd(url: str, links: dict[str, str], *, pace: float, timeout: float) -> Crowd:
    return Crowd(url, links, judging_study.SYSTEMS, pace, timeout)


def machine() -> str:
    """Processor, cores, memory and date, for the line above a table."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    processor = model[1].strip() if model else platform.machine()
    today = datetime.datetime.now(datetime.UTC).date()
    return f"{today}, {os.cpu_count()} cores ({processor}), {memory:.0f} GiB of memory"


def write_table(page: Path, name: str, text: str) -> None:
    """Replace what is between the markers of `name` on the page."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    before, rest = page.read_text().split(begin)
    page.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{rest.split(end)[1]}")
