from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class AccountsConfig(AppConfig):
    name = "evalsite.accounts"
    label = "accounts"

    def ready(self) -> None:
        from evalsite.accounts import second_factor, trail

        post_save.connect(trail.record_added_factor, sender="mfa.Authenticator")
        post_delete.connect(trail.record_removed_factor, sender="mfa.Authenticator")
        for signal in (post_save, post_delete):
            signal.connect(second_factor.note_change_by_other, sender="mfa.Authenticator")
