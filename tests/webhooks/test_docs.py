"""The receiver in docs/webhooks.md, run as it is written there."""

import os
import re
import socket
import subprocess
import sys
import time

import pytest

from evalsite.core.models import Team
from evalsite.local.paths import REPOSITORY
from evalsite.webhooks import outbox
from evalsite.webhooks.endpoints import add_endpoint
from evalsite.webhooks.models import Attempt, Endpoint, EventType
from evalsite.webhooks.signing import encrypt_secret, new_signing_secret

pytestmark = pytest.mark.django_db
PAGE = (REPOSITORY / "docs" / "webhooks.md").read_text()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the receiver of the docs does not listen")


def test_the_receiver_of_the_docs_takes_genuine_messages_alone():
    program = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    port = free_port()
    endpoint, secret = add_endpoint(
        team=Team.objects.get().pk, url=f"http://127.0.0.1:{port}/", events=["study.closed"], by="mara"
    )
    receiver = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port)},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        wait_for(port)
        outbox.emit(endpoint.team_id, "study.closed", {"study": "harbour"})
        assert outbox.deliver_due() == 1
        Endpoint.objects.update(secret=encrypt_secret(new_signing_secret()))
        outbox.emit(endpoint.team_id, "study.closed", {"study": "forged"})
        assert outbox.deliver_due() == 0
    finally:
        receiver.kill()
        said = receiver.communicate()[0]
    assert said == "study.closed {'study': 'harbour'}\n"
    assert list(Attempt.objects.values_list("status", flat=True)) == [204, 400]


def test_the_docs_name_each_event_and_wait():
    assert {f"`{value}`" for value in EventType.values} <= set(re.findall(r"`[\w.]+`", PAGE))
    assert outbox.WAITS_S == (30, 300, 1800, 7200, 18000, 36000, 36000)
    assert "after 30 seconds, 5 minutes, 30 minutes, 2, 5, 10 and 10 hours" in PAGE
