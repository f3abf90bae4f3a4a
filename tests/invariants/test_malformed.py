"""Whole site: 2,000 malformed requests, of everybody and to every address. None may fail with 5xx, and over a
socket every one is answered.

1,800 go through Django's test client, which is quick, and 200 to a real gunicorn. They are the same
each time.
"""

import itertools
import os
import random
import re
import socket
import subprocess
import sys
import time
from contextlib import closing
from urllib.parse import quote, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client

from evalsite.local.paths import REPOSITORY, paths
from tests import factories
from tests.annotations.desk import cast
from tests.invariants import test_doors as doors
from tests.invariants.test_doors import people  # noqa: F401
from tests.servers import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
REQUESTS = 1800
ODD = [
    "", " ", "+", "%00", "a%00b", "%FF%FE", "%ED%A0%80", "%C0%AF", "%F4%90%80%80", "%E4%B8", "%",
    "%zz", "%25%30%30", "-1", "0", "1e400", "NaN", "Infinity", "-0", "0x10", "1_000", "%C2%B2",
    "%D9%A3", "..%2f..%2fetc%2fpasswd", "....//", "%0d%0aSet-Cookie:a=b", "%E2%80%AE", "'--", '"',
    "{{7*7}}", "%7B%25debug%25%7D", "${a}", "%3Cscript%3E", "[]", "{}", "true", "null", "undefined",
    "2026-02-30", "999999-01-01T00:00:00Z", "0000-00-00", "a,b;c",
    *("9" * 19, "9" * 400, "%F0%9F%92%A9" * 50, "A" * 5000, "%E5%A5%BD" * 2000),
]  # fmt: skip
"""As they stand in an address."""
NAMES = [
    "", "a" * 3000, "page", "state", "q", "order", "sort", "language", "series", "run", "study",
    "next", "token", "size", "n", "columns", "limit", "offset", "format", "lang", "step", "code",
    "slug", "seats", "sesame", "from", "to", "kind", "PROLIFIC_PID", "SESSION_ID", "values",
    "csrfmiddlewaretoken", "page_size", "%00", "%FF", "[]",
]  # fmt: skip
URLENCODED, PARTED = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
FIELD = "--b\r\nContent-Disposition: form-data"
MANY_FILES = "".join(f'{FIELD}; name="files"; filename="{n}.yaml"\r\n\r\n{"[" * n}\r\n' for n in range(120))
BODIES = [
    *(
        ("application/json", text)
        for text in ("[" * 20_000 + "]" * 20_000, '{"a":' * 5000 + "1" + "}" * 5000, "\x00")
    ),
    ("application/json", '{"number": NaN, "list": [Infinity, 1e999], "a": "\\ud800"}'),
    ("application/json; charset=utf-16", "{}"),
    (f"{URLENCODED}; charset=no-such", "a=b"),
    (f"{URLENCODED}; charset=utf-7", "a=+AAA-"),
    (URLENCODED, "&".join(f"a{n}=b" for n in range(6000))),
    (URLENCODED, "a=" + "%00" * 1000 + "&a=%ED%A0%80&=&&&=="),
    (URLENCODED, "\xff\xfe=\xff"),
    ("multipart/form-data", "no boundary"),
    ("multipart/form-data; boundary=", "--\r\n"),
    ("multipart/form-data; boundary=" + "b" * 500, "--b"),
    ("multipart/form-data; boundary=\u00e9", "--\u00e9"),
    (PARTED, f'{FIELD}; name="a"\r\n\r\ncut off'),
    (PARTED, f"{FIELD}\r\n\r\nx\r\n--b--"),
    (
        PARTED,
        f'{FIELD}; name="file"; filename="a\x00/../\\.docx"\r\nContent-Type: \x00/\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--b--\r\n",
    ),
    (PARTED, f"{MANY_FILES}--b--\r\n"),
    (PARTED, ("--b\r\n" + "X-A: b\r\n" * 3000 + "\r\n\r\n") * 2 + "--b--"),
    ("text/xml", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
    *((kind, "x") for kind in ("", "a" * 3000, "\x00/\x00")),
]
COOKIES = ("sessionid", "csrftoken", "messages", "django_language", "rater", "theme", "size")
VALUES = {
    "Cookie": (
        *("=", ";;;", "a" * 4000, "\xff=\xfe", "csrftoken=\x00; sessionid='"),
        *(f"{name}={value}" for name in COOKIES for value in ("x:y:z", "\xff", "9" * 3000, '"')),
    ),
    "Accept-Language": ("*", "zh" * 2000, "en;q=9e9,zh;q=NaN", ",;=", "\xff", "x-" * 400),
    "Range": ("bytes=9-1", "bytes=-", "bytes=0-,0-,0-", "bytes=" + "9" * 300 + "-", "x"),
    "If-Modified-Since": ("yesterday", "Thu, 99 Foo 0000 99:99:99 GMT", "\x00"),
    "If-None-Match": ("*", '"', 'W/"' + "a" * 3000, ",,,"),
    "If-Match": ("*", '"'),
    "Host": ("", "a b", "evil.example", "[::1", "localhost:99999", "\x00", "a" * 300, "@"),
    "X-Forwarded-For": ("x", ", ,", "::" * 100, "1.2.3.4" * 300),
    "X-Forwarded-Proto": ("https", "\x00", "javascript"),
    "X-Forwarded-Host": ("evil.example", "\x00"),
    "Authorization": ("Basic", "Basic ====", "Bearer \xff", "Digest a=b", "\x00"),
    "Accept": ("", "*/*;q=NaN", "application/" + "x" * 3000, "text/html;;;=", "\xff"),
    "Accept-Encoding": ("gzip;q=x", "," * 500, "br" * 300),
    "Content-Encoding": ("gzip", "x"),
    "Content-Length": ("-1", "x", "9" * 30, ""),
    "Origin": ("null", "http://[", "\x00"),
    "Referer": ("http://[::1", "\x00", "javascript:1"),
    "X-Requested-With": ("\x00",),
}
HEADERS = [(name, value) for name, values in VALUES.items() for value in values]
METHODS = [
    "GET",
    "GET",
    "GET",
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "FOO",
    "get",
    "PÖST",
]


@pytest.fixture
def everybody(tmp_path, people):  # noqa: F811
    """A person of each kind, signed in, and the addresses of an open study."""
    study = factories.make_study(tmp_path, state="open", briefs=2)
    rater = cast.at_desk(study).client
    callers = {**people, "rater": rater}
    for client in callers.values():
        client.raise_request_exception = False
    return study, callers


def test_no_malformed_request_fails(everybody):
    study, callers = everybody
    rng = random.Random(17)
    addresses = sorted(set(doors.addresses(study)))
    fields: dict[tuple[str, str], list[str]] = {}
    failed = []
    for number in range(REQUESTS):
        who = rng.choice(sorted(callers))
        path = rng.choice(addresses)
        with transaction.atomic():
            wanted = malformed(rng, callers[who], path, fields.setdefault((who, path), []))
            cookies = callers[who].cookies.copy()
            answer = callers[who].generic(**wanted)
            if answer.streaming:
                b"".join(answer.streaming_content)
            callers[who].cookies = cookies
            transaction.set_rollback(True)
        if answer.status_code >= 500:
            failed.append((number, who, answer.status_code, str(wanted)[:300]))
    assert failed == []


def malformed(rng: random.Random, client: Client, path: str, names: list[str]) -> dict[str, object]:
    """One request: an odd address, query, form, body, header or method, or several of these."""
    wanted: dict[str, object] = {"method": "GET", "path": quote(path, safe="/%"), "headers": {}}
    kinds = rng.sample(["path", "query", "form", "body", "header", "method"], rng.choice([1, 1, 2, 3]))
    if "path" in kinds:
        parts = str(wanted["path"]).split("/")
        parts[rng.randrange(1, len(parts))] = rng.choice(ODD)
        wanted["path"] = "/".join(parts) + rng.choice(["", "/", "//"])
    if "query" in kinds:
        pairs = [f"{rng.choice(NAMES)}={rng.choice(ODD)}" for _ in range(rng.randrange(1, 5))]
        wanted["path"] = f"{wanted['path']}?{'&'.join([*pairs, pairs[0]])}"
    if "form" in kinds:
        if not names:
            page = client.get(path)
            text = b"" if page.streaming else page.content
            names += re.findall(r'\bname="([^"]+)"', text.decode("utf-8", "replace")) or NAMES
        chosen = rng.sample(names, min(len(names), rng.randrange(1, 8)))
        pairs = [f"{quote(name)}={rng.choice(ODD)}" for name in [*chosen, chosen[0]]]
        wanted |= {
            "method": "POST",
            "data": "&".join(pairs),
            "content_type": "application/x-www-form-urlencoded",
        }
    if "body" in kinds:
        kind, body = rng.choice(BODIES)
        wanted |= {"method": "POST", "data": body.encode("utf-8"), "content_type": kind}
    if "header" in kinds:
        wanted["headers"] = dict(rng.choice(HEADERS) for _ in range(rng.randrange(1, 4)))
    if "method" in kinds:
        wanted["method"] = rng.choice(METHODS)
    return wanted


# Over a socket


@pytest.fixture(scope="module")
def gunicorn(django_db_setup, django_db_blocker):
    """The web server alone, on the database of the tests. Yields its port."""
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    port = free_port()
    paths().may_serve.touch()
    command = [sys.executable, "-m", "gunicorn", "--config", "evalsite/local/gunicorn_conf.py"]
    server = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "4"],
        cwd=REPOSITORY, env={**os.environ, "DATABASE_URL": address}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not _status(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", quiet=True):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _status(port: int, *parts: bytes, quiet: bool = False) -> int:
    """The status of the answer to what is sent; 0 where the connection ends without one."""
    with closing(socket.socket()) as door:
        door.settimeout(30)
        try:
            door.connect(("127.0.0.1", port))
        except OSError:
            assert quiet
            return 0
        try:
            for part in parts:
                door.sendall(part)
        except OSError:
            # Most clients then look for no answer. The end of a line that is too long may well be refused.
            if len(parts) > 1:
                return 0
        try:
            answer = door.recv(64)
        except OSError:
            return 0
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    return int(found[1]) if found else 0


def _post(path: bytes, length: int, *more: bytes) -> bytes:
    lines = [
        b"POST %b HTTP/1.1" % path,
        b"Host: localhost",
        b"Content-Length: %b" % str(length).encode(),
        *more,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


FORM = b"Content-Type: application/x-www-form-urlencoded"
PARTS = b"Content-Type: multipart/form-data; boundary=b"
COOKIE = b"Cookie: csrftoken=" + b"a" * 32
CHUNKED = b"POST /staff/login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD = b"GET /staff/login/ HTTP/1.1\r\nHost: localhost\r\n"


def raw_requests() -> list[tuple[bytes, ...]]:
    """200 requests, each as the pieces that are sent."""
    lines = [
        *(b"GET /%b HTTP/1.1" % odd.encode() for odd in ODD if " " not in odd),
        *(b"%b / HTTP/1.1" % method for method in (b"FOO", b"get", b"G\xffT", b"A" * 300, b"CONNECT")),
        *(
            b"GET %b HTTP/1.1" % path
            for path in (b"*", b"http://evil/", b"//", b"/\xff", b"/\x00", b"/" * 900)
        ),
        *(b"GET / HTTP/%b" % version for version in (b"1.0", b"0.9", b"2.0", b"9.9", b"1.1.1", b"x")),
        *(b"GET /%b HTTP/1.1" % (b"a" * size) for size in (3000, 4090, 9000, 70_000)),
        *(b"GET", b"GET /", b" GET / HTTP/1.1", b"GET  / HTTP/1.1", b"\x16\x03\x01\x02", b"PRI * HTTP/2.0"),
    ]
    requests = [(line + b"\r\nHost: localhost\r\n\r\n",) for line in lines]
    headers = [
        *(f"{name}: {value}".encode("latin-1") for name, value in HEADERS),
        *(b": x", b"a b: c", b"no-colon", b" folded", b"A: b\r\n\tfolded", b"\x00: x", b"X: " + b"a" * 9000),
        *(b"Host: a\r\nHost: b", b"Content-Length: 5\r\nContent-Length: 6", b"Content-Length: -5"),
        *(b"Expect: x", b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked, chunked"),
        b"\r\n".join(b"X-%d: a" % number for number in range(150)),
    ]
    requests += [(HEAD + header + b"\r\n\r\n",) for header in headers]
    chunks = (
        b"0\r\n\r\n",
        b"x\r\n",
        b"5\r\nab",
        b"-1\r\n\r\n",
        b"f" * 18 + b"\r\na",
        b"1;a=\x00\r\na\r\n0\r\n\r\n",
    )
    requests += [(CHUNKED + chunk,) for chunk in chunks]
    paths = (
        b"/staff/login/",
        b"/r/desk/",
        b"/nowhere/",
        b"/generation/scripts/new/",
        b"/healthz",
        b"/metrics",
    )
    requests += [(_post(path, 9_000_000, PARTS), *_body(9_000_000)) for path in paths]
    for path, kind, length in itertools.product(
        paths, (FORM, PARTS), (300_000, 1_000_000, 3_000_000, 9_000_000)
    ):
        requests.append((_post(path, length, kind, COOKIE), *_body(length)))
    requests += [(_post(b"/staff/login/", 3_000_000, PARTS, b"Expect: 100-continue"),)]
    requests += [(_post(b"/r/desk/", 150_000_000, PARTS, COOKIE),)]
    assert len(requests) >= 200
    return requests


def _body(length: int) -> list[bytes]:
    piece = b"x" * 100_000
    return [piece] * (length // len(piece))


def test_every_connection_is_answered(gunicorn):
    """Before, a body that was refused while it was sent took the answer with it (3 of 593)."""
    odd = []
    for pieces in raw_requests():
        status = _status(gunicorn, *pieces)
        if not 200 <= status < 500 and status not in (100, 501, 505):
            odd.append((status, pieces[0][:120]))
    assert odd == []


def test_a_stranger_s_150_megabytes_are_refused_at_once(gunicorn):
    """By the stated length, before anything of it is sent, and the answer reaches who sends all of it."""
    head = _post(b"/staff/login/", 150_000_000, PARTS, COOKIE)
    started = time.monotonic()
    assert _status(gunicorn, head) == 413
    assert time.monotonic() - started < 5
    assert _status(gunicorn, head, *_body(150_000_000)) == 413
