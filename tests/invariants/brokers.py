"""The two brokers that kill tests run with: the Valkey of `make run`, and Debian's RabbitMQ."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from evalsite.local.process import started_at
from tests.servers import LiveStack, RabbitMQ, temporary_rabbitmq

BROKERS = ["valkey", "rabbitmq"]


@dataclass(frozen=True)
class Broker:
    """`environment` makes the stack use it."""

    name: str
    server: RabbitMQ | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {"BROKER_URL": self.server.url} if self.server else {}

    def kill(self, stack: LiveStack) -> None:
        """`kill -9` it; it is started again, by the stack or here."""
        if self.server is None:
            kill(stack, "valkey")
        else:
            killed = self.server.kill()
            assert started_at(killed) is None
            self.server.start()


@contextmanager
def running_broker(name: str) -> Iterator[Broker]:
    """Call it from the main thread. Skips the test where RabbitMQ is not installed."""
    if name == "valkey":
        yield Broker(name)
        return
    if not RabbitMQ.PROGRAM.exists():
        pytest.skip("RabbitMQ is not installed: apt-get install rabbitmq-server")
    with temporary_rabbitmq() as server:
        yield Broker(name, server)


def kill(stack: LiveStack, victim: str) -> None:
    """`kill -9` a process of the stack, named as in `LiveStack.pid`, and see it gone."""
    killed = stack.kill(victim)
    stack.wait_until(lambda: started_at(killed) is None, 300, f"{victim} is dead")


def kills(usual: int) -> int:
    """How many processes a test kills: EVALSITE_KILLS, or as many as usual."""
    return int(os.environ.get("EVALSITE_KILLS") or usual)
