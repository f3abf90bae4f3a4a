"""A rater's way through a study: link, consent, profile, instructions, pairs, breaks, thanks.

No GET changes anything.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotations import access, services
from annotations.forms import ConsentForm, ProfileForm
from annotations.models import Assignment, Rater, Study
from annotations.views.rater_access import (
    CLOSED_PAGES,
    go_on,
    has_consented,
    is_set_up,
    page,
    rater_required,
    see_other,
    sign_in,
    withdrawn,
)

METHODS = ["GET", "HEAD", "POST"]


@never_cache
@require_http_methods(METHODS)
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """The personal link. Looking at it spends nothing, for mail scanners and chats open links too."""
    rater = access.rater_for_secret(secret)
    if rater is None:
        return render(request, "rater/unknown_link.html", status=404)
    if rater.withdrawn_at:
        return withdrawn(request, rater)
    if request.method != "POST":
        return render(request, "rater/enter.html", {"study": rater.study, "begun": is_set_up(rater)})
    sign_in(request, rater)
    go_on(rater)
    return see_other("rater-desk")


@require_http_methods(METHODS)
@rater_required
def desk(request: HttpRequest, rater: Rater) -> HttpResponse:
    """Where everything comes back to: leads on to what is next for this rater."""
    if request.method == "POST":
        return go_on(rater)
    if closed := CLOSED_PAGES.get(Study.State(rater.study.state)):
        return render(request, closed, page(rater))
    if not has_consented(rater):
        return see_other("rater-consent")
    if not rater.profile:
        return see_other("rater-profile")
    if rater.instructed_at is None:
        return see_other("rater-instructions")
    if held := rater.assignments.filter(state=Assignment.State.OPEN).first():
        return see_other("assignment", held.code)
    if services.progress(rater).finished:
        return see_other("rater-done")
    return render(request, "rater/desk.html", page(rater))


@require_http_methods(METHODS)
@rater_required
def consent(request: HttpRequest, rater: Rater) -> HttpResponse:
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.give_consent(
            rater=rater, language=get_language() or "en", training_use=form.cleaned_data["training_use"]
        )
        return see_other("rater-desk")
    given = rater.consents.filter(version=rater.study.spec["consent"]["version"]).first()
    status = 422 if request.method == "POST" else 200
    context = page(rater, form=form, terms=rater.study.spec["consent"], given=given)
    return render(request, "rater/consent.html", context, status=status)


@require_http_methods(METHODS)
@rater_required
def profile(request: HttpRequest, rater: Rater) -> HttpResponse:
    if not has_consented(rater):
        return see_other("rater-consent")
    series = _series(rater)
    choices = [(code, title) for code, (_, title) in series.items()]
    known = [code for code, (slug, _) in series.items() if slug in rater.series_known]
    form = ProfileForm(choices, data=request.POST or None, initial={**rater.profile, "series_known": known})
    if request.method == "POST" and form.is_valid():
        slugs = [series[code][0] for code in form.cleaned_data["series_known"]]
        services.save_profile(rater=rater, profile=form.profile(), series_known=slugs)
        return see_other("rater-desk")
    status = 422 if request.method == "POST" else 200
    return render(request, "rater/profile.html", page(rater, form=form), status=status)


def _series(rater: Rater) -> dict[str, tuple[str, str]]:
    """Opaque code -> (slug, title) of the series whose scenes this rater may meet: a page holds no slug."""
    briefs = rater.study.briefs.filter(language__in=rater.languages)
    found: dict[str, tuple[str, str]] = {}
    for brief in briefs:
        series: dict[str, Any] = brief.content["series"]
        found[opaque(f"series {rater.code}", brief.series_slug)] = (brief.series_slug, series["title"])
    return dict(sorted(found.items(), key=lambda item: item[1][1]))


def opaque(purpose: str, text: str) -> str:
    """A name for `text` that tells nothing of it, the same at every visit."""
    return salted_hmac(purpose, text, algorithm="sha256").hexdigest()[:16]


@require_http_methods(METHODS)
@rater_required
def instructions(request: HttpRequest, rater: Rater) -> HttpResponse:
    if not has_consented(rater):
        return see_other("rater-consent")
    if request.method == "POST":
        services.mark_instructed(rater=rater)
        rater.refresh_from_db(fields=["instructed_at"])
        return go_on(rater)
    primary = next(c for c in rater.study.criteria.all() if c.primary)
    context = page(
        rater,
        primary=primary,
        text=rater.study.spec.get("instructions"),
        minutes=settings.LEASE_MINUTES,
    )
    return render(request, "rater/instructions.html", context)


@require_http_methods(["GET", "HEAD"])
@rater_required
def pause(request: HttpRequest, rater: Rater) -> HttpResponse:
    return render(request, "rater/pause.html", page(rater))


@require_http_methods(["GET", "HEAD"])
@rater_required
def done(request: HttpRequest, rater: Rater) -> HttpResponse:
    if not services.progress(rater).finished:
        return see_other("rater-desk")
    return render(request, "rater/done.html", page(rater))


@require_http_methods(METHODS)
@rater_required
def withdraw(request: HttpRequest, rater: Rater) -> HttpResponse:
    """Leaving the study, with or without one's words; a page asks before it is done."""
    if request.method == "POST":
        services.withdraw(rater=rater, erase=request.POST.get("what") == "erase")
        return see_other("rater-desk")
    return render(request, "rater/withdraw.html", page(rater))
