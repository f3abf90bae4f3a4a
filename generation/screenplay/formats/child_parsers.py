"""The one door to foreign parsers: a file's bytes go to a child process, rows come back.

Every file gets a fresh child, so that nothing of one file is left for the next, and the child is bounded in
memory and time (`generation.screenplay.child`). A long PDF may take longer than a short one: the time starts
anew with each page.
"""

import struct

from evalsite.core.errors import InputError, InputErrors
from evalsite.core.reason_codes import sentence
from generation.screenplay.child import Child, InputRejected, ReaderFailed, TooBig, TooSlow
from generation.screenplay.formats import rows

CPU_S = 0.8
"""Of the processor, between two signs of progress. A page of a script takes a twentieth of it."""

_TEXT = (
    sentence("reading the text took too long. The file may be damaged or not a script."),
    sentence("reading the text needs too much memory. The file may be damaged or not a script."),
    sentence("the text is damaged and can't be read."),
)
FAILURES = {
    "fountain": _TEXT,
    "plain": _TEXT,
    "fdx": (
        sentence("reading the Final Draft file took too long. The file may be damaged or not a script."),
        sentence(
            "reading the Final Draft file needs too much memory. The file may be damaged or not a script."
        ),
        sentence("the Final Draft file is damaged and can't be read."),
    ),
    "docx": (
        sentence("reading the Word file took too long. The file may be damaged or not a script."),
        sentence("reading the Word file needs too much memory. The file may be damaged or not a script."),
        sentence("the Word file is damaged and can't be read."),
    ),
    "pdf": (
        sentence("reading the PDF took too long. The file may be damaged or not a script."),
        sentence("reading the PDF needs too much memory. The file may be damaged or not a script."),
        sentence("the PDF is damaged and can't be read."),
    ),
}
"""By kind of file: what is said when reading takes too long, needs too much memory, or fails otherwise."""


def understand_foreign(kind: str, content: bytes, name: str) -> rows.Sent:
    """The file's paragraphs or segments. Raises `InputErrors`."""
    child = Child("generation.screenplay.formats.foreign_child", what="the reader", cpu=CPU_S)
    head = kind.encode()
    try:
        answer = child.ask(struct.pack(">B", len(head)) + head + content)
    except InputRejected as refusal:
        said = rows.read_refusal(str(refusal))
        raise InputErrors([InputError(name, **said)]) from refusal
    except ReaderFailed as failure:
        raise InputErrors([_fault(failure, kind, name)]) from failure
    finally:
        child.close()
    return rows.load(answer)


def _fault(failure: ReaderFailed, kind: str, name: str) -> InputError:
    slow, big, damaged = FAILURES[kind]
    fix = sentence(
        "open it in the original program and save it again, or copy the text into a plain text file."
    )
    message = slow if isinstance(failure, TooSlow) else big if isinstance(failure, TooBig) else damaged
    return InputError(name, 1, 1, message, fix)
