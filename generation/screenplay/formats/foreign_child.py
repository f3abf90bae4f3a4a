"""What the child process does with a file: one reader a format, each loaded when it is needed."""

from collections.abc import Callable

from evalsite.core.reason_codes import sentence
from generation.screenplay.child_side import InvalidInput
from generation.screenplay.formats import rows

MOST_CHARACTERS = 1_000_000
"""More text than that is refused anyway, so the child does not send it."""

MOST_LINES = 40_000
"""A season of forty episodes has some 25,000."""


def answer(request: bytes, progress: Callable[[], None]) -> bytes:
    """The request is a byte of length, the format's name and the file; the answer is `rows.dump`."""
    length = request[0]
    kind, content = request[1 : 1 + length].decode(), request[1 + length :]
    sent = _read(kind, content, progress)
    letters = sum(map(len, sent.texts()))
    if letters > MOST_CHARACTERS:
        raise InvalidInput(
            rows.refusal(
                sentence("the file has more than %(count)s characters.", count=f"{MOST_CHARACTERS:,}"),
                sentence("split it into smaller files."),
            )
        )
    if sum(1 for text in sent.texts() if text.strip()) > MOST_LINES:
        raise InvalidInput(
            rows.refusal(
                sentence("the file has more than %(count)s lines or paragraphs.", count=f"{MOST_LINES:,}"),
                sentence("split it into smaller files."),
            )
        )
    return rows.dump(sent)


def _read(kind: str, content: bytes, progress: Callable[[], None]) -> rows.Sent:
    progress()
    if kind == "fdx":
        from generation.screenplay.formats.read_fdx import read_fdx

        progress()
        return read_fdx(content)
    if kind == "docx":
        from generation.screenplay.formats.read_docx import read_docx

        progress()
        return read_docx(content, progress)
    if kind == "pdf":
        from generation.screenplay.formats.read_pdf import read_pdf

        progress()
        return read_pdf(content, progress)
    from generation.screenplay.formats.read_text import read_text

    return read_text(content)
