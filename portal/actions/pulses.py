"""The worker's sign of life, by which everybody else knows that the clocks run."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from portal.actions.act import change_outside_feed
from portal.reads.health import WorkerPulse
from portal.tables import models as tables


@change_outside_feed
async def write_pulses(found: Iterable[WorkerPulse]) -> None:
    """Writes them over those of the same names, whichever process wrote these."""
    for each in found:
        facts: dict[str, Any] = asdict(each)
        if not await tables.PulseRow.filter(name=each.name).update(**facts):
            await tables.PulseRow.create(**facts)
