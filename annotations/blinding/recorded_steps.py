"""Whether the state of a study, its unblinding and its raters are those that the audit trail records.

The application's database role can change these rows, so a statement could otherwise unblind a study past
both unblinders, name other people in its report, or hide that a rater got a new link. Each check returns
sentences that name raters and people, and no system.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from annotations.models import Rater, RaterStatement, SeatEvent, Study, UnblinderChange, UnblindingRequest
from annotations.models.unblinding import Factor
from evalsite.core.account_events import account
from evalsite.core.audit_chain import ERASABLE, wrongly_erased
from evalsite.core.models import AuditEvent, User

STATES = {
    "open": Study.State.OPEN,
    "pause": Study.State.PAUSED,
    "close": Study.State.CLOSED,
    "unblind": Study.State.UNBLINDED,
}
"""The state to which a verb of the trail leads. Before the first of them a study is frozen."""
SAME_TIME = timedelta(minutes=1)
"""How far the time of a row that is written with its line may be from that line."""
CLOCKS_DIFFER = timedelta(hours=1)
"""How far the time of a row may be from that of its line."""


def _freeze_line(study: Study) -> AuditEvent | None:
    return (
        AuditEvent.objects.filter(
            verb="freeze", about=study.slug, detail__digest=study.frozen_digest, detail__has_key="plan_digest"
        )
        .order_by("pk")
        .last()
    )


def lines_since_freezing(study: Study) -> QuerySet[AuditEvent] | None:
    """Lines of the trail about the study, in order; None for one that was frozen before version 0.4."""
    freeze = _freeze_line(study)
    if freeze is None:
        return None
    return AuditEvent.objects.filter(about=study.slug, pk__gt=freeze.pk).order_by("pk")


def erased_lines(study: Study) -> Iterator[str]:
    """Lines about the study from which more was erased than the site erases, and so could be hidden.

    A line without a subject counts for all studies, unless the site itself erases the subject of such lines.
    """
    erasable = [verb for verb, names in ERASABLE.items() if "about" in names]
    without_subject = Q(about="") & ~Q(verb__in=erasable)
    lines = AuditEvent.objects.filter(Q(about=study.slug) | without_subject).order_by("pk")
    for line in lines.iterator():
        if wrongly_erased(line):
            yield _("a line of the audit trail was erased: {number}, {verb}.").format(
                number=line.sequence, verb=line.verb
            )


def changed_state(study: Study) -> Iterator[str]:
    lines = lines_since_freezing(study)
    if lines is None:
        return
    last = lines.filter(verb__in=STATES).last()
    recorded = STATES[last.verb] if last else Study.State.FROZEN
    if study.state != recorded:
        yield _("the study is {state}, but by the audit trail it is {recorded}.").format(
            state=study.state, recorded=recorded
        )


def changed_times(study: Study) -> Iterator[str]:
    """Times of freezing, opening, closing or unblinding that differ from the audit trail."""
    lines = lines_since_freezing(study)
    if lines is None:
        return
    recorded = {
        "frozen_at": _freeze_line(study),
        "opened_at": lines.filter(verb="open").first(),
        "closed_at": lines.filter(verb="close").last(),
        "unblinded_at": lines.filter(verb="unblind").last(),
    }
    for name, line in recorded.items():
        if line is not None and not _is_same_time(getattr(study, name), line.at):
            yield _("the study's {name} is {time}, but the audit trail records {recorded}.").format(
                name=name, time=getattr(study, name), recorded=line.at
            )


def _is_same_time(stored: datetime | None, recorded: datetime) -> bool:
    return stored is not None and abs(stored - recorded) <= CLOCKS_DIFFER


def changed_unblinding(study: Study) -> Iterator[str]:
    """An unblinding without confirmation, or by other people or in another way than the trail records."""
    lines = lines_since_freezing(study)
    if lines is None or study.state != Study.State.UNBLINDED:
        return
    done = list(lines.filter(verb="unblind"))
    stored = list(
        study.unblindings.filter(state=UnblindingRequest.State.CONFIRMED).select_related(
            "requested_by", "confirmed_by"
        )
    )
    if len(done) != 1 or len(stored) != 1:
        yield _("the study is unblinded, but there is no record of two people who did it.")
        return
    line, row = done[0], stored[0]
    console = lines.filter(verb="unblind from console").exists()
    place = UnblindingRequest.Place.CONSOLE if console else UnblindingRequest.Place.BROWSER
    asked = lines.filter(verb="ask to unblind", pk__lt=line.pk).last()
    same = (
        _is_named(row.confirmed_by, line.who)
        and _is_named(row.requested_by, line.detail.get("requested_by", ""))
        and row.confirmed_with == line.detail.get("factor", Factor.UNKNOWN)
        and asked is not None
        and row.requested_with == asked.detail.get("factor", Factor.UNKNOWN)
        and row.reason == line.detail.get("reason", row.reason)
        # Lines without a factor are of a version that stored no place.
        and (row.place == place or not (row.place or "factor" in line.detail))
        and _is_same_time(row.requested_at, asked.at)
        and _is_same_time(row.ended_at, line.at)
    )
    if not same:
        yield _("the people who unblinded the study, or how they did it, differ from the audit trail.")


def changed_unblinders(study: Study) -> Iterator[str]:
    """Replacements of unblinders that differ from the audit trail."""
    lines = list(AuditEvent.objects.filter(about=study.slug, verb="replace unblinder").order_by("pk"))
    accepted = study.unblinder_changes.filter(state=UnblinderChange.State.ACCEPTED)
    for row in accepted.select_related("requested_by", "accepted_by").order_by("pk"):
        line = next((each for each in lines if _is_recorded(row, each)), None)
        if line is None:
            yield _changed_unblinder(row.old, row.new_name)
        else:
            lines.remove(line)
    for line in lines:
        yield _changed_unblinder(line.detail["old"], line.detail["new"])


def _is_recorded(row: UnblinderChange, line: AuditEvent) -> bool:
    detail = line.detail
    return (
        (row.old, row.new_name) == (detail.get("old"), detail.get("new"))
        and _is_named(row.accepted_by, line.who)
        and _is_named(row.requested_by, detail.get("requested_by", ""))
        and row.accepted_with == detail.get("factor", Factor.UNKNOWN)
    )


def _changed_unblinder(old: str, new: str) -> str:
    return _("the replacement of unblinder {old} by {new} differs from the audit trail.").format(
        old=old, new=new
    )


def _is_named(user: User | None, name: str) -> bool:
    """Whether the account has this name, or may have had it: the trail notes that its name was changed."""
    if user is None or user.username == name:
        return user is not None
    renamed = AuditEvent.objects.filter(verb="change account", about=account(user.pk))
    return renamed.filter(detail__changed__contains="username").exists()


def changed_raters(study: Study) -> Iterator[str]:
    """Raters with another profile, other languages, another withdrawal or another new link than recorded."""
    lines = lines_since_freezing(study)
    if lines is None:
        return
    left = set(lines.filter(verb="withdraw").values_list("detail__rater", flat=True))
    relinked = {
        line.detail.get("rater"): line.at for line in lines.filter(verb="reissue link").order_by("-pk")
    }
    events = SeatEvent.objects.filter(seat__study=study)
    languages = dict(events.values_list("rater_code", "seat__languages"))
    statements = RaterStatement.objects.filter(rater__study=study, about=RaterStatement.About.PROFILE)
    contents = dict(statements.order_by("pk").values_list("rater__code", "content"))
    for rater in Rater.objects.filter(study=study).order_by("pk"):
        stated = contents.get(rater.code, {})
        if (rater.profile, rater.series_known) != (stated.get("profile", {}), stated.get("series_known", [])):
            yield _("the profile of rater {rater} is not what the rater stated last.").format(
                rater=rater.code
            )
        if rater.languages != languages.get(rater.code, rater.languages):
            yield _("rater {rater} has other languages than the seat.").format(rater=rater.code)
        if (rater.withdrawn_at is not None) != (rater.code in left):
            yield _("rater {rater} has left, or not, other than the audit trail says.").format(
                rater=rater.code
            )
        at = relinked.get(rater.code)
        if (
            at is not None
            and rater.kind == Rater.Kind.PERSON
            and (rater.relinked_at is None or rater.relinked_at > at + SAME_TIME)
        ):
            yield _(
                "the new link of rater {rater} is in the audit trail, but no longer with the rater."
            ).format(rater=rater.code)
