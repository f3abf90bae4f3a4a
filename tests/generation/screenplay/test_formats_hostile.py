"""Files that mean harm, or are broken: each is refused within 2 s and 200 MB, with what is wrong."""

import io
import json
import os
import random
import re
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from evalsite.core.errors import InputErrors
from generation.screenplay.child import Child, ReaderFailed, TooBig, TooSlow
from generation.screenplay.formats import read_script
from tests import pace

ROOT = Path(__file__).resolve().parents[3]
SECONDS, BYTES = 2.0, 200_000_000
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MADE_UP = random.Random(1)


def archive(*parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts:
            made.writestr(name, content)
    return out.getvalue()


def word(body):
    document = f"<w:document {W}><w:body>{body}</w:body></w:document>"
    return archive(("word/document.xml", document))


def varied(count):
    """Text that packs badly, so that no ratio gives it away."""
    return "".join(f"<w:p><w:r><w:t>{MADE_UP.getrandbits(40):x}</w:t></w:r></w:p>" for _ in range(count))


def bomb(root):
    steps = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">{steps}]>{root}'


def fdx(inside):
    return f"<FinalDraft><Content>{inside}</Content></FinalDraft>".encode()


def pdf(stream=b"BT /F1 12 Tf 108 700 Td (INT. SHED - DAY) Tj ET", pages=1, told=None, trailer=""):
    packed = zlib.compress(stream, 9)
    kids = " ".join(f"{4 + page} 0 R" for page in range(pages))
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 3 0 R /Resources << /Font << /F1 "
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >> >> >> >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {told or pages} /Kids [{kids}] >>".encode(),
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream" % (len(packed), packed),
        *[page] * pages,
    ]
    out, places = [b"%PDF-1.4\n"], []
    size = len(out[0])
    for number, content in enumerate(objects, start=1):
        places.append(size)
        out.append(b"%d 0 obj\n%b\nendobj\n" % (number, content))
        size += len(out[-1])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    out.append(b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(objects) + 1, table))
    out.append(b"trailer << /Size %d /Root 1 0 R %b >>\n" % (len(objects) + 1, trailer.encode()))
    out.append(b"startxref\n%d\n%%%%EOF" % size)
    return b"".join(out)


ENCRYPT = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O ({'o' * 32}) /U ({'u' * 32}) /P -4 >> /ID [(a) (b)]"
LOOP = (
    b"%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj "
    b"2 0 obj << /Type /Pages /Kids [2 0 R 2 0 R] >> endobj"
)
PASSWD = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><FinalDraft>&e;</FinalDraft>'
)
TABLES = "<w:tbl><w:tr><w:tc>" * 5_000 + "x" + "</w:tc></w:tr></w:tbl>" * 5_000
PARAGRAPH = '<Paragraph Type="Action"><Text>x</Text></Paragraph>'

QUICK = {
    "entity bomb.fdx": (lambda: bomb("<FinalDraft>&j;</FinalDraft>").encode(), "document type or entities"),
    "external entity.fdx": (
        PASSWD.encode,
        "document type or entities",
    ),
    "external dtd.fdx": (
        lambda: b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://a/"><FinalDraft/>',
        "document type",
    ),
    "truncated.fdx": (lambda: fdx("<Paragraph/>")[:-9], r"fdx:1:\d+: error: the XML is broken"),
    "other.fdx": (lambda: b"<svg></svg>", "isn't a Final Draft file"),
    "NUL.fdx": (lambda: fdx("\0"), "XML is broken"),
    "wrong encoding.fdx": (
        lambda: b'<?xml version="1.0" encoding="UTF-8"?><FinalDraft>\xff\xfe</FinalDraft>',
        "XML",
    ),
    "unknown encoding.fdx": (lambda: b'<?xml version="1.0" encoding="x-no"?><FinalDraft/>', "XML"),
    "empty.fdx": (lambda: fdx(""), "this file contains no script."),
    "entity bomb.docx": (
        lambda: archive(("word/document.xml", bomb("<a>&j;</a>"))),
        "document type or entities",
    ),
    "zip bomb.docx": (
        lambda: archive(("word/document.xml", b" " * 40_000_000)),
        "would expand to 40,000,000",
    ),
    "members.docx": (lambda: archive(*[(f"a{n}", b"") for n in range(2500)]), r"too many files \(2,500\)"),
    "traversal.docx": (
        lambda: archive(("../../etc/passwd", b"x")),
        "the archive refers to a file outside it:",
    ),
    "absolute.docx": (lambda: archive(("/etc/passwd", b"x")), "the archive refers to a file outside it:"),
    "no document.docx": (
        lambda: archive(("mimetype", b"x")),
        "this zip archive isn't a Word file: it contains no document.",
    ),
    "not a zip.docx": (
        lambda: b"PK\x03\x04" + b"x" * 1000,
        "this isn't a valid Word file: the zip archive is incomplete.",
    ),
    "truncated.docx": (
        lambda: word("<w:p/>" * 1000)[:-40],
        "this isn't a valid Word file: the zip archive is incomplete.",
    ),
    "damaged.docx": (
        lambda: word(varied(100)).replace(b"\x00\x00", b"\x01\x07", 9),
        "zip archive|damaged|Word",
    ),
    "broken xml.docx": (lambda: archive(("word/document.xml", "<document><b></document>")), "broken XML"),
    "other xml.docx": (
        lambda: archive(("word/document.xml", "<a/>")),
        "isn't a Word file",
    ),
    "password.docx": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "with a password"),
    "text.docx": (lambda: b"INT. SHED - DAY", "isn't a Word file"),
    "a pdf.docx": (pdf, "is PDF"),
    "word.doc": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"old Word file"),
    "rich.txt": (lambda: b"{\\rtf1 x}", "RTF"),
    "page.txt": (lambda: b"<html><body>x", "web page"),
    "sheet.xlsx": (lambda: archive(("xl/workbook.xml", b"x")), r"\.xlsx isn't a supported format"),
    "empty.txt": (lambda: b" \n ", "empty"),
    "50 MB line.txt": (lambda: b"x" * 50_000_000, "larger than 20,000,000 bytes"),
    "2 MB line.txt": (lambda: b"x" * 1_900_000, "1,900,000 characters"),
    "NUL.txt": (lambda: b"INT. A\n\nB\0", r"txt:3:2: error: the file contains a NUL byte"),
    "no mark.txt": (
        lambda: "INT. A - DAY".encode("utf-16-le"),
        "UTF-16 without a byte-order mark",
    ),
    "half a pair.txt": (lambda: b"\xff\xfe\x00\xd8", "is marked as UTF-16"),
    "broken.txt": (lambda: "第一场\n".encode() + b"\xff\xff", r"txt:2:1: error: byte 0xff isn't valid UTF-8"),
    "escape.txt": (lambda: b"INT. A\n\x1b[2J", r"txt:2:1: error: control character U\+001B"),
    "too many lines.txt": (lambda: "林：（\n".encode() * 70_000, "more than 40,000 lines"),
    "protected.pdf": (lambda: pdf(trailer=ENCRYPT), "protected"),
    "10,000 pages.pdf": (lambda: pdf(pages=10_000), "10,000 pages"),
    "truncated.pdf": (lambda: pdf()[:300], "damaged"),
    "text.pdf": (lambda: b"hello", "isn't a PDF"),
    "loop.pdf": (lambda: LOOP, "damaged|no text"),
    "empty page.pdf": (lambda: pdf(b"0 0 m 10 10 l S"), "no text"),
    "no format.odt": (lambda: archive(("content.xml", b"x")), r"\.odt isn't a supported format"),
}
SLOW = {
    "tiny tags.fdx": (lambda: fdx("<a/>" * 2_400_000), "too much memory|too long"),
    "deep.fdx": (lambda: fdx("<a>" * 3_000_000), "too much memory|too long"),
    "paragraphs.fdx": (lambda: fdx(PARAGRAPH * 180_000), "memory|long|than"),
    "long attribute.fdx": (lambda: b'<FinalDraft a="' + b"x" * 9_000_000, "XML is broken|memory|long"),
    "big bomb.docx": (lambda: archive(("a.bin", b" " * 250_000_000)), "would expand to 250,000,000"),
    "paragraphs.docx": (lambda: word(varied(400_000)), "memory|long|more than"),
    "one paragraph.docx": (lambda: word(f"<w:p>{varied(400_000)}</w:p>"), "memory|long|more than"),
    "nested.docx": (
        lambda: word("<w:p>" * 300_000 + varied(2_000)),
        "broken XML|memory|long|more than|damaged",
    ),
    "tables.docx": (lambda: word(TABLES), "Word"),
    "tiny lines.fountain": (lambda: b"A\n\n" * 600_000, "more than 120,000 lines"),
    "page count that lies.pdf": (lambda: pdf(pages=10_000, told=2), "301 pages; the maximum is 300"),
    "flate bomb.pdf": (lambda: pdf(b" " * 300_000_000), "damaged|memory|long"),
    "letters.pdf": (
        lambda: pdf(b"BT /F1 12 Tf 9 9 Td " + b"(INT. SHED - DAY) Tj " * 100_000),
        "damaged|memory|long",
    ),
    "dense pages.pdf": (
        lambda: pdf(
            b"BT /F1 4 Tf 20 780 Td " + b"(INT. SHED - DAY ADA LOOKS AT THE LAMP AND GOES) Tj 0 -4 Td " * 190,
            pages=300,
        ),
        "characters each, which is unusual for a script.",
    ),
    "lines on every page.pdf": (lambda: pdf(b"0 0 m 10 10 l S " * 30_000, pages=300), "too long|memory"),
    "lines.pdf": (lambda: pdf(b"0 0 m 10 10 l S " * 500_000), "too long|memory"),
}


@pytest.fixture(scope="module")
def measuring():
    """A process that does nothing but read files and say what it took."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(Path(__file__).with_name("measure_refusal.py"))]
    running = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    )
    yield running
    running.communicate(timeout=120)


def check(measuring, path, content, said):
    path.write_bytes(content)
    measuring.stdin.write(f"{path}\n")
    measuring.stdin.flush()
    took = json.loads(measuring.stdout.readline())
    assert re.search(said, took["said"]), took["said"]
    assert ": error: " in took["said"]
    assert "Fix: " in took["said"]
    assert took["memory"] < BYTES
    # Of the processor, which is what a busy machine does not change.
    assert took["cpu"] < pace.seconds(SECONDS)
    return took


@pytest.mark.parametrize("name", QUICK)
def test_refused(name, measuring, tmp_path):
    content, said = QUICK[name]
    check(measuring, tmp_path / name, content(), said)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_refused_within_its_bounds(name, measuring, tmp_path):
    content, said = SLOW[name]
    check(measuring, tmp_path / name, content(), said)


def test_every_fault_names_the_file():
    with pytest.raises(InputErrors) as caught:
        read_script(b"PK\x03\x04", "my pilot.docx")
    assert [fault.path for fault in caught.value.errors] == ["my pilot.docx"]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputErrors, match="can't be read"):
        read_script(tmp_path / "none.fdx")


# The bounds themselves


def test_no_secret_reaches_the_child(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "secret")
    child = Child("tests.generation.screenplay.hostile_child", what="it")
    assert json.loads(child.ask(b"environment")) == sorted(set(os.environ) & {"PATH", "LD_LIBRARY_PATH"})
    child.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "error", "bound"),
    [(b"loop", TooSlow, {"cpu": 0.3}), (b"memory", TooBig, {}), (b"memory in small pieces", TooBig, {}),
     (b"crash", ReaderFailed, {}), (b"exit", ReaderFailed, {}), (b"sleep", TooSlow, {"time_limit": 0.8}),
     (b"write a file", ReaderFailed, {})],
)  # fmt: skip
def test_a_reader_that_goes_wrong_is_ended(what, error, bound):
    # Tight is only the bound that it is to meet: a slow machine may not meet another one first.
    wide = {"cpu": 30.0, "time_limit": 60.0}
    child = Child("tests.generation.screenplay.hostile_child", what="it", **(wide | bound))
    with pytest.raises(error):
        child.ask(what)
    child.time_limit = wide["time_limit"]
    assert json.loads(child.ask(b"environment"))  # and the next one is well
    child.close()


@pytest.mark.slow
def test_progress_gives_time_anew():
    child = Child("tests.generation.screenplay.hostile_child", what="it", cpu=0.3, total=30)
    assert child.ask(b"progress") == b"done"
    child.close()
