"""Fixtures for the results and planning pages: two members of the staff, each of them signed in."""

from tests.staff_cast import jonas, mara, other, staff

__all__ = ["jonas", "mara", "other", "staff"]
