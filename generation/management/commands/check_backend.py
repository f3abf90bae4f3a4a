from typing import Any

from django.core.management.base import CommandError, CommandParser

from evalsite.core.console import REFUSED
from generation.backends import Backend, Request, Sampling
from generation.management.console import GenerationCommand, spec_of
from generation.pipelines import StageSpec
from generation.services import address_of
from generation.working import make_backend

PROMPT = (("user", "Answer with one short sentence: what is a scene heading for?"),)


class Command(GenerationCommand):
    help = (
        "Ask a system's backend for its models and, of each model, one completion twice with the same seed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="shipped name, YAML file or slug of a system")
        parser.add_argument("--base-url", default="", metavar="URL")

    def handle(self, *, name: str, base_url: str, **options: Any) -> None:
        spec = spec_of(name)
        address = address_of(spec, base_url)
        self.stdout.write(f"backend: {spec.backend.kind} {address}".rstrip())
        backend = make_backend(spec, address)
        try:
            wrong = self._check(backend, spec.stages)
        finally:
            backend.close()
        if wrong:
            raise CommandError("\n".join(f"error: {each}" for each in wrong), returncode=REFUSED)
        self.stdout.write("This backend can serve the system.")

    def _check(self, backend: Backend, stages: tuple[StageSpec, ...]) -> list[str]:
        listed = backend.models()
        self.stdout.write(f"models listed: {', '.join(listed) or 'none'}")
        wrong = []
        for stage in {stage.model: stage for stage in stages}.values():
            if stage.model not in listed:
                wrong.append(
                    f"model {stage.model} is not listed. Mend: serve it under this name, or name another."
                )
                continue
            wrong += self._one_model(backend, stage)
        return wrong

    def _one_model(self, backend: Backend, stage: StageSpec) -> list[str]:
        sampling = Sampling(stage.temperature, stage.top_p, 64, seed=7)
        first, second = (backend.complete(Request(stage.model, PROMPT, sampling)) for _ in range(2))
        same = (
            "the same text"
            if first.text == second.text
            else "another text, so that nothing can be promised by seed"
        )
        self.stdout.write(
            f"{stage.model}: answered as {first.model} in {first.latency:.2f} s, "
            f"finish reason {first.finish_reason}, usage {first.usage}; the same seed again gave {same}"
        )
        if first.model not in (stage.model, *stage.answers_as):
            mend = "list it under answers_as if that is right."
            return [f"asked for {stage.model}, {first.model} answered. Mend: {mend}"]
        return [] if first.text.strip() else [f"{stage.model} answered with nothing."]
