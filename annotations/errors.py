"""Why a service said no. Each says what to do about it."""

from collections.abc import Mapping


class NoFreeSeat(Exception):
    """No seat with exactly these reading languages is free."""


class SimulatedOnly(NoFreeSeat):
    """A person was to be enrolled in a study whose raters are all simulated."""


class NotOpen(Exception):
    """The study takes nothing just now; `state` is the study's, or `withdrawn` for a rater who has left."""

    def __init__(self, state: str) -> None:
        self.state = state
        super().__init__(f"nothing can be given or taken: {state}")


class AlreadyEnded(Exception):
    """The assignment is no longer open; `state` is the one it has."""

    def __init__(self, state: str) -> None:
        self.state = state
        super().__init__(f"the assignment is {state}")


class WrongState(Exception):
    """A verb that the study's (or request's) state does not allow."""


class InvalidSubmission(Exception):
    """What was submitted breaks the study's form; `problems` maps a field's name to what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{field}: {what}" for field, what in self.problems.items()))
