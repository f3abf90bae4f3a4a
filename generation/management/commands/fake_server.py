import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from generation.backends.server import MODELS, FakeServer
from generation.management.console import GenerationCommand


class Command(GenerationCommand):
    help = "Serve canned scenes at an OpenAI-compatible address on this machine, slow or failing on demand."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8001, help="0 takes a free one (default 8001)")
        parser.add_argument(
            "--slow", type=float, default=0.0, metavar="SECONDS", help="wait so long before each answer"
        )
        parser.add_argument(
            "--fail-every", type=int, default=0, metavar="N", help="answer each Nth request with 503"
        )
        parser.add_argument(
            "--model", action="append", default=[], metavar="NAME", help=f"default: {', '.join(MODELS)}"
        )

    def handle(self, *, port: int, slow: float, fail_every: int, model: list[str], **options: Any) -> None:
        try:
            server = FakeServer(port=port, slow=slow, fail_every=fail_every, models=tuple(model) or MODELS)
        except OSError as error:
            message = f"error: port {port} cannot be used ({error.strerror}). Mend: give another --port."
            raise CommandError(message, returncode=3) from None
        self.stdout.write(server.url)
        self.stdout.write(json.dumps({"models": server.models}))
        self.stdout.flush()
        try:
            server.serve()
        except KeyboardInterrupt:
            server.stop()
