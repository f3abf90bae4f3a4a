"""The study file: what a study is, before and after it is stored.

`file` reads a YAML file, with the files that it names, into one validated `values.StudySpec`. `rules`,
`extras`, `materials` and `reading` read its parts. `study_options` answers questions about a stored study (is
practice asked for, what does a pair pay). `study_texts` and `warmup_pairs` find the briefs and scripts that a
study names, and render them as raters read them. `sealed_scripts` finds those that another study has sealed.

Everyone in `annotations` may use this package. It uses `design` and the models only.
"""
