"""Where the stages of a run's systems ask: address, model, and what a batch there may hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from generation.backends import Backend, Request
from generation.backends.fake import FakeBackend
from generation.backends.keys import is_named_host
from generation.backends.providers import body_of, ignored_in
from generation.backends.spec import BackendSpec, address_of
from generation.backends.vllm_engine import VllmEngineBackend, engine_sampling
from generation.pipelines import StageSpec, SystemSpec

ENGINE = "vllm_engine:"


@dataclass(frozen=True, slots=True)
class Lane:
    """What may be asked together: one address, and there one model or adapter, or any (no name)."""

    address: str
    model: str

    @property
    def alone(self) -> bool:
        """Whether requests of other lanes must not be under way at this address: wherever a model answers."""
        return not self.address.startswith("fake:")

    @property
    def owned(self) -> bool:
        """Whether each worker asks its own engine there, so that only its own requests count."""
        return self.address.startswith(ENGINE)


def backend_of(spec: SystemSpec, stage: StageSpec) -> BackendSpec:
    """The backend of a stage: its own, or its system's."""
    own: BackendSpec | None = getattr(stage, "backend", None)
    return own or spec.backend


def make_backend(spec: BackendSpec, address: str) -> Backend:
    """The backend of a stage at an address."""
    if spec.kind == "fake":
        return FakeBackend(behaviour=spec.behaviour, every=spec.every, delay=spec.delay)
    if spec.kind == "vllm_engine":
        return VllmEngineBackend(
            spec.model_path,
            name=spec.model_name,
            adapters=dict(spec.adapters),
            context=spec.context,
            in_flight=spec.in_flight,
            timeout=spec.timeout,
            eager=spec.eager,
            engine=spec.engine,
        )
    # The SDK takes more than a second and 60 MB to import: only processes that send requests pay for it.
    from generation.backends.openai import OpenAIBackend

    return OpenAIBackend(
        address,
        key=spec.key,
        key_env=spec.key_env,
        timeout=spec.timeout,
        provider=spec.rules,
        key_optional=spec.key_optional,
        public_only=not settings.ALLOW_INTERNAL_ADDRESSES and not is_named_host(address),
    )


def sent_of(request: Request, backend: BackendSpec) -> tuple[dict[str, Any], list[str]]:
    """A request as it is sent, without its messages, and which of its parameters the provider ignores."""
    if backend.kind == "vllm_engine":
        return {"model": request.model, **engine_sampling(request.sampling), **request.structured}, []
    body = body_of(request, backend.rules)
    del body["messages"]
    return body, ignored_in(body, backend.rules)


def addresses_of(spec: SystemSpec, base_url: str = "") -> dict[str, str]:
    """Where each stage of a system asks, by its name."""
    return {stage.name: address_of(backend_of(spec, stage), base_url) for stage in spec.stages}


def servers_of(spec: SystemSpec, base_url: str = "") -> list[str]:
    """The addresses of the servers that a system asks, each once."""
    found = dict.fromkeys(addresses_of(spec, base_url).values())
    return [address for address in found if address.startswith("http")]


def address_in(settings: Mapping[str, Any], system: str, stage: str) -> str:
    """Where a stage asks in a run with these frozen settings."""
    known = settings["addresses"].get(system, "")
    if isinstance(known, str):  # runs planned before stages had backends of their own
        return known or "fake:"
    return str(known.get(stage, "fake:"))


def asked_name(stage: StageSpec) -> str:
    """The model or adapter that a stage asks for."""
    return str(getattr(stage, "asks", stage.model))


def lane_of(settings: Mapping[str, Any], spec: SystemSpec, stage: StageSpec, *, mix: bool) -> Lane:
    """The lane of a stage. Each model of an address has its own, unless the server is known to mix them."""
    address = address_in(settings, spec.slug, stage.name)
    return Lane(address, "" if mix or address.startswith("fake:") else asked_name(stage))


def addresses_in(settings: Mapping[str, Any]) -> list[str]:
    """Where a run with these frozen settings asks, each address once."""
    rows = (each.values() if isinstance(each, dict) else [each] for each in settings["addresses"].values())
    return list(dict.fromkeys(address for row in rows for address in row))


def needs_engine(settings: Mapping[str, Any]) -> bool:
    """Whether a run with these frozen settings needs a worker that has an engine of its own."""
    return any(address.startswith(ENGINE) for address in addresses_in(settings))


def in_flight(spec: SystemSpec, stage: StageSpec) -> int:
    """How many requests of a stage may be under way at once."""
    return backend_of(spec, stage).in_flight or spec.in_flight
