"""Briefs, the systems that write for them, the runs that make them write, and the scripts."""

from generation.models.briefs import Brief, Language, Series
from generation.models.corpus import Intake, IntakeFile, Person, Scene, Work
from generation.models.datasets import (
    Candidate,
    Dataset,
    DatasetProfile,
    Example,
    ProfileReview,
    Review,
    TrainedModel,
)
from generation.models.requests import Attempt, BackendCheck, Prompt, StageOutput
from generation.models.runs import Job, LaneTurn, Run
from generation.models.scripts import Measurement, Script, Source, Upload
from generation.models.systems import System

__all__ = [
    "Attempt",
    "BackendCheck",
    "Brief",
    "Candidate",
    "Dataset",
    "DatasetProfile",
    "Example",
    "Intake",
    "IntakeFile",
    "Job",
    "LaneTurn",
    "Language",
    "Measurement",
    "Person",
    "ProfileReview",
    "Prompt",
    "Review",
    "Run",
    "Scene",
    "Script",
    "Series",
    "Source",
    "StageOutput",
    "System",
    "TrainedModel",
    "Upload",
    "Work",
]
