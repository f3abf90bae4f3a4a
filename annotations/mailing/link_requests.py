"""Raters who lost their link ask for a new one. The answer never shows whether an address is known."""

from datetime import timedelta

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotations.mailing import outbox
from annotations.mailing.messages import study_texts
from annotations.models import LinkRequest, Mailing, Rater, Study
from evalsite.core.clients import client_address
from evalsite.core.clock import database_now
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.views import see_other

MOST_FOR_ADDRESS = 3
MOST_FROM_CLIENT = 20
WINDOW = timedelta(hours=1)
MOST_STUDIES = 5
BY = "rater"


@transaction.atomic
def request_link(*, address: str, client: str) -> None:
    """Queue a mail with a new link for each study in which the address takes part; silent in every case."""
    address = address.strip().lower()
    raters = Rater.objects.filter(contact__address__iexact=address).exclude(study__state=Study.State.DRAFT)
    # Apart, so that a stranger who tries addresses does not use up what raters behind the same client have.
    whose = "known" if raters.exists() else "unknown"
    allowed = [
        _count(f"to {address}", MOST_FOR_ADDRESS),
        _count(f"{whose} from {client}", MOST_FROM_CLIENT),
    ]
    # Sent for an unknown address too, so that the answer takes as long.
    enqueue_on_commit(outbox.TASK)
    if not (all(allowed) and outbox.is_configured()):
        return
    for rater in raters.select_related("study").order_by("-pk")[:MOST_STUDIES]:
        outbox.queue(
            study=rater.study,
            kind=Mailing.Kind.LINK,
            texts=study_texts(rater.study, Mailing.Kind.LINK),
            by=BY,
            raters=[rater],
        )


def _count(name: str, most: int) -> bool:
    """Note one request, and tell whether it is within its limit."""
    key = salted_hmac("annotations.link_requests", name, algorithm="sha256").hexdigest()
    LinkRequest.objects.create(key=key)
    return LinkRequest.objects.filter(key=key, at__gt=database_now() - WINDOW).count() <= most


def forget_requests() -> None:
    """Part of the sweep: requests that no limit counts any more."""
    LinkRequest.objects.filter(at__lte=database_now() - WINDOW).delete()


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
