"""The points of a consent beside its text: what an ethics board asks to be said, in a rater's language."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from babel.numbers import format_currency, get_currency_name
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from annotations.desk.practice import practice_minutes
from annotations.models import Study, localized
from annotations.spec.study_options import check_options, is_single, pay_options, practice_options
from annotations.spec.values import PaySpec

Point = tuple[str, str]
"""What it is about, and what is said of it."""
LONGEST_ABOUT = 40


@dataclass(frozen=True, slots=True)
class Points:
    """What somebody wants to know first: what they do, how long, for what pay, until when they may leave. And
    what else a board asks to be said."""

    first: list[Point]
    more: list[Point]


def consent_points(study: Study, tasks: int) -> Points:
    """The points of the study's consent in the language that is active, for somebody with so many pairs, or
    scripts, to judge; 0 = not known."""
    language = get_language() or "en"
    return Points(list(_first(study, language, tasks)), list(_more(study, language)))


def agreed_text(study: Study, language: str, tasks: int) -> str:
    """All that somebody agrees to, word for word and in its order: the text between its points."""
    with override(language):
        points = consent_points(study, tasks)
    text = localized(study.spec["consent"]["text"], language)
    first, more = (
        "\n".join(f"{about}: {said}" for about, said in part) for part in (points.first, points.more)
    )
    return "\n\n".join(part for part in (first, text, more) if part)


def split_stored_consent(kept: str, text: str) -> tuple[Points, str]:
    """What `agreed_text` put together, word for word, taken apart again around the study's own `text`. Where
    it does not hold that, all of it is text."""
    before, found, after = f"\n\n{kept}\n\n".partition(f"\n\n{text}\n\n")
    if not text or not found:
        return Points([], []), kept
    return Points(_points(before), _points(after)), text


def _points(told: str) -> list[Point]:
    found: list[Point] = []
    for line in told.strip("\n").splitlines():
        about, colon, said = line.partition(": ")
        if colon and len(about) <= LONGEST_ABOUT:
            found.append((about, said))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line}")
        elif line:
            found.append(("", line))
    return found


def remaining_work_text(study: Study, tasks: int) -> str:
    """How long it is and for what pay, for somebody who has so many pairs, or scripts, now."""
    pay, single = pay_options(study), is_single(study)
    told = [_length(tasks, pay.minutes if pay else 0, single=single)]
    if pay is not None:
        told.append(_in_all(pay, tasks, single=single))
    return _sentences(told)


def _first(study: Study, language: str, tasks: int) -> Iterator[Point]:
    single, pay = is_single(study), pay_options(study)
    yield (
        _("What you do"),
        _("You read scripts of single scenes, one at a time, and give each a score.")
        if single
        else _("You read two scripts of each scene, say which one is better, and answer a few questions."),
    )
    length = [_length(tasks, pay.minutes if pay else 0, single=single)] if tasks else []
    if told := _sentences([*length, practice_text(study)]):
        yield _("How long"), told
    if told := _pay(study, tasks):
        yield _("Pay"), told
    until = localized(study.spec["consent"].get("withdraw_until") or {}, language)
    yield _("Leaving"), until or _("At any time and without a reason, by the link at the foot of every page.")


def _length(tasks: int, minutes: int, *, single: bool) -> str:
    amount = amount_text(tasks, single=single)
    if not minutes:
        return _("%(amount)s. You divide them as you like.") % {"amount": amount}
    return _(
        "%(amount)s of about %(minutes)s minutes each, %(total)s in all. You divide them as you like."
    ) % {
        "amount": amount,
        "minutes": minutes,
        "total": format_duration(tasks * minutes),
    }


def amount_text(tasks: int, *, single: bool) -> str:
    """So many pairs, or scripts, in words."""
    told = (
        ngettext("%(n)s script", "%(n)s scripts", tasks)
        if single
        else ngettext("%(n)s pair", "%(n)s pairs", tasks)
    )
    return told % {"n": tasks}


def _more(study: Study, language: str) -> Iterator[Point]:
    given = study.spec["consent"]

    def said(key: str) -> str:
        return localized(given.get(key) or {}, language)

    if told := _machines(given.get("machines", "")):
        yield _("Who wrote the scripts"), told
    if told := _practice(study):
        yield _("Practice"), told
    if told := _checks(study):
        yield _("Checks"), told
    if text := said("measures"):
        yield _("What is measured"), text
    if text := said("transfer"):
        yield _("Where the data go"), text
    if text := said("confidentiality"):
        yield _("Confidentiality"), text
    if text := said("approval"):
        yield _("Approval"), text
    if text := said("contact"):
        yield _("Contact"), text


def _machines(told: str) -> str:
    return {
        "before": _(
            "Some of the scripts may have been written by machines. You are not told which while you judge."
        ),
        "debriefing": _("How the scripts came about is told to you at the end, and not before."),
    }.get(told, "")


def _practice(study: Study) -> str:
    if practice_options(study) is None:
        return ""
    return _sentences(
        [
            _("You practise first, on pairs of which one script was damaged on purpose."),
            _("You are told afterwards which one, and where."),
            _("Practice is not counted."),
        ]
    )


def practice_text(study: Study) -> str:
    """What practice takes, beside the work that counts: said wherever that is. "" where nobody practises."""
    rule = practice_options(study)
    if rule is None:
        return ""
    if minutes := practice_minutes(study):
        rounds = ngettext(
            "Practice comes before that: %(tries)s round, %(time)s.",
            "Practice comes before that: %(tries)s rounds at most, %(time)s each.",
            rule.tries,
        ) % {"time": format_duration(minutes), "tries": rule.tries}
    else:
        rounds = ngettext(
            "Practice comes before that: %(tries)s round.",
            "Practice comes before that: %(tries)s rounds at most.",
            rule.tries,
        ) % {"tries": rule.tries}
    unpaid = "" if pay_options(study) is None else _("Practice is not paid.")
    return _sentences([rounds, unpaid, _("Who does not pass it goes no further.")])


def _checks(study: Study) -> str:
    """Silent checks are told of without a number; of guesses nothing is said beforehand, for who expects them
    hunts for machines."""
    checks = check_options(study)
    if checks is None:
        return ""
    if not checks.announced:
        return _(
            "Some pairs may serve to see how carefully scripts are read. Nothing tells them from the others."
        )
    return ngettext(
        "%(n)s of the pairs that you judge is a check: its answer is known, and it shows that scripts are "
        "read. It looks like the others.",
        "%(n)s of the pairs that you judge are checks: their answer is known, and they show that scripts are "
        "read. They look like the others.",
        checks.per_seat,
    ) % {"n": checks.per_seat}


def _sentences(told: Iterable[str]) -> str:
    between = "" if (get_language() or "en").startswith("zh") else " "
    return between.join(each for each in told if each)


def _pay(study: Study, tasks: int) -> str:
    pay = pay_options(study)
    if pay is None:
        return ""
    each, single = Decimal(pay.per_pair), is_single(study)
    for_each = (
        _("%(sum)s for each script that you judge.") if single else _("%(sum)s for each pair that you judge.")
    )
    told = [for_each % {"sum": format_money(each, pay.currency)}]
    if tasks:
        told.append(_in_all(pay, tasks, single=single))
    return _sentences([*told, _("What is skipped is not paid.")])


def _in_all(pay: PaySpec, tasks: int, *, single: bool) -> str:
    total = format_money(tasks * Decimal(pay.per_pair), pay.currency)
    return _("%(sum)s for all %(amount)s.") % {"sum": total, "amount": amount_text(tasks, single=single)}


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
