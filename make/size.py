"""Compare the size of the tree with size.txt: `python make/size.py [--lower]`.

Exit code 1 if a number is larger than in the file. `--lower` writes the numbers that are smaller.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "size.txt"
PACKAGES = ("evalsite", "generation", "annotations", "analysis")


def measure_tree() -> dict[str, int]:
    """Lines and modules of the application without migrations, and lines of the tests."""
    code = [
        path for name in PACKAGES for path in (ROOT / name).rglob("*.py") if path.parent.name != "migrations"
    ]
    return {
        "application lines": sum(map(count_lines, code)),
        "application modules": len(code),
        "test lines": sum(map(count_lines, (ROOT / "tests").rglob("*.py"))),
    }


def count_lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")


def main() -> int:
    limits = {
        name: int(number)
        for name, _, number in (line.rpartition(" ") for line in FILE.read_text().splitlines())
    }
    sizes = measure_tree()
    if "--lower" in sys.argv:
        lines = (f"{name} {min(size, limits[name])}\n" for name, size in sizes.items())
        FILE.write_text("".join(lines))
        return 0
    larger = [
        f"{name}: {size}, {size - limits[name]} more than size.txt allows"
        for name, size in sizes.items()
        if size > limits[name]
    ]
    if larger:
        print(*larger, "Delete code first. CONTRIBUTING.md says how a number is raised.", sep="\n")
    return int(bool(larger))


if __name__ == "__main__":
    sys.exit(main())
