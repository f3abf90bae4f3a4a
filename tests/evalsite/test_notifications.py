"""Notifications: each event notifies the right people once, and the page leads to where it can be handled."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from annotations.blinding import unblinding
from annotations.desk import services
from annotations.models import Study
from annotations.staff.studies import study_states
from evalsite.core.clock import database_now
from evalsite.core.models import User
from evalsite.core.notifications import notify
from tests import factories
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db


def kinds(user: User) -> list[str]:
    return list(user.notifications.values_list("kind", flat=True))


def test_a_request_to_unblind_notifies_the_others(mara, jonas, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    study_states.transition(study=study, verb="close", by="mara")
    unblinding.request(study=study, by=mara, reason="all pairs are judged")
    assert (kinds(mara), kinds(jonas)) == ([], ["unblinding-requested"])
    page = signed_in(jonas)
    body = page.get("/notifications/").content.decode()
    assert "mara asks you to confirm unblinding “" in body
    assert '<span class="badge-count">1' in body
    row = jonas.notifications.get()
    answer = page.post(f"/notifications/{row.pk}/")
    assert (answer.status_code, answer["Location"]) == (303, f"/studies/{study.slug}/unblind/")
    assert "badge-count" not in page.get("/notifications/").content.decode()


def test_notifications_of_others_are_not_found(mara, jonas):
    notify([jonas], "run-finished", "abc", run="abc")
    assert signed_in(mara).post(f"/notifications/{jonas.notifications.get().pk}/").status_code == 404
    assert signed_in(mara).post("/notifications/read/").status_code == 303
    assert jonas.notifications.get().read_at is None


def test_the_same_event_notifies_once(mara):
    for _time in range(2):
        notify([mara], "run-finished", "abc", key="1", run="abc")
    assert mara.notifications.count() == 1


def test_the_last_seat_notifies(mara, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    seats = study.seats.count()
    for number in range(seats):
        assert kinds(mara) == [], number
        services.enrol(study=study, languages=["en"], by="mara")
        call_command("sweep", verbosity=0)
    call_command("sweep", verbosity=0)
    assert kinds(mara) == ["study-full"]


def test_an_open_study_without_judgments_for_three_days_notifies_once(mara, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    call_command("sweep", verbosity=0)
    assert kinds(mara) == []
    Study.objects.filter(pk=study.pk).update(opened_at=database_now() - timedelta(days=3, minutes=1))
    for _time in range(2):
        call_command("sweep", verbosity=0)
    assert kinds(mara) == ["study-inactive"]


def test_the_report_notifies_in_the_readers_language(tmp_path):
    factories.make_unblinded(tmp_path, report=True)
    una = User.objects.get(username="una")
    assert kinds(una).count("report-ready") == 1
    client = signed_in(una)
    client.cookies["django_language"] = "zh-hans"
    assert "的报告已完成。" in client.get("/notifications/").content.decode()
