"""What changes a study that runs: keyword-only, atomic, by the database's clock.

Order of locks, everywhere: study (shared), then rater, then seats, slots and assignments in any order. Two
requests about one rater wait at the rater's row, so they never deadlock.
"""

from annotations.desk.guessing import (
    GuessedOrigin,
    guess_due_after,
    guessable_scripts,
    guesses_due,
    save_guesses,
    save_guesses_after,
)
from annotations.desk.judging_form import Submission, SubmissionMark
from annotations.desk.onboarding import (
    allow_training,
    declare_conflict,
    give_consent,
    in_conflict,
    mark_debriefed,
    mark_instructed,
    save_profile,
    training_use,
)
from annotations.desk.pay import Earnings, rater_earnings, study_earnings, total_earnings
from annotations.desk.practice import (
    current_practice,
    practice_result,
    practice_round,
)
from annotations.desk.progress import Break, Progress, break_due, median_pace, progress
from annotations.desk.revising import changeable_assignment, current_fields, revise
from annotations.desk.seats import (
    CONFLICT,
    ENDED_STATES,
    Enrolment,
    dismiss_new_link,
    enrol,
    enrol_all,
    free_seat,
    mark_opened,
    reissue_link,
    withdraw,
)
from annotations.desk.submitting import (
    SavedAnswer,
    SubmitResult,
    expire_leases,
    lease_next_assignment,
    save_answer,
    save_held_answer,
    skip,
    store_unsent_answer,
    submit,
    submit_and_lease,
)
from annotations.errors import AlreadyEnded, InvalidSubmission, NoFreeSeat, NotOpen, SimulatedOnly, WrongState
