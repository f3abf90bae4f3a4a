"""Child processes that die with their parent, and the few questions we ask about processes."""

import contextlib
import functools
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

CHILD = Path(__file__).with_name("child.py")
SAME = "same"


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    death_signal: signal.Signals = signal.SIGTERM,
    identity: str = SAME,
    env: Mapping[str, str] | None = None,
    stdout: int | IO[bytes] | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program that gets `death_signal` when this process ends, however it ends.

    Call it from the main thread: the kernel takes the end of the calling *thread* for the end of the parent.
    The child leads a group of its own, so that Ctrl-C reaches the parent alone, which stops its children in
    order.
    """
    prefix = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), str(int(death_signal)), identity]
    with log.open("ab") as output:
        return subprocess.Popen(
            [*prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=output if stdout is None else stdout,
            stderr=output,
            env=None if env is None else dict(env),
            start_new_session=True,
            pass_fds=pass_fds,
        )


@functools.cache
def unprivileged_identity() -> str:
    """How to run a server that refuses root, or that needs its user to have a name.

    Ordinary users need nothing. Otherwise a user namespace if the kernel lets us make one, else the user
    `nobody`.
    """
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return SAME
    uid, gid = _nobody()
    inside = f"userns:{uid}:{gid}"
    if _works(inside) or os.geteuid() != 0:
        return inside
    return f"user:{uid}:{gid}"


def owner_of(identity: str) -> int:
    """The user who owns, seen from outside, the files that a process of this identity makes."""
    return int(identity.split(":")[1]) if identity.startswith("user:") else os.geteuid()


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _nobody() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        named = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
        return (named[0].pw_uid, named[0].pw_gid) if named else (65534, 65534)
    return entry.pw_uid, entry.pw_gid


def _works(identity: str) -> bool:
    probe = [
        sys.executable,
        "-I",
        "-S",
        str(CHILD),
        str(os.getpid()),
        "9",
        identity,
        sys.executable,
        "-I",
        "-S",
    ]
    return subprocess.run([*probe, "-c", ""], capture_output=True, check=False).returncode == 0


def started_at(pid: int) -> str | None:
    """What tells a process from a later one of the same number; None if it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def children_of(pid: int) -> list[int]:
    """The living children of a process, oldest first."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] not in "ZX":
            found.append((int(fields[19]), int(entry.name)))
    return [number for _, number in sorted(found)]


def working_in(folder: Path) -> list[int]:
    """The living processes whose working folder this is; those of other people do not count."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
    return found


def signal_process(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that is gone is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def signal_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to what is left of a process's group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
