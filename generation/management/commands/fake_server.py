import json
import signal
from typing import Any

from django.core.management.base import CommandError, CommandParser

from evalsite.core.console import SERVICE_MISSING, WRONG_USAGE
from generation.backends.server import MODELS, TROUBLES, FakeServer
from generation.management.console import GenerationCommand
from generation.pipelines.reading import shipped_models


class Command(GenerationCommand):
    help = (
        "Serve sample scenes at an OpenAI-compatible address of this machine, with delays and failures on "
        "demand."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8001, help="default 8001; 0 chooses a free port")
        parser.add_argument(
            "--slow", type=float, default=0.0, metavar="SECONDS", help="delay before each answer"
        )
        parser.add_argument(
            "--fail-every", type=int, default=0, metavar="N", help="answer every Nth request with 503"
        )
        parser.add_argument(
            "--trouble",
            action="append",
            default=[],
            metavar="NAME=SHARE",
            help=f"simulate failures for a share of requests, such as fail=0.1: {', '.join(TROUBLES)}",
        )
        parser.add_argument(
            "--mixes-up",
            action="store_true",
            help="answer requests in mixed batches with another model's text",
        )
        parser.add_argument(
            "--context", type=int, default=32_768, metavar="TOKENS", help="refuse longer prompts"
        )
        parser.add_argument(
            "--model",
            action="append",
            default=[],
            metavar="NAME",
            help="default: the models of all shipped systems",
        )

    def handle(self, *, port: int, trouble: list[str], model: list[str], **options: Any) -> None:
        try:
            server = FakeServer(
                port=port,
                slow=options["slow"],
                fail_every=options["fail_every"],
                troubles=_troubles(trouble),
                mixes_up=options["mixes_up"],
                context=options["context"],
                models=tuple(model or dict.fromkeys([*MODELS, *shipped_models()])),
                keep=False,
            )
        except OSError as error:
            message = f"error: port {port} isn't available ({error.strerror}). Fix: choose another --port."
            raise CommandError(message, returncode=SERVICE_MISSING) from None
        self.stdout.write(server.url)
        self.stdout.write(json.dumps({"models": server.models}))
        self.stdout.flush()
        # By hand: a shell starts what runs in the background with interrupts ignored, and Python leaves that.
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: server.stop())
        server.serve()


def _troubles(given: list[str]) -> dict[str, float]:
    """Names and shares, as in `fail=0.1`. Together no more than all requests."""
    found: dict[str, float] = {}
    for each in given:
        name, _, share = each.partition("=")
        try:
            found[name] = float(share)
        except ValueError:
            found[name] = -1.0
        if name not in TROUBLES or not 0 <= found[name] <= 1:
            known = ", ".join(TROUBLES)
            message = f"error: --trouble {each} isn't valid. Fix: use NAME=SHARE with one of {known}."
            raise CommandError(message, returncode=WRONG_USAGE)
    if sum(found.values()) > 1:
        raise CommandError(
            "error: the shares of --trouble add up to more than 1. Fix: lower them.", returncode=WRONG_USAGE
        )
    return found
