"""Foreign files are read in this process: a process for each, as on the site, takes a third of a second.

That each kind of file is read in a process of its own, within its bounds, `test_formats_hostile` shows.
"""

import importlib
import warnings
from collections.abc import Callable

from generation.screenplay.child import InputRejected, ReaderFailed, TooBig
from generation.screenplay.child_side import InvalidInput


class HereInsteadOfChild:
    """Answers as `generation.screenplay.child.Child` does, without its bounds."""

    def __init__(self, module: str, *, what: str, **bounds: float) -> None:
        self.what = what
        self.answer: Callable[[bytes, Callable[[], None]], bytes] = importlib.import_module(module).answer

    def ask(self, request: bytes) -> bytes:
        try:
            with warnings.catch_warnings(action="ignore"):
                return self.answer(request, lambda: None)
        except InvalidInput as refusal:
            raise InputRejected(str(refusal)) from refusal
        except MemoryError as error:
            raise TooBig(f"{self.what} needed more memory than it may have") from error
        except Exception as error:
            raise ReaderFailed(f"{self.what} stopped: {error}") from error

    def close(self) -> None:
        """There is nothing to end."""
