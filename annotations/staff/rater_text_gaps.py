"""Empty texts in a language that seats read: raters would see the other language, or no name."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from annotations.spec.careless_raters import LANGUAGE_NAMES
from annotations.spec.file import UNNAMED_ORGANISATION
from annotations.spec.values import StudySpec
from annotations.staff.study_form_values import general_organisation


def find_text_gaps(spec: StudySpec) -> list[str]:
    """One sentence for each empty text, in the active language. A gap never blocks anything."""
    if spec.raters:
        return []  # all raters are simulated
    return list(_gaps(spec))


def _gaps(spec: StudySpec) -> Iterator[str]:
    organisation = general_organisation(spec.consent, spec.design.kind)
    for language in sorted({language for group in spec.design.seats for language in group.reads}):
        values = {"language": str(LANGUAGE_NAMES[language])}
        if not spec.title.get(language):
            yield _("The title is empty in %(language)s: raters see it in the other language.") % values
        if not spec.question.get(language):
            yield (
                _("The question is empty in %(language)s: the report shows it in the other language.")
                % values
            )
        if organisation is not None and not organisation.get(language):
            name = {"name": UNNAMED_ORGANISATION[language]}
            yield _("The organization is empty in %(language)s: the consent form says “%(name)s”.") % (
                values | name
            )
    if not any(spec.consent.contact.values()):
        yield _("The contact is empty: raters are asked to write to the person who invited them.")
