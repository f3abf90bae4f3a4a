"""Pages and services of the staff: making a study, watching it blind, moving it from state to state.

`loading` stores a study file as a draft and `study_states` opens, pauses, closes and amends a study; commands
and other packages may use both, as well as `monitoring` and `flow` for counts that stay blind. All else are
pages: the study (`views`, `study_page`), a new study (`new_study*`, `participation_form`), findings
(`findings_*`), pay, unblinding, and the API.
"""
