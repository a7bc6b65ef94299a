"""The portal over HTTP, by the client that was generated from its OpenAPI document."""

import importlib
import json
import sys
import time

import httpx
from portal_client import AuthenticatedClient, models

WAITS_SECONDS = (1, 2, 4, 8, 16)
JOB_LOOKED_AT_SECONDS = 0.5
BUSY = 429


class Refused(Exception):
    """The portal said no, and will say no again: `problem` is its answer in the form of RFC 9457."""

    def __init__(self, problem):
        super().__init__(f"{problem['status']} {problem['type'].rpartition(':')[2]}: {problem['detail']}")
        self.problem = problem

    @property
    def kind(self):
        return self.problem["type"].rpartition(":")[2]


class Unreachable(Exception):
    """It could not be asked, again and again. Nothing is lost: whatever was to be said is said the next time."""


class Portal:
    """`waits` are the seconds between one try and the next; `httpx_args` go to the client, a proxy's say."""

    def __init__(self, url, key, waits=WAITS_SECONDS, **httpx_args):
        self.url, self._waits = url.rstrip("/"), waits
        timeout = httpx.Timeout(60)
        self._client = AuthenticatedClient(base_url=self.url, token=key, timeout=timeout, httpx_args=httpx_args)

    def close(self):
        self._client.get_httpx_client().close()

    def ask(self, operation, *path, model=None, body=None, **named):
        """The JSON of the answer, and the end of what the portal takes longer for.

        `operation` is a tag and an id of the document, `events.list_events` say; `body` is a dictionary in the form of
        `model`. What is broken or busy is asked again, later and later; a refusal is not.
        """
        if body is not None:
            named["body"] = getattr(models, model).from_dict(body)
        said = self._again_and_again(operation, path, named)
        if said.status_code == 202:
            return self._end_of(json.loads(said.content))
        return json.loads(said.content) if said.content else None

    def _again_and_again(self, operation, path, named):
        send = importlib.import_module(f"portal_client.api.{operation}").sync_detailed
        for wait in (*self._waits, None):
            said, problem = _tried(send, path, {**named, "client": self._client})
            if said is not None:
                return said
            if wait is None:
                raise Unreachable(f"{self.url} cannot be asked: {problem}")
            print(f"{self.url} cannot be asked now ({problem}); trying again in {wait} s", file=sys.stderr)
            time.sleep(wait)

    def _end_of(self, job):
        while "answer" not in job:
            time.sleep(JOB_LOOKED_AT_SECONDS)
            job = json.loads(self._again_and_again("jobs.get_job", (job["id"],), {}).content)
        if job["status"] >= 400:
            raise Refused({"status": job["status"], "type": job["state"], "detail": str(job["answer"])})
        return job["answer"]


def _tried(send, path, named):
    """The answer, or why there is none yet. Raises Refused."""
    try:
        said = send(*path, **named)
    except httpx.HTTPError as error:
        return None, str(error) or type(error).__name__
    except (ValueError, KeyError, TypeError):
        return None, "what was answered is not the portal's"  # what stands between the two may answer too
    if said.status_code < 400:
        return said, ""
    if said.status_code < 500 and said.status_code != BUSY:
        raise Refused(json.loads(said.content))
    return None, f"it answered {int(said.status_code)}"
