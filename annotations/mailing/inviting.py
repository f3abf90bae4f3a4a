"""Inviting many raters at once: checking a list against a study, and enrolling everyone in it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet

from annotations.desk import seats
from annotations.desk.seats import Place, enrol_all
from annotations.errors import NoFreeSeat
from annotations.mailing import contacts, outbox
from annotations.mailing.invitation_list import Fault, Row
from annotations.mailing.messages import study_texts
from annotations.models import Mailing, Rater, RaterContact, RaterLink, Seat, Study
from evalsite.core.advisory_locks import advisory_lock
from evalsite.core.codes import hash_secret, new_secret
from evalsite.core.models import record


class ListChanged(Exception):
    """The list no longer matches the study: something changed since it was checked. No rater is enrolled."""


@dataclass(frozen=True, slots=True)
class SeatNeed:
    """How many seats a list takes of those that read the same languages."""

    languages: str
    wanted: int
    free: int

    @property
    def missing(self) -> int:
        return max(0, self.wanted - self.free)


@dataclass(frozen=True, slots=True)
class CheckedList:
    rows: list[Row]
    needs: list[SeatNeed]

    @property
    def faulty(self) -> int:
        return sum(bool(row.faults) for row in self.rows)

    @property
    def missing(self) -> int:
        return sum(need.missing for need in self.needs)

    @property
    def seated(self) -> int:
        return len(self.rows) - self.missing

    def split(self) -> tuple[list[Row], list[Row]]:
        """The rows that get a seat, in the order of the list, and the rows that wait for one."""
        left = {need.languages: need.free for need in self.needs}
        seated: list[Row] = []
        waiting: list[Row] = []
        for row in self.rows:
            key = " ".join(row.languages)
            (seated if left[key] > 0 else waiting).append(row)
            left[key] -= 1
        return seated, waiting

    @property
    def without_mail(self) -> int:
        return sum(not row.mail for row in self.rows)


def check_rows(study: Study, rows: list[Row]) -> CheckedList:
    """Complete each row and add what is wrong with it in this study. Changes the rows."""
    free = seats.free_seats(study)
    known = {
        address.lower(): code
        for address, code in study.contacts.exclude(address="").values_list("address", "rater__code")
    }
    series = set(study.briefs.values_list("series_slug", flat=True))
    only = tuple(next(iter(free)).split()) if len(free) == 1 else ()
    for row in rows:
        if not row.languages and not any(fault.column == "languages" for fault in row.faults):
            row.languages = only
            if not only:
                row.faults.append(Fault("languages", "missing"))
        if row.languages and " ".join(row.languages) not in free:
            row.faults.append(Fault("languages", "no_seats", " ".join(row.languages)))
        if row.mail.lower() in known:
            row.faults.append(Fault("mail", "known", known[row.mail.lower()] or ""))
        row.faults += [Fault("conflicts", "series", slug) for slug in row.conflicts if slug not in series]
        row.mail_language = row.mail_language or ("zh" if row.languages == ("zh",) else "en")
    # A row with another error will need a seat once it is corrected; a duplicate has to be removed.
    duplicate = {"known", "twice"}
    lasting = [row for row in rows if not any(fault.code in duplicate for fault in row.faults)]
    wanted = Counter(key for row in lasting if (key := " ".join(row.languages)) in free)
    needs = [SeatNeed(languages, count, free[languages]) for languages, count in sorted(wanted.items())]
    return CheckedList(rows, needs)


@transaction.atomic
def invite(
    *, study: Study, rows: list[Row], code: str, by: str, send: bool = False, wait: bool = False
) -> Mailing:
    """Enrol all raters of a list, or none. With `wait`, raters without a free seat join the waiting list.

    `code` belongs to the form: sent a second time, the form gives the same mailing and enrols no one.
    Raises ListChanged, NotOpen, NoFreeSeat and SimulatedOnly.
    """
    mailing, is_new = _invitation(study, code, by)
    if not is_new:
        return mailing
    # One list at a time for each study, so that no address is invited twice.
    advisory_lock(f"invite {study.pk}")
    checked = check_rows(study, rows)
    if checked.faulty:
        raise ListChanged
    if checked.missing and not wait:
        raise NoFreeSeat(f"{checked.missing} more seats are needed than are free")
    seated, waiting = checked.split()
    raters = _enrol(study, seated, by)
    term = contacts.new_term(study)
    RaterContact.objects.bulk_create(
        [_contact(study, mailing, row, rater, term) for row, rater in zip(seated, raters, strict=True)]
        + [_contact(study, mailing, row, None, term) for row in waiting]
    )
    record(who=by, verb="invite raters", about=study.slug, raters=len(seated), waiting=len(waiting))
    if send:
        send_invitations(mailing=mailing)
    return mailing


def listed_raters(mailing: Mailing) -> QuerySet[Rater]:
    """The raters whom the list of an invitation has enrolled."""
    return Rater.objects.filter(contact__mailing=mailing)


def _invitation(study: Study, code: str, by: str) -> tuple[Mailing, bool]:
    """The mailing of a form, and whether it is new: a form that is sent twice counts once."""
    texts = study_texts(study, Mailing.Kind.INVITATION)
    mailing, is_new = Mailing.objects.get_or_create(
        code=code,
        defaults={"study": study, "kind": Mailing.Kind.INVITATION, "texts": texts, "made_by": by},
    )
    if mailing.study_id != study.pk:
        raise ListChanged
    return mailing, is_new


def _enrol(study: Study, rows: Sequence[Row], by: str) -> list[Rater]:
    places = [Place(row.languages, row.conflicts) for row in rows]
    return [one.rater for one in enrol_all(study=study, places=places, by=by)] if rows else []


def _contact(study: Study, mailing: Mailing, row: Row, rater: Rater | None, term: datetime) -> RaterContact:
    return RaterContact(
        study=study,
        rater=rater,
        mailing=mailing,
        label=row.label,
        address=row.mail,
        language=row.mail_language,
        group=row.group,
        reads=[] if rater else list(row.languages),
        conflicts=[] if rater else list(row.conflicts),
        erase_after=term,
    )


@transaction.atomic
def send_invitations(*, mailing: Mailing) -> int:
    """Queue the invitation for each rater of the list who has an address and no email of this mailing yet."""
    # The lock lets one request at a time queue emails of a mailing, so that no rater gets two.
    mailing = Mailing.objects.select_for_update(of=("self",)).select_related("study").get(pk=mailing.pk)
    raters = listed_raters(mailing).exclude(contact__address="")
    due = list(raters.exclude(mails__mailing=mailing))
    outbox.add_mails(mailing, raters=due)
    return len(due)


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """One line of the file of links, which is the only place where the secret is."""

    rater: Rater
    label: str
    address: str
    group: str
    secret: str


@transaction.atomic
def issue_links(*, study: Study, raters: Sequence[Rater], by: str) -> list[IssuedLink]:
    """A further link for each rater who has not left. Earlier links stay valid.

    For a rater who has opened a link already, this is a new one like that of `reissue_link`. The others get
    their first one in this way.
    """
    issued = []
    for rater in raters:
        if rater.withdrawn_at is None:
            contact = getattr(rater, "contact", None)
            label, address, group = (contact.label, contact.address, contact.group) if contact else [""] * 3
            issued.append(IssuedLink(rater, label, address, group, new_secret()))
    RaterLink.objects.bulk_create(
        RaterLink(rater=each.rater, secret_hash=hash_secret(each.secret)) for each in issued
    )
    seats.mark_new_link([each.rater for each in issued], again=True)
    record(who=by, verb="download links", about=study.slug, raters=[each.rater.code for each in issued])
    return issued


def last_download(raters: Iterable[Rater]) -> datetime | None:
    """When links of any of these raters were last downloaded."""
    links = RaterLink.objects.filter(rater__in=raters, mail__isnull=True)
    return links.aggregate(at=Max("created_at"))["at"]


def may_be_replaced(rater: Rater) -> bool:
    """Whether the rater holds a seat that is not finished."""
    return rater.finished_at is None and Seat.objects.filter(rater=rater).exists()


@transaction.atomic
def replace_raters(
    *, study: Study, raters: Sequence[Rater], code: str, reason: str, by: str, send: bool
) -> tuple[Mailing, list[tuple[Rater, Rater]]]:
    """Free the seats of some raters, and give each to the next person of the waiting list who reads the same.

    All are replaced, or none. Returns the mailing and each replaced rater with the new one; no pairs where
    the form was sent before. Raises NoFreeSeat where the waiting list is too short; `code` as in `invite`.
    """
    mailing, is_new = _invitation(study, code, by)
    if not is_new:
        return mailing, []
    advisory_lock(f"invite {study.pk}")
    waiting = list(contacts.waiting_list(study).select_for_update())
    chosen = []
    raters = sorted(raters, key=lambda each: each.pk)
    for rater in raters:
        following = next((each for each in waiting if each.reads == rater.languages), None)
        if following is None:
            raise NoFreeSeat("the waiting list has no one left who reads the same languages")
        waiting.remove(following)
        chosen.append(following)
        seats.free_seat(rater=rater, by=by, reason=reason)
    _seat_waiting(study, chosen, mailing, by)
    if send:
        send_invitations(mailing=mailing)
    new = [contact.rater for contact in chosen if contact.rater]
    return mailing, list(zip(raters, new, strict=True))


def _seat_waiting(study: Study, chosen: Sequence[RaterContact], mailing: Mailing, by: str) -> None:
    places = [Place(tuple(each.reads), tuple(each.conflicts)) for each in chosen]
    for contact, one in zip(chosen, enrol_all(study=study, places=places, by=by), strict=True):
        contact.rater, contact.mailing, contact.reads, contact.conflicts = one.rater, mailing, [], []
        contact.save()


@transaction.atomic
def seat_waiting(*, study: Study, code: str, by: str, send: bool) -> Mailing:
    """Give free seats to people of the waiting list, in its order; `code` as in `invite`.

    Raises NoFreeSeat where no free seat suits anyone.
    """
    mailing, is_new = _invitation(study, code, by)
    if is_new:
        advisory_lock(f"invite {study.pk}")
        free, chosen = seats.free_seats(study), []
        for contact in contacts.waiting_list(study).select_for_update():
            key = " ".join(contact.reads)
            if free.get(key, 0) > 0:
                free[key] -= 1
                chosen.append(contact)
        if not chosen:
            raise NoFreeSeat("no free seat suits anyone on the waiting list")
        _seat_waiting(study, chosen, mailing, by)
        if send:
            send_invitations(mailing=mailing)
    return mailing
