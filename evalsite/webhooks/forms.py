from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evalsite.core.internal_addresses import is_internal
from evalsite.webhooks.models import Endpoint, EventType


class EndpointForm(forms.Form):
    url = forms.CharField(
        max_length=500,
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("The address of your program, such as https://hooks.example.org/evalsite."),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        choices=EventType.choices,
        label=gettext_lazy("Events"),
        error_messages={"required": gettext_lazy("Choose at least one event.")},
    )

    def __init__(self, *arguments: Any, endpoint: Endpoint | None = None, **given: Any) -> None:
        if endpoint is not None:
            given["initial"] = {"url": endpoint.url, "events": endpoint.events}
        super().__init__(*arguments, **given)

    def chosen_events(self) -> set[str]:
        return set(self["events"].value() or [])

    def clean_url(self) -> str:
        """Refuse what can't be a receiver now. The address is checked again for each request."""
        url: str = self.cleaned_data["url"]
        schemes = ("https", "http") if settings.ALLOW_INTERNAL_ADDRESSES else ("https",)
        try:
            parts = urlsplit(url)
            well_formed = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
            well_formed = well_formed and bool(parts.hostname) and parts.port != 0
        except ValueError:
            well_formed = False
        if not well_formed or parts.scheme not in ("http", "https"):
            raise ValidationError(_("This is not an address. Enter one that begins with https://."))
        if parts.scheme not in schemes:
            raise ValidationError(_("The address must begin with https://, so that no one can read along."))
        if parts.username is not None or parts.fragment:
            raise ValidationError(_("Remove the user name, the password or the part after #."))
        if not settings.ALLOW_INTERNAL_ADDRESSES and is_internal(url):
            raise ValidationError(
                _("This address is in a private network or can't be found. Enter a public address.")
            )
        return url
