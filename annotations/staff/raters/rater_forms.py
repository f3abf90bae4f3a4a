"""What staff send about raters: lists, contact data, messages, and actions on several raters."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from annotations.mailing.contacts import MOST_KEEP_DAYS
from annotations.mailing.invitation_list import plain_spaces
from annotations.mailing.messages import (
    LANGUAGES,
    LONGEST_BODY,
    LONGEST_SUBJECT,
    PLACEHOLDERS,
    TextProblem,
    Texts,
    check_sender,
    check_text,
    header_address,
    split_address,
)
from annotations.models import MailSettings, RaterContact
from annotations.models.mailing import MAIL_LANGUAGES

ACTIONS = ("remind", "invite", "links", "release", "replace")
_CODE = re.compile(r"[0-9a-z]{16}")


def is_form_code(code: str) -> bool:
    """Whether this is a code that makes a form count once."""
    return _CODE.fullmatch(code) is not None


class ListForm(forms.Form):
    """A list of people, as a file or as text."""

    file = forms.FileField(required=False, allow_empty_file=True)
    text = forms.CharField(required=False, strip=False)


class ContactForm(forms.ModelForm):
    class Meta:
        model = RaterContact
        fields = ["label", "address", "language", "group"]

    language = forms.ChoiceField(choices=MAIL_LANGUAGES)


class MailSettingsForm(forms.ModelForm):
    keep_days = forms.IntegerField(min_value=1, max_value=MOST_KEEP_DAYS)
    deadline = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))

    class Meta:
        model = MailSettings
        fields = ["sender", "reply_to", "deadline", "keep_days"]

    def clean_sender(self) -> str:
        return _checked_address(self.cleaned_data["sender"])

    def clean_reply_to(self) -> str:
        return _checked_address(self.cleaned_data["reply_to"])


def _checked_address(text: str) -> str:
    """An address, or `Name <address>`; empty stays empty."""
    text = plain_spaces(text).strip()
    if not text:
        return ""
    name, address = split_address(text)
    if not text.isprintable() or '"' in name or "," in name:
        raise ValidationError(_("Leave out quotation marks, commas and line breaks."))
    try:
        validate_email(address)
        check_sender(header_address(text))
    except (ValidationError, ValueError):
        raise ValidationError(_("Enter an address such as study@example.org.")) from None
    return f"{name} <{address}>" if name else address


class TextsForm(forms.Form):
    """One message in both languages."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, texts: Texts) -> None:
        initial = {
            f"{part}_{language}": texts[language][part] for language in LANGUAGES for part in texts[language]
        }
        super().__init__(data, initial=initial)
        for language in LANGUAGES:
            self.fields[f"subject_{language}"] = forms.CharField(max_length=LONGEST_SUBJECT)
            self.fields[f"body_{language}"] = forms.CharField(
                max_length=LONGEST_BODY, strip=False, widget=forms.Textarea(attrs={"rows": 14})
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name, text in list(given.items()):
            try:
                check_text(name.partition("_")[0], text.replace("\r\n", "\n"))
            except TextProblem as problem:
                self.add_error(name, _problem_text(problem))
        return given

    def texts(self) -> Texts:
        return {
            language: {
                part: str(self.cleaned_data[f"{part}_{language}"]).replace("\r\n", "\n")
                for part in ("subject", "body")
            }
            for language in LANGUAGES
        }


def _problem_text(problem: TextProblem) -> str:
    if problem.code == "unknown":
        names = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        return _("%(name)s is not a placeholder. Use one of these: %(names)s.") % {
            "name": f"{{{problem.name}}}",
            "names": names,
        }
    return {
        "link": _("The message has no link. Add {link} where it should be."),
        "subject": _("The subject can't contain {link} or a line break. Move the link to the message."),
        "empty": _("Enter some text."),
        "long": _("This text is too long. Shorten it."),
    }[problem.code]
