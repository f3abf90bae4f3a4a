"""A small SMTP server for tests, on 127.0.0.1. It takes mails, or refuses them as a test wants."""

import email
import email.policy
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

Answer = str | None
"""A line of SMTP, or None: the connection breaks."""


@dataclass
class Taken:
    """One mail that the server has taken."""

    sender: str
    recipient: str
    message: EmailMessage

    @property
    def body(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n")


@dataclass
class Mailbox:
    """What the server has taken, and how it answers. `on_data` gets the number of the mail: 1, 2, ..."""

    host: str = "127.0.0.1"
    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    on_recipient: Callable[[str], Answer] = lambda _address: "250 ok"
    on_data: Callable[[int], Answer] = lambda _number: "250 ok"
    connections: int = 0

    def recipients(self) -> list[str]:
        return [each.recipient for each in self.taken]

    @property
    def mailers(self) -> dict[str, object]:
        """Django's setting MAILERS for this server."""
        options = {"host": self.host, "port": self.port, "timeout": 10}
        return {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}


class _Session(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        box = self.server.box
        box.connections += 1
        self.say("220 test")
        sender = recipient = ""
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            answer: Answer = "250 ok"
            if verb.startswith("MAIL FROM:"):
                sender = _address(line)
            elif verb.startswith("RCPT TO:"):
                recipient = _address(line)
                answer = box.on_recipient(recipient)
            elif verb == "DATA":
                self.say("354 go on")
                message = email.message_from_bytes(self.read_message(), policy=email.policy.default)
                # Taken before the answer, as a server may be: the sender may never learn of it.
                box.taken.append(Taken(sender, recipient, message))  # type: ignore[arg-type]
                answer = box.on_data(len(box.taken))
                if answer is not None and not answer.startswith("250"):
                    box.taken.pop()
            elif verb == "QUIT":
                self.say("221 bye")
                return
            if answer is None:
                return
            self.say(answer)

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def read_message(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, box: Mailbox) -> None:
        self.box = box
        super().__init__((box.host, box.port), _Session)


@contextmanager
def smtp_server(port: int = 0) -> Iterator[Mailbox]:
    box = Mailbox(port=port)
    with _Server(box) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join(5)
