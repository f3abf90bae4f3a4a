"""Desk: a new link that staff issued is announced, and staff of the team stay out of raters' places."""

from datetime import timedelta

import pytest
from django.test import Client

from annotations.desk import queries, services, sessions
from annotations.mailing.contacts import save_contact
from annotations.mailing.inviting import issue_links
from annotations.models import Rater
from evalsite.core.clock import database_now
from evalsite.core.models import Membership, Team, User
from tests.annotations.desk.cast import at_desk, make_study, newcomer
from tests.annotations.desk.participation_cast import PRACTICE, with_practice
from tests.annotations.desk.test_enter_steps import shared
from tests.factories import person
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
ANNOUNCED = "made a new personal link for you on"
IDS = "PROLIFIC_PID=invented{}&STUDY_ID=s7&SESSION_ID=x9"


def test_a_new_link_is_announced_until_the_rater_dismisses_it() -> None:
    consent = {"version": "v1", "text": {"en": "Read."}, "contact": {"en": "desk@example.org"}}
    study = make_study(consent=consent)
    reader = at_desk(study)
    assert ANNOUNCED not in reader.get(reader.address()).content.decode()
    Rater.objects.update(opened_at=database_now())
    issue_links(study=study, raters=[Rater.objects.get(pk=reader.rater.pk)], by="mara")
    judging = reader.get(reader.address()).content.decode()
    assert ANNOUNCED in judging
    assert "contact the study: desk@example.org" in judging
    assert "new-link-seen" not in judging  # leaving the page could lose what was typed without JavaScript
    assert "new-link-seen" in reader.get("/r/go/profile/").content.decode()
    assert reader.post("/r/go/", {"new-link-seen": "1"}).status_code == 303
    assert ANNOUNCED not in reader.get("/r/go/profile/").content.decode()
    assert ANNOUNCED not in reader.get(reader.address()).content.decode()


def test_the_page_after_opening_the_new_link_announces_it() -> None:
    reader = at_desk(make_study())
    secret = services.reissue_link(rater=reader.rater, by="mara")
    assert ANNOUNCED in Client().get(f"/r/{secret}/").content.decode()
    assert Rater.objects.get(pk=reader.rater.pk).relinked_at is not None


def test_the_judging_page_needs_no_further_query(django_assert_num_queries) -> None:
    reader = at_desk(make_study())
    reader.get(reader.address())
    with django_assert_num_queries(1):
        reader.get(reader.address())


def test_a_first_link_by_download_is_no_new_one() -> None:
    reader = newcomer(make_study())
    issue_links(study=reader.rater.study, raters=[reader.rater], by="mara")
    assert Rater.objects.get().new_link_at is None


def test_another_address_for_emails_counts_as_a_new_link() -> None:
    """A link could otherwise be sent to another address, and no one would notice."""
    reader = at_desk(make_study())
    given = {"rater": reader.rater, "label": "", "language": "en", "group": "", "by": "mara"}
    save_contact(address="rater@example.org", **given)
    Rater.objects.update(new_link_at=None, relinked_at=None, opened_at=database_now())
    save_contact(address="rater@example.org", **given)
    assert Rater.objects.get(pk=reader.rater.pk).new_link_at is None
    save_contact(address="somebody@example.org", **given)
    assert Rater.objects.get(pk=reader.rater.pk).new_link_at is not None


def test_the_first_new_link_counts_and_the_last_is_announced() -> None:
    reader = at_desk(make_study())
    services.reissue_link(rater=reader.rater, by="mara")
    first = Rater.objects.get(pk=reader.rater.pk)
    Rater.objects.update(new_link_at=first.new_link_at - timedelta(days=1))
    services.reissue_link(rater=reader.rater, by="mara")
    again = Rater.objects.get(pk=reader.rater.pk)
    assert again.relinked_at == first.relinked_at
    assert again.announced_link is not None
    assert again.announced_link >= first.relinked_at


def test_the_fast_statement_leaves_announcements_to_the_whole_page() -> None:
    reader = at_desk(make_study())
    code, link = reader.held().code, sessions.link_version(reader.rater)
    asked = {"code": code, "rater": reader.rater.code, "link": link}
    assert queries.open_pair(**asked) is not None
    Rater.objects.update(new_link_at=database_now())
    assert queries.open_pair(**asked) is None
    services.dismiss_new_link(reader.rater)
    assert queries.open_pair(**asked) is not None


# Staff at a rater's address


@pytest.fixture
def strict(settings) -> None:
    settings.STAFF_MAY_JUDGE = False


def test_a_member_of_the_team_is_refused_at_a_raters_desk(strict: None) -> None:
    """F8: before, a researcher opened the link of a rater in the same browser, and judged."""
    reader = at_desk(make_study())
    secret = services.reissue_link(rater=reader.rater, by="mara")
    staff = signed_in(person("mara"))
    for method in (staff.get, staff.post):
        refused = method(f"/r/{secret}/")
        assert refused.status_code == 403
        assert "signed in as mara" in refused.content.decode()
        assert f'href="/studies/{reader.rater.study.slug}/"' in refused.content.decode()
    assert "rater" not in staff.cookies
    staff.cookies["rater"] = reader.client.cookies["rater"].value
    for path in ("/r/go/", "/r/go/profile/", reader.address()):
        assert staff.get(path).status_code == 403
    assert staff.post(reader.address(), reader.answers()).status_code == 403
    staff.post("/staff/logout/")
    assert staff.get(f"/r/{secret}/").status_code == 200


def test_another_teams_staff_and_raters_are_not_refused(strict: None) -> None:
    reader = newcomer(make_study())
    guest = User.objects.create_user("guest", is_staff=True)
    Membership.objects.filter(user=guest).delete()
    assert signed_in(guest).get(f"/r/{reader.secret}/").status_code == 200
    Membership.objects.create(user=guest, team=Team.objects.create(slug="other", name="Other"), role="owner")
    assert signed_in(guest).get(f"/r/{reader.secret}/").status_code == 200
    assert Client().get(f"/r/{reader.secret}/").status_code == 200


def test_the_setting_lets_one_person_be_both() -> None:
    reader = newcomer(make_study())
    assert signed_in(person("mara")).get(f"/r/{reader.secret}/").status_code == 200


# The shared recruiting address


def test_invented_ids_from_one_client_do_not_take_all_seats() -> None:
    """F11: before, 22 invented ids from one address took all 20 seats."""
    study = make_study(prolific=True, seats=20)
    answers = [Client().post(f"{shared(study)}?{IDS.format(n)}") for n in range(22)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429] * 17
    assert "from your network" in answers[-1].content.decode()
    assert Rater.objects.count() == 5


def test_whoever_has_a_seat_comes_back_beyond_the_limit(settings) -> None:
    settings.RECRUITING_SEATS_PER_HOUR = 1
    study = make_study(prolific=True, seats=20)
    for _time in range(3):
        assert Client().post(f"{shared(study)}?{IDS.format(1)}").status_code == 303


def test_invented_ids_from_many_clients_take_half_of_the_seats(settings) -> None:
    settings.TRUSTED_PROXIES = 1
    study = make_study(prolific=True, seats=20)
    for n in range(22):
        answer = Client().post(
            f"{shared(study)}?{IDS.format(n)}", headers={"X-Forwarded-For": f"203.0.113.{n}"}
        )
    assert answer.status_code == 409
    assert "just starting this study" in answer.content.decode()
    assert Rater.objects.count() == 10
    confirmed = Rater.objects.first()
    confirmed.consents.create(version="v1", language="en", text="Read.")
    assert Client().post(f"{shared(study)}?{IDS.format(50)}").status_code == 303
    assert Client().post(f"{shared(study)}?{IDS.format(51)}").status_code == 409


def test_unconfirmed_seats_are_released_after_two_hours() -> None:
    study = make_study(prolific=True, seats=6)
    for n in range(3):
        Client().post(f"{shared(study)}?{IDS.format(n)}")
    assert Client().post(f"{shared(study)}?{IDS.format(3)}").status_code == 409
    Rater.objects.update(enrolled_at=database_now() - timedelta(hours=3))
    assert Client().post(f"{shared(study)}?{IDS.format(4)}").status_code == 303
    assert study.seats.filter(rater__isnull=False).count() == 1


def test_practice_confirms_a_seat_where_there_is_any() -> None:
    study = with_practice(make_study(prolific=True, seats=6, practice=PRACTICE))
    for n in range(3):
        Client().post(f"{shared(study)}?{IDS.format(n)}")
    for rater in Rater.objects.all():
        rater.consents.create(version="v1", language="en", text="Read.")
    assert Client().post(f"{shared(study)}?{IDS.format(3)}").status_code == 409
    Rater.objects.filter(pk=Rater.objects.first().pk).update(practised_at=database_now())
    assert Client().post(f"{shared(study)}?{IDS.format(3)}").status_code == 303


def test_staff_see_how_many_raters_got_a_new_link() -> None:
    reader = at_desk(make_study())
    staff = signed_in(person("mara"))
    page = f"/studies/{reader.rater.study.slug}/raters/"
    assert "new link from staff" not in staff.get(page).content.decode()
    services.reissue_link(rater=reader.rater, by="mara")
    assert "1 rater got a new link from staff" in staff.get(page).content.decode()
    assert "New link from staff" in staff.get(f"{page}{reader.rater.code}/").content.decode()
