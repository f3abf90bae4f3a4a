"""A study of long scenes for the benchmark of judging: pairs of 1,000 and of 6,000 invented words."""

import random
from pathlib import Path

from bench import size

LENGTHS = size((1000, 6000), (100, 200))
EACH = 2
SEATS = size(40, 10)
WORDS = [
    "lamp", "stair", "rain", "ledger", "door", "coat", "engine", "mirror",
    "winter", "letter", "uncle", "floor", "bell", "ticket", "harbour", "glass",
]  # fmt: skip
BRIEF = """\
slug: {slug}
series: {{slug: long-line, title: The Long Line}}
language: en
order: {order}
target_length: {words}
outline: Ada waits for a call that nobody should make, and Bo will not say who has been ringing.
characters:
  - {{name: Ada, profile: "Forty, night desk, forgets nothing."}}
  - {{name: Bo, profile: "Fifty, keeps the lift and the keys."}}
"""
STUDY = """\
slug: long-scenes
title: Long scenes
question: How fast is the page?
systems: [alder, birch]
criteria: [overall, dialogue, character]
score: true
marks: true
design: {{raters_per_pairing: 2}}
seats: [{{reads: [en], count: {seats}}}]
briefs: briefs/*.yaml
scripts: scripts
"""


def write(folder: Path) -> Path:
    """The files of the study; the path of its study file."""
    (folder / "briefs").mkdir()
    order = 0
    for _ in range(EACH):
        for words in LENGTHS:
            order += 1
            slug = f"scene-{order}"
            (folder / "briefs" / f"{slug}.yaml").write_text(BRIEF.format(slug=slug, order=order, words=words))
            home = folder / "scripts" / slug
            home.mkdir(parents=True)
            for system in ("alder", "birch"):
                (home / f"{system}.fountain").write_text(_script(words, f"{slug} {system}"))
    path = folder / "study.yaml"
    path.write_text(STUDY.format(seats=SEATS))
    return path


def _script(words: int, seed: str) -> str:
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
