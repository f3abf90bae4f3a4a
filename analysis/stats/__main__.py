"""`python -m analysis.stats`."""

import sys

from analysis.stats.cli import main

if __name__ == "__main__":
    sys.exit(main())
