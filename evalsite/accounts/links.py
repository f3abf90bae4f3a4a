"""One-time links with which a person chooses a password: made by a colleague, or asked for by mail."""

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import override

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
BY_PERSON = LinkKeys("person")
"""The person asked for it, and it went to the address of the account."""


class AnyKeys:
    """Either kind of link, for Django's view."""

    def check_token(self, user: User | None, token: str | None) -> bool:
        return BY_COLLEAGUE.check_token(user, token) or BY_PERSON.check_token(user, token)


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
    user.note_access_changed_by_other()
    if mail_is_configured() and user.email:
        enqueue_on_commit("accounts.mail_link", user.pk, kind, language)
        return None
    return password_link(user, BY_COLLEAGUE)


def mail_new_links(address: str, *, language: str) -> None:
    """Mail a link to each account with this address. Other addresses get no mail."""
    for user in User.objects.filter(email__iexact=address, is_active=True, is_staff=True)[:5]:
        enqueue_on_commit("accounts.mail_link", user.pk, "forgotten", language)


def send_link(user: User, kind: str, language: str) -> None:
    """Send the mail itself; raises what the mail server's client raises."""
    keys = BY_PERSON if kind == "forgotten" else BY_COLLEAGUE
    with override(language):
        subject, before = _texts(kind)
        after = _("The link works once and expires after 3 days.")
        name = _("Your username: %(name)s") % {"name": user.get_username()}
        body = f"{before}\n\n{password_link(user, keys)}\n\n{name}\n{after}\n"
    EmailMessage(subject, body, to=[user.email]).send()


def _texts(kind: str) -> tuple[str, str]:
    site = {"site": settings.PUBLIC_URL}
    if kind == "invitation":
        return (
            _("Invitation to evalsite"),
            _("You have been invited to %(site)s. Choose a password with this link:") % site,
        )
    if kind == "forgotten":
        return (
            _("Your new link for evalsite"),
            _(
                "Choose a new password for %(site)s with this link. "
                "If you did not ask for it, ignore this message."
            )
            % site,
        )
    return (
        _("Your new link for evalsite"),
        _("An admin made a new link for your account on %(site)s. Choose a password with it:") % site,
    )
