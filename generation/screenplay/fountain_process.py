"""The Fountain library in its child process, as rows."""

import json

from generation.screenplay.child import Child, ReaderFailed

TIME_LIMIT_S = 8.0
CPU_S = 1.5
"""Five times what the longest text takes."""

Row = tuple[str, str, int, str, str]

FORCED = "!"
"""The extension of an action line that is one by force, so that nothing else is made of it."""

__all__ = ["FORCED", "FountainProcess", "ReaderFailed", "Row"]


class FountainProcess(Child):
    """Keeps one child, started at first use and replaced when it dies or is too slow."""

    def __init__(self, time_limit: float = TIME_LIMIT_S) -> None:
        super().__init__(
            "generation.screenplay.fountain_child",
            what="the Fountain reader",
            time_limit=time_limit,
            cpu=CPU_S,
        )

    def rows(self, text: str) -> list[Row]:
        """The library's elements as [type, text, line, extension, dual]. Raises `ReaderFailed`."""
        answer = self.ask(json.dumps(text).encode("ascii"))
        try:
            return [tuple(row) for row in json.loads(answer)]
        except ValueError as error:
            raise ReaderFailed(f"the Fountain reader stopped: {error}") from error
