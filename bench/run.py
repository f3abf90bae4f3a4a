"""`python -m bench.run [--tiny] [NAME ...]`: run all benchmarks or the named ones."""

import argparse
import importlib
import os
import pkgutil
import subprocess
import sys

import bench

NO_BENCHMARKS = {
    "run",
    "results",
    "judging_bare",
    "judging_browser",
    "judging_long",
    "judging_pages",
    "judging_rows",
    "judging_study",
    "reliability",
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description="Run benchmarks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    parser.add_argument("--tiny", action="store_true", help="show that they work, measure nothing")
    options = parser.parse_args(arguments)
    names = options.names
    if options.tiny:
        os.environ[bench.TINY] = "1"
    known = sorted(module.name for module in pkgutil.iter_modules(bench.__path__))
    known = [name for name in known if name not in NO_BENCHMARKS]
    if strangers := sorted(set(names) - set(known)):
        print(f"error: no benchmark {', '.join(strangers)}. Fix: take {', '.join(known)}.", file=sys.stderr)
        return 2
    if len(names := names or known) > 1:
        # A process for each: Django reads its settings once, and each benchmark has its own database.
        command = [sys.executable, "-m", "bench.run"]
        codes = [subprocess.run([*command, name], check=False).returncode for name in names]
        return int(any(codes))
    for name in names:
        print(f"== {name}", flush=True)
        for result in importlib.import_module(f"bench.{name}").main():
            print(result.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
