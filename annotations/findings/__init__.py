"""Findings of a draft: passages that could tell a rater who wrote a script.

`scanning` looks for them, `review` stores what staff decide about them, `rejections` gives up a script for
the next sample, `highlights` marks findings in a page of HTML. Freezing refuses a draft with open findings.
The pages are in `staff`.
"""
