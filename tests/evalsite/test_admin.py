"""Django's admin: the name of the site, and one sign-in page for staff."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_it_works(staff):
    answer = staff.get("/admin/")
    assert answer.status_code == 200
    assert "evalsite" in answer.content.decode()


def test_a_stranger_is_sent_to_the_one_sign_in():
    answer = Client().get("/admin/annotations/study/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/staff/login/?next=/admin/annotations/study/")


def test_a_researcher_has_no_rights_in_it(other):
    assert other.get("/admin/core/user/").status_code == 403


def test_an_admin_adds_a_researcher(staff, django_user_model):
    answer = staff.post(
        "/admin/core/user/add/",
        {"username": "ilse", "usable_password": "false", "role": "researcher", "is_staff": "on"},
    )
    assert answer.status_code == 302
    assert django_user_model.objects.get(username="ilse").is_staff


def test_the_audit_trail_is_only_read(staff):
    assert staff.get("/admin/core/auditevent/").status_code == 200
    assert staff.get("/admin/core/auditevent/add/").status_code == 403
