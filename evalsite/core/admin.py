"""Who works here, and what was done: people are added by an admin, the audit trail is only read."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from evalsite.core.account_events import account_names
from evalsite.core.models import ACCOUNT_VERBS, AuditEvent, Role, User
from evalsite.core.teams import about_rows_of, is_in_every_team, team_ids
from evalsite.core.trail import detail_line, verb_name

# What somebody may do follows from the role alone.
admin.site.unregister(Group)


@admin.register(User)
class StaffAdmin(UserAdmin):
    list_display = ["username", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (_("Rights"), {"fields": ("role", "is_active", "is_staff", "is_superuser")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "usable_password", "password1", "password2")}),
        (_("Rights"), {"fields": ("role", "is_staff")}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "is_staff" and field is not None:
            field.help_text = _(
                "Without it the account can't open any staff page. Its role decides what it can do there."
            )
        return field

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"is_staff": True, **super().get_changeform_initial_data(request)}


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):
    list_display = ["at", "who", "action", "about_what"]
    search_fields = ["who", "about"]
    date_hierarchy = "at"
    exclude = ["detail"]
    readonly_fields = ["details"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """Everything, or beside what was done to accounts only lines about rows of the person's teams."""
        lines = super().get_queryset(request)
        if is_in_every_team(request.user):
            return lines
        mine = about_rows_of(team_ids(request.user, Role.WATCHER))
        return lines.filter(mine | Q(verb__in=ACCOUNT_VERBS))

    @admin.display(description=pgettext_lazy("audit trail", "details"))
    def details(self, event: AuditEvent) -> str:
        """Without digests of study files, with which guesses about whose a text is could be checked."""
        gone = ("digest", "plan_digest")
        return detail_line({key: value for key, value in event.detail.items() if key not in gone})

    @admin.display(description=pgettext_lazy("audit trail", "action"), ordering="verb")
    def action(self, event: AuditEvent) -> str:
        return verb_name(event.verb)

    @admin.display(description=pgettext_lazy("audit trail", "about"), ordering="about")
    def about_what(self, event: AuditEvent) -> str:
        return account_names([event]).get(event.about, event.about)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
