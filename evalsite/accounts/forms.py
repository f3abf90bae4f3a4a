"""What people may send about accounts."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import ReauthenticateForm
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from evalsite.accounts import links, second_factor
from evalsite.core.models import Role, Team, User


class SignInForm(forms.Form):
    username = forms.CharField(max_length=254)
    password = forms.CharField(strip=False, max_length=4096)


class ForgottenForm(forms.Form):
    email = forms.EmailField(label=_("Email address"))


class CodeForm(ReauthenticateForm):
    """A fresh code of the authenticator app; recovery codes are for signing in alone."""

    def clean_code(self) -> str:
        self.authenticator = second_factor.find_by_code(self.user, self.cleaned_data["code"])
        if self.authenticator is None:
            raise get_adapter().validation_error("incorrect_code")
        return str(self.cleaned_data["code"])


class DetailsForm(forms.ModelForm):
    """A person's own name and address."""

    first_name = forms.CharField(label=_("Name"), max_length=150, required=False)

    class Meta:
        model = User
        fields = ["first_name", "email"]
        labels = {"email": _("Email address")}

    def clean_email(self) -> str:
        """The address, unless another account has it: it would be unclear who signs in with it."""
        address = str(self.cleaned_data["email"])
        found = User.objects.filter(email__iexact=address)
        # Opening the link proves more than a claim.
        others = links.find_holders(address) if links.mail_is_configured() else found
        if address and others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another account has this address."))
        return address


class InviteForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("Email address"))
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), empty_label=None)
    role = forms.ChoiceField(label=pgettext_lazy("team role", "Role"), choices=Role.choices)

    def __init__(self, teams: Any, *args: Any, ask_team: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if ask_team:
            self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        else:
            del self.fields["team"]


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ["name"]
        labels = {"name": pgettext_lazy("team", "Name")}


class RoleForm(forms.Form):
    team = forms.ModelChoiceField(Team.objects.all())
    role = forms.ChoiceField(choices=Role.choices)
