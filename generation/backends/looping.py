"""An event loop in a thread of its own: requests fly there, while rows are written where they are asked."""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future

SWITCH_S = 0.0005


class Loop:
    """Runs coroutines from another thread. Close it, or use it as a context manager."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="requests", daemon=True)
        self._thread.start()

    def submit[T](self, work: Coroutine[object, object, T]) -> Future[T]:
        """Begin it, and give back where its result will be."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run[T](self, work: Coroutine[object, object, T]) -> T:
        """Do it and wait for its result."""
        return self.submit(work).result()

    def close(self) -> None:
        """Cancel what still runs, and end the thread."""
        if self._loop.is_closed():
            return
        self.run(_cancel_others())
        self.run(self._loop.shutdown_asyncgens())  # there: a loop of somebody else's may run in this thread
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> "Loop":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextlib.contextmanager
def fast_thread_switching() -> Iterator[None]:
    """Let threads take turns ten times as often as they do by default.

    A loop's thread gives the interpreter away with each read and write of a socket; beside a thread that
    computes it would wait the default 5 ms every time to get it back: more than a second for 256 answers.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, SWITCH_S))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
