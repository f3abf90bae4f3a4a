"""Messages about an uploaded file, in the reader's language.

The readers of `screenplay.formats` know no languages: they give codes, and messages with parameters.
"""

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from evalsite.core.errors import InputError
from evalsite.core.reason_codes import Reason
from generation.reasons import render
from generation.screenplay import check_format
from generation.screenplay.formats import CHOICES, Understood, Warned

KINDS: Mapping[str, Promise] = {
    "heading": pgettext_lazy("line of a script", "Scene heading"),
    "cast": pgettext_lazy("line of a script", "Cast"),
    "action": pgettext_lazy("line of a script", "Action"),
    "character": pgettext_lazy("line of a script", "Character"),
    "parenthetical": pgettext_lazy("line of a script", "Parenthetical"),
    "dialogue": pgettext_lazy("line of a script", "Dialogue"),
    "transition": pgettext_lazy("line of a script", "Transition"),
    "shot": pgettext_lazy("line of a script", "Shot"),
    "super": pgettext_lazy("line of a script", "Super"),
    "flashback": pgettext_lazy("line of a script", "Flashback"),
    "lyric": pgettext_lazy("line of a script", "Lyric"),
    "centered": pgettext_lazy("line of a script", "Centred"),
    "note": pgettext_lazy("line of a script", "Note"),
    "section": pgettext_lazy("line of a script", "Section"),
    "synopsis": pgettext_lazy("line of a script", "Synopsis"),
    "title-page": pgettext_lazy("line of a script", "Title page"),
    "outline": pgettext_lazy("line of a script", "Outline"),
    "page-number": pgettext_lazy("line of a script", "Page number"),
    "page-header": pgettext_lazy("line of a script", "Page header"),
    "continued": pgettext_lazy("line of a script", "(CONTINUED)"),
    "scene-number": pgettext_lazy("line of a script", "Scene number"),
    "comment": pgettext_lazy("line of a script", "Comment"),
    "page-break": pgettext_lazy("line of a script", "Page break"),
    "deleted": pgettext_lazy("line of a script", "Deleted"),
    "hidden": pgettext_lazy("line of a script", "Hidden text"),
    "left-out": pgettext_lazy("line of a script", "Skipped"),
    "not-understood": pgettext_lazy("line of a script", "Not recognized"),
}

TYPES: Mapping[str, Promise] = {
    **{code: KINDS[code] for code in CHOICES if code in KINDS},
    "speech": pgettext_lazy("line of a script", "Name: speech"),
    "left-out": pgettext_lazy("line of a script", "Skip"),
}
"""What an admin may set a line to."""

FORMATS: Mapping[str, str | Promise] = {
    "fountain": "Fountain",
    "fdx": "Final Draft (FDX)",
    "docx": "Word (docx)",
    "pdf": "PDF",
    "plain": gettext_lazy("plain text"),
}

DOUBTS: Mapping[str, Promise] = {
    "read-differently": gettext_lazy("The file gives this line a type that isn't supported here."),
    "maybe-heading": gettext_lazy("May be a scene heading; read as action."),
    "maybe-speech": gettext_lazy("May be dialogue; read as action."),
    "ambiguous-layout": gettext_lazy("The layout doesn't show what type of line this is."),
    "maybe-joined": gettext_lazy("May be one paragraph or two."),
    "maybe-table": gettext_lazy("Unrecognized table row; read cell by cell."),
    "not-in-cast": gettext_lazy("Might not be a speaker: this name isn't in the cast."),
    "speech-as-action": gettext_lazy("May be dialogue; read as action."),
    "cue-alone": gettext_lazy("Character name without dialogue."),
    "before-heading": gettext_lazy("Before the first scene heading, so not part of any scene."),
    "no-scene-between": gettext_lazy("Directly after another scene heading; both start the same scene."),
    "markup": gettext_lazy("Markdown removed from this line."),
    "unclosed-comment": gettext_lazy("The comment /* isn't closed."),
    "hidden-characters": gettext_lazy("Invisible characters removed."),
    "mojibake": gettext_lazy("Garbled characters."),
    "not-understood": gettext_lazy("This line wasn't recognized and isn't in the script."),
}

NOTICES: Mapping[str, Promise] = {
    "encoding": gettext_lazy(
        "The text isn't UTF-8; it was read as %(what)s. Check that the characters are correct."
    ),
    "mojibake": gettext_lazy("Some characters are garbled. The file was saved with the wrong encoding."),
    "columns": gettext_lazy("The text is laid out as a page and was read by its indentation."),
    "language": gettext_lazy("The text doesn't seem to be in the chosen language."),
    "tracked": gettext_lazy("Tracked changes were accepted: %(what)s."),
    "notes": gettext_lazy("Comments, footnotes and endnotes were skipped: %(what)s."),
    "pictures": gettext_lazy("Images and drawings were skipped: %(what)s."),
    "hidden": gettext_lazy("Hidden text was skipped: %(what)s."),
    "quotes": gettext_lazy("Quotation marks around whole speeches aren't shown: %(what)s."),
    "no-structure": gettext_lazy(
        "No scene headings, names or speeches were recognized. Are blank lines missing between them?"
    ),
    "before-heading": gettext_lazy(
        "Text before the first scene heading isn't part of any scene and won't be imported."
    ),
    "outline": gettext_lazy("Outline and summary paragraphs were skipped: %(what)s."),
    "no-heading": gettext_lazy("No scene headings."),
    "no-speech": gettext_lazy("No dialogue."),
    "no-action": gettext_lazy("No action lines."),
    "other-layout": gettext_lazy("The text uses the screenplay layout of the other language."),
}
_OF_THE_TEXT = ("no-heading", "no-speech", "no-action", "other-layout")


def kinds_of(kinds: Iterable[str]) -> list[str]:
    """What a line was taken for, in words."""
    return [str(KINDS.get(kind, kind)) for kind in kinds]


def types_for(language: str) -> list[tuple[str, Promise]]:
    """The types to choose from for a line of a script: only Chinese scripts have lines of cast."""
    return [(code, TYPES[code]) for code in CHOICES if code != "cast" or language == "zh"]


def doubt_of(code: str) -> str:
    return str(DOUBTS.get(code, code)) if code else ""


def notices(understood: Understood) -> list[str]:
    """What there is to know of the whole file, each once."""
    found = [_notice(each) for each in understood.warnings if each.code in NOTICES]
    codes = {problem.code for problem in check_format(understood.script)}
    found += [str(NOTICES[code]) for code in _OF_THE_TEXT if code in codes]
    return list(dict.fromkeys(found))


def is_clear(understood: Understood) -> bool:
    """Whether the file as a whole was understood: it has headings, dialogue and action, and one language."""
    codes = {each.code for each in understood.warnings}
    codes |= {problem.code for problem in check_format(understood.script)}
    return codes.isdisjoint({*_OF_THE_TEXT, "no-structure", "language", "mojibake"})


def _notice(warned: Warned) -> str:
    params = warned.message.params if isinstance(warned.message, Reason) else {}
    return str(NOTICES[warned.code]) % {"what": params.get("what", "")}


def describe_fault(fault: InputError) -> dict[str, object]:
    """A refusal for a page: what is wrong, how to fix it, and the line where one is meant."""
    return {
        "message": sentence(fault.message),
        "fix": sentence(fault.fix),
        "line": fault.line if (fault.line, fault.column) != (1, 1) else None,
    }


def sentence(text: str) -> str:
    """Return a message of the readers in the reader's language. It begins with a capital."""
    shown = render(text)
    return shown[:1].upper() + shown[1:]
