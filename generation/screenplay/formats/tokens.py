"""Signs by which models know where a message ends: within a text they would end it there, so that no training
takes an example with one in it."""

import re

TOKEN = re.compile(
    r"<[|｜][^<>\n]{1,60}[|｜]>|</?(?:s|bos|eos|pad|unk|think|start_of_turn|end_of_turn)>|\[/?INST\]|<</?SYS>>"
)
