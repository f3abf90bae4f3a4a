from collections import defaultdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models.functions import Now

from evalsite.core.console import REFUSED
from generation.backends.looping import Loop
from generation.backends.providers import PROVIDERS, UNKNOWN
from generation.backends.spec import BackendSpec
from generation.management.console import GenerationCommand, spec_of
from generation.models import Job
from generation.pipelines import SystemSpec
from generation.runs.addresses import addresses_of, asked_name, backend_of, make_backend
from generation.runs.parameter_check import Trial, trials_of, try_all
from generation.runs.server_check import Checked, check, checking, keep_check


class Command(GenerationCommand):
    help = (
        "Check which parameters servers refuse; for your own servers also models, seeds, and adapters alone "
        "and in mixed batches. The result is stored; runs mix adapters only at an address that passed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", metavar="NAME", nargs="+", help="included system, YAML file or slug")
        parser.add_argument("--base-url", default="", metavar="URL")

    def handle(self, *, names: list[str], base_url: str, **options: Any) -> None:
        specs = [spec_of(name) for name in names]
        wrong = []
        trials = trials_of(specs, base_url)
        for address, (backend, asked) in _addresses(specs, base_url).items():
            self.stdout.write(f"backend: {backend.kind} {address}".rstrip())
            own = [each for each in trials if each.address == address]
            wrong += self._check(address, backend, asked, own)
        if wrong:
            raise CommandError("\n".join(f"error: {each}" for each in wrong), returncode=REFUSED)
        self.stdout.write(f"This backend can serve the system{'s' if len(specs) > 1 else ''}.")

    def _check(
        self, address: str, spec: BackendSpec, asked: dict[str, tuple[str, ...]], trials: list[Trial]
    ) -> list[str]:
        if address.startswith("fake:"):
            return self._tried(address, spec, asked, trials)
        with checking(address) as alone:
            if not alone:
                message = f"{address} is already being checked. Fix: wait until that check ends."
                raise CommandError(f"error: {message}", returncode=REFUSED)
            _require_quiet(address)
            return self._tried(address, spec, asked, trials)

    def _tried(
        self, address: str, spec: BackendSpec, asked: dict[str, tuple[str, ...]], trials: list[Trial]
    ) -> list[str]:
        server = not address.startswith("fake:")
        tried = try_all(trials)
        wrong = [problem.line for each in tried for problem in each.problems]
        notes = [each.note for each in tried if each.skipped]
        if not wrong and trials and not notes:
            self.stdout.write("parameters: the server accepts all of them.")
        shared = PROVIDERS.get(spec.rules, UNKNOWN).shared
        if wrong or shared:
            found = Checked(sorted(asked), notes=notes, wrong=wrong)
            if len(asked) > 1:
                found.unmixed.append("mixed batches weren't checked.")
        else:
            found = self._contract(address, spec, asked)
            found.notes += notes
        for note in found.notes:
            self.stdout.write(f"note: {note}")
        if server:
            keep_check(address, found)
            self.stdout.write(
                f"Saved: adapters {'may' if found.mixes else 'may not'} be mixed at this address."
                if len(asked) > 1
                else "Saved."
            )
        return found.wrong

    def _contract(self, address: str, spec: BackendSpec, asked: dict[str, tuple[str, ...]]) -> Checked:
        """What a study relies on, tried on a server of one's own."""
        with Loop() as loop:
            backend = make_backend(spec, address)
            server = not address.startswith("fake:")
            try:
                return loop.run(
                    check(
                        backend,
                        sorted(asked),
                        answers_as=asked,
                        errors=server,
                        tell=self.stdout.write,
                    )
                )
            finally:
                loop.run(backend.close())


def _require_quiet(address: str) -> None:
    """The check mixes models on purpose: beside it a run's requests could be answered by another one."""
    held = Job.objects.filter(address=address, state=Job.State.CLAIMED, leased_until__gte=Now())
    if runs := sorted(set(held.values_list("run__code", flat=True))):
        names = ", ".join(runs)
        message = f"run {names} is using {address}, and a check would mix models there"
        raise CommandError(f"error: {message}. Fix: pause the run, then check.", returncode=REFUSED)


def _addresses(
    specs: list[SystemSpec], base_url: str
) -> dict[str, tuple[BackendSpec, dict[str, tuple[str, ...]]]]:
    """Each address with a backend of it, the names asked for there, and under which others they answer."""
    backends: dict[str, BackendSpec] = {}
    asked: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for spec in specs:
        for stage in spec.stages:
            address = addresses_of(spec, base_url)[stage.name]
            backends.setdefault(address, backend_of(spec, stage))
            asked[address][asked_name(stage)] = stage.answers_as
    return {address: (backends[address], asked[address]) for address in backends}
