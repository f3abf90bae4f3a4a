"""What a rater puts into an invoice: code, study, pairs, sum, dates. Neither scripts nor systems stand in it.

The page and the PDF say the same; the PDF is set by typst from data, never from markup.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from annotations import services
from annotations.consent import money
from annotations.models import Rater, localized
from annotations.terms import is_single
from evalsite.core.clock import database_now
from evalsite.core.typeset import HEI, SONG, PdfRefused, families, set_pdf

SERIF = "Libertinus Serif"


@dataclass(frozen=True, slots=True)
class Statement:
    """Lines of what and how much, in one language; `total` is the last of them."""

    language: str
    heading: str
    lines: tuple[tuple[str, str], ...]
    total: tuple[str, str]
    foot: str


def statement_of(rater: Rater, language: str) -> Statement | None:
    """None where the study pays nothing."""
    earned = services.earned(rater)
    if earned is None:
        return None
    with override(language):
        done = _("Scripts judged") if is_single(rater.study) else _("Pairs judged")
        each = _("Pay for each script") if is_single(rater.study) else _("Pay for each pair")
        return Statement(
            language="zh" if language.startswith("zh") else "en",
            heading=_("Statement of work for an invoice"),
            lines=(
                (_("Study"), localized(rater.study.title, language)),
                (_("Rater's code"), rater.code),
                (_("Period"), _period(earned.first, earned.last)),
                (done, str(earned.pairs)),
                (each, money(earned.per_pair, earned.currency)),
                (_("Date of this statement"), _day(database_now())),
            ),
            total=(_("Sum"), money(earned.sum, earned.currency)),
            foot=_("Made by the site of the study from what was sent. Taxes are not included."),
        )


def _day(moment: datetime) -> str:
    return date_format(moment, "Y-m-d")


def _period(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return _("nothing sent yet")
    return _day(first) if _day(first) == _day(last) else f"{_day(first)} – {_day(last)}"


def statement_pdf(statement: Statement) -> bytes:
    """One page, A4. Raises `PdfRefused` where a Chinese one has no font."""
    there = [name for name in (*SONG, *HEI) if name in families()]
    if statement.language == "zh" and not there:
        raise PdfRefused("no Chinese font on this machine: install fonts-noto-cjk, say")
    data = {
        "lang": statement.language,
        "fonts": [SERIF, *there],
        "heading": statement.heading,
        "lines": [list(line) for line in statement.lines],
        "total": list(statement.total),
        "foot": statement.foot,
    }
    return set_pdf("annotations", "texts/statement.typ", statement=data)
