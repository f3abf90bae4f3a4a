"""allauth's own app, whose middleware runs for staff alone: `evalsite.accounts.middleware.StaffAccounts`."""

from allauth.account.apps import AccountConfig as DefaultAccountConfig


class AccountConfig(DefaultAccountConfig):
    default = False

    def ready(self) -> None:
        """Leave out the check that refuses to start unless allauth's middleware is named in the settings."""
        from allauth.account import checks  # noqa: F401
