"""What becomes of synthesised scenes: filter, reviews, datasets, and the models trained on them."""
