"""`python -m evalsite.local run`: see `evalsite.local.run`."""

import argparse
import signal
import sys

from evalsite.local.faults import LocalFault
from evalsite.local.postgres import fault_of
from evalsite.local.process import die_with_parent
from evalsite.local.progress import refuse


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evalsite.local", description="The one-machine stack.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start everything and stay until Ctrl-C")
    run.add_argument("--no-demo", action="store_true", help="do not load the demo studies")
    run.add_argument(
        "--with-parent", action="store_true", help="stop when the program that started this ends"
    )
    options = parser.parse_args(arguments)
    if options.with_parent:
        die_with_parent(signal.SIGTERM)

    from evalsite.local.run import run_stack

    try:
        run_stack(demo=not options.no_demo)
    except KeyboardInterrupt:  # before there was anything to stop
        return 130
    except LocalFault as fault:
        refuse(str(fault))
        return fault.code
    except OSError as error:
        refuse(str(fault_of(error)))
        return fault_of(error).code
    return 0


if __name__ == "__main__":
    sys.exit(main())
