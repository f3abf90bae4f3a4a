"""The pages below /team/webhooks/, as a browser without JavaScript uses them."""

import re

import pytest
from django.test import Client

from evalsite.core.models import AuditEvent, Role, Team
from evalsite.webhooks import outbox
from evalsite.webhooks.endpoints import MOST_ENDPOINTS, add_endpoint
from evalsite.webhooks.models import Delivery, Endpoint
from tests import factories
from tests.staff_cast import signed_in
from tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db
LIST = "/team/webhooks/"


@pytest.fixture
def mara(db) -> Client:
    return signed_in(factories.person("mara"))


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def add(client: Client, url: str, *events: str) -> str:
    """Add a webhook with the form; the address of its page."""
    answer = client.post(f"{LIST}new/", {"url": url, "events": events or ("study.closed",)})
    assert answer.status_code == 303, answer.content.decode()
    return answer["Location"]


def shown_secret(page: str) -> str:
    found = re.search(r'value="(whsec_[^"]+)"', page)
    return found[1] if found else ""


def test_add_test_and_look_at_the_log(mara, receiver: Receiver):
    assert "This team has no webhooks yet." in text(mara, LIST)
    page = add(mara, receiver.url, "study.closed", "run.finished")
    first = text(mara, page)
    secret = shown_secret(first)
    assert "Nothing was sent in the last 30 days." in first
    assert shown_secret(text(mara, page)) == ""
    receiver.status, receiver.text = 500, "<script>alert(1)</script>" + "y" * 600
    assert mara.post(f"{page}test/").status_code == 303
    assert outbox.deliver_due() == 0
    assert receiver.messages[0].verified(secret)["type"] == "webhook.test"
    message = f"{page}messages/{Delivery.objects.get().code}/"
    assert message in text(mara, page)
    log = text(mara, message)
    assert "&lt;script&gt;alert(1)" in log
    assert "<script>alert" not in log
    assert "y" * 475 in log
    assert "y" * 476 not in log
    receiver.status, receiver.text = 200, "ok"
    assert mara.post(f"{message}resend/").status_code == 303
    assert outbox.deliver_due() == 1
    assert "delivered" in text(mara, message)
    assert receiver.url in text(mara, LIST)


def test_edit_rotate_disable_enable_delete(mara, receiver: Receiver):
    page = add(mara, receiver.url)
    secret = shown_secret(text(mara, page))
    assert 'value="study.closed" checked' in text(mara, f"{page}edit/")
    changed = {"url": f"{receiver.url}/two", "events": ["report.ready"]}
    assert mara.post(f"{page}edit/", changed).status_code == 303
    assert "Report ready" in text(mara, page)
    assert "24 hours" in text(mara, f"{page}secret/")
    assert mara.post(f"{page}secret/").status_code == 303
    rotated = text(mara, page)
    assert shown_secret(rotated) not in ("", secret)
    assert "The previous secret also signs until" in rotated
    assert mara.post(f"{page}switch/", {"do": "disable"}).status_code == 303
    assert "disabled by a member of the team" in text(mara, page)
    mara.post(f"{page}test/")
    assert not Delivery.objects.exists()
    assert "Enable it first" in text(mara, page)
    assert mara.post(f"{page}switch/", {"do": "enable"}).status_code == 303
    assert "be undone" in text(mara, f"{page}delete/")
    assert Endpoint.objects.exists()
    assert mara.post(f"{page}delete/")["Location"] == LIST
    assert not Endpoint.objects.exists()
    lines = list(
        AuditEvent.objects.filter(verb__endswith="webhook").order_by("pk").values_list("verb", "who")
    )
    verbs = ["add webhook", "change webhook", "disable webhook", "enable webhook", "delete webhook"]
    assert lines == [(verb, "mara") for verb in verbs]
    assert AuditEvent.objects.filter(verb="rotate webhook secret").count() == 1
    stored = str(list(AuditEvent.objects.values_list("detail", flat=True)))
    assert "/hook" not in stored
    assert "whsec_" not in stored


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "This field is required."),
        ("hooks.example.org", "begins with https://"),
        ("ftp://hooks.example.org/", "begins with https://"),
        ("https://", "begins with https://"),
        ("https://hooks.example.org:99999/", "begins with https://"),
        ("https://hooks.example.org\\@evil.example/", "begins with https://"),
        ("https://user:pass@8.8.8.8/", "Remove the user name"),
        ("https://8.8.8.8/#part", "Remove the user name"),
        ("http://8.8.8.8/", "must begin with https://"),
        ("https://127.0.0.1/", "private network"),
        ("https://169.254.169.254/latest/", "private network"),
        ("https://2130706433/", "private network"),
        ("https://[::ffff:10.0.0.1]/", "private network"),
        ("https://no-such-name.invalid/", "private network"),
    ],
)
def test_an_address_that_is_refused(mara, settings, url, message):
    settings.ALLOW_INTERNAL_ADDRESSES = False
    answer = mara.post(f"{LIST}new/", {"url": url, "events": ["study.closed"]})
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not Endpoint.objects.exists()


def test_events_are_required_and_known(mara):
    for events in ([], ["study.deleted"]):
        answer = mara.post(f"{LIST}new/", {"url": "https://8.8.8.8/", "events": events})
        assert answer.status_code == 422
    assert not Endpoint.objects.exists()


def test_a_team_has_a_limited_number(mara):
    team = Team.objects.get().pk
    for _number in range(MOST_ENDPOINTS):
        add_endpoint(team=team, url="https://8.8.8.8/", events=["study.closed"], by="mara")
    answer = mara.post(f"{LIST}new/", {"url": "https://8.8.8.8/", "events": ["study.closed"]})
    assert (answer.status_code, Endpoint.objects.count()) == (422, MOST_ENDPOINTS)


def test_another_team_sees_nothing(mara, receiver: Receiver):
    page = add(mara, receiver.url)
    mara.post(f"{page}test/")
    message = f"{page}messages/{Delivery.objects.get().code}/"
    other = Team.objects.create(slug="other", name="Other")
    outsider = signed_in(factories.member("outsider", other, Role.OWNER))
    assert receiver.url not in text(outsider, LIST)
    own = add(outsider, receiver.url)
    stolen = message.replace(page, own)
    assert outsider.get(stolen).status_code == 404
    assert outsider.post(f"{stolen}resend/").status_code == 404
    assert Endpoint.objects.count() == 2
