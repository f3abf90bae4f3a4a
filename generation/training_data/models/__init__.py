"""Screenplays and their scenes, what models made of them, and the datasets and models that came of it."""

from generation.training_data.models.corpus import Intake, IntakeFile, JobSource, Person, Scene, Work
from generation.training_data.models.datasets import (
    Candidate,
    Dataset,
    DatasetProfile,
    Example,
    ProfileReview,
    Review,
    TrainedModel,
)
