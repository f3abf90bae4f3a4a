"""The least study there is, as files, and ways to break it."""

from pathlib import Path

STUDY = """\
slug: night-bus
title: Night bus
question: Which system writes the better scene?
systems: [alder, birch, human]
criteria: [overall, dialogue]
seats: [{reads: [en], count: 9}]
briefs: briefs/*.yaml
scripts: scripts
"""
THESE_SERIES = "plan: {generalize_to: these-series}\n"

BRIEF = """\
slug: {slug}
series: {{slug: night-bus, title: Night Bus}}
language: en
order: {order}
target_length: 60
outline: |
  A driver finds a sleeping boy on the last bus, and does not wake him.
characters:
  - name: Ada
    profile: Sixty, drives the last bus and talks to nobody on it.
"""

SCRIPT = """\
//! planted: nothing
INT. BUS - NIGHT

Rain. ADA stops the engine and looks into the mirror. A boy sleeps on seat {seat}.

ADA
End of the line. {words}
"""

SYSTEMS = ("alder", "birch", "human")
BRIEFS = ("depot", "garage")


def write_minimal(folder: Path) -> Path:
    """Two briefs, three systems, nine seats; the study file's path."""
    (folder / "briefs").mkdir()
    for order, slug in enumerate(BRIEFS, start=1):
        (folder / "briefs" / f"{slug}.yaml").write_text(BRIEF.format(slug=slug, order=order))
        home = folder / "scripts" / slug
        home.mkdir(parents=True)
        for seat, system in enumerate(SYSTEMS, start=1):
            (home / f"{system}.fountain").write_text(SCRIPT.format(seat=seat, words="Please. " * seat))
    path = folder / "study.yaml"
    path.write_text(STUDY + THESE_SERIES)
    return path


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
