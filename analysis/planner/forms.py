"""The planner's form: a question about sizes, in the units that people say them in (percent and points)."""

from functools import cache
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from analysis.stats.power import Question

LEFT_BIAS = 0.2
STUDIES = 400
CLAIMS = [
    ("different", _("detect a difference")),
    ("non-inferior", _("show non-inferiority")),
    ("equivalent", _("show equivalence")),
]
DESIGNS = [
    ("incomplete", _("some raters per pair")),
    ("crossed", _("every rater, every scene")),
]


def _points(label: Any, initial: float, help_text: Any = "") -> forms.FloatField:
    return forms.FloatField(label=label, initial=initial, min_value=0, max_value=49, help_text=help_text)


@cache
def _assumed() -> Any:
    """What the planner assumes, in logits; found by searching."""
    from analysis.command_line.power import ASSUMED, TIES
    from analysis.stats.power import Components, logits_of

    return logits_of(Components(**ASSUMED, ties=TIES), LEFT_BIAS)


def expected_half_width(
    raters: int, scenes: int, series: int, systems: int, per_pairing: int | None, level: float
) -> float | None:
    """The half-width at a win rate of 50%, in percentage points, for the variation that the planner assumes.

    `per_pairing` is None if the design is crossed. None where there are too few raters or series.
    """
    from analysis.stats.power import PlannedTest, Sizes, closed_form

    design = "incomplete" if per_pairing else "crossed"
    try:
        sizes = Sizes(raters, scenes, series, systems, design, per_pairing or 1)
    except ValueError:
        return None
    return round(100 * closed_form(_assumed(), sizes, 0.0, PlannedTest(level=level)).half_width, 1)


class PlannerForm(forms.Form):
    """`question()` of a valid form is what the statistics are asked."""

    win_rate = forms.FloatField(
        label=_("True win rate (%)"), initial=60, min_value=1, max_value=99,
        help_text=_(
            "Smallest effect to detect. 50% means no difference. Against human scripts, human level by"
            " parity is twice the win rate."
        ),
    )  # fmt: skip
    claim = forms.ChoiceField(label=_("Goal of the study"), choices=CLAIMS, initial="different")
    margin = forms.FloatField(
        label=_("Margin (percentage points)"), min_value=0.1, max_value=49, required=False,
        help_text=_("For equivalence or non-inferiority. There is no default: your plan must justify the"
" margin."),
    )  # fmt: skip
    wanted = forms.FloatField(label=_("Power (%)"), initial=80, min_value=1, max_value=99)
    raters = forms.IntegerField(
        label=_("Raters"),
        min_value=2,
        max_value=1000,
        help_text=_("Leave empty to calculate it."),
        required=False,
    )
    scenes = forms.IntegerField(
        label=_("Scenes"),
        min_value=2,
        max_value=2000,
        help_text=_("Leave empty to calculate it."),
        required=False,
    )
    series = forms.IntegerField(
        label=_("Series"), min_value=2, max_value=2000, required=False,
        help_text=_("Leave empty if every scene comes from a different series."),
    )  # fmt: skip
    systems = forms.IntegerField(label=_("Systems, including humans"), initial=2, min_value=2, max_value=20)
    design = forms.ChoiceField(label=_("Who judges what"), choices=DESIGNS, initial="incomplete")
    per_pairing = forms.IntegerField(label=_("Raters per pair"), initial=3, min_value=1, max_value=1000)
    sd_raters = _points(_("Between raters (percentage points)"), 10)
    sd_scenes = _points(_("Between scenes (percentage points)"), 20)
    sd_series = _points(
        _("Between series (percentage points)"), 10, _("Used only if you enter a number of series.")
    )
    ties = forms.FloatField(label=_("Ties (%)"), initial=15, min_value=0, max_value=90)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        if data["claim"] != "different" and not data.get("margin"):
            self.add_error("margin", _("This goal needs a margin."))
        elif (
            data["claim"] == "different"
            and data["win_rate"] == 50
            and not (data["raters"] and data["scenes"])
        ):
            self.add_error(
                "win_rate",
                _(
                    "At a true win rate of 50%, there is no difference to detect. Enter another win"
                    " rate or choose another goal."
                ),
            )
        elif data.get("series") and data.get("scenes") and data["series"] > data["scenes"]:
            self.add_error("series", _("Series can't outnumber scenes."))
        elif not data["ties"] / 2 < data["win_rate"] < 100 - data["ties"] / 2:
            self.add_error(
                "ties",
                _(
                    "This win rate is impossible with this share of ties. Enter fewer ties, or a win rate"
                    " closer to 50%."
                ),
            )
        else:
            self._world(data)
        return data

    def _world(self, data: dict[str, Any]) -> None:
        """What the answers assume; told here where it cannot be."""
        # Late: serving pages needs no statistics.
        from analysis.stats.power import Components, logits_of

        series = data["sd_series"] / 100 if data.get("series") else 0.0
        components = Components(
            data["sd_raters"] / 100, data["sd_scenes"] / 100, series, ties=data["ties"] / 100
        )
        try:
            self.assumed = logits_of(components, LEFT_BIAS)
        except ValueError:
            message = _("Raters, scenes and series can't differ this much. Enter smaller numbers.")
            self.add_error("sd_raters", message)

    def question(self) -> "Question":
        from analysis.stats.power import PlannedTest, Question

        data = self.cleaned_data
        margin = data.get("margin")
        return Question(
            difference=data["win_rate"] / 100 - 0.5,
            assumed=self.assumed,
            raters=(data["raters"],) if data.get("raters") else (),
            scenes=(data["scenes"],) if data.get("scenes") else (),
            series=(data["series"],) if data.get("series") else (),
            systems=data["systems"],
            design=data["design"],
            per_pairing=data["per_pairing"],
            test=PlannedTest(data["claim"], None if margin is None else margin / 100),
            wanted=data["wanted"] / 100,
            studies=STUDIES,
        )
