"""A job is asked for with the file that it reads, which lies in the spool by then."""

from datetime import datetime

from portal.actions.jobs import NewJob, ask_job
from portal.jobs.spool import Spool


async def ask_of_spool(spool: Spool, new: NewJob, at: datetime) -> str:
    """Its ref. The file stays for a new job alone: one that was asked for before has its own, a refused one none.

    Raises KeyUsedOtherwise, TooManyJobs.
    """
    fresh = False
    try:
        ref, fresh = await ask_job(new, at)
        return ref
    finally:
        if not fresh:
            spool.remove(new.file)
