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
from generation.runs.locks import checking
from generation.runs.parameter_check import Trial, trials_of, try_all
from generation.runs.server_check import Checked, check, keep_check


class Command(GenerationCommand):
    help = (
        "Try the addresses of systems: which parameters a server refuses, and at a server of one's own also "
        "models, seeds, adapters alone and in mixed batches. The result is stored; runs mix adapters only at "
        "an address where this has passed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "names", metavar="NAME", nargs="+", help="shipped name, YAML file or slug of a system"
        )
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
                message = f"another check of {address} is under way. Fix: wait for it."
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
            self.stdout.write("parameters: the server takes all that the systems state.")
        shared = PROVIDERS.get(spec.rules, UNKNOWN).shared
        if wrong or shared:
            found = Checked(sorted(asked), notes=notes, wrong=wrong)
            if len(asked) > 1:
                found.unmixed.append("models in mixed batches were not tried.")
        else:
            found = self._contract(address, spec, asked)
            found.notes += notes
        for note in found.notes:
            self.stdout.write(f"note: {note}")
        if server:
            keep_check(address, found)
            self.stdout.write(
                f"Kept: at this address adapters {'may' if found.mixes else 'may not'} be mixed."
                if len(asked) > 1
                else "Kept."
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
        message = f"requests of run {names} are under way at {address}, and a check would mix models there"
        raise CommandError(f"error: {message}. Fix: pause it, then check.", returncode=REFUSED)


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
