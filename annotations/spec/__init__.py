"""The study file: its validated value (`values`), its reading, its rules, the texts that it names."""
