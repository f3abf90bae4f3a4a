"""`python -m evalsite.local run | paper-study`: see the modules of these names."""

import argparse
import signal
import sys

from evalsite.core.errors import OperationError
from evalsite.core.processes import die_with_parent
from evalsite.local import paper_study
from evalsite.local.postgres import fault_of
from evalsite.local.progress import refuse
from evalsite.local.run import run_stack


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evalsite.local", description="The one-machine stack.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start everything and stay until Ctrl-C")
    run.add_argument("--no-demo", action="store_true", help="do not load the demo studies")
    paper = commands.add_parser("paper-study", help="run the source paper's study from briefs to report")
    paper_study.add_arguments(paper)
    for command in (run, paper):
        command.add_argument(
            "--with-parent", action="store_true", help="stop when the program that started this ends"
        )
    options = parser.parse_args(arguments)
    if options.with_parent:
        die_with_parent(signal.SIGTERM)

    try:
        if options.command == "paper-study":
            return paper_study.run_paper_study(options)
        run_stack(demo=not options.no_demo)
    except KeyboardInterrupt:  # before there was anything to stop
        return 130
    except OperationError as fault:
        refuse(str(fault))
        return fault.code
    except OSError as error:
        refuse(str(fault_of(error)))
        return fault_of(error).code
    return 0


if __name__ == "__main__":
    sys.exit(main())
