"""Django's PostgreSQL backend for the web server: no request waits for a database that hangs.

A server that hangs ends no statement, so its own limits do not help, and neither do those of TCP while its
kernel answers. Whenever it has sent nothing for a while, this process opens another connection:

- If that works, the statement is only slow. `statement_timeout` ends it.
- If not, all that wait fail at once. For some seconds, requests of this process fail without a try, so that
  threads stay free for pages that need no database. Then one request tries again.
"""

import threading
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import abc

PATIENCE_S = 1.0
"""How long the server may send nothing before it is looked at."""
CONNECT_S = 2
"""How long a connection may take: the least that psycopg allows."""
RETRY_S = 3.0
"""How long requests fail without a try once the server hangs."""
SHORT_PATIENCE_S = 0.2
STATEMENT_S = 30
MARGIN_S = 5.0
"""How long after `statement_timeout` a connection is given up, whose process alone hangs."""


class HungDatabase(psycopg.OperationalError):
    def __init__(self) -> None:
        super().__init__("the database does not answer in time")


class Health:
    """Whether the database hangs, as far as this process knows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._retry_at = 0.0

    @property
    def hangs(self) -> bool:
        return self._retry_at > 0

    def claim_try(self) -> None:
        """Raise HungDatabase unless it is time to try again; others are then refused meanwhile."""
        with self._lock:
            if not self.hangs:
                return
            if time.monotonic() < self._retry_at:
                raise HungDatabase
            self._retry_at = time.monotonic() + RETRY_S

    def note(self, *, hangs: bool) -> None:
        with self._lock:
            self._retry_at = time.monotonic() + RETRY_S if hangs else 0.0

    def ask(self, parameters: dict[str, Any]) -> None:
        """Raise HungDatabase if the server takes no new connection in time. One thread asks at a time."""
        self.claim_try()
        if self._asking.acquire(blocking=False):
            try:
                psycopg.connect(**parameters).close()
                self.note(hangs=False)
            except psycopg.errors.ConnectionTimeout:
                self.note(hangs=True)
                raise HungDatabase from None
            except psycopg.OperationalError:
                self.note(hangs=False)  # It refuses, so it does not hang.
            finally:
                self._asking.release()


health = Health()


class LimitedConnection(psycopg.Connection[Any]):
    parameters: dict[str, Any]

    def wait[Result](
        self, gen: "abc.PQGen[Result]", interval: float = 0.1, timeout: float | None = None
    ) -> Result:
        return super().wait(self._limited(gen), interval, timeout)

    def _limited[Result](self, gen: "abc.PQGen[Result]") -> "abc.PQGen[Result]":
        """The same generator, given up when the server hangs."""
        silent_since = asked_at = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = time.monotonic()
                if ready:
                    silent_since = asked_at = now
                elif now - asked_at > (SHORT_PATIENCE_S if health.hangs else PATIENCE_S):
                    self._look(now - silent_since)
                    asked_at = time.monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def _look(self, silent_s: float) -> None:
        try:
            if silent_s > STATEMENT_S + MARGIN_S:
                raise HungDatabase
            health.ask(self.parameters)
        except HungDatabase:
            self.close()  # Or the next statement, a ROLLBACK, would wait again.
            raise


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        health.claim_try()
        try:
            connection = super().get_new_connection(conn_params)
        except psycopg.errors.ConnectionTimeout:
            health.note(hangs=True)
            raise
        except psycopg.OperationalError:
            health.note(hangs=False)
            raise
        health.note(hangs=False)
        connection.__class__ = LimitedConnection
        names = ("host", "port", "user", "password", "dbname", "connect_timeout")
        connection.parameters = {name: conn_params[name] for name in names if name in conn_params}
        return connection

    def init_connection_state(self) -> None:
        super().init_connection_state()
        # Not as an option of the connection, which poolers refuse.
        with self.connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = '{STATEMENT_S}s'")
