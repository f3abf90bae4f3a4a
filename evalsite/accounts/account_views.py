"""A person's own account: name, address, password, second factors, sessions."""

import re

from allauth.account.decorators import reauthentication_required
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evalsite.accounts import links, people, second_factor
from evalsite.accounts.forms import DetailsForm
from evalsite.accounts.sign_in_views import locked_out, spent_link
from evalsite.core.access import signed_in, staff_required
from evalsite.core.account_events import record_account_event
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.models import User
from evalsite.core.views import FORMS, see_other


@never_cache
@require_safe
@staff_required
def account(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    return render(request, "staff/account.html", _context(request, DetailsForm(instance=user)))


def _context(request: HttpRequest, form: DetailsForm) -> dict[str, object]:
    user = signed_in(request)
    factors = list(Authenticator.objects.filter(user=user).order_by("pk"))
    codes = next((each for each in factors if each.type == Authenticator.Type.RECOVERY_CODES), None)
    sessions = UserSession.objects.purge_and_list(user)
    for each in sessions:
        each.browser = browser_name(each.user_agent)  # type: ignore[attr-defined]
    return {
        "form": form,
        "person": user,
        "authenticator": next((each for each in factors if each.type == Authenticator.Type.TOTP), None),
        "passkeys": [each for each in factors if each.type == Authenticator.Type.WEBAUTHN],
        "codes_left": None if codes is None else len(codes.wrap().get_unused_codes()),
        "offers_passkeys": settings.PASSKEYS,
        "must_set_up": second_factor.must_set_up(user),
        "sessions": sorted(sessions, key=lambda each: each.created_at, reverse=True),
        "current": request.session.session_key,
        "roles": user.memberships.select_related("team"),
        "offers": user.membership_offers.select_related("team"),
        "can_mail": links.mail_is_configured(),
    }


def browser_name(user_agent: str) -> str:
    """`Firefox, Windows`, to recognize one's own browsers; else the beginning of what it calls itself."""
    browser = re.search(r"Edg|Firefox|Chrome(?!.*Edg)|Safari(?!.*Edg)", user_agent)
    system = re.search(r"Windows|Android|iPhone|iPad|Macintosh|Linux", user_agent)
    if browser is None or system is None:
        return user_agent[:60] or "?"
    names = {"Edg": "Edge", "Macintosh": "Mac"}
    return ", ".join(names.get(found[0], found[0]) for found in (browser, system))


@require_POST
@staff_required
@reauthentication_required(app="evalsite.accounts")
def change_details(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=signed_in(request).pk)
    before = user.email
    form = DetailsForm(request.POST, instance=user)
    if not form.is_valid():
        return render(request, "staff/account.html", _context(request, form), status=422)
    to, asked = user.email, "confirm" in request.POST
    if to and links.mail_is_configured() and (to != before or asked):
        # An address changes when its holder opens the link.
        user.email = before
        user.save(update_fields=["first_name"])
        limits = {"app": "allauth.account", "action": "reset_password"}
        if ratelimit.consume(request, key=f"address:{user.pk}", **limits) is None:
            return locked_out(request)
        enqueue_on_commit("accounts.mail_link", user.pk, "address", get_language() or "en", to)
        if to != before:
            text = _("We sent a link to %(to)s. Your address changes when you open it.")
        else:
            text = _("We sent a link to %(to)s. Open it to confirm the address.")
        messages.success(request, text % {"to": to})
        return see_other("account")
    with user.changes_own_access():
        user.email_set_by_self = user.email_set_by_self or to != before
        user.save(update_fields=["first_name", "email", "email_set_by_self"])
    messages.success(request, _("Saved."))
    return see_other("account")


@never_cache
@require_http_methods(FORMS)
@staff_required
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a mailed link. A GET confirms nothing, for mail scanners open links."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=signed_in(request).pk)
        address = links.read_address(user, token)
        if address is None or links.find_holders(address).exclude(pk=user.pk).exists():
            return spent_link(request)
        if request.method != "POST":
            return render(request, "staff/confirm_address.html", {"address": address})
        links.confirm_address(user, address)
    messages.success(request, _("Address confirmed."))
    return see_other("account")


@require_POST
@staff_required
def answer_offer(request: HttpRequest, offer: int) -> HttpResponse:
    """Accept or decline the invitation to a team."""
    found = get_object_or_404(signed_in(request).membership_offers, pk=offer)
    try:
        people.end_offer(offer=found, accept="accept" in request.POST)
    except people.NotPossible as refused:
        messages.warning(request, str(refused))
    return see_other("account")


@sensitive_post_parameters()
@never_cache
@require_http_methods(FORMS)
@staff_required
def change_password(request: HttpRequest) -> HttpResponse:
    """Change the password, for which the old one is needed; or set the first."""
    user = User.objects.get(pk=signed_in(request).pk)
    kind = PasswordChangeForm if user.has_usable_password() else SetPasswordForm
    form = kind(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with user.changes_own_access():
            form.save()
        _keep_session(request, user)
        messages.success(request, _("Password saved. Your other sessions are signed out."))
        return see_other("account")
    return render(request, "staff/change_password.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@staff_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=signed_in(request).pk)
    user.end_sessions()
    _keep_session(request, user)
    record_account_event("end sessions", user.pk)
    messages.success(request, _("Your other sessions are signed out."))
    return see_other("account")


def _keep_session(request: HttpRequest, user: User) -> None:
    """The session at hand goes on, under a new key; all others ended with the old password or moment."""
    UserSession.objects.filter(user=user).delete()
    update_session_auth_hash(request, user)
    UserSession.objects.create_from_request(request, user=user)


@never_cache
@require_safe
@staff_required
def confirm(request: HttpRequest) -> HttpResponse:
    """Lead to the way in which the person can confirm: a code, a passkey, or first to set one up."""
    types = set(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))  # type: ignore[misc]
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    if Authenticator.Type.WEBAUTHN in types and settings.PASSKEYS and Authenticator.Type.TOTP not in types:
        return redirect(reverse("mfa_reauthenticate_webauthn") + query)
    if Authenticator.Type.TOTP in types:
        return redirect(reverse("mfa_reauthenticate") + query)
    messages.warning(request, _("You need a second factor for this. Set one up here, then try again."))
    return see_other("account")
