"""Whole screenplays that training data is made from: importing them, cutting them into scenes, finding scenes
that nearly repeat another one.

    from generation.training_data.corpus.services import import_folder

    imported = import_folder(Path("screenplays"), by="rae")  # raises `InputErrors`, and stores nothing then
"""
