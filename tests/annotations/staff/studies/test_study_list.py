"""Staff: `/studies/`, the list of studies, and its empty state."""

import random

import pytest
from django.test import Client

from annotations.desk import services
from tests import factories

pytestmark = pytest.mark.django_db


def test_it_works(staff, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    rater = services.enrol(study=study, languages=["en"], by="test").rater
    factories.judge(rater, rng=random.Random(1), pairs=2)
    page = staff.get("/studies/").content.decode()
    assert "Harbour scenes" in page
    assert "1 / 6" in page  # seats
    assert "2 / 18" in page  # pairs: 6 seats x 3 scenes
    assert "English" in page


def test_empty_says_how_to_load_a_study(staff):
    assert "manage.py load_study" in staff.get("/studies/").content.decode()


def test_a_stranger_is_sent_to_sign_in(db):
    answer = Client().get("/studies/")
    assert answer.status_code == 302
    assert answer["Location"] == "/staff/login/?next=/studies/"


def test_the_root_leads_staff_to_the_studies_and_others_to_the_sign_in(staff):
    assert staff.get("/")["Location"] == "/studies/"
    assert Client().get("/")["Location"] == "/staff/login/"


def test_chinese_shows_the_chinese_title(staff, tmp_path):
    factories.make_study(tmp_path)
    page = staff.get("/studies/", headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "港口戏" in page


def test_many_studies_cost_as_many_queries_as_one(staff, tmp_path, django_assert_num_queries):
    factories.make_study(tmp_path / "a", slug="harbour")
    factories.make_study(tmp_path / "b", slug="harbour-two")
    with django_assert_num_queries(5):  # session, user, teams, studies, notifications
        staff.get("/studies/")
