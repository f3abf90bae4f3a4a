"""What happens to accounts, for the audit trail. Signals of Django and allauth cover the rest."""

from django.dispatch import Signal

account_changed = Signal()
"""Arguments: `action` (of ACTIONS), `by` (None: the console), `user`, `request`, `details` (codes)."""

ACTIONS = (
    "invite",
    "make-link",
    "set-password-by-link",
    "change-password",
    "change-mail",
    "change-role",
    "leave-team",
    "set-admin",
    "deactivate",
    "reactivate",
    "remove-second-factor",
    "end-sessions",
    "sign-in-by-link",
    "connect-openid",
    "create-team",
    "rename-team",
)
