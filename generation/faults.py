"""Faults as the rest of the house knows them, under the names that readers of files use."""

from evalsite.core.faults import Fault, Refused

Faults = Refused
"""What `generation.reading` raises: a `Refused` with every fault that was found in `.faults`."""

__all__ = ["Fault", "Faults", "Refused"]
