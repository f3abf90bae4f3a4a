"""Cases: each pairing of an unblinded study with its texts, judgments and marked passages.

`queries` finds and orders cases, `passages` groups marks that overlap, `details` reads all that belongs to a
case, `marking` puts marks into the HTML of a script. `page`, `export` and `views` are what staff get of it.
"""
