"""The OpenAI-compatible backend against a real HTTP server, and the fake one."""

import json
import socket

import pytest

from generation.backends import (
    BackendError,
    Busy,
    Denied,
    Malformed,
    Rejected,
    Request,
    Sampling,
    ServerError,
    TooSlow,
    Unreachable,
)
from generation.backends.fake import BEHAVIOURS, RAISED, FakeBackend
from generation.backends.openai import OpenAIBackend
from generation.backends.server import FakeServer
from tests.generation.scripted_server import sink

ASKED = Request(
    "screenwriter",
    (("user", "<characters>\nKestrel: x\n\nMoody: y\n</characters>\nWrite one scene."),),
    Sampling(temperature=0.7, top_p=0.9, max_tokens=4096, seed=5),
)


class Plain:
    """A backend asked as a plain object: each call runs on the loop of the test."""

    def __init__(self, backend, loop):
        self._backend, self._loop = backend, loop

    def __getattr__(self, name):
        return lambda *arguments: self._loop.run(getattr(self._backend, name)(*arguments))


@pytest.fixture
def plain(loop):
    """Makes backends that are closed at the end."""
    made = []

    def make(*arguments, **options):
        made.append(OpenAIBackend(*arguments, **options))
        return Plain(made[-1], loop)

    yield make
    for each in made:
        loop.run(each.close())


@pytest.fixture
def backend(server, plain):
    return plain(server.url, timeout=10)


def test_a_completion_over_http(server, backend):
    answer = backend.complete(ASKED)
    assert "KESTREL" in answer.text
    assert (answer.model, answer.finish_reason) == ("screenwriter", "stop")
    assert answer.usage["completion_tokens"] > 0
    assert answer.latency > 0
    sent = server.requests[0]
    assert sent.pop("messages")[0]["role"] == "user"
    told = {"temperature": 0.7, "top_p": 0.9, "max_tokens": 4096, "seed": 5}
    assert sent == {"model": "screenwriter", **told}


def test_what_is_not_stated_is_not_sent(server, backend):
    backend.complete(Request(ASKED.model, ASKED.messages))
    assert set(server.requests[0]) == {"model", "messages"}


def test_the_same_seed_gives_the_same_text(backend):
    other = Request(ASKED.model, ASKED.messages, Sampling(seed=6))
    assert backend.complete(ASKED).text == backend.complete(ASKED).text != backend.complete(other).text


def test_a_cut_off_answer_says_so(backend):
    short = Request(ASKED.model, ASKED.messages, Sampling(max_tokens=5))
    assert backend.complete(short).finish_reason == "length"


def test_a_busy_server_says_when_to_come_back(plain):
    with FakeServer(fail_every=1, retry_after="7") as busy, pytest.raises(Busy) as raised:
        plain(busy.url).complete(ASKED)
    assert raised.value.retry_after == 7
    assert raised.value.again


def test_a_slow_server_is_given_up(plain):
    with FakeServer(slow=30) as slow, pytest.raises(TooSlow, match=r"within 0\.2 s"):
        plain(slow.url, timeout=0.2).complete(ASKED)


def test_nobody_there(plain):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        # Nobody listens, and as it is taken nobody else will.
        with pytest.raises(Unreachable, match="isn't responding") as raised:
            plain(address).complete(ASKED)
    assert not raised.value.worked, "a connection that was never made costs nothing"


def test_an_address_that_is_none(plain):
    with pytest.raises(Unreachable):
        plain("http://[bad/v1").complete(ASKED)


def ask(plain, status=200, body=b"", headers=None, **options):
    """Ask a server that gives this answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with sink(status, headers, content) as (address, _):
        return plain(address, timeout=10, **options).complete(ASKED)


@pytest.mark.parametrize(
    ("status", "error", "again"),
    [
        (400, Rejected, False), (401, Denied, False), (403, Denied, False), (404, Rejected, False),
        (408, TooSlow, True), (422, Rejected, False), (429, Busy, True), (500, ServerError, True),
        (502, ServerError, True), (503, Busy, True), (504, TooSlow, True), (302, Rejected, False),
    ],
)  # fmt: skip
def test_statuses(plain, status, error, again):
    with pytest.raises(error) as raised:
        ask(plain, status, {"error": {"message": "why"}})
    assert "\n" not in str(raised.value)
    assert type(raised.value) is error
    assert raised.value.again is again
    assert f"status {status}: why" in str(raised.value)
    assert raised.value.worked is (status in (500, 502, 504))  # what may have been done, and billed


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3), ("0.5", 0.5), ("-4", 0), ("99999", 3600), ("soon", None), ("nan", None), ("", None),
     ("Wed, 01 Jan 2020 00:00:00 GMT", 0)],
)  # fmt: skip
def test_retry_after(plain, header, seconds):
    with pytest.raises(Busy) as raised:
        ask(plain, 429, {}, {"Retry-After": header})
    assert raised.value.retry_after == seconds


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b"\xff\xfe",
        {"choices": []},
        {"choices": ["x"]},
        {"choices": {}},
        b"[" * 100_000,
    ],
)
def test_malformed_answers(plain, body):
    with pytest.raises(Malformed):
        ask(plain, 200, body)


@pytest.mark.parametrize(
    "message", [None, {}, {"content": None}, {"content": 5}, {"content": [{"text": "x"}]}]
)
def test_an_answer_without_text_is_empty(plain, message):
    assert ask(plain, 200, {"choices": [{"message": message, "finish_reason": "stop"}]}).text == ""


def test_lone_surrogates_do_not_break_it(plain):
    body = b'{"model": "m", "choices": [{"message": {"content": "a\\ud800b"}, "finish_reason": "stop"}]}'
    assert ask(plain, 200, body).text == "a\ufffdb"  # no table could hold it


def test_a_key_that_is_not_there(plain, monkeypatch):
    monkeypatch.delenv("TEST_KEY", raising=False)
    with pytest.raises(Denied, match=r"TEST_KEY.* isn't set"):
        ask(plain, 200, {}, key_env="TEST_KEY")


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_the_fake_backend_behaves_as_told(behaviour, loop):
    backend = Plain(FakeBackend(behaviour=behaviour), loop)
    if behaviour in RAISED:
        with pytest.raises(BackendError) as raised:
            backend.complete(ASKED)
        assert raised.value.again
        return
    answer = backend.complete(ASKED)
    assert answer.finish_reason == ("length" if behaviour == "cut" else "stop")
    assert (answer.text == "") is (behaviour == "empty")
    assert (answer.model != ASKED.model) is (behaviour == "other-model")


def test_an_unknown_behaviour_is_refused():
    with pytest.raises(ValueError, match="no such behaviour"):
        FakeBackend(behaviour="odd")


# What goes wrong on the way, and what is left of it


def test_an_answer_that_breaks_off_may_have_been_paid(plain):
    with FakeServer(troubles={"break": 1.0}) as server:
        with pytest.raises(Unreachable, match="disconnected before the answer was complete:") as raised:
            plain(server.url).complete(ASKED)
        assert raised.value.worked
        assert raised.value.again


def test_what_leads_an_answer_is_sent(server, backend):
    lead = {"response_format": {"type": "json_object"}}
    backend.complete(Request(ASKED.model, ASKED.messages, Sampling(stop=("END",)), lead))
    assert server.requests[0]["response_format"] == {"type": "json_object"}
    assert server.requests[0]["stop"] == ["END"]
    with pytest.raises(ValueError, match="not a way to lead an answer: guided_regex"):
        Request(ASKED.model, ASKED.messages, structured={"guided_regex": "x"})


def test_a_server_that_says_the_key_again_is_not_quoted(plain, monkeypatch):
    monkeypatch.setenv("TEST_KEY", "very-secret")
    with pytest.raises(Denied, match="key \\(the key\\) is not known"):
        ask(plain, 401, {"error": {"message": "key very-secret is not known"}}, key_env="TEST_KEY")


def test_a_server_that_does_not_tell_its_version_is_not_waited_for(plain, monkeypatch):
    monkeypatch.setattr("generation.backends.openai.VERSION_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert plain(f"http://127.0.0.1:{silent.getsockname()[1]}/v1", timeout=30).software() == {}


def test_no_part_of_the_key_is_quoted_where_an_error_is_cut(plain, monkeypatch):
    monkeypatch.setenv("TEST_KEY", "very-secret")
    with pytest.raises(Rejected) as raised:
        ask(plain, 400, {"error": {"message": "x" * 294 + "very-secret"}}, key_env="TEST_KEY")
    assert "very" not in str(raised.value)


def test_an_error_with_status_200_says_what_it_is(plain):
    with pytest.raises(Malformed, match="status 200 with an error: nobody there") as raised:
        ask(plain, 200, {"error": {"message": "nobody there", "code": 502}})
    assert raised.value.worked


@pytest.mark.parametrize("key", ["with\nnewline", "schlüssel"])
def test_a_key_that_can_be_none_is_not_sent(plain, monkeypatch, key):
    monkeypatch.setenv("TEST_KEY", key)
    with pytest.raises(Denied, match="isn't a valid key: it contains non-ASCII characters") as raised:
        ask(plain, 200, {}, key_env="TEST_KEY")
    assert key not in str(raised.value)


def test_troubles_follow_the_seed_and_not_the_order(plain):
    def answers(seeds):
        with FakeServer(troubles={"empty": 0.3, "cut": 0.3}) as server:
            told = plain(server.url)
            return {
                seed: told.complete(Request(ASKED.model, ASKED.messages, Sampling(seed=seed))).text
                for seed in seeds
            }

    first, second = answers(range(30)), answers(reversed(range(30)))
    assert first == second
    assert 0 < sum(text == "" for text in first.values()) < 30


def test_an_unknown_trouble_is_refused():
    with pytest.raises(ValueError, match="no such trouble: odd"):
        FakeServer(troubles={"odd": 0.5})
