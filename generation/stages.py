"""Where the stages of a run's systems ask: address, model, and what a batch there may hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generation.backends.spec import BackendSpec, address_of
from generation.pipelines import StageSpec, SystemSpec


@dataclass(frozen=True, slots=True)
class Lane:
    """What may be asked together: one address, and there one model or adapter, or any (no name)."""

    address: str
    model: str

    @property
    def alone(self) -> bool:
        """Whether requests of other lanes must not be under way at this address: at any server."""
        return self.address.startswith("http")


def backend_of(spec: SystemSpec, stage: StageSpec) -> BackendSpec:
    """The backend of a stage: its own, or its system's."""
    own: BackendSpec | None = getattr(stage, "backend", None)
    return own or spec.backend


def addresses_of(spec: SystemSpec, base_url: str = "") -> dict[str, str]:
    """Where each stage of a system asks, by its name."""
    return {stage.name: address_of(backend_of(spec, stage), base_url) for stage in spec.stages}


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
    """The lane of a stage. Only servers keep models apart, and only while they are not known to mix them."""
    address = address_in(settings, spec.slug, stage.name)
    return Lane(address, "" if mix or not address.startswith("http") else asked_name(stage))


def in_flight(spec: SystemSpec, stage: StageSpec) -> int:
    """How many requests of a stage may be under way at once."""
    return backend_of(spec, stage).in_flight or spec.in_flight
