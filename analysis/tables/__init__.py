"""The exported tables of a study, their rows and the codebook."""
