"""Starts a process of a pool that uses the database. Imports no model before Django is set up."""

import signal

import django
from django.db import connection

from evalsite.core.parent import die_with_parent


def start_django_process(database: str) -> None:
    """Set up Django in a new process that works on the named database and ends with its parent."""
    die_with_parent(signal.SIGKILL)
    django.setup()
    connection.settings_dict["NAME"] = database
