"""Django's admin: the name of the site, and one sign-in page for staff."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from evalsite.core.models import record

pytestmark = pytest.mark.django_db


def test_a_stranger_is_sent_to_the_one_sign_in():
    answer = Client().get("/admin/core/user/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/staff/login/?next=/admin/core/user/")


def test_the_audit_trail_is_only_read(staff):
    assert staff.get("/admin/core/auditevent/").status_code == 200
    assert staff.get("/admin/core/auditevent/add/").status_code == 403


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
