"""What changes a study that runs: keyword-only, atomic, by the database's clock.

Order of locks, everywhere: study (shared), rater, seat, assignment. So two requests wait for each other and
never lock each other out.
"""

from annotations.services.changes import Change
from annotations.services.conflicts import declare_conflict, in_conflict
from annotations.services.errors import (
    AlreadyEnded,
    InvalidSubmission,
    NoFreeSeat,
    NotOpen,
    SimulatedOnly,
    WrongState,
)
from annotations.services.guessing import (
    Guessed,
    guess_wanted_after,
    guesses_wanted,
    places_of,
    save_guesses,
    save_guesses_after,
)
from annotations.services.leases import SavedAnswer, next_assignment, requeue_stale, save_answer, skip
from annotations.services.locks import CONFLICT, ENDED
from annotations.services.pay import Earned, earned, earnings
from annotations.services.people import (
    allow_training,
    give_consent,
    mark_debriefed,
    mark_instructed,
    save_profile,
    training_use,
)
from annotations.services.practice import Practised, Practising, Round, practised_as, practising, round_told
from annotations.services.progress import Progress, own_pace, progress
from annotations.services.seats import Enrolment, enrol, free_seat, reissue_link, withdraw
from annotations.services.sittings import Break, break_due
from annotations.services.studies import amend, transition
from annotations.services.submitting import (
    Submission,
    SubmissionMark,
    SubmitResult,
    keep_unsent,
    submit,
)

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
    "amend",
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
    "requeue_stale",
    "round_told",
    "save_answer",
    "save_guesses",
    "save_guesses_after",
    "save_profile",
    "skip",
    "submit",
    "training_use",
    "transition",
    "withdraw",
]
