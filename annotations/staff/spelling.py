"""Where a study names a system that has written nothing for a brief: whose scripts the brief has."""

import difflib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from evalsite.core.errors import InputError, InputErrors
from generation.models import Script

_NO_SCRIPT = re.compile(r"system (\S+) has no script for brief (\S+)\.")


@contextmanager
def telling_systems() -> Iterator[None]:
    """Tell with each missing script which systems have one stored, and which of them may be meant."""
    try:
        yield
    except InputErrors as refused:
        raise InputErrors([_told(fault) for fault in refused.errors]) from refused


def _told(fault: InputError) -> InputError:
    match = _NO_SCRIPT.fullmatch(fault.message)
    if match is None:
        return fault
    system, brief = match.groups()
    written = Script.objects.filter(brief__slug=brief).order_by("system__slug")
    there = list(written.values_list("system__slug", flat=True).distinct())
    if not there:
        return fault
    near = difflib.get_close_matches(system, there, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    message = f"{fault.message}{meant} Stored are scripts of {', '.join(there)}."
    return replace(fault, message=message)
