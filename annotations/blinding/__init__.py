"""Blinding: the seal, the secret draw, the checks of a frozen study, and unblinding.

`seal` holds the one table that joins an entry to its system; the import contract in `pyproject.toml` lets
only freezing and `unblinding` use it. `study_draw` draws the seats of a study from its secret nonce.
`frozen_check` and `draw_check` compare what is stored with what was frozen. `unblinding` holds the
rule: two members of staff, a closed study, an unchanged database.
"""
