"""Time stamps of the trail's head (RFC 3161), by an authority that is made here and answers over HTTP."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from evalsite.core import timestamps
from evalsite.core.audit_chain import head
from evalsite.core.models import TimeStamp, record
from tests.evalsite.test_audit_chain import as_owner

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here"),
]

CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = Test authority
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[tsa_cert]
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


class Authority:
    """Keys, and the replies that `openssl ts -reply` makes with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "openssl.cnf").write_text(CONFIG)
        (folder / "serial").write_text("01")
        new = "req -config openssl.cnf -newkey rsa:2048 -nodes -sha256"
        self.openssl(f"{new} -x509 -days 2 -extensions ca -keyout ca.key -out ca.pem")
        self.openssl(f"{new} -subj /CN=Stamps -keyout tsa.key -out tsa.csr")
        self.openssl(
            "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile openssl.cnf"
            " -extensions tsa_cert -out tsa.pem"
        )
        self.root = folder / "ca.pem"

    def openssl(self, arguments: str) -> None:
        subprocess.run(["openssl", *arguments.split()], cwd=self.folder, check=True, capture_output=True)

    def reply(self, query: bytes) -> bytes:
        (self.folder / "query.tsq").write_bytes(query)
        self.openssl(
            "ts -reply -config openssl.cnf -queryfile query.tsq -signer tsa.pem -inkey tsa.key -out reply.tsr"
        )
        return (self.folder / "reply.tsr").read_bytes()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def served(authority: Authority, settings) -> Iterator[list[str]]:
    """The authority's address is set; yields the types of the requests that came."""
    types: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            types.append(self.headers["Content-Type"])
            content = authority.reply(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.TIMESTAMP_URL = f"http://127.0.0.1:{server.server_port}/tsr"
    yield types
    server.shutdown()
    thread.join()
    server.server_close()


def faults(*arguments: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("verify_log", "--stamps", *arguments)
    assert refused.value.returncode == 4
    return str(refused.value)


def test_the_sweep_gets_a_stamp_that_holds(served: list[str], authority: Authority, capsys) -> None:
    record(who="una", verb="open", about="harbour")
    call_command("sweep", verbosity=0)
    assert served == ["application/timestamp-query"]
    stamp = TimeStamp.objects.get()
    now = head()
    assert now is not None
    assert (stamp.sequence, stamp.digest) == (now.sequence, now.digest)
    call_command("verify_log", "--stamps", "--authorities", str(authority.root))
    assert "1 time stamps are valid" in capsys.readouterr().out


def test_once_an_hour_for_a_new_head(served: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    timestamps.stamp_if_due()
    assert served == [], "the trail is empty"
    for _time in range(2):
        record(who="una", verb="open", about="harbour")
        timestamps.stamp_if_due()
    assert len(served) == 1
    monkeypatch.setattr(timestamps, "EVERY", timedelta(0))
    for _time in range(2):
        timestamps.stamp_if_due()
    assert len(served) == 2


def test_none_is_asked_for_by_default() -> None:
    record(who="una", verb="open", about="harbour")
    timestamps.stamp_if_due()
    assert not TimeStamp.objects.exists()


def test_a_stamp_of_an_unknown_authority_is_not_valid(served: list[str]) -> None:
    record(who="una", verb="open", about="harbour")
    timestamps.stamp_if_due()
    found = faults()
    assert "time stamp" in found
    assert "--authorities" in found, "or the trail would seem to be changed"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("digest = repeat('a', 64)", "is not valid"),
        ("sequence = 9", "the trail had line 9 and ends at line 1"),
    ],
)
def test_a_stamp_that_was_changed_shows(
    served: list[str], authority: Authority, statement: str, found: str
) -> None:
    record(who="una", verb="open", about="harbour")
    timestamps.stamp_if_due()
    as_owner(f"UPDATE core_timestamp SET {statement}", table="core_timestamp")
    assert found in faults("--authorities", str(authority.root))


def test_a_trail_that_was_written_anew_shows_by_its_stamp(served: list[str], authority: Authority) -> None:
    record(who="una", verb="open", about="harbour")
    timestamps.stamp_if_due()
    as_owner("DELETE FROM core_auditevent")
    record(who="una", verb="open", about="harbour")
    assert "line 1 or one before it was replaced" in faults("--authorities", str(authority.root))


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "file:///etc/hostname", "nonsense"])
def test_an_authority_that_does_not_answer_is_logged(url: str, settings, caplog) -> None:
    settings.TIMESTAMP_URL = url
    record(who="una", verb="open", about="harbour")
    call_command("sweep", verbosity=0)
    assert "no time stamp from" in caplog.text
    assert not TimeStamp.objects.exists()
