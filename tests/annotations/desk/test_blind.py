"""Desk, blinding: nothing that a rater receives reveals who wrote a script."""

import re

import pytest
from django.db import connection

from annotations.models import Entry, Rater
from tests.annotations.desk.cast import Reader, at_desk, make_study, newcomer

pytestmark = pytest.mark.django_db
SENTINELS = ("zebrastudy", "okapiseries", "tapirbrief")
GO = ["", "consent/", "profile/", "instructions/", "pause/", "done/", "withdraw/"]


@pytest.fixture
def high_numbers() -> None:
    """Sequences start where their numbers cannot be mistaken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER SEQUENCE "{name}" RESTART WITH 7000001')


def everything(reader: Reader) -> list[str]:
    """Headers and bodies of all that this rater can reach, from the link to the thanks."""
    seen = []

    def keep(response: object) -> None:
        seen.append(f"{response.headers}\n{response.cookies}\n{response.content.decode()}")  # type: ignore[attr-defined]

    keep(reader.get(f"/r/{reader.secret}/"))
    while reader.rater.assignments.filter(state="open").exists():
        address = reader.address()
        for page in ["", "answer/"]:
            keep(reader.get(f"{address}{page}"))
        keep(reader.save({"choice-overall": "left"}))
        keep(reader.skip(""))
        keep(reader.post(address, reader.answers(choice_overall=None)))
        for page in GO:
            keep(reader.get(f"/r/go/{page}"))
        keep(reader.post(address, reader.answers()))
        keep(reader.get(address))
    for page in GO:
        keep(reader.get(f"/r/go/{page}"))
    return seen


def test_no_page_holds_a_slug_a_count_or_an_entrys_code(high_numbers: None) -> None:
    reader = at_desk(make_study(pairs=2))
    codes = list(Entry.objects.values_list("code", "digest"))
    assert Entry.objects.order_by("pk")[0].pk >= 7_000_001
    pages = everything(reader)
    assert len(pages) > 30
    for page in pages:
        assert not [word for word in SENTINELS if word in page]
        assert not re.search(r"70000\d\d", page)
        assert not [code for pair in codes for code in pair if code in page]


def test_two_raters_of_one_pair_share_no_code() -> None:
    study = make_study(pairs=1)
    pages = []
    for _ in range(2):
        reader = at_desk(study)
        page = re.sub(
            r'"/static/[^"]*"|name="questions" value="[^"]*"',
            "",
            reader.get(reader.address()).content.decode(),
        )
        pages.append({code for code in re.findall(r"\b[0-9a-z]{12,}\b", page) if re.search(r"\d", code)})
    assert pages[0]
    assert not pages[0] & pages[1]


def test_the_link_is_nowhere_on_the_pages_behind_it() -> None:
    reader = at_desk(make_study(pairs=1))
    assert not [page for page in everything(reader)[1:] if reader.secret in page]


def test_a_simulated_rater_gets_the_same_page() -> None:
    reader = newcomer(make_study())
    Rater.objects.update(kind="simulated")
    assert "simulated" not in reader.get(f"/r/{reader.secret}/").content.decode()
