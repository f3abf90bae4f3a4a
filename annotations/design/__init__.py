"""Who judges which pairing, in what order, on which side. Pure: chance comes from the generator passed in.

`draws.draw` gives every seat its slots; `audit` says where given slots break what was promised. The promises:

- one pairing of a brief per rater, and only of languages the rater reads;
- every script of a language is displayed equally often, to within one; in the crossed scheme it stays so when
  only the first seats that read the language are filled, whatever their number;
- the canonical first entry is left as often as right, to within one: per system pair over the study, per
  pairing, per rater, and per rater and system pair; per pairing also when only the first seats are filled,
  whatever their number;
- series in blocks, the scenes of a series in story order, the order of blocks balanced over raters.

Besides, a draw evens sides as well as it can when two thirds of the seats are filled; `early_unevenness`
counts where it could not.

`extra_pairs.draw_extras` places around the main pairings what a study asks for besides (practice, checks,
same and repeat pairings), and `audit_extras` checks it. `draw_single` draws a study of one script at a time.

Drawing needs numpy, which the web server does without: import `draws` where something is drawn.
"""

from annotations.design.audits import audit, audit_blind, audit_extras, early_unevenness, main_slots_only
from annotations.design.inputs import (
    BriefInput,
    DesignInput,
    ExtrasInput,
    SeatInput,
    SeatPlan,
    SlotPlan,
)
from annotations.design.limits import DesignProblem, design_problems, extras_problems
