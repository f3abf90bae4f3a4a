"""Reasons of mails, from their codes to texts."""

from django.utils.translation import gettext as _


def reason_text(code: str) -> str:
    """Why a mail is in its state, and what to do."""
    if not code:
        return ""
    return {
        "no_connection": _("The mail server can't be reached."),
        "login_refused": _("The mail server refused the site's username or password."),
        "no_tls": _("No encrypted connection: the server offers none, or its certificate isn't trusted."),
        "busy": _("The mail server asked the site to try again later."),
        "paused": _("Sending is paused because the mail server refused several of these emails in a row."),
        "address_refused": _("The mail server refused the address. Check it on the rater's page."),
        "sender_refused": _("The mail server refused the sender. Check it on the Messages page."),
        "message_refused": _("The mail server refused the message, for example as spam."),
        "address_invalid": _("The address can't be used for email. Correct it on the rater's page."),
        "connection_lost": _("The connection broke while the email was being sent."),
        "worker_died": _("The site stopped while the email was being sent."),
        "decided": _("Staff marked this email as sent."),
        "by_staff": _("Cancelled by staff."),
        "left": _("The rater has left the study."),
        "finished": _("The rater has finished."),
        "no_seat": _("The rater's seat was released."),
        "closed": _("The study is closed."),
        "no_address": _("The email address was removed."),
    }.get(code, code)
