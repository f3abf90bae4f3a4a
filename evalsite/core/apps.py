from typing import Any

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_delete, post_save, pre_save
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "evalsite.core"
    label = "core"
    verbose_name = _("Accounts and audit trail")

    def ready(self) -> None:
        from django.contrib.auth import signals

        from evalsite.core import account_events, checks, teams  # noqa: F401

        connection_created.connect(plan_prepared_statements_once)
        pre_save.connect(account_events.remember_account, sender="core.User")
        post_save.connect(account_events.record_saved_account, sender="core.User")
        post_delete.connect(account_events.record_removed_account, sender="core.User")
        post_save.connect(teams.join_only_team, sender="core.User")
        post_save.connect(account_events.record_team_role, sender="core.Membership")
        post_delete.connect(account_events.record_left_team, sender="core.Membership")
        signals.user_logged_in.connect(account_events.record_sign_in)
        signals.user_login_failed.connect(account_events.count_failed_sign_in)


class HouseAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "evalsite.admin.HouseAdmin"


def plan_prepared_statements_once(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """By itself PostgreSQL plans each of them five times more, on every connection."""
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
