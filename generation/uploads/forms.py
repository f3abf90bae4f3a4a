"""The questions to a person who uploads scripts by people."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.models import Language, Source
from generation.yaml_files import SLUG

WRITER = re.compile(r"^(?:writer|author|[a-z]{1,3})?[-_.]?[0-9]{1,4}[a-z]?$", re.IGNORECASE)
"""Few letters and a number: no name has this form."""
UNSAID = [("", _("not given"))]


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"), allow_empty_file=True, error_messages={"required": _("Choose a file first.")}
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("Detect automatically")), *Language.choices], required=False
    )


class LanguageForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)


class SourceForm(forms.Form):
    """The fields of `people.FIELDS`."""

    system = forms.CharField(label=_("System"), max_length=80, initial="human")
    writer = forms.CharField(label=_("Writer's code"), max_length=20, required=False)
    origin = forms.ChoiceField(label=_("Origin"), choices=[*UNSAID, *Source.Origin.choices], required=False)
    version = forms.ChoiceField(
        label=_("Version"), choices=[*UNSAID, *Source.Version.choices], required=False
    )
    rights = forms.ChoiceField(
        label=_("Rights of use"), choices=Source.Rights.choices, initial=Source.Rights.SHOW, required=False
    )
    credit = forms.CharField(
        label=_("Credit"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    knew = forms.CharField(
        label=_("What else the writer knew"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_system(self) -> str:
        slug = str(self.cleaned_data["system"])
        if not SLUG.match(slug):
            raise forms.ValidationError(
                _("Use lower-case letters, digits and single hyphens, as in human-aired.")
            )
        return slug

    def clean_writer(self) -> str:
        code = str(self.cleaned_data["writer"])
        if code and not WRITER.match(code):
            raise forms.ValidationError(
                _("This may be a name. Use a code of up to three letters and a number, such as w07.")
            )
        return code

    def clean_rights(self) -> str:
        return str(self.cleaned_data["rights"] or Source.Rights.SHOW)


def initial_of(told: dict[str, Any]) -> dict[str, Any]:
    """The answers so far, over the defaults."""
    initial = {"system": "human", "rights": Source.Rights.SHOW}
    fields = {key: value for key, value in told.items() if key in SourceForm.base_fields and value}
    return {**initial, **fields}
