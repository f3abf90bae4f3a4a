"""What a run changes of its systems: model, parameters, key and address.

The result is another spec, which the run freezes, so runs with different models are different runs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from generation.backends.providers import provider_at
from generation.backends.spec import BackendSpec
from generation.pipelines import StageSpec, SystemSpec
from generation.pipelines.spec import LANGUAGES

MOST_NAME = 200
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What holds for every stage that asks a server. Empty values leave a stage as it is.

    `no_sampling` leaves temperature and top-p to the server. `key` names a configured key.
    """

    model: str = ""
    temperature: float | None = None
    top_p: float | None = None
    no_sampling: bool = False
    max_tokens: int | None = None
    key: str = ""
    base_url: str = ""

    def apply(self, spec: SystemSpec) -> SystemSpec:
        """A system with these changes. Systems that ask no server stay as they are."""
        stages = tuple(self._stage(spec, stage) for stage in spec.stages)
        return replace(spec, stages=stages, backend=self._backend(spec.backend))

    def label(self) -> str:
        """The changes in a few words, for the name of the changed system."""
        return ", ".join(filter(None, [self.model, self.parameters()])) or "max_completion_tokens"

    def parameters(self) -> str:
        """The changed parameters as a request names them."""
        given = {"temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_tokens}
        values = [f"{name} {value}" for name, value in given.items() if value is not None]
        return ", ".join([*values, *(["temperature –, top_p –"] if self.no_sampling else [])])

    def _stage(self, spec: SystemSpec, stage: StageSpec) -> StageSpec:
        backend = spec.backend_of(stage)
        if backend.kind != "openai":
            return stage
        changes: dict[str, Any] = {}
        if self.model:
            changes |= {"model": self.model, "adapter": "", "trained_model": "", "answers_as": ()}
        if self.no_sampling:
            changes |= {"temperature": None, "top_p": None}
        given = {"temperature": self.temperature, "top_p": self.top_p}
        changes |= {name: value for name, value in given.items() if value is not None}
        limit = self.max_tokens or stage.answer_tokens
        # OpenAI's own models refuse max_tokens.
        newer = bool(stage.max_completion_tokens) or provider_at(self.base_url) == "openai"
        if self.max_tokens or newer:
            changes |= {
                "max_tokens": None if newer else limit,
                "max_completion_tokens": limit if newer else None,
            }
        own = self._backend(stage.backend) if stage.backend else None
        return replace(stage, **changes, backend=own)

    def _backend(self, backend: BackendSpec) -> BackendSpec:
        if backend.kind != "openai" or not (self.key or self.base_url):
            return backend
        # A variable that a file names belongs to the file's address, and to no other.
        provider = (provider_at(self.base_url) or backend.provider) if self.base_url else backend.provider
        return replace(backend, key=self.key, key_env="", key_optional=False, provider=provider)


def with_own_servers(changed: SystemSpec, own: SystemSpec) -> SystemSpec:
    """A changed system with the keys and providers of its own file, as stored in its row."""
    pairs = zip(changed.stages, own.stages, strict=True)
    stages = tuple(replace(stage, backend=before.backend) for stage, before in pairs)
    return replace(changed, stages=stages, backend=own.backend)


def needs_key(spec: SystemSpec) -> str:
    """The environment variable whose key a system can't do without; empty where there is none."""
    backends = [spec.backend_of(stage) for stage in spec.stages]
    return next((each.key_env for each in backends if each.key_env and not each.key_optional), "")


def version_names(slug: str, model: str, taken: int) -> Sequence[str]:
    """Slugs to try for a changed system, best first: `direct-gpt-5`, or else `direct-v2` and on."""
    named = _NOT_SLUG.sub("-", model.rpartition("/")[2].lower()).strip("-")[:40].strip("-")
    numbered = [f"{slug[:70]}-v{number}" for number in range(taken + 1, taken + 200)]
    return (
        [f"{slug[:39]}-{named}", *(f"{slug[:35]}-{named}-{n}" for n in range(2, 50))] if named else numbered
    )


def rename(spec: SystemSpec, slug: str, label: str, family: str) -> SystemSpec:
    """A changed system under a new slug and name."""
    ends = {"en": f" ({label})", "zh": f"（{label}）"}
    names = {
        language: f"{name[: MOST_NAME - len(ends[language])]}{ends[language]}"
        for language, name in spec.names.items()
        if language in LANGUAGES
    }
    name = f"{spec.name[: MOST_NAME - len(ends['en'])]}{ends['en']}"
    return replace(spec, slug=slug, name=name, names=names, family=family)
