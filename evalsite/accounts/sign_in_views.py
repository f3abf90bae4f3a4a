"""How staff come in: with a password, a one-time link or OpenID Connect; and how they get a new link."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import (
    perform_login,
    perform_password_login,
    record_authentication,
)
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from allauth.socialaccount.providers.openid_connect import views as openid_views
from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, LogoutView, PasswordResetConfirmView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from requests import RequestException
from sesame.backends import ModelBackend

from evalsite.accounts import links
from evalsite.accounts.forms import ForgottenForm, SignInForm
from evalsite.core.account_events import record_account_event
from evalsite.core.models import User
from evalsite.core.views import FORMS, demo_progress, see_other

staff_logout = LogoutView.as_view()


def next_address(request: HttpRequest) -> str:
    """Where the form wants to lead to, if that is on this site; else the studies."""
    address = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return address
    return resolve_url(settings.LOGIN_REDIRECT_URL)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(FORMS)
def staff_login(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return HttpResponseRedirect(next_address(request))
    form = SignInForm(request.POST or None)
    wrong = False
    if request.method == "POST" and form.is_valid():
        credentials = {**form.cleaned_data, "username": username_of(form.cleaned_data["username"])}
        try:
            user = get_adapter().authenticate(request, **credentials)
        except ValidationError:
            return locked_out(request)
        if user is not None:
            login = Login(user=user, redirect_url=next_address(request))  # type: ignore[arg-type]
            return perform_password_login(request, credentials, login)
        if is_locked(request, credentials["username"]):
            return locked_out(request)
        wrong = True
    context = {
        "form": form,
        "wrong": wrong or form.is_bound,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "demo_progress": demo_progress,
        "openid": settings.OIDC_NAME if settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] else "",
    }
    return render(request, "staff/login.html", context)


def username_of(typed: str) -> str:
    """The username that was meant: people may type their mail address instead, if it is theirs alone."""
    if "@" not in typed or User.objects.filter(username=typed).exists():
        return typed
    found = list(User.objects.filter(email__iexact=typed).values_list("username", flat=True)[:2])
    return found[0] if len(found) == 1 else typed


def is_locked(request: HttpRequest, username: str) -> bool:
    """Whether this client has no attempt left for the account."""
    adapter = get_adapter()
    left = ratelimit.consume(
        request,
        app="allauth.account",
        action="login_failed",
        key=adapter._get_login_attempts_cache_key(request, username=username),
        dry_run=True,
    )
    return left is None


def locked_out(request: HttpRequest) -> HttpResponse:
    """Too many wrong passwords."""
    context = {"can_mail": links.mail_is_configured()}
    return render(request, "staff/locked.html", context, status=429)


@never_cache
@require_http_methods(FORMS)
def staff_enter(request: HttpRequest) -> HttpResponse:
    """A one-time staff link. A GET spends nothing, for mail scanners open links; the button signs in."""
    if request.method != "POST":
        return render(request, "staff/enter.html", {"token": request.GET.get("sesame", "")})
    user = ModelBackend().authenticate(request, sesame=request.POST.get("sesame", ""))
    if user is None:
        return spent_link(request)
    note_console_link(user)
    record_account_event("use one-time link", user.pk)
    return _enter(request, user)


def note_console_link(user: User) -> None:
    """Someone with a shell made the link. Where unblinding takes codes, that counts as access by another."""
    if getattr(settings, "UNBLIND_SECOND_FACTOR", "required") != "off":
        user.note_access_changed_by_other()


def spent_link(request: HttpRequest) -> HttpResponse:
    return render(request, "staff/enter_spent.html", {"can_mail": links.mail_is_configured()}, status=403)


def _enter(request: HttpRequest, user: User) -> HttpResponse:
    """Sign in a person by a link; a second factor is required as with a password."""
    record_authentication(request, user, "link")
    response = perform_login(request, Login(user=user, redirect_url=resolve_url(settings.LOGIN_REDIRECT_URL)))
    return see_other(response["Location"]) if response.status_code == 302 else response


@never_cache
def openid_login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the OpenID Connect provider, if it tells where."""
    try:
        return openid_views.login(request, provider_id)
    except (RequestException, ValueError, KeyError):
        return render(request, "staff/openid_refused.html", {"reason": "failed"}, status=502)


@method_decorator(sensitive_post_parameters(), name="dispatch")
class ChoosePassword(PasswordResetConfirmView):
    """Django's page for a new password, at the end of a link; then the person is signed in."""

    template_name = "staff/choose_password.html"
    token_generator = links.AnyKeys()  # type: ignore[assignment]
    form_class = SetPasswordForm  # type: ignore[assignment]
    user: User

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_new = self.validlink and not self.user.has_usable_password()
        return {**super().get_context_data(**kwargs), "person": self.user, "is_new": is_new}

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return super().render_to_response(context, **options) if self.validlink else spent_link(self.request)

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        token = self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN, None)
        with transaction.atomic():
            user = User.objects.select_for_update().get(pk=self.user.pk)
            keys = links.find_keys(user, token)
            if not user.is_active or keys is None:
                return spent_link(self.request)
            # An address that someone else typed may be theirs.
            own = keys is links.BY_PERSON and (user.email_set_by_self or user.confirmed_after_changes)
            form.user = user
            with user.changes_own_access():
                form.save()
            # Who claims an address could also use the account, so a new password does not confirm the claim.
            is_claim = user.email_set_by_self and user.email_confirmed_at is None
            if keys is not links.BY_COLLEAGUE and not is_claim:
                links.confirm_address(user, user.email)
            if not own:
                user.note_access_changed_by_other()
        return _enter(self.request, user)


@never_cache
@require_http_methods(FORMS)
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a new link by mail. The answer is the same whether or not there is such an account."""
    form = ForgottenForm(request.POST or None)
    sent = False
    if request.method == "POST" and links.mail_is_configured() and form.is_valid():
        address = form.cleaned_data["email"]
        allowed = ratelimit.consume(
            request, app="allauth.account", action="reset_password", key=f"forgotten:{address.lower()}"
        )
        if allowed is None:
            return locked_out(request)
        links.mail_new_links(address, language=get_language() or "en")
        sent = True
    context = {"form": form, "sent": sent, "can_mail": links.mail_is_configured()}
    return render(request, "staff/forgotten.html", context)
