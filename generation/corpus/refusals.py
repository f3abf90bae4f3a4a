"""The sentences with which imports of works are refused, for their translation; names are open."""

from django.utils.translation import gettext_noop

SILENT = gettext_noop(
    "nobody speaks in this file, from beginning to end: its scenes can make no training data."
)
"""What is said of a screenplay without a single speech: its layout was most likely not understood."""
SILENT_MEND = {
    "zh": gettext_noop(
        "type each speech as 小满：走。, or the name on a line of its own, the speech right below it and a "
        "blank line above; in Fountain @小满. Then import it again."
    ),
    "en": gettext_noop(
        "type each name in capitals below a blank line, and the speech right below it. Then import it again."
    ),
}

SENTENCES = (
    gettext_noop("the text does not read as English, which is said of it."),
    gettext_noop("the text does not read as Chinese, which is said of it."),
    gettext_noop("say the right language, or hand in the right file."),
    gettext_noop("no scene heading was found, so it cannot be cut into scenes."),
    gettext_noop("begin each scene with INT. or EXT., or with 第1场 and the place."),
    gettext_noop("series %(series)s is in %(stored)s, this work in %(language)s."),
    gettext_noop("give the other language a series of its own."),
    gettext_noop("series %(series)s is called %(stored)s already, not %(title)s: see %(where)s."),
    gettext_noop("use one title; that of a stored series is changed on its page (Generation, Briefs)."),
    gettext_noop("work %(work)s is stored already, from %(file)s, imported %(when)s by %(who)s."),
    gettext_noop(
        "say that this file takes its place (import_corpus --replace), or give it a slug and an order of its "
        "own."
    ),
    gettext_noop("work %(work)s is stored with rights %(stored)s, and this says %(now)s."),
    gettext_noop("confirm it (import_corpus --change-rights), or say what was said before."),
    SILENT,
    *SILENT_MEND.values(),
    gettext_noop("%(work)s has order %(order)s in series %(series)s already."),
    gettext_noop("give this work another order, or the slug of the stored one."),
    gettext_noop("this very file is work %(work)s already."),
    gettext_noop("take it out of the manifest, or use the slug of the stored one."),
    gettext_noop("work %(work)s has changed, and runs were planned with it (%(runs)s)."),
    gettext_noop("give the changed work a slug and an order of its own."),
    gettext_noop("series %(series)s has two works of order %(order)s."),
    gettext_noop("give each file an order of its own."),
)
