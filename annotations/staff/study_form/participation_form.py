"""What the form of a new study asks of the way that raters take: practice, checks, pairs that come again,
sittings, pay, guesses and the end. Everything may be left out; what is finer stands in the file alone."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.spec.extras import MOST_CHECKS, MOST_GUESSED, MOST_NEEDED, MOST_SITTING, MOST_TRIES

MOST_AGAIN = 10
PROPOSED: dict[str, Any] = {
    "kind": "pair",
    "outside_system": "human",
    "practice_pass": 2,
    "practice_tries": 2,
    "checks_per_seat": 1,
    "checks_announced": "yes",
    "sitting_pairs": 5,
    "break_minutes": 15,
    "guess": "last",
    "guess_scripts": 6,
}
"""What a form that nobody has touched says."""
FOR_PAIRS = ("practice_briefs", "checks_briefs", "same", "repeat")
SHOWN_OPEN = (
    *FOR_PAIRS,
    "pay_currency",
    "pay_per_pair",
    "pay_minutes",
    "debriefing_en",
    "debriefing_zh",
    "completion_code",
    "completion_url",
    "code_practice_failed",
    "code_left",
    "prolific",
)
"""Fields whose part of the form is open when something stands in one of them."""
FIELD_OF_PART = {
    ("design", "same"): "same",
    ("design", "repeat"): "repeat",
    ("practice", ""): "practice_briefs",
    ("practice", "system"): "outside_system",
    ("practice", "pass"): "practice_pass",
    ("practice", "tries"): "practice_tries",
    ("practice", "different_scenes"): "practice_different",
    ("practice", "pay"): "practice_pay",
    ("checks", ""): "checks_briefs",
    ("checks", "system"): "outside_system",
    ("checks", "per_seat"): "checks_per_seat",
    ("sittings", ""): "sitting_pairs",
    ("sittings", "break_minutes"): "break_minutes",
    ("pay", ""): "pay_per_pair",
    ("pay", "currency"): "pay_currency",
    ("pay", "minutes"): "pay_minutes",
    ("guess", "scripts"): "guess_scripts",
    ("debriefing", ""): "debriefing_en",
    ("debriefing", "zh"): "debriefing_zh",
    ("completion", ""): "completion_code",
    ("completion", "url"): "completion_url",
    ("completion", "practice_failed"): "code_practice_failed",
    ("completion", "left"): "code_left",
}
"""The field to which a fault in a part of the file belongs: by key, and by the key in it ("" = any other)."""


def _whole(label: Any, low: int, high: int) -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=low, max_value=high, label=label)


def _money(label: Any) -> forms.DecimalField:
    return forms.DecimalField(required=False, min_value=0, max_digits=8, decimal_places=2, label=label)


def _line(label: Any, most: int = 500) -> forms.CharField:
    return forms.CharField(required=False, max_length=most, label=label)


def _long(label: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(required=False, max_length=20_000, label=label, widget=widget)


def _choice(label: Any, *choices: tuple[str, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(required=False, label=label, choices=choices)


class ParticipationForm(forms.Form):
    """The fields about participation; `participation_values` turns them into keys of the study file."""

    kind = _choice(
        gettext_lazy("Raters see"),
        ("pair", gettext_lazy("two scripts side by side")),
        ("single", gettext_lazy("one script at a time")),
    )
    practice_briefs = forms.MultipleChoiceField(required=False)
    practice_pass = _whole(gettext_lazy("Correct answers to pass"), 1, MOST_NEEDED)
    practice_tries = _whole(gettext_lazy("Maximum rounds"), 1, MOST_TRIES)
    practice_different = forms.BooleanField(
        required=False, label=gettext_lazy("Different scenes in each round")
    )
    practice_pay = _money(gettext_lazy("Practice pay per pair"))
    checks_briefs = forms.MultipleChoiceField(required=False)
    checks_per_seat = _whole(gettext_lazy("Checks per rater"), 1, MOST_CHECKS)
    checks_announced = _choice(
        gettext_lazy("Announce checks to raters"),
        ("yes", gettext_lazy("yes")),
        ("no", gettext_lazy("no")),
    )
    outside_system = _choice(gettext_lazy("System whose scripts are damaged"))
    same = _whole(gettext_lazy("Pairs by the same system, per rater"), 0, MOST_AGAIN)
    repeat = _whole(gettext_lazy("Repeated pairs with sides swapped, per rater"), 0, MOST_AGAIN)
    sitting_pairs = _whole(gettext_lazy("Suggest a break after (pairs)"), 1, MOST_SITTING)
    break_minutes = _whole(gettext_lazy("Break (minutes)"), 0, 240)
    pay_per_pair = _money(gettext_lazy("Pay per pair"))
    pay_currency = _line(gettext_lazy("Currency (3-letter code)"), 3)
    pay_minutes = _whole(gettext_lazy("Expected minutes per pair"), 1, 480)
    guess = _choice(
        gettext_lazy("Ask raters to guess: human or machine?"),
        ("last", gettext_lazy("once, at the end")),
        ("each", gettext_lazy("after each pair (raters may start looking for machines)")),
        ("never", gettext_lazy("never")),
    )
    guess_scripts = _whole(gettext_lazy("Scripts to guess at the end"), 1, MOST_GUESSED)
    debriefing_en = _long(gettext_lazy("Debriefing (English)"))
    debriefing_zh = _long(gettext_lazy("Debriefing (Chinese)"))
    completion_code = _line(gettext_lazy("Completion code"), 60)
    completion_url = _line(gettext_lazy("Return link after completion"))
    code_practice_failed = _line(gettext_lazy("Code if practice isn't passed"), 60)
    code_left = _line(gettext_lazy("Code if declined or withdrawn"), 60)
    prolific = forms.BooleanField(required=False)

    @property
    def participation_open(self) -> bool:
        """Whether the folded part says more than what is proposed, or something in it must be corrected."""
        said = any(self[name].value() for name in SHOWN_OPEN)
        return said or any(name in ParticipationForm.base_fields and name != "kind" for name in self.errors)

    def check_participation(self, given: Mapping[str, Any]) -> None:
        """What can be seen without the file: parts that belong together, and what single scripts have not."""
        if given.get("kind") == "single":
            for name in FOR_PAIRS:
                if given.get(name):
                    self.add_error(
                        name, _("Not available when raters see one script at a time. Leave it empty.")
                    )
        pay = ("pay_per_pair", "pay_currency", "pay_minutes")
        if any(given.get(name) for name in pay):
            for name in pay:
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, _("Pay needs an amount, a currency and minutes."))
        if given.get("practice_pay") and not given.get("practice_briefs"):
            self.add_error("practice_pay", _("Choose practice scenes, or leave this empty."))
        elif given.get("practice_pay") and not given.get("pay_per_pair"):
            self.add_error("practice_pay", _("Also enter the pay per pair under “Breaks and pay”."))
        if (
            given.get("break_minutes")
            and not given.get("sitting_pairs")
            and "sitting_pairs" not in self.errors
        ):
            self.add_error(
                "sitting_pairs",
                _("Enter the number of pairs before a break, or leave the break length empty."),
            )
        others = given.get("code_practice_failed") or given.get("code_left")
        if others and not (given.get("completion_code") or given.get("completion_url")):
            self.add_error("completion_code", _("Also enter a completion code or a return link."))


def participation_values(given: Mapping[str, Any], briefs_of: Any) -> dict[str, Any]:
    """The keys of the study file that the form gives. `briefs_of` says chosen briefs as a file does."""
    values: dict[str, Any] = {}
    design = {"kind": "single"} if given["kind"] == "single" else {}
    values["design"] = design | {key: given[key] for key in ("same", "repeat") if given[key]}
    of = {"system": given["outside_system"] or PROPOSED["outside_system"]}
    if given["practice_briefs"]:
        values["practice"] = {"briefs": briefs_of(given["practice_briefs"]), **of} | _numbers(
            given, {"pass": "practice_pass", "tries": "practice_tries"}
        )
        if given["practice_different"]:
            values["practice"]["different_scenes"] = True
        if given["practice_pay"]:
            values["practice"]["pay"] = f"{given['practice_pay']:.2f}"
    if given["checks_briefs"]:
        values["checks"] = {"briefs": briefs_of(given["checks_briefs"]), **of} | _numbers(
            given, {"per_seat": "checks_per_seat"}
        )
        values["checks"]["announced"] = given["checks_announced"] != "no"
    values["sittings"] = _numbers(given, {"pairs": "sitting_pairs", "break_minutes": "break_minutes"})
    if given["pay_per_pair"]:
        values["pay"] = {
            "currency": given["pay_currency"],
            "per_pair": f"{given['pay_per_pair']:.2f}",
            "minutes": given["pay_minutes"],
        }
    values["guess"] = _guess(given)
    values["debriefing"] = {
        language: text
        for language in ("en", "zh")
        if (text := given[f"debriefing_{language}"].replace("\r\n", "\n").strip())
    }
    values["completion"] = {
        key: given[field]
        for key, field in (
            ("code", "completion_code"),
            ("url", "completion_url"),
            ("practice_failed", "code_practice_failed"),
            ("left", "code_left"),
        )
        if given[field]
    }
    values["prolific"] = bool(given["prolific"])
    return {key: value for key, value in values.items() if value}


def _numbers(given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, int]:
    return {key: given[field] for key, field in names.items() if given[field] is not None}


def _guess(given: Mapping[str, Any]) -> dict[str, Any]:
    if given["guess"] not in ("last", "each"):
        return {}
    scripts = _numbers(given, {"scripts": "guess_scripts"}) if given["guess"] == "last" else {}
    return {"when": given["guess"], **scripts}
