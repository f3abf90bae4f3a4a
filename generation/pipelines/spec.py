"""What a system is, as one frozen value: its stages in order, what each asks for and how it is answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from generation.backends import Sampling
from generation.backends.spec import LATER as LATER_OF_BACKEND
from generation.backends.spec import BackendSpec
from generation.prompts import LANGUAGES, PromptTemplate, load, template_of

FORMS = ("prose", "screenplay")
SPLITS = ("tags", "headings", "json")
RUN_SEED = "run"
"""The seed of a stage whose requests each get one of their own, from the run, brief, sample and try."""
PARAMETERS = (
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "seed",
    "stop",
    "reasoning_effort",
    "thinking_budget",
    "thinking_reserve",
    "chat_template_kwargs",
    "extra_body",
)
"""What a system's file may state of a request. A parameter that is absent or null is not sent."""
LATER: dict[str, Any] = {
    "optional": [],
    "derive": "",
    "trained_model": "",
    "seed": RUN_SEED,
    "max_completion_tokens": None,
    "reasoning_effort": "",
    "thinking_budget": None,
    "thinking_reserve": None,
    "chat_template_kwargs": {},
    "extra_body": {},
}
"""Fields that came after the first records, with the value under which a record leaves them out."""


class Underivable(ValueError):
    """A part of an answer of which nothing can be made; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """Texts that later prompts may name, made of one part of a JSON answer.

    `make` takes the part's text and the language; raises `Underivable`, which is the refusal `refusal`.
    """

    names: tuple[str, ...]
    make: Callable[[str, str], dict[str, str]]
    refusal: str


DERIVED: dict[str, Derivation] = {}
"""By the part that they are made of; other apps add theirs."""
AGAIN = "again/answer"
"""The prompt that is added when an answer was refused and the stage says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """One rule that an answer must keep, by its name in `checks.RULES`; `low` and `high` where it has any."""

    rule: str
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSpec:
    """One named part of an answer. `heads` are the words that may stand above it, where headings split."""

    name: str
    heads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSpec:
    """A prompt's text in one language, as it was when the system was read."""

    name: str
    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSpec:
    """One request of a pipeline.

    Later prompts know its answer as `$name`, and a part of it as `${name.part}`. `take` names the part that
    is the answer's text; the last one where parts are given and none is taken. `optional` parts may be empty,
    and `derive` names what is made of parts for later prompts (`DERIVED`). `trained_model` is the slug of the
    registered model that answers, so that the data it was trained on is known. `templates` hold the prompts'
    texts, so that a run asks with what it was planned with; records from before they were kept have none.
    """

    name: str
    prompt: str
    model: str
    form: str
    adapter: str = ""
    backend: BackendSpec | None = None
    input: str = "brief"
    reads: dict[str, str] = field(default_factory=dict)
    split: str = ""
    parts: tuple[PartSpec, ...] = ()
    take: str = ""
    schema: dict[str, Any] | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    seed: int | str | None = RUN_SEED
    stop: tuple[str, ...] = ()
    reasoning_effort: str = ""
    thinking_budget: int | None = None
    thinking_reserve: int | None = None
    chat_template_kwargs: dict[str, Any] = field(default_factory=dict)
    extra_body: dict[str, Any] = field(default_factory=dict)
    checks: tuple[CheckSpec, ...] = ()
    tries: int = 0
    say_why: bool = False
    answers_as: tuple[str, ...] = ()
    templates: tuple[TemplateSpec, ...] = ()
    optional: tuple[str, ...] = ()
    derive: str = ""
    trained_model: str = ""

    @property
    def asks(self) -> str:
        """The name under which a server is asked: the adapter's, where there is one."""
        return self.adapter or self.model

    def sampling(self, run_seed: int | None = None) -> Sampling:
        """The parameters of a request of this stage; `run_seed` is what the seed `run` stands for."""
        stated = {name: getattr(self, name) for name in PARAMETERS}
        return Sampling(**{**stated, "seed": run_seed if self.seed == RUN_SEED else self.seed})

    @property
    def answer_tokens(self) -> int | None:
        """The budget of an answer without what is thought before it; None is no limit."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def part_names(self) -> tuple[str, ...]:
        """The parts that an answer must have. `take` alone is the tag of the one part."""
        if self.parts:
            return tuple(part.name for part in self.parts)
        return (self.take,) if self.take else ()

    @property
    def values(self) -> tuple[str, ...]:
        """What later prompts may name of the answer, beside its text."""
        return (*self.part_names, *(DERIVED[self.derive].names if self.derive else ()))

    @property
    def taken_part(self) -> str:
        """The part that is the answer's text; the empty string where the whole answer is."""
        return self.take or (self.parts[-1].name if self.parts else "")

    def template(self, language: str, name: str = "") -> PromptTemplate:
        """The prompt of the stage (or another one that it carries). Raises `PromptError`."""
        name = name or self.prompt
        for each in self.templates:
            if (each.name, each.language) == (name, language):
                return template_of(each.name, each.language, each.text)
        return load(name, language)

    def carried(self) -> list[PromptTemplate]:
        """All prompts that the stage may use."""
        if self.templates:
            return [template_of(each.name, each.language, each.text) for each in self.templates]
        return [load(self.prompt, language) for language in LANGUAGES]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemSpec:
    """One pipeline.

    `name` is the English name, or the only one there is; `names` has those that were given by language.
    `family` is the slug of the first version of a system that was made in the browser; empty for systems from
    files. `tries` is how many answers of a job may be refused (a stage may have its own number), `retries`
    how many requests may fail. `backend` is that of every stage that names none.
    """

    slug: str
    name: str
    backend: BackendSpec
    stages: tuple[StageSpec, ...]
    tries: int = 3
    retries: int = 6
    in_flight: int = 64
    about: dict[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = LANGUAGES
    names: dict[str, str] = field(default_factory=dict)
    family: str = ""

    @property
    def input(self) -> str:
        """The type of the input that a job of this system gets."""
        return self.stages[0].input if self.stages else "brief"

    def stage(self, name: str) -> StageSpec | None:
        return next((stage for stage in self.stages if stage.name == name), None)

    def backend_of(self, stage: StageSpec) -> BackendSpec:
        return stage.backend or self.backend

    def tries_of(self, stage: StageSpec) -> int:
        """How many of a stage's answers may be refused before its job fails."""
        return stage.tries or self.tries

    def as_record(self) -> dict[str, Any]:
        """Plain data, as it is stored with a system and frozen with a run."""
        record: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        if not self.family:
            del record["family"]
        for stage in record["stages"]:  # What came later must not change the digests of what was before.
            for key, absent in LATER.items():
                if stage[key] == absent:
                    del stage[key]
        for backend in filter(None, [record["backend"], *(each["backend"] for each in record["stages"])]):
            for key in LATER_OF_BACKEND:
                if not backend[key]:
                    del backend[key]
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "SystemSpec":
        return msgspec.convert(record, cls)

    def prompt_digests(self) -> dict[str, str]:
        """The digest of each template that the stages use, by `name.language`."""
        return digests_of(self.stages)


def digests_of(stages: Sequence[StageSpec]) -> dict[str, str]:
    return {
        f"{template.name}.{template.language}": template.digest
        for stage in stages
        for template in stage.carried()
    }
