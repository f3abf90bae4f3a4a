"""Mailing: lists of people as spreadsheets and people write them."""

import csv
import io

import pytest

from annotations.mailing.invitation_list import (
    MOST_ROWS,
    UnreadableList,
    as_csv,
    read_file,
    read_text,
    write_list,
)

PEOPLE = [
    ("Robin Ellery", "robin@example.org", ("en",), "panel A"),
    ("林青", "linqing@example.org", ("zh",), "乙组"),
    ("Sam Okonjo", "sam@example.org", ("en", "zh"), ""),
]
COMMA = (
    "label,mail,languages,group\nRobin Ellery,robin@example.org,en,panel A\n"
    "林青,linqing@example.org,zh,乙组\nSam Okonjo,sam@example.org,en zh,\n"
)
LIBREOFFICE = (
    '"label","mail","languages","group"\n"Robin Ellery","robin@example.org","en","panel A"\n'
    '"林青","linqing@example.org","zh","乙组"\n"Sam Okonjo","sam@example.org","en, zh",""\n'
)
SEMICOLONS = COMMA.replace(",", ";")
TABS = COMMA.replace(",", "\t")


def people(data: bytes) -> list[tuple[str, str, tuple[str, ...], str]]:
    return [(row.label, row.mail, row.languages, row.group) for row in read_file(data).rows]


@pytest.mark.parametrize(
    "data",
    [
        COMMA.encode(),
        COMMA.replace("\n", "\r\n").encode(),
        COMMA.replace("\n", "\r").encode(),
        LIBREOFFICE.encode(),
        SEMICOLONS.replace("\n", "\r\n").encode("utf-8-sig"),
        ("sep=;\r\n" + SEMICOLONS.replace("\n", "\r\n")).encode("utf-8-sig"),
        TABS.replace("\n", "\r\n").encode("utf-16"),
        b"\xfe\xff" + TABS.encode("utf-16-be"),
        TABS.encode(),
        COMMA.replace("\n", "\r\n").encode("gb18030"),
        COMMA.replace("label,mail,languages,group", "姓名,邮箱,语言,组别").encode(),
        COMMA.replace("label,mail", "Name,E-Mail").replace("en zh", "English and Chinese").encode(),
        (COMMA + "\n\n").encode(),
    ],
    ids=[
        "comma", "crlf", "cr", "libreoffice", "excel-semicolon-bom", "excel-sep", "excel-unicode-text",
        "utf-16-be", "tabs", "excel-chinese", "chinese-header", "other-names", "blank-lines",
    ],
)  # fmt: skip
def test_files_of_other_programs(data):
    assert people(data) == PEOPLE
    assert not any(row.faults for row in read_file(data).rows)


def test_western_excel():
    file = read_file("label;mail\r\nZoë Müller;zoe@example.org\r\n".encode("cp1252"))
    assert (file.rows[0].label, file.encoding) == ("Zoë Müller", "Windows-1252")


def test_pasted_lines_need_no_header():
    rows = read_text("Robin Ellery, robin@example.org, en\n\n林青, linqing@example.org, zh\n").rows
    assert [(row.line, row.label, row.mail, row.languages) for row in rows] == [
        (1, "Robin Ellery", "robin@example.org", ("en",)),
        (3, "林青", "linqing@example.org", ("zh",)),
    ]


def test_pasted_addresses_alone():
    rows = read_text("robin@example.org\nLin Qing <linqing@example.org>\n").rows
    assert [(row.label, row.mail) for row in rows] == [
        ("", "robin@example.org"),
        ("Lin Qing", "linqing@example.org"),
    ]


def test_faults_have_their_line_and_column():
    text = (
        "label,mail,languages\n"
        '"two\nlines",a@example.org,en\n'
        "Bo,not an address,en\n"
        "Cy,c@example.org,fr\n"
        ",,en\n"
        "Di,C@example.org,zh\n"
        f"{'x' * 121},e@example.org,en\n"
        "Ed,f@example.org,en,more\n"
    )
    found = [
        (row.line, fault.column, fault.code, fault.value)
        for row in read_text(text).rows
        for fault in row.faults
    ]
    assert found == [
        (2, "label", "control", ""),
        (4, "mail", "mail", "not an address"),
        (5, "languages", "language", "fr"),
        (6, "label", "empty", ""),
        (7, "mail", "twice", "5"),
        (8, "label", "long", "120"),
        (9, "label", "cells", "more"),
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"label,mail\n", "empty"),
        (b"Robin,robin@example.org\n", "header"),
        (b'label,mail\n"Robin,robin@example.org\n', "csv"),
        (b"mail\n" + b"a@example.org\n" * (MOST_ROWS + 1), "long"),
        (b"x" * 1_000_001, "large"),
    ],
)
def test_what_cannot_be_read(data, code):
    with pytest.raises(UnreadableList) as problem:
        read_file(data)
    assert problem.value.code == code


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org,b@example.org",
        "<script>@example.org",
        "a@b@c.org",
    ],
)
def test_hostile_addresses_are_refused(address):
    cell = '"' + address.replace('"', '""') + '"'
    (row,) = read_text(f"label,mail\nEve,{cell}\n").rows
    assert [fault.column for fault in row.faults] == ["mail"]


def test_a_list_is_read_back_as_it_was():
    rows = read_file(LIBREOFFICE.encode()).rows
    again = read_text(write_list(rows)).rows
    assert [(r.label, r.mail, r.languages, r.group) for r in again] == PEOPLE
    assert len(read_text(write_list(read_text("a,b@c,fr\n").rows)).rows[0].faults) == 2


def test_formulas_are_written_as_text():
    text = as_csv([("=1+1", "+49", "-x", "@y", "plain", "a,b")])
    assert next(csv.reader(io.StringIO(text))) == ["'=1+1", "'+49", "'-x", "'@y", "plain", "a,b"]


@pytest.mark.parametrize("first", ['sep="', "sep=x", "sep= ", "sep=\\"])
def test_an_odd_separator_line_is_ignored(first):
    (row,) = read_text(f"{first}\nlabel,mail\nA,a@example.org\n").rows
    assert (row.label, row.mail, row.line) == ("A", "a@example.org", 3)


def test_wide_spaces_become_ordinary_ones():
    rows = read_text("label,mail\n张\u3000三,a@example.org\nA\u00a0B,b@example.org\n").rows
    assert [(row.label, row.faults) for row in rows] == [("张 三", []), ("A B", [])]
