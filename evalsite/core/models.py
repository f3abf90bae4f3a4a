"""The lowest layer: who works here, and what was done."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractUser
from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from evalsite.core.chain_digests import commitment, committed_values, content_digest, new_salt
from evalsite.core.clock import database_now


class User(AbstractUser):
    """A researcher or an admin. Raters are not users: they have a personal link and no password."""

    class Role(models.TextChoices):
        RESEARCHER = "researcher", _("researcher")
        ADMIN = "admin", _("admin")

    role = models.CharField(
        pgettext_lazy("account", "role"), max_length=20, choices=Role, default=Role.RESEARCHER
    )

    password_set_at = models.DateTimeField(null=True, editable=False)
    password_set_by_self = models.BooleanField(default=False, editable=False)
    email_set_by_self = models.BooleanField(
        default=False,
        editable=False,
        help_text="Whether the person typed or saved the address, and no one else.",
    )
    email_confirmed_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When the person used a link that was mailed to the address. A trigger empties it when "
        "the address changes.",
    )
    access_changed_by_other_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When someone else last changed the password, the mail address, the username or a second "
        "factor, or made a sign-in link. A trigger sets it for the first three, and never lets it move back.",
    )
    sessions_end_at = models.DateTimeField(
        null=True, editable=False, help_text="Sessions that began before this moment are signed out."
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

    @property
    def manages_people(self) -> bool:
        """Whether the page People is for this person: admins, and owners of a team."""
        return self.is_admin or Role.OWNER in self.team_roles.values()

    @property
    def confirmed_after_changes(self) -> bool:
        """Whether the person confirmed the address after the last change of access by someone else."""
        confirmed, changed = self.email_confirmed_at, self.access_changed_by_other_at
        return confirmed is not None and (changed is None or confirmed > changed)

    def access_changed_by_other_since(self, moment: datetime) -> bool:
        """Whether someone else could have got hold of this account after a moment.

        Parameters
        ----------
        moment : datetime
            Aware; for instance when a study was frozen.

        Returns
        -------
        bool
            True when since then someone else set the password, changed the mail address, made or used a
            sign-in link, or changed a second factor, or when the account is younger. When it is unknown
            who did it, it was someone else. The database is asked, not this instance.
        """
        joined, changed = (
            type(self).objects.values_list("date_joined", "access_changed_by_other_at").get(pk=self.pk)
        )
        return joined > moment or (changed is not None and changed > moment)

    def note_access_changed_by_other(self) -> None:
        """Note that someone else could get hold of this account now, in the caller's transaction."""
        type(self).objects.filter(pk=self.pk).update(access_changed_by_other_at=Now())

    @contextmanager
    def changes_own_access(self, *, same_password: bool = False) -> Iterator[None]:
        """Inside, changes of this account's password and mail address count as made by the person.

        With `same_password`, only its hash is renewed: who set the password, and when, stays as it was.
        """
        mark = f"{self.pk} same" if same_password else str(self.pk)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('evalsite.changes_own_access', %s, true)", [mark])
            yield
            cursor.execute("SELECT set_config('evalsite.changes_own_access', '', true)")

    def end_sessions(self) -> None:
        """Sign the person out everywhere."""
        self.sessions_end_at = Now()
        self.save(update_fields=["sessions_end_at"])
        self.refresh_from_db(fields=["sessions_end_at"])

    def check_password(self, raw_password: str | None) -> bool:
        """As Django's; a hash that is renewed with the right password is no change by someone else."""

        def renew(raw: str) -> None:
            self.set_password(raw)
            self._password = None
            with self.changes_own_access(same_password=True):
                self.save(update_fields=["password"])

        return check_password(raw_password, self.password, renew)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        found = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        return f"{found}{self.sessions_end_at.timestamp()}" if self.sessions_end_at else found


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
    """What a person may do in a team."""

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


class MembershipOffer(models.Model):
    """An invitation of an existing account to a team. The membership starts when the person accepts."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="membership_offers")
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    role = models.CharField(max_length=20, choices=Role)
    email = models.EmailField(help_text="As the inviter typed it.")
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["user", "team"], name="membership_offer_once")]


class SeveralTeams(LookupError):
    """A row was to be made for the only team of a site that has several."""


def only_team() -> int:
    """The key of the site's one team, which is made where there is none yet.

    Raises
    ------
    SeveralTeams
        The site has several teams. Whatever creates a row has to say to which it belongs.
    """
    teams = list(Team.objects.order_by("pk").values_list("pk", "slug")[:2])
    if len(teams) > 1:
        slugs = ", ".join(Team.objects.order_by("slug").values_list("slug", flat=True))
        raise SeveralTeams(f"this site has several teams: {slugs}. Fix: name one of them with --team")
    return teams[0][0] if teams else Team.objects.create(slug="team", name="Team").pk


class TrailManager(models.Manager["AuditEvent"]):
    """Lines get their commitments whichever way they are created."""

    def bulk_create(self, objs: Iterable["AuditEvent"], *args: Any, **kwargs: Any) -> list["AuditEvent"]:
        lines = list(objs)
        for line in lines:
            line.commit_to_values()
        return super().bulk_create(lines, *args, **kwargs)


class AuditEvent(models.Model):
    """One line of the audit trail: an action of a person or a command.

    Each line holds the digest of the line before it. A trigger gives a new line its place when its
    transaction commits, so writers wait for each other only then. Other triggers refuse change and removal,
    except that a value can be erased with its salt. `audit_chain` has the head and the checks.
    """

    at = models.DateTimeField(pgettext_lazy("audit trail", "time"), default=timezone.now, editable=False)
    who = models.CharField(
        pgettext_lazy("audit trail", "who"),
        max_length=150,
        help_text=_("A user's name, or `console`, `system`."),
    )
    verb = models.CharField(pgettext_lazy("audit trail", "action"), max_length=60)
    about = models.CharField(pgettext_lazy("audit trail", "about"), max_length=200, blank=True)
    detail = models.JSONField(pgettext_lazy("audit trail", "details"), default=dict, blank=True)
    commitments = models.JSONField(default=dict, editable=False, help_text="Per value: its salted digest.")
    salts = models.JSONField(
        default=dict, editable=False, help_text="Per value that is not erased: its salt."
    )
    content = models.CharField(
        max_length=64, editable=False, help_text="Digest of the line apart from its place."
    )
    sequence = models.BigIntegerField(null=True, unique=True, editable=False)
    previous = models.CharField(max_length=64, default="", db_default="", editable=False)
    digest = models.CharField(max_length=64, default="", db_default="", editable=False)

    objects = TrailManager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit trail")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["about", "at"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.who} {self.verb} {self.about}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.commit_to_values()
        super().save(*args, **kwargs)

    def commit_to_values(self) -> None:
        values = committed_values(self.who, self.about, self.detail)
        self.salts = {name: new_salt() for name in values}
        self.commitments = {name: commitment(value, self.salts[name]) for name, value in values.items()}
        self.content = content_digest(self.at, self.verb, self.commitments)


class FailedSignIns(models.Model):
    """Failed sign-ins of one account in the current hour. `account_events` moves the counts to the trail."""

    hour = models.DateTimeField()
    account = models.BigIntegerField(default=0, help_text="The key of the account; 0 if there is none.")
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hour", "account"], name="failed_sign_ins_once")]


class TimeStamp(models.Model):
    """What a time-stamping authority (RFC 3161) signed: the audit trail had this head at that time."""

    sequence = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    reply = models.BinaryField(help_text="The authority's reply, in DER.")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]


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


ACCOUNT_VERBS = (
    "add account",
    "change account",
    "set password",
    "deactivate account",
    "activate account",
    "remove account",
    "set team role",
    "remove team role",
    "invite account",
    "end invitation",
    "make account link",
    "connect sign-in provider",
    "add second factor",
    "remove second factor",
)
"""What is done to the staff's accounts, by which a person could become two."""


def record(*, who: str, verb: str, about: str = "", **detail: Any) -> AuditEvent:
    """Write one line of the audit trail, in the caller's transaction, with the time of the database."""
    return AuditEvent.objects.create(at=database_now(), who=who, verb=verb, about=about, detail=detail)


def last_detail(*, verb: str, about: str) -> dict[str, Any]:
    """What the last such line says; {} where there is none."""
    event = AuditEvent.objects.filter(about=about, verb=verb).order_by("pk").last()
    return event.detail if event is not None else {}
