"""Checks of the settings for `manage.py check --deploy`."""

from typing import Any

from django.conf import settings
from django.core.checks import Tags, Warning, register


@register(Tags.security, deploy=True)
def two_database_roles(app_configs: Any, **_: Any) -> list[Warning]:
    if settings.TWO_DATABASE_ROLES:
        return []
    return [
        Warning(
            "DATABASE_URL and DATABASE_OWNER_URL name one role, so the site could change and delete what is "
            "only to be added to: judgments, sealed rows and the audit trail.",
            hint="Name a role that owns no table in DATABASE_URL, and the owner in DATABASE_OWNER_URL. See "
            "docs/architecture.md, Two database roles.",
            id="evalsite.W001",
        )
    ]
