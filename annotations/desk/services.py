"""What changes a study that runs: keyword-only, atomic, by the database's clock.

Order of locks, everywhere: study (shared), rater, seat, assignment. So two requests wait for each other and
never lock each other out.
"""

from annotations.desk.answer_changes import Change
from annotations.desk.conflicts import declare_conflict, in_conflict
from annotations.desk.guessing import (
    Guessed,
    guess_wanted_after,
    guesses_wanted,
    places_of,
    save_guesses,
    save_guesses_after,
)
from annotations.desk.leases import SavedAnswer, next_assignment, save_answer, skip, sweep
from annotations.desk.locks import CONFLICT, ENDED
from annotations.desk.onboarding import (
    allow_training,
    give_consent,
    mark_debriefed,
    mark_instructed,
    save_profile,
    training_use,
)
from annotations.desk.pay import Earned, earned, earnings
from annotations.desk.practice import Practised, Practising, Round, practised_as, practising, round_told
from annotations.desk.progress import Progress, own_pace, progress
from annotations.desk.seats import Enrolment, enrol, free_seat, reissue_link, withdraw
from annotations.desk.sittings import Break, break_due
from annotations.desk.submitting import Submission, SubmissionMark, SubmitResult, keep_unsent, submit
from annotations.errors import AlreadyEnded, InvalidSubmission, NoFreeSeat, NotOpen, SimulatedOnly, WrongState

__all__ = [
    "CONFLICT",
    "ENDED",
    "AlreadyEnded",
    "Break",
    "Change",
    "Earned",
    "Enrolment",
    "Guessed",
    "InvalidSubmission",
    "NoFreeSeat",
    "NotOpen",
    "Practised",
    "Practising",
    "Progress",
    "Round",
    "SavedAnswer",
    "SimulatedOnly",
    "Submission",
    "SubmissionMark",
    "SubmitResult",
    "WrongState",
    "allow_training",
    "break_due",
    "declare_conflict",
    "earned",
    "earnings",
    "enrol",
    "free_seat",
    "give_consent",
    "guess_wanted_after",
    "guesses_wanted",
    "in_conflict",
    "keep_unsent",
    "mark_debriefed",
    "mark_instructed",
    "next_assignment",
    "own_pace",
    "places_of",
    "practised_as",
    "practising",
    "progress",
    "reissue_link",
    "round_told",
    "save_answer",
    "save_guesses",
    "save_guesses_after",
    "save_profile",
    "skip",
    "submit",
    "sweep",
    "training_use",
    "withdraw",
]
