"""Scripts as files of the formats that people use: Fountain, Final Draft, Word, PDF and plain text.

    from generation.screenplay.formats import read_script, scenes, write_script

    understood = read_script(Path("pilot.docx"))        # raises `InputErrors`, with place and remedy
    for scene in scenes(understood.script): ...
    content = write_script(understood.script, "fdx")    # the same bytes from the same script

No database and no Django here. Libraries that read files run in a child process only (`child_parsers.py`).
"""

from generation.screenplay.formats.cutting import CutScene, headed, join, scenes
from generation.screenplay.formats.reading import read_script
from generation.screenplay.formats.reading_result import CHOICES, Line, Understood, Warned, corrected
from generation.screenplay.formats.writing import EXTENSIONS, MEDIA_TYPES, write_script
