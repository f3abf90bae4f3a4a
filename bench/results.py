"""What a benchmark gives back."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """`ratio` sets the value against something measured beside it, so that machines can be compared."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    against: str = ""

    def line(self) -> str:
        ratio = f"   {self.ratio:8.3f} x {self.against}" if self.ratio is not None else ""
        return f"{self.name:<44} {self.value:10.1f} {self.unit:<14}{ratio}"
