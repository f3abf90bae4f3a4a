"""The planner's answer as lines of a terminal."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from analysis.stats.power import words
from analysis.stats.power.answer import Answer, Planned

WIDE = 100
MOST_DETAILED = 3  # studies printed one by one; more are a table


def terminal_lines(found: Answer) -> Iterator[str]:
    """Needs, studies, and what all of it assumes."""
    question = found.question
    if found.needs:
        yield words.need_heading(question)
        yield from _table(
            [words.NEED_HEADER, *map(words.need_cells, found.needs)],
            ["", *(words.need_reason(need, question) for need in found.needs)],
        )
        yield f"  {words.need_note(question)}"
        yield ""
    if len(found.studies) > MOST_DETAILED:
        yield from _table([words.STUDY_HEADER, *(words.study_cells(question, one) for one in found.studies)])
        yield ""
        remarks = [
            f"{words.size_words(planned.sizes)}: {remark}"
            for planned in found.studies
            for remark in (*words.remarks(planned), *words.further_remarks(question, planned))
        ]
        yield from (*remarks, "") if remarks else ()
    else:
        for planned in found.studies:
            yield from _study(found, planned)
            yield ""
    if question.pilot is not None:
        yield from (line for said in words.pilot_words(question.pilot) for line in wrap(said, WIDE))
        yield ""
    yield "Assumed:"
    for line in (*words.assumptions(question), words.last_word(found)):
        yield from wrap(line, WIDE, initial_indent="- ", subsequent_indent="  ")


def _study(found: Answer, planned: Planned) -> Iterator[str]:
    question, simulated = found.question, planned.simulated
    yield words.headline(planned.sizes)
    header = ("", "closed form", words.simulated_words(simulated.studies) if simulated else "")
    rows = [(row.label, row.closed, row.simulated) for row in words.rows(question, planned)]
    if simulated is None:
        rows = [row for row in rows if row[1]]
        yield from _table(rows)
    else:
        yield from _table([header, *rows])
    remarks = (*words.remarks(planned), *words.further_remarks(question, planned))
    yield from (f"  {remark}" for remark in remarks)
    too_large = words.left_unsimulated(question, planned)
    if too_large is not None:
        yield f"  {too_large}"


def _table(rows: Sequence[Sequence[str]], beside: Sequence[str] = ()) -> Iterator[str]:
    wide = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [text.ljust(width) for text, width in zip(row, wide, strict=True)]
        after = beside[number] if beside else ""
        yield "  " + "  ".join([*cells, after]).rstrip()
