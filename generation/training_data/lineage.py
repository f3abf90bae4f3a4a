"""What systems' models were trained on, as pages and exports of generation ask for it (`generation.lineage`)."""

from typing import Any

from evalsite.core.errors import InputError
from generation.lineage import Lineage
from generation.pipelines import SystemSpec
from generation.training_data.datasets.history import lines_of, training_rows, unregistered


class RegisteredModels(Lineage):
    """The models that are registered here, with their datasets."""

    template = "training_data/_trained.html"

    def faults(self, spec: SystemSpec) -> list[InputError]:
        return unregistered(spec)

    def rows(self, spec: SystemSpec) -> list[dict[str, Any]]:
        return training_rows(spec)

    def lines(self, spec: SystemSpec) -> list[dict[str, Any]]:
        return lines_of(spec)
