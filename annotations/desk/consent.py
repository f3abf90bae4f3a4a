"""The points of a consent without its text: what an ethics board requires, in a rater's language.

A point is stored as codes with parameters, and rendered in the rater's language where it appears. What the
study's own file says is stored verbatim. The full text that a rater agreed to is stored as well, as proof.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from babel.numbers import format_currency, get_currency_name
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, ngettext, override
from django.utils.translation import gettext as _

from annotations.desk.practice import practice_minutes
from annotations.models import Consent, Study, localized
from annotations.spec.study_options import (
    check_options,
    is_single,
    pay_options,
    practice_options,
    practice_pay,
)
from annotations.spec.values import PaySpec


class Statement(msgspec.Struct, frozen=True):
    """One sentence of a point: a key of `SENTENCES` and what the sentence needs."""

    code: str
    params: dict[str, Any] = {}


class Point(msgspec.Struct, frozen=True):
    """One point: what it is about, a key of `LABELS`, and its sentences."""

    about: str
    statements: tuple[Statement, ...]


class ConsentTerms(msgspec.Struct, frozen=True):
    """What a rater agrees to: the points before the study's own text, the text, and the points after it."""

    first: tuple[Point, ...]
    text: str
    more: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a consent in one language, as (label, text): the main ones, and the particulars."""

    first: list[tuple[str, str]]
    more: list[tuple[str, str]]


def consent_terms(study: Study, language: str, tasks: int) -> ConsentTerms:
    """What a rater with `tasks` pairs, or scripts, to judge is asked to agree to; 0 = not known."""
    return ConsentTerms(
        tuple(_first(study, language, tasks)),
        localized(study.spec["consent"]["text"], language),
        tuple(_more(study, language)),
    )


def render_points(terms: ConsentTerms) -> Points:
    """The points in the language that is active."""
    return Points(
        *(
            [(str(LABELS[point.about]), render_statements(point.statements)) for point in part]
            for part in (terms.first, terms.more)
        )
    )


def render_statements(statements: Iterable[Statement]) -> str:
    """Sentences in the language that is active."""
    between = "" if (get_language() or "en").startswith("zh") else " "
    return between.join(SENTENCES[each.code](**each.params) for each in statements)


def agreed_text(terms: ConsentTerms, language: str) -> str:
    """Everything that a rater agrees to, word for word and in order."""
    with override(language):
        points = render_points(terms)
    first, more = (
        "\n".join(f"{label}: {text}" for label, text in part) for part in (points.first, points.more)
    )
    return "\n\n".join(part for part in (first, terms.text, more) if part)


def stored_points(consent: Consent) -> tuple[Points, str]:
    """A given consent as its points and the study's text.

    A rater sees exactly what they agreed to. If today's sentences differ from the stored text, there are no
    points, and all of it is text.
    """
    if consent.terms:
        terms = msgspec.convert(consent.terms, ConsentTerms)
        if agreed_text(terms, consent.language) == consent.text:
            with override(consent.language):
                return render_points(terms), terms.text
    return Points([], []), consent.text


def remaining_work_text(study: Study, tasks: int) -> str:
    """How long the work takes and what it pays, for a rater with `tasks` pairs, or scripts, left to judge."""
    pay, single = pay_options(study), is_single(study)
    statements = [_length(tasks, pay, single=single)]
    if pay is not None:
        statements.append(_total_pay(pay, tasks, single=single))
    return render_statements(statements)


def practice_text(study: Study) -> str:
    """What practice takes, besides the work that counts; empty where the study has none."""
    length = _practice_length(study)
    return render_statements([*length, *_practice_pay(study)]) if length else ""


def practice_pay_text(study: Study) -> str:
    """What practice pays; empty if the study pays nothing at all."""
    return render_statements(_practice_pay(study))


# The points of a study, as codes


def _first(study: Study, language: str, tasks: int) -> Iterator[Point]:
    single, pay = is_single(study), pay_options(study)
    yield Point("task", (Statement("task_single" if single else "task_pair"),))
    length = [_length(tasks, pay, single=single)] if tasks else []
    if statements := (*length, *_practice_length(study)):
        yield Point("length", statements)
    if pay is not None:
        each = {"amount": pay.per_pair, "currency": pay.currency, "single": single}
        total = [_total_pay(pay, tasks, single=single)] if tasks else []
        practice = _practice_pay(study) if practice_options(study) else []
        paid = (Statement("pay_each", each), *total, *practice, Statement("skipped_unpaid"))
        yield Point("pay", paid)
    until = localized(study.spec["consent"].get("withdraw_until") or {}, language)
    yield Point("leaving", (_own_text(until) if until else Statement("leave_any_time"),))
    if contact := localized(study_contact(study), language):
        yield Point("contact", (_own_text(contact),))


def _more(study: Study, language: str) -> Iterator[Point]:
    given = study.spec["consent"]
    if (machines := given.get("machines", "")) in ("before", "debriefing"):
        yield Point("machines", (Statement(f"machines_{machines}"),))
    if practice_options(study) is not None:
        codes = ("practice_first", "practice_feedback", "practice_uncounted")
        yield Point("practice", tuple(map(Statement, codes)))
    # Guesses are not mentioned beforehand: a rater who expects them looks for machines.
    if checks := check_options(study):
        count = {"count": checks.per_seat}
        known = Statement("checks_announced", count) if checks.announced else Statement("checks_silent")
        yield Point("checks", (known,))
    for key in ("measures", "transfer", "confidentiality", "approval"):
        if text := localized(given.get(key) or {}, language):
            yield Point(key, (_own_text(text),))


def _own_text(text: str) -> Statement:
    return Statement("study_text", {"text": text})


def _length(tasks: int, pay: PaySpec | None, *, single: bool) -> Statement:
    return Statement("length", {"tasks": tasks, "minutes": pay.minutes if pay else 0, "single": single})


def _total_pay(pay: PaySpec, tasks: int, *, single: bool) -> Statement:
    total = str(tasks * Decimal(pay.per_pair))
    params = {"amount": total, "currency": pay.currency, "tasks": tasks, "single": single}
    return Statement("pay_total", params)


def _practice_length(study: Study) -> list[Statement]:
    rule = practice_options(study)
    if rule is None:
        return []
    rounds = Statement("practice_rounds", {"tries": rule.tries, "minutes": practice_minutes(study)})
    return [rounds, Statement("practice_required")]


def _practice_pay(study: Study) -> list[Statement]:
    pay, each = pay_options(study), practice_pay(study)
    if pay is None:
        return []
    if not each:
        return [Statement("practice_unpaid")]
    return [Statement("practice_paid", {"amount": str(each), "currency": pay.currency})]


# The words


def _length_words(tasks: int, minutes: int, single: bool) -> str:
    amount = amount_text(tasks, single=single)
    if not minutes:
        return _("%(amount)s. Do them in as many sittings as you like.") % {"amount": amount}
    return _(
        "%(amount)s of about %(minutes)s minutes each, %(total)s in total. "
        "Do them in as many sittings as you like."
    ) % {
        "amount": amount,
        "minutes": minutes,
        "total": format_duration(tasks * minutes),
    }


def _practice_words(tries: int, minutes: int) -> str:
    if minutes:
        return ngettext(
            "Before that there is a short practice (one round, %(time)s).",
            "Before that there is a short practice (up to %(tries)s rounds, %(time)s each).",
            tries,
        ) % {"time": format_duration(minutes), "tries": tries}
    return ngettext(
        "Before that there is a short practice (one round).",
        "Before that there is a short practice (up to %(tries)s rounds).",
        tries,
    ) % {"tries": tries}


def _pay_each_words(amount: str, currency: str, single: bool) -> str:
    for_each = _("%(sum)s for each script you judge.") if single else _("%(sum)s for each pair you judge.")
    return for_each % {"sum": format_money(Decimal(amount), currency)}


def _pay_total_words(amount: str, currency: str, tasks: int, single: bool) -> str:
    total = format_money(Decimal(amount), currency)
    return _("%(sum)s in total for %(amount)s.") % {"sum": total, "amount": amount_text(tasks, single=single)}


def _practice_paid_words(amount: str, currency: str) -> str:
    return _("Practice pays %(sum)s for each pair you submit.") % {
        "sum": format_money(Decimal(amount), currency)
    }


def _checks_words(count: int) -> str:
    return ngettext(
        "%(n)s of the pairs is an attention check with a known answer. It looks like the others.",
        "%(n)s of the pairs are attention checks with known answers. They look like the others.",
        count,
    ) % {"n": count}


def amount_text(tasks: int, *, single: bool) -> str:
    """A number of pairs, or of scripts, in words."""
    told = (
        ngettext("%(n)s script", "%(n)s scripts", tasks)
        if single
        else ngettext("%(n)s pair", "%(n)s pairs", tasks)
    )
    return told % {"n": tasks}


def format_day(moment: datetime) -> str:
    """A date: 2026-11-26, and 2026 年 11 月 26 日 in Chinese."""
    return date_format(moment, _("Y-m-d"))


def format_money(amount: Decimal, currency: str) -> str:
    """An amount with its currency: EUR 12.50, and 12.50 欧元 in Chinese."""
    if not (get_language() or "en").startswith("zh"):
        return format_currency(amount, currency, "¤¤ #,##0.00", locale="en")
    name = "元" if currency == "CNY" else get_currency_name(currency, locale="zh_Hans")
    return f"{format_currency(amount, currency, '#,##0.00', locale='zh_Hans')} {name}"


def format_duration(minutes: int) -> str:
    """Minutes in words; from two hours on in hours, rounded to a quarter, for it is an estimate."""
    if minutes < 120:
        return ngettext("about %(n)s minute", "about %(n)s minutes", minutes) % {"n": minutes}
    hours = round(minutes / 15) / 4
    return _("about %(hours)s hours") % {"hours": f"{hours:g}"}


def _fixed(sentence: Promise) -> Callable[[], str]:
    return lambda: str(sentence)


LABELS: Mapping[str, Promise] = {
    "task": gettext_lazy("What you do"),
    "length": gettext_lazy("How long"),
    "pay": gettext_lazy("Pay"),
    "leaving": gettext_lazy("Withdrawing"),
    "machines": gettext_lazy("Who wrote the scripts"),
    "practice": gettext_lazy("Practice"),
    "checks": gettext_lazy("Attention checks"),
    "measures": gettext_lazy("What we record"),
    "transfer": gettext_lazy("Where data is stored"),
    "confidentiality": gettext_lazy("Confidentiality"),
    "approval": gettext_lazy("Ethics approval"),
    "contact": gettext_lazy("Contact"),
}
SENTENCES: Mapping[str, Callable[..., str]] = {
    "study_text": lambda text: text,
    "length": _length_words,
    "practice_rounds": _practice_words,
    "practice_paid": _practice_paid_words,
    "pay_each": _pay_each_words,
    "pay_total": _pay_total_words,
    "checks_announced": _checks_words,
    "task_single": _fixed(
        gettext_lazy("You read scripts of single scenes, one at a time, and score each one.")
    ),
    "task_pair": _fixed(
        gettext_lazy("You read two scripts of each scene, choose the better one and answer a few questions.")
    ),
    "skipped_unpaid": _fixed(gettext_lazy("Anything you skip is not paid.")),
    "leave_any_time": _fixed(
        gettext_lazy("Any time, no reason needed: once you agree, “Withdraw” is at the bottom of every page.")
    ),
    "machines_before": _fixed(
        gettext_lazy(
            "Some scripts may have been written by machines. You won't know which ones while you judge."
        )
    ),
    "machines_debriefing": _fixed(
        gettext_lazy("How the scripts were written is explained at the end, not before.")
    ),
    "practice_first": _fixed(
        gettext_lazy("You start with practice pairs in which one script was deliberately damaged.")
    ),
    "practice_feedback": _fixed(gettext_lazy("Afterwards we show you which one and where.")),
    "practice_uncounted": _fixed(gettext_lazy("Practice doesn't count towards the results.")),
    "practice_unpaid": _fixed(gettext_lazy("Practice is unpaid.")),
    "practice_required": _fixed(gettext_lazy("If you don't pass, you won't go on to the study.")),
    "checks_silent": _fixed(
        gettext_lazy("Some pairs may check how carefully you read. They look like the others.")
    ),
}


_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]*[A-Za-z0-9]@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def study_contact(study: Study) -> dict[str, str]:
    """Whom a rater can write to, from the consent; {} where it names no one."""
    return study.spec["consent"].get("contact") or {}


def find_email_address(text: str) -> str:
    """The first e-mail address in a text; empty where it has none."""
    found = _ADDRESS.search(text)
    return found[0] if found else ""


def link_email_addresses(text: str) -> SafeString:
    """The text as HTML, escaped, each e-mail address in it as a link that begins a letter."""
    return mark_safe(_ADDRESS.sub(r'<a href="mailto:\g<0>">\g<0></a>', escape(text)))  # noqa: S308 - escaped
