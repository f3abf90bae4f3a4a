"""docs/desk.md, made from the steps and their pictures."""

from tests.screenshots.steps import IN_DOCS, STEPS, Step

HEAD = """\
# The rater's desk, step by step

Every page that a rater meets: the study of `examples/demo-desk.yaml`, and at the end a page of
`examples/demo-single.yaml`. [`raters.md`](raters.md) says what happens at each step.

`make screenshots` writes this page; do not edit it by hand. It starts a separate site and goes through it
in Chromium. `make screenshots ARGS="--out FOLDER"` takes every step in English and Chinese, 1440 and 390
pixels wide.
"""
LANGUAGES = {"en": "English", "zh": "Chinese"}
DISPLAY_WIDTHS = {"1440": 720, "390": 260}


def index() -> str:
    """Return the page: every step, with a picture where docs/images has one."""
    parts = [f"## {step.heading}\n\n{step.text}\n{_picture(step)}" for step in STEPS]
    return "\n".join([HEAD, *parts])


def _picture(step: Step) -> str:
    if step.name not in IN_DOCS:
        return ""
    language, width = IN_DOCS[step.name]
    place = f"images/desk/{step.name}-{language}-{width}.webp"
    alt = f"{step.heading}, {LANGUAGES[language]}, {width} pixels wide"
    return f'\n<a href="{place}"><img src="{place}" width="{DISPLAY_WIDTHS[width]}" alt="{alt}"></a>\n'
