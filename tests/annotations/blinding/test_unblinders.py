"""Unblinders: who may unblind a study is frozen with it, and one person can't be two of them."""

from io import StringIO
from pathlib import Path

import pytest
import yaml
from allauth.mfa.totp.internal import auth as totp
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from annotations import freezing
from annotations.blinding import unblinder_changes, unblinders, unblinding
from annotations.blinding.unblinder_changes import NoSuchChange, TooEarly
from annotations.blinding.unblinders import (
    AccessChanged,
    NotStaff,
    NotUnblinder,
    SamePerson,
    SecondFactorRefused,
)
from annotations.desk.services import WrongState
from annotations.models import Amendment, Study, UnblinderChange
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import load_study
from evalsite.accounts import links
from evalsite.core.clock import database_now
from evalsite.core.errors import InputErrors
from evalsite.core.models import AuditEvent, Notification, User
from evalsite.core.trail import detail_line
from tests.annotations.blinding.tampering import run_sql, unguarded
from tests.factories import person, write_study
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
PASSWORD = {
    "usable_password": "true",
    "password1": "a long and odd passphrase",
    "password2": "a long and odd passphrase",
}


def member(name: str, **options: str) -> User:
    """A member of the team who has signed in before."""
    user = person(name, **options)
    User.objects.filter(pk=user.pk).update(last_login=database_now())
    return user


def set_password(user: User) -> None:
    """As anyone can who then signs in as this user."""
    user.set_password("a long and odd passphrase")
    user.save()


@pytest.fixture
def mara() -> User:
    return member("mara", role=User.Role.ADMIN)


@pytest.fixture
def jonas() -> User:
    return member("jonas")


@pytest.fixture
def rae() -> User:
    """A researcher of the team who is no unblinder."""
    return member("rae")


def draft(folder: Path, **values: object) -> Study:
    path = write_study(folder, briefs=1, seats=6)
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **values}, allow_unicode=True))
    return load_study(path).study


def close(study: Study) -> Study:
    freezing.freeze(study=study, by="test", warnings_block=True)
    for verb in ("open", "close"):
        study_states.transition(study=study, verb=verb, by="test")
    study.refresh_from_db()
    return study


@pytest.fixture
def study(tmp_path: Path, mara: User, jonas: User, rae: User) -> Study:
    return close(draft(tmp_path, unblinders=["mara", "jonas"]))


def names(study: Study) -> list[str]:
    return [each.name for each in unblinders.named_unblinders(study)]


def test_freezing_stores_the_accounts_in_the_digest(study: Study, mara: User, jonas: User) -> None:
    assert study.spec["unblinders"] == [
        {"name": "mara", "account": mara.pk},
        {"name": "jonas", "account": jonas.pk},
    ]
    assert AuditEvent.objects.get(verb="freeze").detail["unblinders"] == ["mara", "jonas"]


def test_the_same_file_can_be_loaded_again(study: Study, tmp_path: Path) -> None:
    assert load_study(tmp_path / "harbour.yaml").outcome == "unchanged"


def test_only_unblinders_ask_and_confirm(study: Study, mara: User, jonas: User, rae: User) -> None:
    with pytest.raises(NotUnblinder, match="mara, jonas"):
        unblinding.request(study=study, by=rae, reason="now")
    asked = unblinding.request(study=study, by=mara, reason="now")
    with pytest.raises(NotUnblinder):
        unblinding.confirm(request=asked, by=rae)
    assert unblinding.confirm(request=asked, by=jonas).state == "unblinded"


def test_only_the_other_unblinders_are_notified(study: Study, mara: User, jonas: User, rae: User) -> None:
    unblinding.request(study=study, by=mara, reason="now")
    assert [row.user for row in Notification.objects.all()] == [jonas]


def test_a_colleagues_password_does_not_make_one_person_two(study: Study, mara: User, jonas: User) -> None:
    """F2: before, an admin who set another person's password could confirm as that person."""
    client = signed_in(mara)
    client.post("/studies/harbour/unblind/", {"step": "ask", "reason": "All seats are done."})
    assert client.post(f"/admin/core/user/{jonas.pk}/password/", PASSWORD).status_code == 302
    other = Client()
    other.post("/staff/login/", {"username": "jonas", "password": PASSWORD["password1"]})
    answer = other.post("/studies/harbour/unblind/", {"step": "confirm", "slug": "harbour"}, follow=True)
    assert "Someone else could sign in as jonas" in answer.content.decode()
    study.refresh_from_db()
    assert study.state == "closed"


def test_whoever_asked_with_a_taken_account_is_found_at_confirming(
    study: Study, mara: User, jonas: User
) -> None:
    asked = unblinding.request(study=study, by=jonas, reason="now")
    set_password(jonas)
    with pytest.raises(AccessChanged, match="jonas"):
        unblinding.confirm(request=asked, by=mara)


def test_an_account_that_takes_over_a_name_is_no_unblinder(study: Study, jonas: User) -> None:
    User.objects.filter(pk=jonas.pk).update(username="jonas-old")
    with pytest.raises(NotUnblinder):
        unblinding.request(study=study, by=person("jonas"), reason="now")


def test_a_changed_list_of_unblinders_is_found(study: Study, mara: User, rae: User) -> None:
    spec = study.spec | {"unblinders": [{"name": user.username, "account": user.pk} for user in (mara, rae)]}
    with unguarded():
        Study.objects.filter(pk=study.pk).update(spec=spec)
    study.refresh_from_db()
    asked = unblinding.request(study=study, by=mara, reason="now")
    with pytest.raises(InputErrors, match="plan"):
        unblinding.confirm(request=asked, by=rae)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["mara"], "1 item"),
        (["mara", "mara"], "listed twice"),
        (["mara", "jonas", "rae", "una"], "4 items"),
        ("mara", "must be a list"),
    ],
)
def test_a_file_names_two_or_three_people(tmp_path: Path, given: object, message: str) -> None:
    with pytest.raises(InputErrors, match=message):
        draft(tmp_path, unblinders=given)


def test_a_name_without_an_account_cannot_be_frozen(tmp_path: Path, mara: User, jonas: User) -> None:
    User.objects.filter(pk=jonas.pk).update(is_active=False)
    study = draft(tmp_path, unblinders=["mara", "jonas"])
    with pytest.raises(InputErrors, match="jonas can't be an unblinder"):
        freezing.freeze(study=study, by="test")


def test_a_file_without_unblinders_is_refused_at_freezing(
    required: None, tmp_path: Path, mara: User, jonas: User
) -> None:
    draft(tmp_path)
    with pytest.raises(CommandError, match=r"unblinders: \[mara, jonas\]"):
        call_command("freeze_study", "harbour", stdout=StringIO(), stderr=StringIO())


def test_simulated_studies_and_single_accounts_need_no_names(tmp_path: Path, mara: User) -> None:
    assert names(close(draft(tmp_path))) == []
    person("jonas")
    simulated = draft(tmp_path, slug="tide", raters="simulated")
    assert close(simulated).state == "closed"
    asked = unblinding.request(study=simulated, by=mara, reason="now")
    assert unblinding.confirm(request=asked, by=User.objects.get(username="jonas")).state == "unblinded"


def test_undoing_a_freeze_names_the_accounts_anew(tmp_path: Path, mara: User, jonas: User, rae: User) -> None:
    study = draft(tmp_path, unblinders=["mara", "jonas"])
    freezing.freeze(study=study, by="test")
    change = unblinder_changes.request_change(study=study, old="jonas", new="rae", reason="left", by=rae)
    unblinder_changes.accept_change(change=change, by=mara)
    assert names(study) == ["mara", "rae"]
    freezing.thaw(study=study, by="test")
    freezing.freeze(study=Study.objects.get(), by="test")
    assert names(Study.objects.get()) == ["mara", "jonas"]


# Studies without named unblinders


@pytest.fixture
def unnamed(tmp_path: Path, mara: User, jonas: User) -> Study:
    """As an earlier version froze it."""
    study = draft(tmp_path)
    freezing.freeze(study=study, by="test")
    for verb in ("open", "close"):
        study_states.transition(study=study, verb=verb, by="test")
    study.refresh_from_db()
    assert names(study) == []
    return study


def test_a_colleagues_password_opens_no_study_that_names_nobody(
    unnamed: Study, mara: User, jonas: User
) -> None:
    """F2 on a study of an earlier version: one person sets another's password, and confirms."""
    asked = unblinding.request(study=unnamed, by=mara, reason="now")
    set_password(jonas)
    with pytest.raises(AccessChanged, match="jonas"):
        unblinding.confirm(request=asked, by=jonas)


def test_a_second_account_made_for_it_opens_no_study_that_names_nobody(unnamed: Study, mara: User) -> None:
    asked = unblinding.request(study=unnamed, by=mara, reason="now")
    User.objects.exclude(pk=mara.pk).update(is_active=False)
    with pytest.raises(AccessChanged, match="mara2"):
        unblinding.confirm(request=asked, by=member("mara2"))


def test_who_was_alone_at_the_freezing_can_get_a_second_person(tmp_path: Path, mara: User) -> None:
    study = close(draft(tmp_path))
    asked = unblinding.request(study=study, by=mara, reason="now")
    assert unblinding.confirm(request=asked, by=member("jonas")).state == "unblinded"


def test_with_second_factors_one_account_cannot_freeze_alone(settings, tmp_path: Path, mara: User) -> None:
    """One person could freeze a study without unblinders, and then make the second account."""
    settings.UNBLIND_SECOND_FACTOR = "required"
    with pytest.raises(InputErrors, match="unblinders"):
        freezing.freeze(study=draft(tmp_path), by="test", warnings_block=True)


# Replacing an unblinder


def test_a_remaining_unblinder_accepts_a_replacement(
    study: Study, mara: User, jonas: User, rae: User
) -> None:
    change = unblinder_changes.request_change(study=study, old="mara", new="rae", reason="Left.", by=mara)
    with pytest.raises(NotUnblinder):
        unblinder_changes.accept_change(change=change, by=rae)
    with pytest.raises(NotUnblinder):
        unblinder_changes.accept_change(change=change, by=mara)
    unblinder_changes.accept_change(change=change, by=jonas)
    assert names(study) == ["jonas", "rae"]
    row = Amendment.objects.get()
    assert (row.who, row.text, row.unblinder_change.new_name) == ("jonas", "Left.", "rae")
    with pytest.raises(NotUnblinder):
        unblinding.request(study=study, by=mara, reason="now")
    asked = unblinding.request(study=study, by=rae, reason="now")
    assert unblinding.confirm(request=asked, by=jonas).state == "unblinded"


def test_who_is_replaced_learns_of_it(study: Study, mara: User, jonas: User, rae: User) -> None:
    """One person with a second account that is older than the freezing could do this behind their back."""
    unblinder_changes.request_change(study=study, old="jonas", new="rae", reason="Left.", by=rae)
    told = dict(Notification.objects.values_list("kind", "user__username"))
    assert told == {"unblinder-change-requested": "mara", "unblinder-replaced": "jonas"}


def test_a_new_unblinder_may_have_a_new_account(study: Study, jonas: User, rae: User) -> None:
    """The one who accepts vouches for the account as it is then."""
    person("ida")
    change = unblinder_changes.request_change(study=study, old="mara", new="ida", reason="Left.", by=rae)
    unblinder_changes.accept_change(change=change, by=jonas)
    unblinding.request(study=study, by=User.objects.get(username="ida"), reason="now")


def test_a_forged_change_counts_for_nothing(study: Study, mara: User, jonas: User, rae: User) -> None:
    amendment = Amendment.objects.create(study=study, who="mara", text="Left.")
    study.unblinder_changes.create(
        old="jonas", new=rae, new_name="rae", reason="Left.", requested_by=jonas, state="accepted",
        accepted_by=mara, ended_at=database_now(), amendment=amendment,
    )  # fmt: skip
    assert names(study) == ["mara", "jonas"]


@pytest.mark.parametrize("column", ["accepted_by_id", "requested_by_id"])
def test_who_replaced_an_unblinder_is_who_the_trail_says(
    study: Study, mara: User, jonas: User, rae: User, column: str
) -> None:
    """The report prints these people, and the application's role can change who accepted."""
    member("ida")
    row = unblinder_changes.request_change(study=study, old="mara", new="ida", reason="Left.", by=rae)
    unblinder_changes.accept_change(change=row, by=jonas)
    unblinding.check_study(study)
    run_sql(f"UPDATE annotations_unblinderchange SET {column} = {mara.pk}")
    with pytest.raises(InputErrors, match="replacement of unblinder mara by ida differs"):
        unblinding.check_study(study)


def test_a_later_time_of_freezing_hides_no_change_of_access(study: Study, jonas: User) -> None:
    set_password(jonas)
    Study.objects.filter(pk=study.pk).update(frozen_at=database_now())
    with pytest.raises(AccessChanged):
        unblinding.request(study=study, by=jonas, reason="now")


def test_one_person_cannot_request_and_accept_with_a_colleagues_account(
    study: Study, mara: User, jonas: User, rae: User
) -> None:
    """An admin who is an unblinder could otherwise request a replacement with any account, and accept it."""
    for user in (jonas, rae):
        set_password(user)
        with pytest.raises(AccessChanged, match=user.username):
            unblinder_changes.request_change(study=study, old="jonas", new="rae", reason="Left.", by=user)
    with pytest.raises(AccessChanged, match="ida"):
        unblinder_changes.request_change(
            study=study, old="jonas", new="ida", reason="Left.", by=person("ida")
        )


def test_two_people_vouch_for_an_account_that_was_reset(
    study: Study, mara: User, jonas: User, rae: User
) -> None:
    set_password(jonas)
    change = unblinder_changes.request_change(
        study=study, old="jonas", new="jonas", reason="Forgot the password.", by=rae
    )
    with pytest.raises(AccessChanged):
        unblinder_changes.accept_change(change=change, by=jonas)
    unblinder_changes.accept_change(change=change, by=mara)
    asked = unblinding.request(study=study, by=jonas, reason="now")
    assert unblinding.confirm(request=asked, by=mara).state == "unblinded"


def test_unblinders_have_different_addresses_and_have_signed_in(
    settings, tmp_path: Path, mara: User, jonas: User
) -> None:
    study = draft(tmp_path, unblinders=["mara", "jonas"])
    User.objects.update(email="Desk@example.org")
    with pytest.raises(InputErrors, match="same email address"):
        freezing.freeze(study=study, by="test", warnings_block=True)
    User.objects.filter(pk=jonas.pk).update(email="desk2@example.org", last_login=None)
    settings.UNBLIND_SECOND_FACTOR = "required"
    with pytest.raises(InputErrors, match="jonas is an unblinder and has never signed in"):
        freezing.freeze(study=study, by="test", warnings_block=True)


def tagged(user: User, tag: str) -> None:
    with user.changes_own_access():
        User.objects.filter(pk=user.pk).update(email=f"Desk{tag}@Example.org")
    user.refresh_from_db()


def test_two_accounts_with_one_mailbox_are_one_person(
    tmp_path: Path, mara: User, jonas: User, rae: User
) -> None:
    """One person with two accounts that are older than the freezing unblinded alone."""
    draft_study = draft(tmp_path, unblinders=["mara", "jonas"])
    tagged(mara, "")
    tagged(jonas, "+two")
    with pytest.raises(InputErrors, match="same email address"):
        freezing.freeze(study=draft_study, by="test", warnings_block=True)
    User.objects.filter(pk=jonas.pk).update(email="jonas@example.org")
    study = close(draft_study)
    tagged(rae, "+three")
    with pytest.raises(NoSuchChange, match="same email address"):
        unblinder_changes.request_change(study=study, old="jonas", new="rae", reason="Left.", by=jonas)
    change = unblinder_changes.request_change(study=study, old="jonas", new="jonas", reason="Reset.", by=rae)
    with pytest.raises(SamePerson):
        unblinder_changes.accept_change(change=change, by=mara)
    tagged(jonas, "+two")
    asked = unblinding.request(study=study, by=mara, reason="now")
    with pytest.raises(SamePerson, match="mara and jonas have the same email address"):
        unblinding.confirm(request=asked, by=jonas)
    tagged(jonas, "s")
    links.confirm_address(jonas, jonas.email)
    assert unblinders.check_two_people(study, mara, jonas) == ["unconfirmed:mara", "access"]
    page = signed_in(mara).get("/studies/harbour/unblind/").content.decode()
    assert "Without a confirmed email address: mara." in page
    links.confirm_address(mara, mara.email)
    assert unblinding.confirm(request=asked, by=jonas).state == "unblinded"
    assert AuditEvent.objects.get(verb="unblind").detail["checked"] == ["addresses", "access"]


def test_a_taken_account_cannot_accept(study: Study, jonas: User, rae: User) -> None:
    change = unblinder_changes.request_change(study=study, old="mara", new="rae", reason="Left.", by=rae)
    set_password(jonas)
    with pytest.raises(AccessChanged):
        unblinder_changes.accept_change(change=change, by=jonas)


@pytest.mark.parametrize(
    ("old", "new", "by", "message"),
    [
        ("rae", "ida", "rae", "rae isn't an unblinder"),
        ("mara", "nobody", "rae", "nobody isn't an active owner"),
        ("mara", "jonas", "rae", "jonas is an unblinder already"),
        ("mara", "rae", "jonas", "another member of the team has to request it"),
    ],
)
def test_a_replacement_that_cannot_be(study: Study, old: str, new: str, by: str, message: str) -> None:
    person("ida")
    with pytest.raises(NoSuchChange, match=message):
        unblinder_changes.request_change(
            study=study, old=old, new=new, reason="Left.", by=User.objects.get(username=by)
        )


def test_a_stranger_to_the_team_requests_nothing(study: Study) -> None:
    with pytest.raises(NotStaff):
        unblinder_changes.request_change(
            study=study, old="mara", new="rae", reason="Left.", by=User.objects.create_user("guest")
        )


def test_one_replacement_waits_and_can_be_declined(study: Study, mara: User, jonas: User, rae: User) -> None:
    given = {"study": study, "old": "mara", "new": "rae", "reason": "Left.", "by": rae}
    change = unblinder_changes.request_change(**given)
    with pytest.raises(WrongState, match="waits already"):
        unblinder_changes.request_change(**given)
    unblinder_changes.decline_change(change=change, by=jonas)
    with pytest.raises(WrongState, match="declined"):
        unblinder_changes.accept_change(change=change, by=jonas)
    assert names(study) == ["mara", "jonas"]
    assert unblinder_changes.request_change(**given).state == "waiting"


def test_the_page_replaces_an_unblinder(study: Study, mara: User, jonas: User, rae: User) -> None:
    page = "/studies/harbour/unblind/"
    seen = signed_in(rae).get(page).content.decode()
    assert "rae isn" in seen
    assert 'value="ask"' not in seen
    asked = {"step": "replace", "old": "mara", "new": "rae", "reason": "Left."}
    signed_in(rae).post(page, asked | {"reason": ""})
    assert not study.unblinder_changes.exists()
    signed_in(rae).post(page, asked)
    assert 'value="accept"' not in signed_in(rae).get(page).content.decode()
    assert 'value="accept"' in signed_in(jonas).get(page).content.decode()
    signed_in(rae).post(page, {"step": "accept"})
    assert names(study) == ["mara", "jonas"]
    signed_in(jonas).post(page, {"step": "accept"})
    assert names(study) == ["jonas", "rae"]
    assert "rae instead of mara" in signed_in(mara).get("/studies/harbour/").content.decode()


# The second factor


@pytest.fixture
def required(settings) -> None:
    settings.UNBLIND_SECOND_FACTOR = "required"


def fresh_code(user: User) -> str:
    secret = totp.generate_totp_secret()
    with user.changes_own_access():
        totp.TOTP.activate(user, secret)
    User.objects.filter(pk=user.pk)
    return totp.format_hotp_value(totp.hotp_value(secret, list(totp.yield_hotp_counters_from_time())[1]))


@pytest.fixture
def codes(required: None, mara: User, jonas: User) -> dict[str, str]:
    """Fresh codes of both, whose authenticator apps are older than the study."""
    return {user.username: fresh_code(user) for user in (mara, jonas)}


@pytest.fixture
def strict(codes: dict[str, str], study: Study) -> Study:
    return study


def test_each_person_gives_a_code(strict: Study, codes: dict[str, str], mara: User, jonas: User) -> None:
    with pytest.raises(SecondFactorRefused, match="A fresh authenticator code of mara"):
        unblinding.request(study=strict, by=mara, reason="now")
    asked = unblinding.request(study=strict, by=mara, reason="now", code=codes["mara"])
    with pytest.raises(SecondFactorRefused, match="jonas's code is wrong"):
        unblinding.confirm(request=asked, by=jonas, code="000000")
    unblinding.confirm(request=asked, by=jonas, code=codes["jonas"])
    asked.refresh_from_db()
    assert (asked.requested_with, asked.confirmed_with, asked.place) == ("code", "code", "browser")


def test_without_a_second_factor_nobody_unblinds(required: None, study: Study, mara: User) -> None:
    with pytest.raises(SecondFactorRefused, match="mara has no second factor"):
        unblinding.request(study=study, by=mara, reason="now", code="123456")


def test_the_console_takes_both_codes(strict: Study, codes: dict[str, str]) -> None:
    by = ["--by", "mara", "--by", "jonas"]
    with pytest.raises(CommandError, match="code of mara and jonas is missing") as refused:
        call_command("unblind_study", "harbour", *by)
    assert refused.value.returncode == 1
    with pytest.raises(CommandError, match="NAME=CODE"):
        call_command("unblind_study", "harbour", *by, "--code", "123456")
    given = [part for name, code in codes.items() for part in ("--code", f"{name}={code}")]
    call_command("unblind_study", "harbour", *by, *given, stdout=StringIO())
    assert strict.unblindings.get().place == "console"


def test_the_console_refuses_whoever_is_no_unblinder(study: Study) -> None:
    with pytest.raises(CommandError, match="rae isn't an unblinder of this study") as refused:
        call_command("unblind_study", "harbour", "--by", "mara", "--by", "rae")
    assert refused.value.returncode == 1
    study.refresh_from_db()
    assert study.state == "closed"


def test_the_page_asks_for_a_code(strict: Study, codes: dict[str, str], mara: User, jonas: User) -> None:
    page, client = "/studies/harbour/unblind/", signed_in(mara)
    assert 'name="code"' in client.get(page).content.decode()
    wrong = client.post(page, {"step": "ask", "reason": "Done.", "code": "000000"})
    assert wrong.status_code == 422
    assert "mara&#x27;s code is wrong" in wrong.content.decode()
    client.post(page, {"step": "ask", "reason": "Done.", "code": codes["mara"]})
    answer = signed_in(jonas).post(page, {"step": "confirm", "slug": "harbour", "code": codes["jonas"]})
    assert answer["Location"] == "/studies/harbour/report/"


def test_one_browser_is_one_person(strict: Study, codes: dict[str, str], mara: User, jonas: User) -> None:
    page, client = "/studies/harbour/unblind/", signed_in(mara)
    client.post(page, {"step": "ask", "reason": "Done.", "code": codes["mara"]})
    client.post("/staff/logout/")
    client.force_login(jonas, backend="django.contrib.auth.backends.ModelBackend")
    confirmed = {"step": "confirm", "slug": "harbour", "code": codes["jonas"]}
    assert "requested in the same browser" in client.post(page, confirmed, follow=True).content.decode()
    strict.refresh_from_db()
    assert strict.state == "closed"
    signed_in(jonas).post(page, confirmed)
    strict.refresh_from_db()
    assert strict.state == "unblinded"
    checked = AuditEvent.objects.get(verb="unblind").detail["checked"]
    assert checked == ["unconfirmed:mara", "unconfirmed:jonas", "access", "browsers"]
    assert "address not confirmed: mara, address not confirmed: jonas" in detail_line({"checked": checked})


def test_a_confirmation_is_for_the_request_that_was_read(study: Study, mara: User, jonas: User) -> None:
    """Mara's second request took the place of the one whose reason Jonas had read."""
    page, client = "/studies/harbour/unblind/", signed_in(jonas)
    read = unblinding.request(study=study, by=mara, reason="All agreed.")
    assert f'name="row" value="{read.pk}"' in client.get(page).content.decode()
    unblinding.cancel(request=read, by=mara)
    asked = unblinding.request(study=study, by=mara, reason="I can't wait.")
    client.post(page, {"step": "confirm", "slug": "harbour", "row": read.pk})
    study.refresh_from_db()
    assert study.state == "closed"
    client.post(page, {"step": "confirm", "slug": "harbour", "row": asked.pk})
    study.refresh_from_db()
    assert study.state == "unblinded"


def test_who_is_replaced_has_a_day_to_decline(
    strict: Study, codes: dict[str, str], mara: User, jonas: User, rae: User
) -> None:
    """One person with the accounts of mara and rae replaced jonas, and unblinded, within a minute."""
    change = unblinder_changes.request_change(study=strict, old="jonas", new="rae", reason="Left.", by=rae)
    with pytest.raises(TooEarly, match="jonas has been notified"):
        unblinder_changes.accept_change(change=change, by=mara, code=codes["mara"])
    seen = signed_in(mara).get("/studies/harbour/unblind/").content.decode()
    assert "A remaining unblinder can accept it from" in seen
    assert 'value="accept"' not in seen
    UnblinderChange.objects.update(requested_at=database_now() - unblinder_changes.NOTICE)
    unblinder_changes.accept_change(change=change, by=mara, code=codes["mara"])
    assert names(strict) == ["mara", "rae"]


def test_who_leaves_needs_no_notice(
    strict: Study, codes: dict[str, str], mara: User, jonas: User, rae: User
) -> None:
    change = unblinder_changes.request_change(study=strict, old="jonas", new="rae", reason="Left.", by=jonas)
    unblinder_changes.accept_change(change=change, by=mara, code=codes["mara"])
    assert names(strict) == ["mara", "rae"]


def test_simulated_raters_never_need_a_code(required: None, tmp_path: Path, mara: User, jonas: User) -> None:
    study = close(draft(tmp_path, raters="simulated"))
    assert "no second factor is needed" in signed_in(mara).get("/studies/harbour/unblind/").content.decode()
    asked = unblinding.request(study=study, by=mara, reason="now")
    unblinding.confirm(request=asked, by=jonas)
    asked.refresh_from_db()
    assert asked.confirmed_with == "simulated"


def test_the_page_says_who_lacks_a_second_factor(
    required: None, tmp_path: Path, mara: User, jonas: User
) -> None:
    study = draft(tmp_path, unblinders=["mara", "jonas"])
    with mara.changes_own_access():
        totp.TOTP.activate(mara, totp.generate_totp_secret())
    seen = signed_in(mara).get("/studies/harbour/").content.decode()
    assert "No second factor yet: jonas." in seen
    close(study)
    page = "/studies/harbour/unblind/"
    seen = signed_in(jonas).get(page).content.decode()
    assert "Set up a second factor" in seen
    assert 'value="ask"' not in seen
    seen = signed_in(mara).get(page).content.decode()
    assert 'value="ask"' in seen
    assert "no second factor yet" in seen


def test_the_page_says_whose_account_was_changed(study: Study, mara: User, jonas: User, rae: User) -> None:
    for user in (jonas, rae):
        set_password(user)
    page = "/studies/harbour/unblind/"
    seen = signed_in(mara).get(page).content.decode()
    assert "someone else could sign in" in seen
    assert "No other unblinder can confirm at present" in seen
    seen = signed_in(rae).get(page).content.decode()
    assert "rae can&#x27;t request a replacement" in seen
    assert 'value="replace"' not in seen
    asked = {"step": "replace", "old": "jonas", "new": "jonas", "reason": "Forgot it."}
    refused = signed_in(mara).post(page, asked)
    assert refused.status_code == 422
    assert "Forgot it." in refused.content.decode()
    assert "another member of the team has to request it" in refused.content.decode()
    assert not study.unblinder_changes.exists()  # No one else is left to accept it.
