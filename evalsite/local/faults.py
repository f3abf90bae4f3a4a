"""The one error of the one-machine stack: a line for people, and an exit code."""

REFUSED = 1
SERVICE_MISSING = 3


class LocalFault(Exception):
    """What went wrong and how to mend it, in one line.

    `code` is the exit code: 1 where something given was refused, 3 where a service is missing.
    """

    def __init__(self, message: str, code: int = SERVICE_MISSING) -> None:
        super().__init__(message)
        self.code = code
