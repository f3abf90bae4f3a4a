"""`python -m bench.run [NAME ...]`: the benchmarks that there are, or those named."""

import importlib
import pkgutil
import sys

import bench

NO_BENCHMARKS = {
    "run",
    "results",
    "judging_bare",
    "judging_browser",
    "judging_long",
    "judging_pages",
    "judging_study",
}


def main(names: list[str]) -> int:
    known = sorted(module.name for module in pkgutil.iter_modules(bench.__path__))
    known = [name for name in known if name not in NO_BENCHMARKS]
    if strangers := sorted(set(names) - set(known)):
        print(f"error: no benchmark {', '.join(strangers)}. Fix: take {', '.join(known)}.", file=sys.stderr)
        return 2
    for name in names or known:
        print(f"== {name}", flush=True)
        for result in importlib.import_module(f"bench.{name}").main():
            print(result.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
