"""Mailing: a rater who lost the link asks for a new one."""

import re

import pytest
from django.test import Client

from annotations.desk import sessions
from annotations.mailing import link_requests, outbox
from annotations.models import LinkRequest, Mail, Rater
from evalsite.core.codes import new_secret
from tests.annotations.mailing.conftest import invite_people

pytestmark = pytest.mark.django_db
PATH = "/r/new-link/"


def ask(address: str, client: str = "127.0.0.1"):
    return Client(REMOTE_ADDR=client).post(PATH, {"address": address})


def test_it_works(study, mailbox):
    invite_people(study, 1)
    answer = ask("R1@Example.org")
    assert (answer.status_code, answer["Location"]) == (303, "/r/new-link/?sent")
    assert outbox.send_due() == 1
    secret = re.search(r"/r/([\w-]{43})/", mailbox.taken[0].body)[1]
    assert mailbox.taken[0].message["Subject"] == "Your link for Harbour scenes"
    assert sessions.rater_for_secret(secret) == Rater.objects.get()


def test_the_answer_does_not_show_whether_an_address_is_known(study, mailbox):
    invite_people(study, 1)
    known, unknown = ask("r1@example.org"), ask("nobody@example.org")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert known.content == unknown.content
    pages = [Client().get(answer["Location"]).content.decode() for answer in (known, unknown)]
    csrf = re.compile(r'nonce="[^"]*"|value="[^"]{64}"')
    assert csrf.sub("", pages[0]) == csrf.sub("", pages[1])
    assert Mail.objects.count() == 1


def test_an_address_gets_a_limited_number_of_mails(study):
    invite_people(study, 1)
    for number in range(link_requests.MOST_FOR_ADDRESS + 3):
        assert ask("r1@example.org", f"10.0.0.{number}").status_code == 303
    assert Mail.objects.count() == link_requests.MOST_FOR_ADDRESS


def test_a_client_can_ask_a_limited_number_of_times(study):
    invite_people(study, link_requests.MOST_FROM_CLIENT + 3)
    for number in range(link_requests.MOST_FROM_CLIENT + 3):
        ask(f"r{number + 1}@example.org")
    assert Mail.objects.count() == link_requests.MOST_FROM_CLIENT


def test_unknown_addresses_use_up_nothing_of_known_ones(study):
    invite_people(study, 1)
    for number in range(link_requests.MOST_FROM_CLIENT + 3):
        ask(f"stranger{number}@example.org")
    ask("r1@example.org")
    assert Mail.objects.count() == 1


@pytest.mark.slow
@pytest.mark.parametrize(("proxies", "mails"), [(0, link_requests.MOST_FROM_CLIENT), (1, 23), (2, 20)])
def test_behind_a_proxy_each_client_has_a_limit(study, settings, proxies, mails):
    """What a client itself writes into the header, the first address here, counts for nothing."""
    settings.TRUSTED_PROXIES = proxies
    invite_people(study, 23)
    for number in range(1, 24):
        seen = f"198.51.100.{number}, 203.0.113.{number}"
        if proxies == 2:
            seen = f"198.51.100.{number}, 203.0.113.9, 192.0.2.{number}"
        client = Client(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=seen)
        client.post(PATH, {"address": f"r{number}@example.org"})
    assert Mail.objects.count() == mails


def test_requests_hold_no_address_and_are_forgotten(study):
    ask("r1@example.org", "203.0.113.9")
    stored = str(list(LinkRequest.objects.values()))
    assert "example" not in stored
    assert "203.0.113" not in stored
    LinkRequest.objects.update(at="2026-01-01T00:00Z")
    link_requests.forget_requests()
    assert not LinkRequest.objects.exists()


@pytest.mark.parametrize("address", ["", "nobody", "a@example.org\r\nBcc: b@example.org"])
def test_what_is_no_address_is_refused(address):
    assert ask(address).status_code == 422
    assert not LinkRequest.objects.exists()


def test_the_form_is_where_raters_look_for_it(study, settings):
    for path in ("/r/go/", f"/r/{new_secret()}/"):
        assert 'action="/r/new-link/"' in Client().get(path).content.decode()
    settings.MAILERS = {"default": {"BACKEND": outbox.DUMMY}}
    for path in ("/r/go/", f"/r/{new_secret()}/"):
        assert 'action="/r/new-link/"' not in Client().get(path).content.decode()
    assert "Ask the person who invited you" in Client().get(PATH).content.decode()


def test_the_form_needs_its_page(study):
    assert Client(enforce_csrf_checks=True).post(PATH, {"address": "r1@example.org"}).status_code == 403
