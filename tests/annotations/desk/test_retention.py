"""Personal data that is erased when its time is over."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.db.models.functions import Now
from django.utils import timezone

from annotations.blinding.judgment_digests import check_digests
from annotations.models import Assignment, ExternalId, Judgment, Mark, Rater, RaterContact, Study
from evalsite.core.audit_chain import check_chain
from evalsite.core.models import AuditEvent, record
from tests import factories
from tests.annotations.blinding.tampering import unguarded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def study(tmp_path) -> Study:
    """An unblinded study, with what raters may have left in it."""
    study = factories.make_unblinded(tmp_path, briefs=1)
    Rater.objects.update(profile={"years": "5-10"}, series_known=["night-bus"], kind="person")
    rater = study.raters.earliest("pk")
    later = timezone.now() + timedelta(days=900)
    RaterContact.objects.create(study=study, rater=rater, address="a@example.org", erase_after=later)
    RaterContact.objects.create(study=study, address="waiting@example.org", erase_after=later)
    ExternalId.objects.create(rater=rater, provider="prolific", participant="P1")
    Assignment.objects.filter(rater=rater).update(reason="The second one breathes.")
    return study


def made_older(study: Study, **days: int) -> None:
    Study.objects.filter(pk=study.pk).update(
        **{name: Now() - timedelta(days=count, minutes=1) for name, count in days.items()}
    )


def contacts() -> tuple[int, int]:
    return RaterContact.objects.count(), ExternalId.objects.count()


def test_nothing_is_erased_by_default(study) -> None:
    made_older(study, closed_at=5000, unblinded_at=5000)
    call_command("erase_expired", verbosity=0)
    assert contacts() == (2, 1)
    assert Rater.objects.exclude(profile={}).exists()


def test_contacts_are_erased_after_closing(study, settings) -> None:
    settings.RETENTION_DAYS_RATER_CONTACT = 30
    made_older(study, closed_at=29)
    call_command("erase_expired", verbosity=0)
    assert contacts() == (2, 1)
    made_older(study, closed_at=30)
    call_command("erase_expired", verbosity=0)
    assert contacts() == (0, 0)
    line = AuditEvent.objects.get(verb="erase contact")
    assert (line.who, line.about, line.detail) == ("system", study.slug, {"count": 3})
    assert Rater.objects.exclude(profile={}).exists()
    call_command("erase_expired", verbosity=0)
    assert AuditEvent.objects.filter(verb="erase contact").count() == 1


def test_a_study_that_is_open_again_keeps_its_contacts(study, settings) -> None:
    settings.RETENTION_DAYS_RATER_CONTACT = 30
    made_older(study, closed_at=90)
    with unguarded():
        Study.objects.filter(pk=study.pk).update(state="open")
    call_command("erase_expired", verbosity=0)
    assert contacts() == (2, 1)


def test_words_are_erased_after_unblinding_and_judgments_stay(study, settings) -> None:
    settings.RETENTION_DAYS_RATER_WORDS = 365
    judgments = list(Judgment.objects.order_by("pk").values())
    made_older(study, closed_at=800, unblinded_at=364)
    call_command("erase_expired", verbosity=0)
    assert contacts() == (2, 1)
    made_older(study, unblinded_at=365)
    call_command("erase_expired", verbosity=0)
    assert not Rater.objects.exclude(profile={}, series_known=[]).exists()
    assert not Assignment.objects.exclude(reason="").exists()
    assert not Mark.objects.exclude(note="").exists()
    assert not Rater.objects.filter(withdrawn_at__isnull=False).exists()
    assert contacts() == (1, 0)  # the waiting list goes by the other setting
    assert list(Judgment.objects.order_by("pk").values()) == judgments
    erased = AuditEvent.objects.filter(verb="erase", about=study.slug)
    assert set(erased.values_list("who", flat=True)) == {"system"}
    assert erased.count() == study.raters.count()
    assert [*check_chain(), *check_digests(study)] == []
    call_command("erase_expired", verbosity=0)
    assert erased.count() == study.raters.count()


def test_sign_ins_lose_their_names(settings, client) -> None:
    settings.RETENTION_DAYS_SIGN_INS = 90
    mara = factories.person("mara")
    client.force_login(mara)
    request_of = {"user": mara, "ip": "192.0.2.7", "user_agent": "x"}
    UserSession.objects.create(**request_of, session_key=client.session.session_key)
    UserSession.objects.create(**request_of, session_key="ended")
    old = timezone.now() - timedelta(days=91)
    UserSession.objects.update(created_at=old)
    lines = [
        AuditEvent.objects.create(at=at, who="mara", verb="sign in", about=f"user:{mara.pk}")
        for at in (old, timezone.now())
    ]
    record(who="mara", verb="load brief (created)", about="depot")
    call_command("erase_expired", verbosity=0)
    for line in lines:
        line.refresh_from_db()
    assert [(line.who, line.about) for line in lines] == [("", ""), ("mara", f"user:{mara.pk}")]
    assert [each.session_key for each in UserSession.objects.all()] == [client.session.session_key]
    assert AuditEvent.objects.get(verb="load brief (created)").who == "mara"
    assert list(check_chain()) == []
