"""Django's admin: the name of the site, and one sign-in page for staff."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from evalsite.core.models import AuditEvent, User, record

pytestmark = pytest.mark.django_db


def test_it_works(staff):
    answer = staff.get("/admin/")
    assert answer.status_code == 200
    assert "evalsite" in answer.content.decode()


def test_a_stranger_is_sent_to_the_one_sign_in():
    answer = Client().get("/admin/core/user/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/staff/login/?next=/admin/core/user/")


@pytest.mark.parametrize("path", ["/admin/", "/admin/core/user/", "/admin/password_change/"])
def test_a_researcher_does_not_find_it(other, path):
    assert other.get(path).status_code == 404


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


def test_it_has_only_what_has_no_page_of_its_own():
    assert set(admin.site._registry) == {User, AuditEvent}


@pytest.mark.parametrize("name", ["sealedentry", "sealeddraw"])
def test_sealed_rows_cannot_be_registered(name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="is sealed"):
        admin.site.register(apps.get_model("annotations", name))


def test_it_is_chinese_in_chinese(staff):
    record(who="una", verb="add account", about="ilse")
    staff.cookies["django_language"] = "zh-hans"
    pages = "".join(
        staff.get(path).content.decode()
        for path in ("/admin/", "/admin/core/user/", "/admin/core/user/add/", "/admin/core/auditevent/")
    )
    for text in ("账户与审计记录", "审计记录", "角色", "操作者", "对象", "时间"):
        assert text in pages
    for text in ("Core", "Role", "Audit", "Verb", "add account"):
        assert f">{text}" not in pages
