"""The source paper's study from briefs to report, as `make paper-study` runs it.

Every step looks at what is stored and does what is missing, so a run that was stopped or killed continues.
`evalsite/local/paper_study.py` starts the servers; the material is in `examples/paper-study`.
"""
