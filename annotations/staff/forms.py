"""What the staff may send about a study."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.blinding.unblinders import Unblinder, eligible_accounts
from annotations.models import Study

LONGEST = 4000


def _words(**options: Any) -> forms.CharField:
    """Text that can't be blank."""
    missing = {"required": _("Please give a reason. The audit trail records it.")}
    return forms.CharField(max_length=LONGEST, error_messages=missing, **options)


class InviteForm(forms.Form):
    """Which seat a new rater takes: its reading languages, as `en`, `zh` or `en zh`."""

    languages = forms.ChoiceField()

    def __init__(self, study: Study, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reads = sorted({" ".join(languages) for languages in study.seats.values_list("languages", flat=True)})
        languages = self.fields["languages"]
        assert isinstance(languages, forms.ChoiceField)
        languages.choices = [(value, value) for value in reads]

    def reads(self) -> list[str]:
        return str(self.cleaned_data["languages"]).split()


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = _words()


class ClearForm(ReasonForm):
    """Clearing a finding, and with `alike` every other one with the same words: one rule for all."""

    alike = forms.BooleanField(required=False)


class RejectForm(ReasonForm):
    """Rejecting the script that `key` stands for, which the page has shown."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class AmendmentForm(forms.Form):
    text = _words()


class ReplaceUnblinderForm(forms.Form):
    """Who of a study's unblinders is replaced, by which member of the team, and why."""

    old = forms.ChoiceField()
    new = forms.ChoiceField()
    reason = _words()

    def __init__(self, study: Study, named: Sequence[Unblinder], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [each.name for each in named]
        accounts = eligible_accounts(study.team_id).values_list("username", flat=True)
        for field, values in (("old", names), ("new", accounts)):
            self.fields[field].choices = [("", "–"), *((name, name) for name in values)]  # type: ignore[attr-defined]


class LeaveForm(forms.Form):
    """Freeing a seat; the person may ask for the words to be erased as well."""

    reason = _words()
    withdraw = forms.BooleanField(required=False)
    erase = forms.BooleanField(required=False)


class SlugForm(forms.Form):
    """The study's slug, typed to confirm."""

    slug = forms.CharField(max_length=80)

    def __init__(self, study: Study, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.study = study

    def clean_slug(self) -> str:
        typed = str(self.cleaned_data["slug"]).strip()
        if typed != self.study.slug:
            raise forms.ValidationError(_("This is not the slug of this study. Type it as shown above."))
        return typed
