"""Fixtures for the tests of the site itself: two members of the staff, and each of them signed in."""

from tests.staff_cast import jonas, mara, other, staff

__all__ = ["jonas", "mara", "other", "staff"]
