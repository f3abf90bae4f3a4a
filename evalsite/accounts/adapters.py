"""How allauth is fitted to this site: no sign-up, our client addresses, encrypted secrets."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from cryptography.fernet import InvalidToken, MultiFernet
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evalsite.core.account_events import record_account_event
from evalsite.core.clients import client_address
from evalsite.core.encryption import secret_box
from evalsite.core.models import User

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104
"""Where a web server on a Unix socket tells no address."""
MESSAGES: dict[str, Promise | None] = {
    "account/messages/logged_in.txt": None,
    "account/messages/logged_out.txt": None,
    "mfa/messages/totp_activated.txt": _("The authenticator app is on."),
    "mfa/messages/totp_deactivated.txt": _("The authenticator app is removed."),
    "mfa/messages/webauthn_added.txt": _("Passkey added."),
    "mfa/messages/webauthn_removed.txt": _("Passkey removed."),
    "mfa/messages/recovery_codes_generated.txt": _("There are new recovery codes."),
}
"""What pages tell instead of allauth's own messages; None for nothing."""
ERRORS = {
    "incorrect_code": _("This code is wrong, too old, or has been used. Enter the current one."),
    "incorrect_password": _("This password is wrong."),
    "too_many_login_attempts": _("Too many failed attempts. Wait an hour, then try again."),
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {**DefaultAccountAdapter.error_messages, **ERRORS}

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or UNKNOWN_ADDRESS

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Account and client: a stranger elsewhere who tries passwords does not lock out the person."""
        return f"{credentials.get('username', '').lower()}|{ratelimit.get_ip(request)}"

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None,
                    *args: Any, **kwargs: Any) -> None:  # fmt: skip
        if message_template not in MESSAGES:
            super().add_message(request, level, message_template, *args, **kwargs)
        elif (text := MESSAGES[message_template]) is not None:
            messages.add_message(request, level, str(text))

    def set_password(self, user: User, password: str) -> None:  # type: ignore[override]
        with user.changes_own_access():
            super().set_password(user, password)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """False just after signing in, and for an account without a password or second factor."""
        request = context.request
        since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
        if any(each["at"] >= since for each in get_authentication_records(request, request.user)):
            return False
        return bool(self.get_reauthentication_methods(request.user))


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = {**DefaultMFAAdapter.error_messages, **ERRORS}

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt a secret, or return a random one that no code fits if SECRET_KEY was changed since."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return generate_totp_secret()


def _box() -> MultiFernet:
    return secret_box("evalsite.accounts.second_factor")


class OpenIDAdapter(DefaultSocialAccountAdapter):
    """Sign-in for people who have an account with an address that the provider has verified; no sign-up."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise ImmediateHttpResponse(self._refusal(request, "failed"))
        user = sociallogin.user if sociallogin.is_existing else self._find_user(sociallogin)
        if user is None or not user.is_active:
            raise ImmediateHttpResponse(self._refusal(request, "unknown"))
        if not sociallogin.is_existing:
            sociallogin.connect(request, user)
            # The operator of the provider can sign in from now on, so this is access by someone else.
            user.note_access_changed_by_other()
            record_account_event("connect sign-in provider", user.pk)

    def _find_user(self, sociallogin: SocialLogin) -> User | None:
        """The one account with a verified address. An address that an account set itself never counts."""
        addresses = [each.email for each in sociallogin.email_addresses if each.verified]
        found = [
            user
            for address in addresses
            for user in User.objects.filter(email__iexact=address, is_staff=True, email_set_by_self=False)[:2]
        ]
        return found[0] if len({user.pk for user in found}) == 1 else None

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        raise ImmediateHttpResponse(self._refusal(request, "failed"))

    def _refusal(self, request: HttpRequest, reason: str) -> HttpResponse:
        return render(request, "staff/openid_refused.html", {"reason": reason}, status=403)
