from allauth.account import apps as allauth_apps
from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class AccountsConfig(AppConfig):
    name = "evalsite.accounts"
    label = "accounts"

    def ready(self) -> None:
        from evalsite.accounts import second_factor

        post_save.connect(second_factor.record_added_factor, sender="mfa.Authenticator")
        post_delete.connect(second_factor.record_removed_factor, sender="mfa.Authenticator")
        for signal in (post_save, post_delete):
            signal.connect(second_factor.note_change_by_other, sender="mfa.Authenticator")


class AccountConfig(allauth_apps.AccountConfig):
    """allauth's app, whose middleware runs for staff alone: `evalsite.accounts.middleware.StaffAccounts`."""

    default = False

    def ready(self) -> None:
        """Leave out the check that refuses to start unless allauth's middleware is named in the settings."""
        from allauth.account import checks  # noqa: F401
