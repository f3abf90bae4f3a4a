"""Studies of invented scenes for the benchmark of judging."""

import random
from pathlib import Path

from bench import size

LENGTHS = size((1000, 6000), (100, 200))
"""Words of the scripts in the study of long scenes."""
SHORT = size(1000, 60)
CRITERIA = ("overall", "dialogue", "character", "format", "plot", "pacing")
SYSTEMS = ("alder", "birch", "cedar", "damson")
WORDS = [
    "lamp", "stair", "rain", "ledger", "door", "coat", "engine", "mirror",
    "winter", "letter", "uncle", "floor", "bell", "ticket", "harbour", "glass",
]  # fmt: skip
BRIEF = """\
slug: {slug}
series: {{slug: {series}, title: The Long Line}}
language: en
order: {order}
target_length: {words}
outline: Ada waits for a call that nobody should make, and Bo will not say who has been ringing.
characters:
  - {{name: Ada, profile: "Forty, night desk, forgets nothing."}}
  - {{name: Bo, profile: "Fifty, keeps the lift and the keys."}}
"""
STUDY = """\
slug: {slug}
title: Invented scenes
question: How fast is the page?
systems: [{systems}]
criteria: [{criteria}]
{more}design: {{raters_per_pairing: {per_pairing}}}
seats: [{{reads: [en], count: {seats}}}]
briefs: briefs/*.yaml
scripts: scripts
plan: {{generalize_to: these-series}}
"""


def write(
    folder: Path,
    *,
    slug: str,
    seats: int,
    scenes: int,
    systems: int = 2,
    per_pairing: int = 2,
    criteria: int = 1,
    lengths: tuple[int, ...] = (SHORT,),
) -> Path:
    """The files of a study whose scenes have these lengths in turn; the path of its study file.

    With several criteria it asks for scores and marks, too.
    """
    (folder / "briefs").mkdir()
    for order in range(1, scenes + 1):
        scene, words = f"{slug}-{order}", lengths[order % len(lengths)]
        brief = BRIEF.format(slug=scene, series=f"line-{slug}-{order // 4}", order=order, words=words)
        (folder / "briefs" / f"{scene}.yaml").write_text(brief)
        home = folder / "scripts" / scene
        home.mkdir(parents=True)
        for system in SYSTEMS[:systems]:
            (home / f"{system}.fountain").write_text(invent(words, f"{scene} {system}"))
    path = folder / "study.yaml"
    values = {"slug": slug, "seats": seats, "per_pairing": per_pairing}
    values |= {"systems": ", ".join(SYSTEMS[:systems]), "criteria": ", ".join(CRITERIA[:criteria])}
    path.write_text(STUDY.format(**values, more="score: true\nmarks: true\n" if criteria > 1 else ""))
    return path


def invent(words: int, seed: str) -> str:
    """A scene heading every 750 words, action and speech in turn."""
    chance = random.Random(seed)
    parts: list[str] = []
    count = 0
    while count < words:
        if count // 750 >= sum(part.startswith("INT.") for part in parts):
            parts.append(f"INT. FLOOR {count // 750 + 1} - NIGHT\n")
        who = chance.choice(["ADA", "BO"])
        said = " ".join(chance.choices(WORDS, k=16))
        done = " ".join(chance.choices(WORDS, k=8))
        parts.append(f"{who}\n{said.capitalize()}.\n\nThe {done}.\n")
        count += 26
    return "\n".join(parts)
