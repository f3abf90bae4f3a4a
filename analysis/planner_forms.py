"""The planner's form: a question about sizes, in the units that people say them in (percent and points)."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from analysis.stats.power import Question

LEFT_BIAS = 0.2
STUDIES = 400
CLAIMS = [
    ("different", _("tell it from 50 %")),
    ("non-inferior", _("show it not inferior")),
    ("equivalent", _("show it level")),
]
DESIGNS = [
    ("incomplete", _("some raters per pairing")),
    ("crossed", _("every rater, every scene")),
]


def _points(label: Any, initial: float, help_text: Any = "") -> forms.FloatField:
    return forms.FloatField(label=label, initial=initial, min_value=0, max_value=49, help_text=help_text)


class PlannerForm(forms.Form):
    """`question()` of a valid form is what the statistics are asked."""

    win_rate = forms.FloatField(
        label=_("True win rate, %"), initial=60, min_value=1, max_value=99,
        help_text=_("What you want to be able to see. 50 % is level; human level by parity is twice it."),
    )  # fmt: skip
    claim = forms.ChoiceField(label=_("The study is to"), choices=CLAIMS, initial="different")
    margin = forms.FloatField(
        label=_("Margin, points"), min_value=0.1, max_value=49, required=False,
        help_text=_("To show it level or not inferior. It has no default: your plan gives it with a reason."),
    )  # fmt: skip
    wanted = forms.FloatField(label=_("Chance wanted, %"), initial=80, min_value=1, max_value=99)
    raters = forms.IntegerField(
        label=_("Raters"),
        min_value=2,
        max_value=1000,
        help_text=_("Leave empty to ask for the number."),
        required=False,
    )
    scenes = forms.IntegerField(
        label=_("Scenes"),
        min_value=2,
        max_value=2000,
        help_text=_("Leave empty to ask for the number."),
        required=False,
    )
    series = forms.IntegerField(
        label=_("Series"), min_value=2, max_value=2000, required=False,
        help_text=_("Leave empty if every scene is from a series of its own."),
    )  # fmt: skip
    systems = forms.IntegerField(label=_("Systems, people included"), initial=2, min_value=2, max_value=20)
    design = forms.ChoiceField(label=_("Who judges"), choices=DESIGNS, initial="incomplete")
    per_pairing = forms.IntegerField(label=_("Raters per pairing"), initial=3, min_value=1, max_value=1000)
    sd_raters = _points(_("Between raters, points"), 10)
    sd_scenes = _points(_("Between scenes, points"), 20)
    sd_series = _points(_("Between series, points"), 10, _("Counts only where series are given."))
    ties = forms.FloatField(label=_("Ties, %"), initial=15, min_value=0, max_value=90)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        if data["claim"] != "different" and not data.get("margin"):
            self.add_error("margin", _("This claim needs a margin."))
        elif (
            data["claim"] == "different"
            and data["win_rate"] == 50
            and not (data["raters"] and data["scenes"])
        ):
            self.add_error(
                "win_rate", _("No study tells 50 % from 50 %. Give another win rate, or another claim.")
            )
        elif data.get("series") and data.get("scenes") and data["series"] > data["scenes"]:
            self.add_error("series", _("There cannot be more series than scenes."))
        elif not data["ties"] / 2 < data["win_rate"] < 100 - data["ties"] / 2:
            self.add_error("ties", _("With so many ties this win rate cannot be."))
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
            message = _("No raters, scenes and series differ this much. Give smaller numbers.")
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
