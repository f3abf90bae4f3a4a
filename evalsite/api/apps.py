from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class ApiConfig(AppConfig):
    name = "evalsite.api"
    label = "api"

    def ready(self) -> None:
        from evalsite.api import schema, tokens  # noqa: F401

        post_save.connect(tokens.revoke_after_role_change, sender="core.Membership")
        post_delete.connect(tokens.revoke_after_role_change, sender="core.Membership")
        post_save.connect(tokens.revoke_after_deactivation, sender="core.User")
