"""What staff see of training data: works, runs of synthesis, reviews, datasets and trained models."""
