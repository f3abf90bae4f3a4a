"""What is said of a file that somebody hands in, in the reader's language.

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
    "left-out": pgettext_lazy("line of a script", "Left out"),
    "not-understood": pgettext_lazy("line of a script", "Not understood"),
}

TYPES: Mapping[str, Promise] = {
    **{code: KINDS[code] for code in CHOICES if code in KINDS},
    "speech": pgettext_lazy("line of a script", "Name: speech"),
    "left-out": pgettext_lazy("line of a script", "Leave out"),
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
    "read-differently": gettext_lazy("The file says otherwise; the house layout has no place for it."),
    "maybe-heading": gettext_lazy("Perhaps a scene heading; taken as action."),
    "maybe-speech": gettext_lazy("Perhaps a speech; taken as action."),
    "maybe-joined": gettext_lazy("Two lines of the page meet here: one paragraph, or two."),
    "maybe-table": gettext_lazy("A row of a table that was not understood; read cell by cell."),
    "not-in-cast": gettext_lazy("Perhaps no speaker: the cast does not list this name."),
    "speech-as-action": gettext_lazy("Perhaps a speech; taken as action."),
    "cue-alone": gettext_lazy("A name without a speech."),
    "before-heading": gettext_lazy("Stands before the first scene heading, so it belongs to no scene."),
    "no-scene-between": gettext_lazy("Follows another scene heading directly: both open one scene."),
    "markup": gettext_lazy("Markdown around a line of its own; taken off."),
    "unclosed-comment": gettext_lazy("A comment /* is never closed."),
    "hidden-characters": gettext_lazy("Characters that cannot be seen; taken out."),
    "mojibake": gettext_lazy("Letters look garbled."),
    "not-understood": gettext_lazy("Nothing was understood of this line; it is not in the script."),
}

NOTICES: Mapping[str, Promise] = {
    "encoding": gettext_lazy(
        "The text is not UTF-8 and was read as %(what)s. Look whether its letters are right."
    ),
    "mojibake": gettext_lazy(
        "Some letters look garbled: an encoding was mistaken for another before the file was saved."
    ),
    "columns": gettext_lazy("The text was typed as a page and is read by its indents."),
    "language": gettext_lazy("The text does not read as the language that is chosen here."),
    "tracked": gettext_lazy("Tracked changes were taken as accepted: %(what)s."),
    "notes": gettext_lazy("Comments, footnotes and endnotes were left out: %(what)s."),
    "pictures": gettext_lazy("Pictures and drawings were left out: %(what)s."),
    "hidden": gettext_lazy("Hidden text was left out: %(what)s."),
    "no-structure": gettext_lazy(
        "No scene headings, names or speeches were recognized. Are blank lines missing between them?"
    ),
    "before-heading": gettext_lazy(
        "The text before the first scene heading belongs to no scene and is not imported."
    ),
    "outline": gettext_lazy("Outline and summary paragraphs were left out: %(what)s."),
    "no-heading": gettext_lazy("There is no scene heading."),
    "no-speech": gettext_lazy("Nobody speaks."),
    "no-action": gettext_lazy("There is no line of action."),
    "other-layout": gettext_lazy("The text is typed in the layout of the other language."),
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
