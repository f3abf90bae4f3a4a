"""The pages below /team/webhooks/."""

import json
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evalsite.core.access import staff_required
from evalsite.core.clock import database_now
from evalsite.core.internal_addresses import is_internal
from evalsite.core.models import Role
from evalsite.core.teams import ROW_TEAM, current_team_or_404, visible
from evalsite.core.views import FORMS, keep_for_next_page, see_other
from evalsite.webhooks import endpoints, outbox
from evalsite.webhooks.models import TEST_EVENT, Delivery, Endpoint, EventType

SECRET_COOKIE, SECRET_SECONDS = "webhook-secret", 300
PAGE_SIZE = 50


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


@require_safe
@staff_required
def endpoint_list(request: HttpRequest) -> HttpResponse:
    rows = Endpoint.objects.filter(team=current_team_or_404(request)).annotate(
        failed=Count("deliveries", filter=Q(deliveries__state=Delivery.State.FAILED)),
        waiting=Count("deliveries", filter=Q(deliveries__state=Delivery.State.WAITING)),
    )
    return render(request, "webhooks/list.html", {"rows": rows})


@require_http_methods(FORMS)
@staff_required
def new_endpoint(request: HttpRequest) -> HttpResponse:
    team, form = current_team_or_404(request), EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            endpoint, secret = endpoints.add_endpoint(team=team, by=_who(request), **form.cleaned_data)
        except endpoints.TooManyEndpoints:
            most = {"n": endpoints.MOST_ENDPOINTS}
            form.add_error(None, _("A team can have %(n)s webhooks. Delete one first.") % most)
        else:
            return _show_secret_once(request, endpoint, secret)
    return render(request, "webhooks/edit.html", {"form": form}, status=_status(form))


def _who(request: HttpRequest) -> str:
    return request.user.get_username()


def _status(form: EndpointForm) -> int:
    return 422 if form.errors else 200


def _show_secret_once(request: HttpRequest, endpoint: Endpoint, secret: str) -> HttpResponse:
    response = see_other("webhook", endpoint.code)
    path = reverse("webhook", args=[endpoint.code])
    keep_for_next_page(response, request, SECRET_COOKIE, secret, path=path, seconds=SECRET_SECONDS)
    return response


def endpoint_or_404(request: HttpRequest, code: str) -> Endpoint:
    """An endpoint of one of the teams in which the person is a researcher or an owner."""
    endpoints_of_person = visible(Endpoint.objects.all(), request.user, Role.RESEARCHER)
    endpoint = get_object_or_404(endpoints_of_person, code=code)
    setattr(request, ROW_TEAM, endpoint.team_id)
    return endpoint


@require_safe
@never_cache
@staff_required
def endpoint_page(request: HttpRequest, code: str) -> HttpResponse:
    endpoint = endpoint_or_404(request, code)
    secret = request.get_signed_cookie(SECRET_COOKIE, default="", max_age=SECRET_SECONDS)
    context = {
        "endpoint": endpoint,
        "fresh": secret,
        "previous_ends": endpoint.previous_secret_ends(database_now()),
        "page": Paginator(endpoint.deliveries.all(), PAGE_SIZE).get_page(request.GET.get("page")),
    }
    response = render(request, "webhooks/endpoint.html", context)
    if secret:
        response.delete_cookie(SECRET_COOKIE, path=request.path, samesite="Strict")
    return response


@require_http_methods(FORMS)
@staff_required
def edit_endpoint(request: HttpRequest, code: str) -> HttpResponse:
    endpoint = endpoint_or_404(request, code)
    form = EndpointForm(request.POST or None, endpoint=endpoint)
    if request.method == "POST" and form.is_valid():
        endpoints.change_endpoint(endpoint, by=_who(request), **form.cleaned_data)
        messages.success(request, _("Webhook saved."))
        return see_other("webhook", endpoint.code)
    context = {"form": form, "endpoint": endpoint}
    return render(request, "webhooks/edit.html", context, status=_status(form))


@require_POST
@staff_required
def send_test(request: HttpRequest, code: str) -> HttpResponse:
    endpoint = endpoint_or_404(request, code)
    if endpoint.disabled:
        messages.error(request, _("This webhook is disabled. Enable it first."))
    else:
        url = settings.PUBLIC_URL + reverse("webhook", args=[endpoint.code])
        outbox.send_test(endpoint, TEST_EVENT, {"webhook": endpoint.code, "url": url})
        messages.success(request, _("A test message is on its way. Reload this page to see the answer."))
    return see_other("webhook", endpoint.code)


@require_http_methods(FORMS)
@staff_required
def rotate_secret(request: HttpRequest, code: str) -> HttpResponse:
    endpoint = endpoint_or_404(request, code)
    if request.method == "POST":
        secret = endpoints.rotate_secret(endpoint, by=_who(request))
        return _show_secret_once(request, endpoint, secret)
    return render(request, "webhooks/rotate.html", {"endpoint": endpoint})


@require_POST
@staff_required
def switch_endpoint(request: HttpRequest, code: str) -> HttpResponse:
    endpoint = endpoint_or_404(request, code)
    on = request.POST.get("do") == "enable"
    endpoints.switch_endpoint(endpoint, on=on, by=_who(request))
    messages.success(request, _("Webhook enabled.") if on else _("Webhook disabled."))
    return see_other("webhook", endpoint.code)


@require_http_methods(FORMS)
@staff_required
def delete_endpoint(request: HttpRequest, code: str) -> HttpResponse:
    endpoint = endpoint_or_404(request, code)
    if request.method == "POST":
        endpoints.delete_endpoint(endpoint, by=_who(request))
        messages.success(request, _("Webhook deleted."))
        return see_other("webhooks")
    return render(request, "webhooks/delete.html", {"endpoint": endpoint})


@require_safe
@staff_required
def delivery_page(request: HttpRequest, code: str, message: str) -> HttpResponse:
    endpoint = endpoint_or_404(request, code)
    delivery = get_object_or_404(endpoint.deliveries, code=message)
    context = {
        "endpoint": endpoint,
        "delivery": delivery,
        "attempts": delivery.attempts.order_by("-pk"),
        "data": json.dumps(delivery.data, ensure_ascii=False, indent=2),
    }
    return render(request, "webhooks/delivery.html", context)


@require_POST
@staff_required
def resend(request: HttpRequest, code: str, message: str) -> HttpResponse:
    endpoint = endpoint_or_404(request, code)
    delivery = get_object_or_404(endpoint.deliveries, code=message)
    if endpoint.disabled:
        messages.error(request, _("This webhook is disabled. Enable it first."))
    else:
        outbox.send_again(delivery)
        messages.success(request, _("The message is on its way. Reload this page to see the answer."))
    return see_other("webhook-delivery", endpoint.code, delivery.code)
