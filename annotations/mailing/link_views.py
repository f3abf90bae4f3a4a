"""The page on which raters who lost their link ask for a new one."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotations.mailing import outbox
from annotations.mailing.link_requests import request_link
from evalsite.core.clients import client_address
from evalsite.core.views import see_other


class AddressForm(forms.Form):
    address = forms.EmailField(max_length=254)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_link(request: HttpRequest) -> HttpResponse:
    """The answer is the same for a known and for an unknown address."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        request_link(address=form.cleaned_data["address"], client=client_address(request))
        return see_other(f"{resolve_url('rater-new-link')}?sent")
    context = {"form": form, "sent": "sent" in request.GET, "configured": outbox.is_configured()}
    return render(request, "rater/new_link.html", context, status=422 if form.errors else 200)
