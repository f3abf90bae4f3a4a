"""docs/desk.md, made from the steps and the pictures that are there."""

from pathlib import Path

from tests.screenshots.steps import STEPS

HEAD = """\
# The rater's desk, step by step

Every page that a rater meets, in English and in Chinese, 1440 and 390 pixels wide: the study of
`examples/demo-desk.yaml`, and at the end a page of `examples/demo-single.yaml`. Made by `make screenshots`,
which starts a site of its own and walks through it in Chromium; do not edit it by hand.
[`raters.md`](raters.md) says what happens at each step.
"""
COLUMNS = (("en", "1440"), ("zh", "1440"), ("en", "390"), ("zh", "390"))
NAMES = {"en": "English", "zh": "中文"}
SHOWN_WIDE = {"1440": 360, "390": 130}


def index(folder: Path) -> str:
    """The page for the pictures in a folder beside it; a step without a picture is left out."""
    parts = [HEAD]
    for step in STEPS:
        there = [
            (language, width)
            for language, width in COLUMNS
            if (folder / f"{step.name}-{language}-{width}.webp").exists()
        ]
        if not there:
            continue
        heads = " | ".join(f"{NAMES[language]}, {width}" for language, width in there)
        cells = " | ".join(_cell(step.name, step.heading, language, width) for language, width in there)
        rule = " | ".join("---" for _ in there)
        parts.append(f"## {step.heading}\n\n{step.text}\n\n| {heads} |\n| {rule} |\n| {cells} |\n")
    return "\n".join(parts)


def _cell(name: str, heading: str, language: str, width: str) -> str:
    place = f"images/desk/{name}-{language}-{width}.webp"
    about = f"{heading}, {NAMES[language]}, {width} pixels"
    return f'<a href="{place}"><img src="{place}" width="{SHOWN_WIDE[width]}" alt="{about}"></a>'
