"""Marks of what has been done already, so that a second start need not do it again."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from evalsite.local.paths import REPOSITORY, Paths


def migration_digest(place: Paths) -> str:
    """Changes with what `migrate` does, the packages installed, and the database it was done to."""
    apps = REPOSITORY.glob("*/migrations/*.py")
    deeper = REPOSITORY.glob("*/*/migrations/*.py")
    grants = REPOSITORY / "evalsite" / "core" / "grants.py"
    packages = REPOSITORY.glob("requirements/*.txt")
    return _digest([*apps, *deeper, grants, *packages], _cluster(place.postgres))


def read(mark: Path) -> str | None:
    return mark.read_text() if mark.exists() else None


def _digest(files: Iterable[Path], more: bytes) -> str:
    digest = hashlib.sha256(more)
    for file in sorted(file for file in files if file.is_file()):
        digest.update(
            str(file.relative_to(REPOSITORY)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest()
        )
    return digest.hexdigest()


def _cluster(data: Path) -> bytes:
    """The identifier that initdb draws, which stands first in the control file."""
    control = data / "global" / "pg_control"
    return control.read_bytes()[:8] if control.exists() else b""
