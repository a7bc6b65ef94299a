"""`python -m portal`: the commands of an operator, an integrator, or somebody who just wants to see it."""

import argparse
import os
import sys
from collections.abc import Sequence

from portal.commands import (
    access,
    api_keys,
    audit,
    backup,
    doctor,
    erasure,
    figures,
    imports,
    lenders,
    loans,
    log,
    messages,
    people,
    policies,
    restore,
    schemas,
    server,
    staff,
    vault,
    worker,
)

GROUPS = (
    server,
    lenders,
    staff,
    people,
    policies,
    api_keys,
    doctor,
    imports,
    loans,
    log,
    audit,
    access,
    worker,
    messages,
    backup,
    restore,
    vault,
    erasure,
    schemas,
    figures,
)


def parser() -> argparse.ArgumentParser:
    """Of every command there is."""
    found = argparse.ArgumentParser(prog="python -m portal", description=__doc__)
    subparsers = found.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add_parsers(subparsers)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has had enough; what is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
