"""A PDF's letters and where they stand. Runs in the child process.

What they are is worked out by the parent (`page_layout.py`), which is our own code.
"""

import re
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1

from evalsite.core.reason_codes import sentence
from generation.screenplay.child_side import InvalidInput
from generation.screenplay.formats import rows

MOST_PAGES = 300
MOST_LETTERS = 12_000
USUAL_LETTERS, FIRST_PAGES = 4_500, 8
"""More letters a page than that no script has; the first pages tell, so that the rest need not be read."""
BASE_S, PAGE_S, LETTER_S = 1.0, 0.004, 60e-6
"""What reading may cost. Letters take a quarter of it, so slow machines are served, too."""
FEWEST_LETTERS = 20
FIX = sentence("print it to PDF again, or upload the script as Word, FDX, Fountain or plain text.")
_PRINTED = re.compile(r"\S+(?:\s{1,3}\S+)*")
SCANNED = sentence("the PDF contains no text: it's a scan, or its text was converted to shapes.")


def read_pdf(content: bytes, progress: Callable[[], None]) -> rows.Sent:
    try:
        _check(content)
        progress()
        return _read(content, progress)
    except (InvalidInput, MemoryError):
        raise
    except RecursionError as error:
        raise InvalidInput(rows.refusal(sentence("the PDF is nested too deeply."), FIX)) from error
    except Exception as error:  # the library raises whatever its parts raise
        raise InvalidInput(
            rows.refusal(
                sentence("the PDF is damaged and can't be read (%(what)s).", what=type(error).__name__), FIX
            )
        ) from error


def _check(content: bytes) -> None:
    """Encryption and the number of pages, before any page is looked at."""
    try:
        document = PDFDocument(PDFParser(BytesIO(content)))
    except (PDFEncryptionError, PDFPasswordIncorrect) as error:
        raise InvalidInput(_locked()) from error
    if document.encryption is not None:
        raise InvalidInput(_locked())
    pages = resolve1(document.catalog.get("Pages"))
    count = resolve1(pages.get("Count")) if isinstance(pages, dict) else None
    if isinstance(count, int) and count > MOST_PAGES:
        raise InvalidInput(_too_many(count))
    # The count may lie, and the library that reads the pages would first look at every one.
    if sum(1 for _ in islice(PDFPage.create_pages(document), MOST_PAGES + 1)) > MOST_PAGES:
        raise InvalidInput(_too_many(MOST_PAGES + 1))


def _locked() -> str:
    return rows.refusal(
        sentence("the PDF is protected."), sentence("save it without a password or restrictions.")
    )


def _too_many(count: int) -> str:
    return rows.refusal(
        sentence(
            "the PDF has %(count)s pages; the maximum is %(most)s.", count=f"{count:,}", most=MOST_PAGES
        ),
        sentence("split it into parts."),
    )


def _read(content: bytes, progress: Callable[[], None]) -> rows.Sent:
    segments: list[rows.Segment] = []
    pages: list[rows.Page] = []
    letters, began = 0, time.process_time()
    with pdfplumber.open(BytesIO(content), pages=list(range(1, MOST_PAGES + 1))) as document:
        for page in document.pages:
            pages.append(rows.Page(float(page.width), float(page.height)))
            if len(page.chars) > MOST_LETTERS:
                raise InvalidInput(
                    rows.refusal(
                        sentence(
                            "page %(page)s has too many characters (%(count)s).",
                            page=page.page_number,
                            count=f"{len(page.chars):,}",
                        ),
                        FIX,
                    )
                )
            segments += _segments(page)
            letters += len(page.chars)
            page.close()
            if len(pages) >= FIRST_PAGES and letters > USUAL_LETTERS * len(pages):
                message = sentence(
                    "the pages have about %(count)s characters each, which is unusual for a script.",
                    count=f"{letters // len(pages):,}",
                )
                raise InvalidInput(rows.refusal(message, FIX))
            spent = time.process_time() - began
            if spent > BASE_S + PAGE_S * len(pages) + LETTER_S * letters:
                raise InvalidInput(
                    rows.refusal(
                        sentence("reading the PDF took too long. The file may be damaged or not a script."),
                        FIX,
                    )
                )
            progress()
    letters = sum(len(each.text) for each in segments)
    if letters < FEWEST_LETTERS:
        raise InvalidInput(
            rows.refusal(SCANNED, sentence("run OCR and proofread the text, or upload the original."))
        )
    if sum(each.text.count("(cid:") for each in segments) * 6 > 0.05 * letters:
        raise InvalidInput(
            rows.refusal(sentence("the PDF doesn't say which characters its glyphs stand for."), FIX)
        )
    return rows.Sent(segments=tuple(segments), pages=tuple(pages))


def _segments(page: Any) -> Iterator[rows.Segment]:
    """Runs of letters without a gap wider than two and a half letters, line by line."""
    upright = page.filter(lambda each: each.get("object_type") != "char" or each.get("upright", True))
    words = upright.extract_words(
        keep_blank_chars=True, x_tolerance=1.5, y_tolerance=2, extra_attrs=["size"], use_text_flow=False,
        return_chars=True,
    )  # fmt: skip
    number = page.page_number
    for line in _lines([part for word in words for part in _without_blanks(word)]):
        run: list[Any] = []
        for word in line:
            if run and word["x0"] - run[-1]["x1"] > 1.25 * max(word["size"], 6):
                yield _segment(number, run)
                run = []
            run.append(word)
        yield _segment(number, run)


def _without_blanks(word: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A run of letters where they stand: blanks that make an indent or a column are no letters of it."""
    letters: list[Any] = word["chars"]
    for match in _PRINTED.finditer("".join(each["text"][:1] or " " for each in letters)):
        part = letters[match.start() : match.end()]
        text = "".join(each["text"] for each in part)
        bold = all("bold" in each["fontname"].lower() for each in part)
        yield {**word, "text": text, "x0": part[0]["x0"], "x1": part[-1]["x1"], "bold": bold, "chars": []}


def _lines(words: list[Any]) -> Iterator[list[Any]]:
    """Words whose tops are within three points of each other, from left to right."""
    words = sorted(words, key=lambda word: word["top"])
    line: list[Any] = []
    for word in words:
        if line and word["top"] - line[0]["top"] > 3:
            yield sorted(line, key=lambda each: each["x0"])
            line = []
        line.append(word)
    if line:
        yield sorted(line, key=lambda each: each["x0"])


def _segment(page: int, words: list[Any]) -> rows.Segment:
    parts: list[str] = []
    for before, word in zip([None, *words], words, strict=False):
        gap = before is not None and word["x0"] - before["x1"] > _blank(before, word) * word["size"]
        parts.append((" " if gap and not parts[-1].endswith(" ") else "") + word["text"])
    return rows.Segment(
        page,
        round(words[0]["top"], 1),
        round(words[0]["x0"], 1),
        round(words[-1]["x1"], 1),
        round(words[0]["size"], 1),
        "".join(parts).replace("\xa0", " "),
        all(word["bold"] for word in words),
    )


def _blank(before: dict[str, Any], after: dict[str, Any]) -> float:
    """The least gap that is a blank, in letters: programs set Chinese and Latin apart by a quarter of one."""
    return 0.15 if before["text"][-1:].isascii() == after["text"][:1].isascii() else 0.35
