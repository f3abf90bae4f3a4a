"""An OpenAI-compatible server with canned scenes, on this machine only: for trying things and for tests."""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from generation.backends import canned

MODELS = ("screenwriter", "dsr-novel")
MOST_BYTES = 4_000_000


class FakeServer:
    """Serves `/v1/models` and `/v1/chat/completions` on 127.0.0.1. `requests` keeps what was asked.

    `slow` seconds pass before each answer; each `fail_every`-th request gets 503 with Retry-After.
    An answer longer than max_tokens allows is cut, with finish reason `length`.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        slow: float = 0.0,
        fail_every: int = 0,
        models: tuple[str, ...] = MODELS,
        retry_after: str = "1",
    ) -> None:
        self.slow = slow
        self.fail_every = fail_every
        self.models = models
        self.retry_after = retry_after
        self.requests: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._http = _Http(("127.0.0.1", port), type("Handler", (_Handler,), {"fake": self}))
        self._http.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def serve(self) -> None:
        self._http.serve_forever(poll_interval=0.05)

    def start(self) -> "FakeServer":
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def stop(self) -> None:
        self._stopped.set()
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> "FakeServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body for one chat request."""
        with self._lock:
            self.requests.append(body)
            count = len(self.requests)
        if self.slow and self._stopped.wait(self.slow):
            return 503, _error("stopping", "server_error")
        if self.fail_every and count % self.fail_every == 0:
            return 503, _error("the fake server fails on demand", "server_error")
        if body.get("model") not in self.models:
            return 404, _error(f"The model `{body.get('model')}` does not exist.", "NotFoundError")
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages:
            return 400, _error("messages must be a list of at least one message", "BadRequestError")
        return 200, _completion(body, [(str(m.get("role")), str(m.get("content"))) for m in messages], count)


def _completion(body: dict[str, Any], messages: list[tuple[str, str]], count: int) -> dict[str, Any]:
    text = canned.answer(messages, body.get("seed"))
    most = int(body.get("max_tokens") or 4096) * 4
    asked = sum(len(content) for _, content in messages) // 4
    answered = min(len(text), most) // 4
    message = {"role": "assistant", "content": text[:most]}
    return {
        "id": f"chatcmpl-{count}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": [
            {"index": 0, "message": message, "finish_reason": "length" if len(text) > most else "stop"}
        ],
        "usage": {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered},
    }


def _error(message: str, kind: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind}}


class _Http(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked has gone, as a worker that was killed has: no reason for a traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    fake: FakeServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path != "/v1/models":
            self._send(404, _error("not found", "NotFoundError"))
            return
        self._send(
            200, {"object": "list", "data": [{"id": name, "object": "model"} for name in self.fake.models]}
        )

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/v1/chat/completions" or length > MOST_BYTES:
            self.close_connection = True
            self._send(404, _error("not found", "NotFoundError"))
            return
        try:
            body = json.loads(self.rfile.read(length))
        except ValueError:
            body = None
        if not isinstance(body, dict):
            self._send(400, _error("the body is no JSON object", "BadRequestError"))
            return
        self._send(*self.fake.answer(body))

    def _send(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body, ensure_ascii=False).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            if status == 503:
                self.send_header("Retry-After", self.fake.retry_after)
            self.end_headers()
            self.wfile.write(raw)
        except ConnectionError:
            self.close_connection = True  # whoever asked has gone

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged: prompts hold unpublished scripts."""
