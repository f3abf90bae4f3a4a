"""Training of adapters on exported datasets, in an environment of its own.

    python -m generation.training check RECIPE    # which tokens bear loss, the longest, what is too long
    python -m generation.training train RECIPE    # trains, or goes on from the last checkpoint
    python -m generation.training card RECIPE     # writes the model card again from the files of a training

Nothing here imports Django or another package of this project, and this file imports nothing at all, so the
environment needs no more than `requirements/training.txt`. See docs/training.md.
"""
