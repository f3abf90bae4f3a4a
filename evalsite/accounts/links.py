"""Links for accounts: to choose a password, and to confirm a mail address. What an address proves."""

from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.core.mail import EmailMessage
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from evalsite.core.clock import database_now
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.models import User

DUMMY = "django.core.mail.backends.dummy.EmailBackend"


class LinkKeys(PasswordResetTokenGenerator):
    """A link ends with its use, a sign-in, another password or address, and "sign out everywhere"."""

    def __init__(self, made_by: str) -> None:
        super().__init__()
        self.key_salt = f"evalsite.accounts.links.{made_by}"

    def _make_hash_value(self, user: User, timestamp: int) -> str:  # type: ignore[override]
        return f"{super()._make_hash_value(user, timestamp)}{user.sessions_end_at}"  # type: ignore[misc]


BY_COLLEAGUE = LinkKeys("colleague")
"""Someone else saw the link, or could: using it counts as access by someone else."""
MAILED_BY_COLLEAGUE = LinkKeys("mailed")
"""The same, but the link went to the address of the account, and no page displayed it."""
BY_PERSON = LinkKeys("person")
"""The person asked for it, and it went to the address of the account."""
CLAIMED = Q(email_set_by_self=True, email_confirmed_at=None)
"""Accounts whose address is what their person typed, without a proof that it is theirs."""
ADDRESS_SALT = "evalsite.accounts.links.address"
TEXTS = {
    "invitation": (
        _("Invitation to evalsite"),
        _("You have been invited to %(site)s. Choose a password with this link:"),
    ),
    "offer": (
        _("Invitation to evalsite"),
        _("You have been invited to a team of %(site)s. Accept or decline on your account page:"),
    ),
    "address": (
        _("Confirm your address for evalsite"),
        _(
            "Confirm with this link that this address belongs to your account on %(site)s. "
            "If you did not ask for it, ignore this message."
        ),
    ),
    "forgotten": (
        _("Your new link for evalsite"),
        _(
            "Choose a new password for %(site)s with this link. "
            "If you did not ask for it, ignore this message."
        ),
    ),
    "link": (
        _("Your new link for evalsite"),
        _("An admin made a new link for your account on %(site)s. Choose a password with it:"),
    ),
}
"""Subject and first sentence of the mail with a link, by why the person gets it."""


class AnyKeys:
    """Any kind of link, for Django's view."""

    def check_token(self, user: User | None, token: str | None) -> bool:
        return find_keys(user, token) is not None


def find_keys(user: User | None, token: str | None) -> LinkKeys | None:
    """The kind of link that a token belongs to; None if it is spent, expired or wrong."""
    kinds = (BY_COLLEAGUE, MAILED_BY_COLLEAGUE, BY_PERSON)
    return next((keys for keys in kinds if keys.check_token(user, token)), None)


def mail_is_configured() -> bool:
    return bool(settings.MAILERS.get("default", {}).get("BACKEND", DUMMY) != DUMMY)


def password_link(user: User, keys: LinkKeys) -> str:
    """The absolute address at which the person chooses a password."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return settings.PUBLIC_URL + reverse("password-choose", args=[key, keys.make_token(user)])


def make_link(user: User, *, kind: str, language: str) -> str | None:
    """Make a link for another person's account, and mail it where the server can.

    Parameters
    ----------
    user : User
        Whose account it is for.
    kind : str
        A key of `TEXTS`: why the person gets it.
    language : str
        Of the mail.

    Returns
    -------
    str or None
        The link to copy and hand over; None where it is mailed, so that no one else sees it.
    """
    if kind != "offer":
        user.note_access_changed_by_other()
    if mail_is_configured() and user.email:
        enqueue_on_commit("accounts.mail_link", user.pk, kind, language)
        return None
    return link_of(user, kind) if kind == "offer" else password_link(user, BY_COLLEAGUE)


def mail_new_links(address: str, *, language: str) -> None:
    """Mail a link to each account with this address. Other addresses get no mail."""
    for user in User.objects.filter(email__iexact=address, is_active=True, is_staff=True)[:5]:
        enqueue_on_commit("accounts.mail_link", user.pk, "forgotten", language)


def send_link(user: User, kind: str, language: str, to: str = "") -> None:
    """Send the mail itself, to the account's address or `to`; raises what the mail server's client raises."""
    with override(language):
        subject, before = (text % {"site": settings.PUBLIC_URL} for text in TEXTS[kind])
        after = "" if kind == "offer" else _("The link works once and expires after 3 days.")
        name = _("Your username: %(name)s") % {"name": user.get_username()}
        body = f"{before}\n\n{link_of(user, kind, to)}\n\n{name}\n{after}\n"
    EmailMessage(subject, body, to=[to or user.email]).send()


def link_of(user: User, kind: str, to: str = "") -> str:
    """The link in a mail of this kind, a key of `TEXTS`. `to` is the address that it confirms."""
    if kind == "offer":
        return str(settings.PUBLIC_URL + reverse("account"))
    if kind == "address":
        token = signing.dumps([*_address_state(user), to], salt=ADDRESS_SALT)
        return str(settings.PUBLIC_URL + reverse("account-address", args=[token]))
    return password_link(user, BY_PERSON if kind == "forgotten" else MAILED_BY_COLLEAGUE)


def _address_state(user: User) -> list[Any]:
    """What a link that confirms an address is bound to: with its use, this changes."""
    changed = str(user.access_changed_by_other_at)
    return [user.pk, user.email, str(user.email_confirmed_at), changed]


def read_address(user: User, token: str) -> str | None:
    """The address that a link confirms for this account; None if it is spent, expired or another's."""
    try:
        *state, address = signing.loads(token, salt=ADDRESS_SALT, max_age=settings.PASSWORD_RESET_TIMEOUT)
    except signing.BadSignature:
        return None
    return address if state == _address_state(user) else None


def find_holders(address: str) -> QuerySet[User]:
    """The accounts to which an address belongs, without those that only claim it."""
    return User.objects.filter(email__iexact=address).exclude(CLAIMED)


def confirm_address(user: User, address: str) -> None:
    """Store an address, with the time, because its person used a link that was mailed to it."""
    release_claims(address, besides=user.pk)
    with user.changes_own_access():
        if user.email != address:
            user.email, user.email_set_by_self = address, True
            user.save(update_fields=["email", "email_set_by_self"])
        # Apart, because a trigger empties it when the address changes.
        user.email_confirmed_at = database_now()
        user.save(update_fields=["email_confirmed_at"])


def release_claims(address: str, *, besides: int = 0) -> None:
    """Take an address from the accounts that only claim it, for the person to whom it belongs."""
    for user in User.objects.filter(CLAIMED, email__iexact=address).exclude(pk=besides):
        user.email = ""
        # Losing an address lets no one else in, so it must not count as access by someone else.
        with user.changes_own_access():
            user.save(update_fields=["email"])
