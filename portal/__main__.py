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
    calculators,
    case_files,
    doctor,
    erasure,
    figures,
    imports,
    lenders,
    loans,
    log,
    messages,
    migrating,
    people,
    policies,
    restore,
    schemas,
    server,
    staff,
    test_clock,
    vault,
    worker,
)

GROUPS = (
    server.add_server_commands,
    migrating.add_migrating_commands,
    lenders.add_lenders_commands,
    staff.add_staff_commands,
    people.add_people_commands,
    policies.add_policies_commands,
    api_keys.add_api_keys_commands,
    doctor.add_doctor_commands,
    imports.add_imports_commands,
    loans.add_loans_commands,
    log.add_log_commands,
    audit.add_audit_commands,
    case_files.add_case_files_commands,
    access.add_access_commands,
    worker.add_worker_commands,
    test_clock.add_test_clock_commands,
    messages.add_messages_commands,
    backup.add_backup_commands,
    restore.add_restore_commands,
    vault.add_vault_commands,
    erasure.add_erasure_commands,
    schemas.add_schemas_commands,
    calculators.add_figures_commands,
    figures.add_figure_commands,
)


def parser() -> argparse.ArgumentParser:
    """Of every command there is."""
    found = argparse.ArgumentParser(prog="python -m portal", description=__doc__)
    subparsers = found.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add_group in GROUPS:
        add_group(subparsers)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    try:
        code: int = chosen.run(chosen) or 0
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has had enough; what is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
