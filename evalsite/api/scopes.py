"""What a token may do, and which scopes fit a role. A token never gives more than its person's role."""

from collections.abc import Collection

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evalsite.core.models import Role

SCOPES: dict[str, str | Promise] = {
    "studies:read": _("Read studies and their progress"),
    "studies:write": _("Create, freeze, open, pause and close studies"),
    "raters:read": _("List raters"),
    "raters:write": _("Invite raters and get their links"),
    "generation:read": _("Read briefs, systems, scripts and runs"),
    "generation:write": _("Add briefs, systems and scripts, and start runs"),
    "results:read": _("Read reports and tables of unblinded studies"),
    "results:write": _("Compute reports"),
}

_WATCHER = ("studies:read", "generation:read", "results:read")
OF_ROLE: dict[str, Collection[str]] = {
    Role.OWNER: tuple(SCOPES),
    Role.RESEARCHER: tuple(SCOPES),
    Role.WATCHER: _WATCHER,
    Role.REVIEWER: (),
}
"""The scopes that a person with a role can give to a token. Reviewers see training data, which has no API."""
