"""Training data by reverse and forward synthesis: screenplays are taken apart into briefs and directives, and
a teacher writes the prose from these. Runs, jobs, budgets and history are those of generation.
"""
