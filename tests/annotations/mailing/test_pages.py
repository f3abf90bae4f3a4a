"""Mailing, pages: inviting, the list of raters, one rater, messages, mails and their decisions."""

import csv
import io
import random
import re
from html import unescape

import pytest
from django.core.management import call_command
from django.test import Client

from annotations.desk import services, sessions
from annotations.mailing import notices, outbox
from annotations.models import Mail, Mailing, MailSettings, Rater, RaterContact, RaterLink, Seat
from annotations.staff.raters import rater_list
from evalsite.core.models import AuditEvent
from evalsite.core.notifications import notify
from tests.annotations.mailing.conftest import invite_people, post_all
from tests.factories import judge, make_study
from tests.forms import hidden_fields

pytestmark = pytest.mark.django_db
BASE = "/studies/harbour/raters/"
LIST = (
    "label,mail,languages,group,conflicts\nRobin,robin@example.org,en,A,pier-en\n林青,lin@example.org,en,B,\n"
)


def text_of(answer) -> str:
    page = re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.S)
    return " ".join(unescape(page).split())


def enrol(staff, text: str = LIST, **options: str):
    """Check a list, and confirm it."""
    page = staff.post(f"{BASE}invite/", {"text": text}).content.decode()
    given = {
        "code": re.search(r'name="code" value="(\w+)"', page)[1],
        "list": re.search(r'<textarea name="list"[^>]*>(.*?)</textarea>', page, re.S)[1],
    }
    return staff.post(f"{BASE}invite/", {**given, "do": "enrol", **options}, follow=True)


def test_a_pasted_list_is_shown_first_and_enrolled_on_confirmation(staff, study):
    page = text_of(staff.post(f"{BASE}invite/", {"text": LIST}))
    assert "Add 2 raters?" in page
    assert "2 for 24 free seats" in page
    assert not Rater.objects.exists()
    page = text_of(enrol(staff))
    assert "2 raters added" in page
    robin, lin = Rater.objects.all()
    assert (robin.contact.label, robin.contact.group, robin.conflicts) == ("Robin", "A", ["pier-en"])
    assert (lin.contact.address, lin.contact.language) == ("lin@example.org", "en")
    assert not Mail.objects.exists()


def test_faults_are_shown_in_place_and_nobody_is_enrolled(staff, study):
    invite_people(study, 1)
    text = f"{LIST}Bo,not an address,fr,,nowhere\nCy,R1@example.org,en,,\n"
    page = text_of(staff.post(f"{BASE}invite/", {"text": text}))
    assert "2 rows need corrections" in page
    assert "not an address This isn't an email address." in page
    assert "“fr” isn't a supported language." in page
    code = Rater.objects.get().code
    assert f"Rater {code} already has this address." in page
    assert 'name="do" value="enrol"' not in page
    assert Rater.objects.count() == 1


def test_a_list_that_was_changed_meanwhile_is_checked_again(staff, study):
    page = staff.post(f"{BASE}invite/", {"text": LIST}).content.decode()
    code = re.search(r'name="code" value="(\w+)"', page)[1]
    enrol(staff)
    answer = staff.post(f"{BASE}invite/", {"code": code, "list": LIST, "do": "enrol"})
    assert answer.status_code == 409
    assert "Please check it again" in text_of(answer)
    assert text_of(answer).count("already has this address") == 2
    assert Rater.objects.count() == 2


def test_a_file_without_column_names_says_what_to_do(staff, study):
    answer = staff.post(f"{BASE}invite/", {"file": io.BytesIO(b"Robin,robin@example.org")})
    assert answer.status_code == 422
    assert "The first line has no column names." in text_of(answer)


def test_those_for_whom_no_seat_is_free_can_wait(staff, tmp_path):
    study = make_study(tmp_path, state="open", briefs=1, seats=6)
    seats = study.seats.count()
    people = "label,mail\n" + "".join(f"P{n},p{n}@example.org\n" for n in range(seats + 2))
    assert "2 people on the list can't get a seat now." in text_of(
        staff.post(f"{BASE}invite/", {"text": people})
    )
    assert "check it again" in text_of(enrol(staff, people))
    assert not Rater.objects.exists()
    enrol(staff, people, wait="on")
    assert Rater.objects.count() == seats
    page = text_of(staff.get(BASE))
    assert "Waiting list" in page
    assert f"P{seats} " in page
    services.free_seat(rater=Rater.objects.first(), by="test", reason="gone")
    answer = staff.get(BASE)
    assert "1 person on the waiting list can get a free seat." in text_of(answer)
    page = answer.content.decode()
    code = re.search(r'name="code" value="(\w+)"', page)[1]
    for _time in range(2):
        assert staff.post(f"{BASE}waiting/", {"code": code, "send": "on"}).status_code == 303
    assert Rater.objects.count() == seats + 1
    assert Mail.objects.count() == 1
    waiting = RaterContact.objects.get(rater__isnull=True)
    staff.post(f"{BASE}waiting/", {"do": "remove", "contact": waiting.pk})
    assert not RaterContact.objects.filter(rater__isnull=True).exists()


def test_a_waiting_list_that_no_seat_suits_stores_no_mailing(staff, study):
    answer = staff.post(f"{BASE}waiting/", {"code": "0123456789abcdef"}, follow=True)
    assert "No free seat matches anyone on the waiting list." in text_of(answer)
    assert not Mailing.objects.exists()


def test_a_form_of_another_study_changes_nothing(staff, study, tmp_path):
    mailing = invite_people(study, 1)
    other = make_study(tmp_path / "other", slug="other", state="open")
    invite_people(other, 1)
    answer = staff.post("/studies/other/raters/waiting/", {"code": mailing.code}, follow=True)
    assert "This form is out of date." in text_of(answer)
    given = {"action": "replace", "scope": "shown", "do": "yes", "reason": "ill", "code": mailing.code}
    answer = staff.post("/studies/other/raters/bulk/", given, follow=True)
    assert "This form is out of date." in text_of(answer)


def test_a_draft_invites_nobody(staff, tmp_path):
    make_study(tmp_path, state="draft")
    assert "Freeze the study first." in text_of(staff.get(f"{BASE}invite/", follow=True))


def test_links_are_downloaded_once_for_each_rater(staff, study):
    invite_people(study, 1)
    RaterContact.objects.update(label="=cmd|'calc'", group="panel A")
    code = Rater.objects.get().code
    page = text_of(staff.post(f"{BASE}bulk/", {"action": "links", "rater": code}))
    assert "Earlier links keep working" not in page
    answer = post_all(staff, f"{BASE}bulk/", action="links", rater=code)
    assert "no-store" in answer["Cache-Control"]
    header, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert header == ["label", "mail", "languages", "group", "code", "link"]
    assert row[:5] == ["'=cmd|'calc'", "r1@example.org", "en", "panel A", code]
    secret = re.search(r"/r/([\w-]{43})/", row[5])[1]
    assert sessions.rater_for_secret(secret).code == code
    assert AuditEvent.objects.get(verb="download links").detail == {"raters": [code]}
    assert secret not in str(list(RaterLink.objects.values()))
    page = text_of(staff.post(f"{BASE}bulk/", {"action": "links", "rater": code}))
    assert "The links for these raters were last downloaded at" in page
    assert "Download new links" in page
    assert "Earlier links keep working" in page


def test_the_summary_counts_in_the_database(study, django_assert_num_queries):
    invite_people(study, 6)
    one, two, three, four, five, _six = Rater.objects.all()
    judge(one, rng=random.Random(1), pairs=1)
    services.withdraw(rater=two, erase=False)
    services.mark_opened(three)
    services.give_consent(rater=four, language="en", training_use=False)
    services.free_seat(rater=five, by="test", reason="ill")
    with django_assert_num_queries(3):
        summary = rater_list.summarize(study)
    listed = [row.state for row in rater_list.list_raters(study)]
    assert listed == ["judging", "declined", "opened", "consented", "released", "invited"]
    assert {state: n for state, _name, n in summary.states} == dict.fromkeys(listed, 1)
    assert summary.total == 6


def test_the_list_is_searched_filtered_and_sorted(staff, study):
    invite_people(study, 5)
    one, two, three, four, _five = Rater.objects.all()
    judge(one, rng=random.Random(1), pairs=1)
    judge(two, rng=random.Random(1))
    services.give_consent(rater=three, language="en", training_use=False)
    services.withdraw(rater=three, erase=False)
    services.mark_opened(four)
    page = text_of(staff.get(BASE))
    assert "5 of 5 raters" in page
    for state in ("invited", "opened the link", "judging", "finished", "withdrawn"):
        assert state in page
    assert "2 of 5 raters" in text_of(staff.get(BASE, {"state": "not-started"}))
    assert "3 of 5 raters" in text_of(staff.get(BASE, {"state": "not-finished"}))
    assert "1 of 5 raters" in text_of(staff.get(BASE, {"q": "R3@EXAMPLE"}))
    assert "No raters match." in text_of(staff.get(BASE, {"q": "nobody"}))
    page = text_of(staff.get(BASE, {"sort": "progress"}))
    assert page.index("Rater 2") < page.index("Rater 1") < page.index("Rater 5")
    assert staff.get(BASE, {"sort": "unknown"}).status_code == 200
    assert "No raters match." in text_of(staff.get(f"{BASE}?q=a%00b"))


def test_raters_are_sorted(study):
    invite_people(study, 4)
    one, two, three, four = Rater.objects.all()
    for rater, label in ((one, "Zoe"), (two, "adam"), (three, ""), (four, "Bo")):
        RaterContact.objects.filter(rater=rater).update(label=label)
    services.mark_opened(three)
    services.mark_opened(one)
    judge(four, rng=random.Random(1), pairs=1)
    for sort, order in (
        ("label", [two, four, one, three]),
        ("state", [two, one, three, four]),
        ("seen", [four, one, three, two]),
        ("silent", [two, three, one, four]),
        ("", [one, two, three, four]),
    ):
        assert list(rater_list.find_raters(study, sort=sort)) == [each.pk for each in order], sort


def test_the_list_is_filtered_by_group(staff, study):
    invite_people(study, 3)
    assert '<select name="group"' not in staff.get(BASE).content.decode()
    RaterContact.objects.filter(label="Rater 2").update(group="guild")
    page = text_of(staff.get(BASE, {"group": "guild"}))
    assert "1 of 3 raters" in page
    assert "Clear filters" in page
    assert "Clear filters" not in text_of(staff.get(BASE))


def test_a_rater_who_declines_is_listed_as_declined_with_the_time(staff, study):
    invite_people(study, 2)
    one, two = Rater.objects.all()
    services.withdraw(rater=one, erase=False)
    services.free_seat(rater=two, by="mara", reason="asked to leave")
    services.withdraw(rater=two, erase=False, by="mara")
    page = text_of(staff.get(f"{BASE}{one.code}/"))
    assert "State Declined" in page
    assert "Last seen not yet" not in page
    assert "State Withdrawn" in text_of(staff.get(f"{BASE}{two.code}/"))
    assert "1 of 2 raters" in text_of(staff.get(BASE, {"state": "declined"}))


def test_replacing_says_who_replaced_whom(staff, tmp_path):
    study = make_study(tmp_path, state="open", briefs=1, seats=6)
    seats = study.seats.count()
    people = "label,mail\n" + "".join(f"P{n},p{n}@example.org\n" for n in range(seats + 1))
    page = staff.post(f"{BASE}invite/", {"text": people})
    assert f"Add {seats} raters and put 1 on the waiting list?" in text_of(page)
    assert f"Add {seats} raters, put 1 on the waiting list" in text_of(page)
    assert 'type="checkbox" name="wait"' not in page.content.decode()
    marks = [" ".join(mark.split()) for mark in re.findall(r"waiting list|gets a seat", text_of(page))]
    assert marks.count("gets a seat") == seats
    assert marks[-1] == "waiting list"
    enrol(staff, people, wait="on")
    assert "can get a free seat" not in text_of(staff.get(BASE))
    first = Rater.objects.first()
    given = {"action": "replace", "rater": first.code}
    page = staff.post(f"{BASE}bulk/", given).content.decode()
    answer = staff.post(
        f"{BASE}bulk/", {**hidden_fields(page), **given, "reason": "gone", "do": "yes"}, follow=True
    )
    assert f"P{seats} replaces P0." in text_of(answer)


def test_steps_about_a_rater_name_the_rater(staff, study):
    invite_people(study, 1)
    rater = Rater.objects.get()
    assert "Replace the link of Rater 1?" in text_of(staff.get(f"{BASE}{rater.code}/link/"))
    assert "Release the seat of Rater 1?" in text_of(staff.get(f"{BASE}{rater.code}/leave/"))
    RaterContact.objects.all().delete()
    assert f"Release the seat of {rater.code}?" in text_of(staff.get(f"{BASE}{rater.code}/leave/"))


def test_the_invite_page_lists_each_series_once_with_its_title(staff, study):
    page = text_of(staff.get(f"{BASE}invite/"))
    assert page.count("pier-en –") == 1


def test_a_reminder_is_shown_first_and_goes_to_those_it_concerns(staff, study, mailbox):
    invite_people(study, 3)
    one, two, _three = Rater.objects.all()
    RaterContact.objects.filter(rater=one).update(address="")
    services.withdraw(rater=two, erase=False)
    page = text_of(staff.post(f"{BASE}bulk/", {"action": "remind", "scope": "shown"}))
    assert "Send 1 reminder?" in page
    assert "2 raters are left out" in page
    assert "Reminder: Harbour scenes" in page
    assert not Mail.objects.exists()
    post_all(staff, f"{BASE}bulk/", action="remind", scope="shown")
    assert outbox.send_due() == 1
    assert mailbox.recipients() == ["r3@example.org"]


def test_a_confirmed_form_counts_once(staff, study):
    invite_people(study, 2)
    page = staff.post(f"{BASE}bulk/", {"action": "remind", "scope": "shown"}).content.decode()
    given = {**hidden_fields(page), "do": "yes"}
    first, second = (staff.post(f"{BASE}bulk/", given) for _time in range(2))
    assert first["Location"] == second["Location"]
    assert Mail.objects.count() == 2


def test_seats_are_released_with_a_reason(staff, study):
    invite_people(study, 2)
    assert "Release 2 seats?" in text_of(staff.post(f"{BASE}bulk/", {"action": "release", "scope": "shown"}))
    assert post_all(staff, f"{BASE}bulk/", action="release", scope="shown", reason=" ").status_code == 422
    post_all(staff, f"{BASE}bulk/", action="release", scope="shown", reason="no answer")
    assert not Seat.objects.filter(rater__isnull=False).exists()
    assert "2 seats released." in text_of(staff.get(BASE))


def test_without_a_waiting_list_nobody_is_replaced(staff, study):
    invite_people(study, 1)
    answer = post_all(staff, f"{BASE}bulk/", action="replace", scope="shown", reason="never came")
    assert answer.status_code == 409
    assert "No raters were replaced." in text_of(answer)
    assert Seat.objects.filter(rater__isnull=False).count() == 1


def test_an_action_needs_raters(staff, study):
    answer = staff.post(f"{BASE}bulk/", {"action": "remind", "rater": "a\0b"}, follow=True)
    assert "Select at least one rater" in text_of(answer)


def test_a_page_for_each_rater(staff, study, mailbox):
    invite_people(study, 1, send=True)
    outbox.send_due()
    rater = Rater.objects.get()
    page = staff.get(f"{BASE}{rater.code}/").content.decode()
    for part in ("Rater 1", "r1@example.org", "Invited", "Seat taken", "Invitation", "It is erased on"):
        assert part in page
    answer = staff.post(f"{BASE}{rater.code}/contact/", {"label": "New", "address": "no", "language": "en"})
    assert answer.status_code == 422
    given = {"label": "New", "address": "new@example.org", "language": "zh", "group": ""}
    assert staff.post(f"{BASE}{rater.code}/contact/", given).status_code == 303
    rater.contact.refresh_from_db()
    assert (rater.contact.label, rater.contact.language) == ("New", "zh")


def test_a_changed_address_ends_the_links_of_earlier_mails(staff, study, mailbox):
    invite_people(study, 1, send=True)
    outbox.send_due()
    secret = re.search(r"/r/([\w-]{43})/", mailbox.taken[0].body)[1]
    path = f"{BASE}{Rater.objects.get().code}/"
    assert "links in earlier emails stop working" in text_of(staff.get(path))
    given = {"label": "New name", "address": "R1@example.org", "language": "en"}
    staff.post(f"{path}contact/", given)
    assert sessions.rater_for_secret(secret) == Rater.objects.get()
    answer = staff.post(f"{path}contact/", {**given, "address": "right@example.org"}, follow=True)
    assert "Links in earlier emails to this rater no longer work." in text_of(answer)
    assert sessions.rater_for_secret(secret) is None


def test_a_form_from_before_the_erasure_restores_nothing(staff, study):
    invite_people(study, 1)
    rater = Rater.objects.get()
    given = hidden_fields(staff.get(f"{BASE}{rater.code}/").content.decode())
    services.withdraw(rater=rater, erase=True)
    given = {**given, "label": "Rater 1", "address": "r1@example.org", "language": "en"}
    answer = staff.post(f"{BASE}{rater.code}/contact/", given, follow=True)
    assert "The contact details were erased in the meantime." in text_of(answer)
    assert not RaterContact.objects.exists()


def test_a_contact_is_erased_on_request(staff, study):
    invite_people(study, 1)
    rater = Rater.objects.get()
    page = text_of(staff.get(f"{BASE}{rater.code}/erase/"))
    assert "This can't be undone." in page
    assert "Links in emails that were already sent keep working." in page
    assert RaterContact.objects.exists()
    staff.post(f"{BASE}{rater.code}/erase/")
    assert not RaterContact.objects.exists()
    assert Seat.objects.filter(rater=rater).exists()
    assert "r1@example.org" not in staff.get(f"{BASE}{rater.code}/").content.decode()


def test_staff_erase_what_a_rater_wrote_after_leaving(staff, study):
    invite_people(study, 1)
    rater = Rater.objects.get()
    services.withdraw(rater=rater, erase=False)
    path = f"{BASE}{rater.code}/leave/"
    assert path in staff.get(f"{BASE}{rater.code}/").content.decode()
    page = staff.get(path).content.decode()
    assert "Erase what Rater 1 wrote?" in page
    assert staff.post(path, {**hidden_fields(page), "reason": "asked for it"}).status_code == 303
    assert not RaterContact.objects.exists()


def test_a_rater_erases_the_contact_by_leaving(study):
    invite_people(study, 1)
    rater = Rater.objects.get()
    assert sessions.has_personal_words(rater)
    services.withdraw(rater=rater, erase=True)
    assert not RaterContact.objects.exists()
    assert not sessions.has_personal_words(Rater.objects.get())


def test_messages_are_edited_with_a_preview(staff, study):
    path = f"{BASE}messages/invitation/"
    given = {
        "subject_en": "Read for {study}",
        "body_en": "Dear {name}, {link}",
        "subject_zh": "{study}",
        "body_zh": "{name}：{link}",
    }
    page = text_of(staff.post(path, {**given, "do": "preview"}))
    assert "Dear Robin Ellery, http" in page
    assert not MailSettings.objects.exists()
    assert staff.post(path, {**given, "do": "save"}).status_code == 303
    assert "Read for Harbour scenes" in text_of(staff.get(path))
    staff.post(path, {**given, "do": "reset"})
    assert "Read for Harbour scenes" not in text_of(staff.get(path))


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("body_en", "Dear {nmae}: {link}", "{nmae} is not a placeholder. Use one of these: {name},"),
        ("body_en", "Dear {name}", "The message has no link."),
        ("subject_en", "Here: {link}", "The subject can't contain {link}"),
        ("body_zh", "{name.__class__} {link}", "{name.__class__} is not a placeholder."),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused(staff, study, field, text, problem):
    given = {"subject_en": "S", "body_en": "{link}", "subject_zh": "S", "body_zh": "{link}", field: text}
    answer = staff.post(f"{BASE}messages/invitation/", given)
    assert answer.status_code == 422
    assert problem in text_of(answer)
    assert not MailSettings.objects.exists()


def test_settings_are_checked_and_change_the_term(staff, study):
    invite_people(study, 1)
    before = RaterContact.objects.get().erase_after
    path = f"{BASE}messages/"
    for sender in ("nobody", 'Eve "x" <e@example.org>', "A <a@example.org>, B <b@example.org>"):
        assert staff.post(path, {"sender": sender, "keep_days": "30"}).status_code == 422
    given = {"sender": "Study <s@example.org>", "reply_to": "", "deadline": "2027-01-31", "keep_days": "30"}
    assert staff.post(path, given).status_code == 303
    assert (before - RaterContact.objects.get().erase_after).days in (149, 150)
    assert "2027-01-31" in staff.get(path).content.decode()


def test_the_sweep_erases_what_is_over_its_term(study):
    invite_people(study, 2)
    RaterContact.objects.filter(label="Rater 1").update(erase_after="2026-01-01T00:00Z")
    call_command("sweep", verbosity=0)
    assert RaterContact.objects.get().label == "Rater 2"
    assert Rater.objects.count() == 2


def test_mails_that_may_not_have_arrived_wait_for_a_decision(staff, study, mailbox):
    mailbox.on_data = lambda number: None if number == 1 else "250 ok"
    mailing = invite_people(study, 2, send=True)
    outbox.send_due()
    page = staff.get(f"{BASE}mails/")
    assert "Please decide" in text_of(page)
    assert "1 email may not have arrived." in text_of(staff.get("/studies/harbour/"))
    mail = Mail.objects.get(state=Mail.State.UNKNOWN)
    staff.post(f"{BASE}mails/{mail.code}/decide/", {"do": "again"})
    answer = staff.post(f"{BASE}mails/{mail.code}/decide/", {"do": "sent"}, follow=True)
    assert "already been dealt with" in text_of(answer)
    assert staff.get(f"{BASE}mails/{mailing.code}/live/").status_code == 200
    assert staff.get(f"{BASE}mails/live/").status_code == 200
    assert "Cancel 1 email" in text_of(staff.get(f"{BASE}mails/"))
    staff.post(f"{BASE}mails/cancel/")
    assert outbox.send_due() == 0


def test_all_failed_mails_are_sent_again_with_one_form(staff, study, mailbox):
    mailbox.on_recipient = lambda _address: "550 no"
    invite_people(study, 2, send=True)
    outbox.send_due()
    mailbox.on_recipient = lambda _address: "250 ok"
    assert "Send all failed emails again" in text_of(staff.get(f"{BASE}mails/"))
    answer = staff.post(f"{BASE}mails/again/", follow=True)
    assert "2 emails will be sent again." in text_of(answer)
    assert outbox.send_due() == 2
    assert "Send all failed emails again" not in text_of(staff.get(f"{BASE}mails/"))
    assert AuditEvent.objects.get(verb="send mails again").detail == {"mails": 2}


def test_owners_decide_about_mails_to_staff(staff, other, mara, jonas, study, mailbox):
    mailbox.on_data = lambda number: None if number == 1 else "250 ok"
    jonas.email = "jonas@example.org"
    jonas.save()
    notify([jonas], "study-full", study.slug, title=study.title)
    notices.queue_notices()
    outbox.send_due()
    mail = Mail.objects.get(state=Mail.State.UNKNOWN)
    path = f"/notifications/mails/{mail.code}/"
    assert path in staff.get("/notifications/").content.decode()
    assert path not in other.get("/notifications/").content.decode()
    assert other.post(path, {"do": "again"}).status_code == 404
    assert staff.post(path, {"do": "again"}).status_code == 303
    assert outbox.send_due() == 1
    assert path not in staff.get("/notifications/").content.decode()
    assert "already been dealt with" in text_of(staff.post(path, {"do": "sent"}, follow=True))


def test_a_test_message(staff, mara, study, mailbox):
    assert "Your account has no email address." in text_of(staff.post(f"{BASE}messages/test/", follow=True))
    mara.email = "mara@example.org"
    mara.save()
    assert "Sent to mara@example.org." in text_of(staff.post(f"{BASE}messages/test/", follow=True))
    assert mailbox.recipients() == ["mara@example.org"]


def test_the_deadline_is_on_the_raters_page(study):
    rater = services.enrol(study=study, languages=["en"], by="test")
    services.give_consent(rater=rater.rater, language="en", training_use=False)
    services.save_profile(rater=rater.rater, profile={"years": "0-2"}, series_known=[])
    services.mark_instructed(rater=rater.rater)
    client = Client()
    MailSettings.objects.create(study=study, deadline="2027-01-31")
    client.cookies = client.post(f"/r/{rater.secret}/").cookies
    Rater.objects.get().assignments.update(state="released")
    assert "Please finish by 2027-01-31." in text_of(client.get("/r/go/"))


def test_what_names_a_rater_is_on_no_other_page_and_in_no_record(staff, study):
    invite_people(study, 2, send=True)
    pages = [
        "/studies/",
        "/studies/harbour/",
        "/studies/harbour/?trail",
        "/studies/harbour/pay/",
        "/studies/harbour/pay.csv",
        "/api/v1/studies/harbour/raters/",
        "/api/v1/studies/harbour/watch/",
        "/admin/core/auditevent/",
    ]
    for page in pages:
        answer = staff.get(page)
        assert answer.status_code in (200, 302), page
        assert "example.org" not in answer.content.decode(), page
        assert "Rater 1" not in answer.content.decode(), page
    assert "example.org" not in str(list(AuditEvent.objects.values()))
    assert "example.org" not in str(list(Mail.objects.values()) + list(Mailing.objects.values()))


def test_a_list_with_errors_also_names_the_shortage_of_seats(staff, tmp_path):
    seats = make_study(tmp_path, state="open", briefs=1, seats=6).seats.count()
    people = "label,mail\nWrong,no address\n" + "".join(f"P{n},p{n}@example.org\n" for n in range(seats + 1))
    page = text_of(staff.post(f"{BASE}invite/", {"text": people}))
    assert "1 row needs a correction" in page
    assert "2 people on the list can't get a seat now." in page


def test_with_all_seats_taken_everyone_can_still_wait(staff, tmp_path):
    seats = make_study(tmp_path, state="open", briefs=1, seats=6).seats.count()
    enrol(staff, "label,mail\n" + "".join(f"P{n},p{n}@example.org\n" for n in range(seats)))
    study_page = staff.get(BASE.removesuffix("raters/")).content.decode()
    assert f'href="{BASE}invite/"' in study_page
    assert "Create a link" not in study_page
    page = text_of(staff.post(f"{BASE}invite/", {"text": "label,mail\nLate,late@example.org\n"}))
    assert "Put 1 person on the waiting list?" in page
