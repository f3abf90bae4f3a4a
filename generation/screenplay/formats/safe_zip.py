"""Archives that come from anywhere: everything is checked from the list of contents before anything is
inflated, and a member is inflated no further than it may be. Runs in the child process.
"""

import zipfile
from io import BytesIO

from evalsite.core.reason_codes import sentence
from generation.screenplay.child_side import InvalidInput
from generation.screenplay.formats import rows

MOST_MEMBERS = 2_000
MOST_TOTAL = 200_000_000
MOST_RATIO = 200
RATIO_FROM = 2_000_000
"""Small members may be packed tightly: a blank page of XML is."""

FIX = sentence("open it in Word or WPS, save it as .docx again, and retry.")


def open_zip(content: bytes) -> zipfile.ZipFile:
    """The archive, its list of contents checked. Raises `InvalidInput`."""
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except MemoryError:
        raise
    except Exception as error:  # the library raises whatever a broken field leads to
        raise InvalidInput(
            rows.refusal(sentence("this isn't a valid Word file: the zip archive is incomplete."), FIX)
        ) from error
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise InvalidInput(
            rows.refusal(
                sentence("the archive contains too many files (%(count)s).", count=f"{len(members):,}"), FIX
            )
        )
    names = [member.filename for member in members]
    for name in names:
        if name.startswith(("/", "\\")) or "\\" in name or ".." in name.split("/") or ":" in name:
            raise InvalidInput(
                rows.refusal(
                    sentence("the archive refers to a file outside it: %(name)s.", name=f"{name!r:.80}"), FIX
                )
            )
    if len(set(names)) < len(names):
        raise InvalidInput(rows.refusal(sentence("the archive contains two files with the same name."), FIX))
    if any(member.flag_bits & 1 for member in members):
        raise InvalidInput(
            rows.refusal(
                sentence("the archive is encrypted."), sentence("remove the password and save it again.")
            )
        )
    total = sum(member.file_size for member in members)
    tight = any(
        member.filename.endswith(".xml")  # a blank picture may be packed tightly, and is never unpacked
        and member.file_size > RATIO_FROM
        and member.file_size > MOST_RATIO * max(1, member.compress_size)
        for member in members
    )
    if total > MOST_TOTAL or tight:
        raise InvalidInput(
            rows.refusal(
                sentence(
                    "the archive would expand to %(count)s bytes, which is too large.", count=f"{total:,}"
                ),
                FIX,
            )
        )
    return archive


def member(archive: zipfile.ZipFile, name: str, most: int) -> bytes | None:
    """One member inflated; None where there is none of the name. Raises `InvalidInput`."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        return None
    if info.file_size > most:
        raise InvalidInput(
            rows.refusal(
                sentence(
                    "%(part)s has %(count)s bytes; the maximum is %(most)s.",
                    part=name,
                    count=f"{info.file_size:,}",
                    most=f"{most:,}",
                ),
                sentence("split the script into smaller files."),
            )
        )
    try:
        with archive.open(info) as handle:
            content = handle.read(most + 1)
    except MemoryError:
        raise
    except Exception as error:  # the library raises whatever a broken field leads to
        raise InvalidInput(
            rows.refusal(sentence("%(part)s in the archive is damaged.", part=name), FIX)
        ) from error
    if len(content) > most:
        raise InvalidInput(
            rows.refusal(sentence("%(part)s is larger than the archive states.", part=name), FIX)
        )
    return content
