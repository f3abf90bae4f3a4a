"""What each measured number means, in words, and from where on it is marked.

The bounds are simple and the same for all systems: they say where to look, and decide nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Number:
    """One number of `generation.script_metrics.measures.Fitness`. A value outside `low` to `high` is marked.

    `form` is share (0 to 1, shown in percent), ratio (a share of a target), count, or truth (1 is as it
    should be).
    """

    name: str
    label: Words
    meaning: Words
    form: str = "share"
    low: float | None = None
    high: float | None = None

    def stands_out(self, value: float | None) -> bool:
        if value is None:
            return False
        return (self.low is not None and value < self.low) or (self.high is not None and value > self.high)

    @property
    def bound(self) -> str:
        """The bounds as people read them."""
        low, high = (None if each is None else self.shown(each) for each in (self.low, self.high))
        if self.form == "truth":
            return ""
        if self.name in ("heading_complete", "speakers_known", "markup"):
            return str(low if low is not None else high)
        if low is not None and high is not None:
            return f"{low} – {high}"
        return f"≥ {low}" if low is not None else f"≤ {high}"

    def shown(self, value: float | None) -> str:
        if value is None:
            return "–"
        if self.form == "count":
            return f"{value:g}"
        if self.form == "truth":
            return str(_("yes") if value else _("no"))
        percent = 100 * value
        return f"{percent:.0f} %" if percent >= 10 or percent == round(percent) else f"{percent:.1f} %"


NUMBERS = (
    Number(
        "length_ratio",
        _("Length vs target"),
        _("Length in words or Chinese characters, divided by the brief's target length."),
        "ratio",
        0.7,
        1.3,
    ),
    Number(
        "lines_recognised",
        _("Recognized lines"),
        _("Share of lines with a clear type: heading, action, character or dialogue."),
        low=0.95,
    ),
    Number(
        "heading_complete",
        _("Complete headings"),
        _("Share of scene headings with a place, a time and interior or exterior."),
        low=0.999,
    ),
    Number(
        "speakers_known",
        _("Known speakers"),
        _("Share of speakers who are in the brief or have no personal name, such as a voice or a driver."),
        low=0.999,
    ),
    Number(
        "markup",
        _("Leftover markup"),
        _("Number of Markdown marks, tags and other characters that don't belong in a screenplay."),
        "count",
        high=0,
    ),
    Number(
        "prose_in_action",
        _("Novelistic action"),
        _("Share of action, by length, that reads like a novel: thoughts, feelings, summaries."),
        high=0.4,
    ),
    Number(
        "dialogue_share",
        _("Dialogue"),
        _("Share of the length that is dialogue."),
        low=0.1,
        high=0.9,
    ),
    Number(
        "language_right",
        _("In the brief's language"),
        _("Whether the text is in the brief's language."),
        "truth",
        low=1,
    ),
    Number(
        "repetition",
        _("Repetition"),
        _("Share of 4-word or 8-character (Chinese) sequences that appear earlier in the same script."),
        high=0.05,
    ),
    Number(
        "brief_overlap",
        _("Copied from the brief"),
        _("Share of 8-word or 12-character (Chinese) sequences that also appear in the brief."),
        high=0.05,
    ),
    Number(
        "nearest_other",
        _("Same as another script"),
        _(
            "Share of 8-word or 12-character (Chinese) sequences that also appear in the "
            "most similar other script for the brief."
        ),
        high=0.1,
    ),
    Number(
        "human_overlap",
        _("Same as the human script"),
        _(
            "Share of 8-word or 12-character (Chinese) sequences that also appear in the "
            "human script for the brief."
        ),
        high=0.1,
    ),
)
BY_NAME = {number.name: number for number in NUMBERS}


@dataclass(frozen=True, slots=True)
class MetricLabel:
    """One number of one script, in words."""

    number: Number
    value: float | None
    shown: str
    out: bool
    note: str = ""


def label_metrics(values: Mapping[str, Any]) -> list[MetricLabel]:
    """All numbers of one measurement; `note` names the strangers, and gives the length itself."""
    found = []
    for number in NUMBERS:
        raw = values.get(number.name)
        value = None if raw is None else float(raw)
        found.append(
            MetricLabel(
                number, value, number.shown(value), number.stands_out(value), _note(number.name, values)
            )
        )
    return found


def _note(name: str, values: Mapping[str, Any]) -> str:
    if name == "speakers_known":
        return ", ".join(map(str, values.get("strangers", ())))
    return str(values.get("length", "")) if name == "length_ratio" else ""


FORMAT = ("lines_recognised", "heading_complete", "markup")
"""The numbers for how true a script is to its format, which a house layout hides."""


def is_off_format(values: Mapping[str, Any]) -> bool:
    """Whether one of them is marked."""
    return any(BY_NAME[name].stands_out(float(values[name])) for name in FORMAT)
