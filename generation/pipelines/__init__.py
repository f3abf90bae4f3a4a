"""Systems: what they are, what they ask, and whether an answer may go on. No database here.

`read_system(path)` validates a YAML file; `SystemSpec.from_record` takes back what a run has frozen.
`prepare` makes the request of a stage, `judge` says whether an answer may go on: a wrong model, a cut-off,
an empty or a foreign answer is recorded as what it is and never becomes a script.
"""

from generation.pipelines.answer_check import Verdict, judge
from generation.pipelines.answer_parts import extract_part, split
from generation.pipelines.inputs import INPUTS, brief_values
from generation.pipelines.reading import SHIPPED, find_system, read_system, read_system_text, shipped_names
from generation.pipelines.requests import answers_of, prepare, prompt_digest, request_record, seed_of
from generation.pipelines.rules import RULES
from generation.pipelines.spec import CheckSpec, PartSpec, StageSpec, SystemSpec
from generation.pipelines.writing import system_record, system_yaml, yaml_text
