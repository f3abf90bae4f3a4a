"""Backends:

where a pipeline's requests go. One small interface, one real backend, one that needs no server.
"""

from generation.backends.base import (
    Backend,
    BackendError,
    Busy,
    CircuitOpen,
    Completion,
    Denied,
    Malformed,
    Rejected,
    Request,
    Sampling,
    ServerError,
    TooSlow,
    Unreachable,
    is_model,
)
