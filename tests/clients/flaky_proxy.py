"""A proxy before a live server that loses answers, breaks off and refuses, as it is asked to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


@dataclass
class FlakyProxy:
    """`faults` are taken from the front, one a request; then requests are passed on.

    `lose`: pass the request on and close without an answer. `cut`: break off in the middle of the answer.
    A number such as `503`: refuse, and ask to come back after `retry_after` seconds.
    """

    url: str = ""
    faults: list[str] = field(default_factory=list)
    retry_after: str = "0"
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and idempotency key of each request."""


@contextmanager
def flaky_proxy(target: str) -> Iterator[FlakyProxy]:
    proxy = FlakyProxy()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            proxy.seen.append((self.command, self.path, self.headers.get("Idempotency-Key", "")))
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = proxy.faults.pop(0) if proxy.faults else ""
            self.close_connection = True
            if fault.isdecimal():
                self.send_response(int(fault))
                self.send_header("Retry-After", proxy.retry_after)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            kept = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            answer = httpx.request(
                self.command, f"{target}{self.path}", headers=kept, content=body, timeout=60
            )
            if fault == "lose":
                return
            self.send_response(answer.status_code)
            for name in ("Content-Type", "Location", "Idempotent-Replayed"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content[: len(answer.content) // 2] if fault == "cut" else answer.content)

        do_POST = do_GET

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
