from typing import Any

from annotations import services
from annotations.management.console import StudyCommand


class Command(StudyCommand):
    help = "Expire leases that ran out and wake what waits; run it every half minute."

    def handle(self, **options: Any) -> None:
        expired = services.sweep()
        woken = self._wake()
        self.stdout.write(f"{expired} leases expired; {woken} jobs woken.")

    def _wake(self) -> int:
        from generation import services as generation_services

        return int(generation_services.wake_waiting() or 0)
