from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "evalsite.core"
    label = "core"
    verbose_name = _("Accounts and audit trail")

    def ready(self) -> None:
        from evalsite.core import teams

        connection_created.connect(plan_prepared_statements_once)
        post_save.connect(teams.join_only_team, sender="core.User")


def plan_prepared_statements_once(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """By itself PostgreSQL plans each of them five times more, on every connection."""
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
