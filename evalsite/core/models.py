"""The lowest layer: who works here, and what was done."""

from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class User(AbstractUser):
    """A researcher or an admin. Raters are not users: they have a personal link and no password."""

    class Role(models.TextChoices):
        RESEARCHER = "researcher", _("researcher")
        ADMIN = "admin", _("admin")

    role = models.CharField(
        pgettext_lazy("account", "role"), max_length=20, choices=Role, default=Role.RESEARCHER
    )

    @property
    def is_admin(self) -> bool:
        return self.is_superuser or self.role == self.Role.ADMIN

    @property
    def uses_admin(self) -> bool:
        """Whether Django's admin would show this person anything."""
        return self.is_superuser or (self.is_admin and bool(self.get_all_permissions()))

    @cached_property
    def team_roles(self) -> dict[int, str]:
        """The person's role in each of their teams, by the team's key."""
        return dict(self.memberships.values_list("team", "role"))


class Team(models.Model):
    """People who share studies, briefs, scripts and training data, and see nothing of other teams."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What somebody may do in a team."""

    OWNER = "owner", pgettext_lazy("team role", "owner")
    RESEARCHER = "researcher", pgettext_lazy("team role", "researcher")
    WATCHER = "watcher", pgettext_lazy("team role", "watcher")
    REVIEWER = "reviewer", pgettext_lazy("team role", "reviewer")


class Membership(models.Model):
    """One person's role in one team."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        ordering = ["team__name"]
        constraints = [models.UniqueConstraint(fields=["user", "team"], name="membership_once")]


def only_team() -> int:
    """The key of the site's one team, which is made where there is none yet.

    Raises
    ------
    LookupError
        The site has several teams. Whatever creates a row has to say to which it belongs.
    """
    teams = list(Team.objects.order_by("pk").values_list("pk", "slug")[:2])
    if len(teams) > 1:
        slugs = ", ".join(Team.objects.order_by("slug").values_list("slug", flat=True))
        raise LookupError(f"this site has several teams; name one of them: {slugs}")
    return teams[0][0] if teams else Team.objects.create(slug="team", name="Team").pk


class AuditEvent(models.Model):
    """One thing that somebody did. A trigger refuses change and removal: the log shows tampering."""

    at = models.DateTimeField(pgettext_lazy("audit trail", "time"), auto_now_add=True)
    who = models.CharField(
        pgettext_lazy("audit trail", "who"),
        max_length=150,
        help_text=_("A user's name, or `console`, `system`."),
    )
    verb = models.CharField(pgettext_lazy("audit trail", "action"), max_length=60)
    about = models.CharField(pgettext_lazy("audit trail", "about"), max_length=200, blank=True)
    detail = models.JSONField(pgettext_lazy("audit trail", "details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit trail")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["about", "at"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.who} {self.verb} {self.about}"


class Notification(models.Model):
    """An event that one member of staff is notified of, by a badge and by mail."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40, help_text="A key of evalsite.core.notifications.KINDS.")
    about = models.CharField(max_length=200, help_text="The slug of a study, or the code of a run.")
    params = models.JSONField(default=dict, help_text="What the text of the kind names.")
    key = models.CharField(max_length=80, blank=True, help_text="Tells events of one kind apart.")
    at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True, help_text="When its mail was queued.")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "about", "key"], name="notification_once")
        ]
        indexes = [models.Index(fields=["user"], condition=Q(read_at=None), name="notification_unread")]


ACCOUNT_VERBS = ("add account", "change account", "remove account")
"""What is done to the staff's accounts, by which a person could become two."""


def record(*, who: str, verb: str, about: str = "", **detail: Any) -> AuditEvent:
    """Write one line of the audit trail, in the caller's transaction."""
    return AuditEvent.objects.create(who=who, verb=verb, about=about, detail=detail)


def last_detail(*, verb: str, about: str) -> dict[str, Any]:
    """What the last such line says; {} where there is none."""
    event = AuditEvent.objects.filter(about=about, verb=verb).order_by("pk").last()
    return event.detail if event is not None else {}
