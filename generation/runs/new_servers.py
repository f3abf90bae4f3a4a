"""Asking the addresses of a run's systems for their models, before anything is planned."""

import asyncio
import os
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass

from generation.backends import BackendError
from generation.backends.base import Denied, TooSlow, Unreachable
from generation.backends.looping import Loop
from generation.backends.openai import OpenAIBackend
from generation.pipelines import SystemSpec
from generation.runs.stages import addresses_of, asked_name, backend_of

PROBE_S = 10.0
"""How long a server is given to list its models."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One address: the models that are wanted of it, those that it lists, and why it cannot be used."""

    address: str
    wanted: tuple[str, ...]
    listed: tuple[str, ...] = ()
    error: str = ""
    key_env: str = ""

    @property
    def missing(self) -> list[str]:
        """Models that are wanted and not listed, where any is: some servers take more than they say."""
        return [name for name in self.wanted if name not in self.listed] if self.listed else []

    @property
    def why(self) -> str:
        """The error without the address, for where that stands beside it."""
        return self.error.removeprefix(f"{self.address} does not answer: ")

    @property
    def lacks_key(self) -> bool:
        """Whether the address wants a key that this process does not have; its workers may."""
        return bool(self.key_env) and not os.environ.get(self.key_env)


def ask_servers(specs: Iterable[SystemSpec], base_url: str = "") -> list[Asked]:
    """Every address of these systems that is a server, in their order, each asked once and all at once."""
    wanted: dict[str, dict[str, None]] = {}
    keys: dict[str, str] = {}
    for spec in specs:
        for stage in spec.stages:
            address = addresses_of(spec, base_url)[stage.name]
            if address.startswith("http"):
                wanted.setdefault(address, {})[asked_name(stage)] = None
                keys.setdefault(address, backend_of(spec, stage).key_env)
    if not wanted:
        return []
    with Loop() as loop:
        asking = (_ask(address, tuple(names), keys[address]) for address, names in wanted.items())
        return loop.run(_all(asking))


async def _all(asking: Iterable[Coroutine[object, object, Asked]]) -> list[Asked]:
    return list(await asyncio.gather(*asking))


async def _ask(address: str, wanted: tuple[str, ...], key_env: str) -> Asked:
    backend = OpenAIBackend(address, key_env=key_env, timeout=PROBE_S)
    try:
        return Asked(address, wanted, tuple(await backend.models()), key_env=key_env)
    except (Unreachable, TooSlow, Denied) as error:
        return Asked(address, wanted, error=str(error), key_env=key_env)
    except BackendError:
        # It answers; whether it can do what is asked shows with the first request.
        return Asked(address, wanted, key_env=key_env)
    finally:
        await backend.close()
