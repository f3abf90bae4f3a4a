"""Briefs, the systems that write for them, the runs that make them write, and the scripts."""

from generation.models.briefs import Brief, Language, Series
from generation.models.runs import Attempt, BackendCheck, Job, LaneTurn, Prompt, Run, StageOutput
from generation.models.scripts import Measurement, Script, Source, Upload
from generation.models.systems import System
