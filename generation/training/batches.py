"""How the recipe's batch is made up of what devices take at once."""

import math
from dataclasses import dataclass

from generation.training.errors import refused


@dataclass(frozen=True)
class Batches:
    """One step of the optimizer: `devices` x `per_device` examples, `accumulation` times over."""

    devices: int
    per_device: int
    accumulation: int

    @property
    def effective(self) -> int:
        return self.devices * self.per_device * self.accumulation

    def steps(self, examples: int, epochs: float) -> int:
        """How often the optimizer moves; the last batch of an epoch may be smaller."""
        micro = math.ceil(math.ceil(examples / self.devices) / self.per_device)
        return math.ceil(max(1, math.ceil(micro / self.accumulation)) * epochs)


def batches_of(batch_size: int, per_device: int, devices: int, path: object = "the recipe") -> Batches:
    """The accumulation that gives exactly the recipe's batch; another batch would be another training.

    Raises `InputErrors` where the numbers do not divide, and says which `per_device` would do.
    """
    if batch_size % devices:
        raise refused(
            path,
            f"a batch of {batch_size} cannot be shared evenly by {devices} devices.",
            f"start it on {', '.join(map(str, _divisors(batch_size)))} devices, or change batch_size.",
        )
    share = batch_size // devices
    if share % per_device:
        raise refused(
            path,
            f"a batch of {batch_size} on {devices} {'device' if devices == 1 else 'devices'} leaves each "
            f"{share} examples, which is no multiple of per_device {per_device}.",
            f"set per_device to one of: {', '.join(map(str, _divisors(share)))}.",
        )
    return Batches(devices, per_device, share // per_device)


def _divisors(number: int) -> list[int]:
    return [each for each in range(1, number + 1) if number % each == 0]
