"""The API's chapter of docs/integrators.md is tried from top to bottom, request after request."""

import json
import re
from pathlib import Path

import pytest

from portal.actions.api_keys import PURPOSES
from portal.tables import models as tables
from portal.web.api import agreements, handed_in, problem_details, requests
from tests.api.conftest import Core
from tests.api.test_feed import agreement
from tests.intake.test_documents import shortened
from tests.pages.conftest import ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

TEXT = (Path(__file__).parents[2] / "docs" / "integrators.md").read_text(encoding="utf-8")
CHAPTER = TEXT[TEXT.index("\n## The API\n") :]
ASKED = re.findall(
    r"^```http\n([A-Z]+) (\S+)\n((?:[A-Za-z-]+: [^\n]*\n)*)\n(.*?)^(\d{3})\n(.*?)^```", CHAPTER, flags=re.M | re.S
)


async def test_every_request_of_the_chapter_gets_the_answer_that_stands_under_it(core: Core, cast: Cast) -> None:
    assert len(ASKED) == CHAPTER.count("```http\n") >= 7
    ref = await agreement(cast)
    held = await tables.HoldRow.get(loan__loan_no=ZHOU_MINS)
    async with await core() as client:
        for method, path, lines, body, status, told in ASKED:
            headers = dict(line.split(": ", 1) for line in lines.splitlines())
            job = await tables.JobRow.all().order_by("-id").first()
            address = path.replace("AGREEMENT", ref).replace("HOLD", held.ref).replace("JOB", job.ref if job else "")
            address = address.replace("PROPOSAL", (await cast.proposal(ZHOU_MINS)).rpartition("/")[2])
            said = await client.request(method, address, headers=headers, content=body.encode())
            assert said.status_code == int(status), (path, said.text)
            assert shortened(json.loads(told), said.json()), (path, said.text)


def test_the_chapter_names_every_purpose_and_every_kind_of_problem() -> None:
    for purpose in PURPOSES:
        assert f"| `{purpose}` |" in CHAPTER
    source = "".join(
        Path(str(module.__file__)).read_text() for module in (agreements, handed_in, problem_details, requests)
    )
    kinds = set(re.findall(r'ProblemDetails\(\s*(?:\d+|status), "([a-z-]+)"', source)) | set(
        problem_details._KINDS.values()
    )
    assert len(kinds) > 8
    for kind in kinds:
        assert f"`{kind}`" in CHAPTER
