"""Become the program of a child process: `child.py PARENT SIGNAL IDENTITY PROGRAM [ARGUMENT ...]`.

Runs alone, as a file, before anything else is imported. Three things have to happen between fork and exec,
and doing them here spares the parent a `preexec_fn`, which is not safe beside threads:

- ask the kernel for SIGNAL when the process PARENT ends, so that a killed supervisor leaves nothing behind;
- take on IDENTITY. `same` changes nothing. `userns:UID:GID` enters a user namespace in which we are that
  user, for servers that refuse root: outside we stay who we are, and may use folders closed to others.
  `user:UID:GID` turns root into that user and keeps the two capabilities needed to pass closed folders;
- exec the program.
"""

import ctypes
import os
import sys
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
PR_SET_SECUREBITS, NO_SETUID_FIXUP, PR_SET_NO_NEW_PRIVS = 28, 4, 38
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


class CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class CapabilityWords(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


def enter_namespace(uid: int, gid: int) -> None:
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    os.unshare(os.CLONE_NEWUSER)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outside_uid} 1"),
        ("gid_map", f"{gid} {outside_gid} 1"),
    ):
        Path(f"/proc/self/{name}").write_text(text)


def drop_root(libc: ctypes.CDLL, uid: int, gid: int) -> None:
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    # access(2) respects the capabilities too: initdb asks it whether it may run its programs. A set-user-ID
    # program would keep root's capabilities under that bit, so none may be started.
    libc.prctl(PR_SET_SECUREBITS, NO_SETUID_FIXUP, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.setresuid(uid, uid, uid)
    header, words = CapabilityHeader(CAPABILITY_VERSION_3, 0), (CapabilityWords * 2)()
    libc.capget(ctypes.byref(header), words)
    kept = words[0].permitted & (1 << CAP_DAC_OVERRIDE | 1 << CAP_DAC_READ_SEARCH)
    new = (CapabilityWords * 2)(CapabilityWords(kept, kept, kept), CapabilityWords(0, 0, 0))
    libc.capset(ctypes.byref(header), new)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def main(parent: str, death_signal: str, identity: str, *command: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    kind, _, ids = identity.partition(":")
    if kind != "same":
        uid, gid = (int(part) for part in ids.split(":"))
        if kind == "userns":
            enter_namespace(uid, gid)
        else:
            drop_root(libc, uid, gid)
    # A change of user clears the death signal, so it is asked for last; the parent may be gone by then.
    libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(*sys.argv[1:])
