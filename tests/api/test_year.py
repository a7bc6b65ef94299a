"""A year of ten loans in a test deployment, by its API and its pages alone, while its clock goes on."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from portal.domain.conduct.understanding import QUESTIONS
from tests.browser import Browser

pytestmark = [pytest.mark.anyio, pytest.mark.proof]

ROOT = Path(__file__).parents[2]
SECRET = "one-secret-for-a-year-of-ten-loans-9f2b71c4"
POLICY = '[plan]\ncovers = ["overdue"]\nmax_months = 6\nmin_installment = "100.00"\n[signing]\nreading_seconds = 0\n'
MOST_SECONDS = 60
TEN = [f"HB-{number:02}" for number in range(1, 11)]


@dataclass(frozen=True)
class Deployment:
    url: str
    key: str
    environment: dict[str, str]

    def types(self) -> list[str]:
        said = _portal(self.environment, "events", "--lender", "hb", "--json")
        return [json.loads(line)["type"] for line in said.splitlines()]


def _portal(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "portal", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """`serve --test` with its worker, on the 14th of June 2026."""
    folder = tmp_path_factory.mktemp("year")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    others = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environment = {**others, "PORTAL_DATABASE": f"sqlite://{folder / 'year.sqlite3'}", "PORTAL_SECRET": SECRET}
    environment["PORTAL_BASE_URL"] = url
    (folder / "policy.toml").write_text(POLICY)
    for words in (
        ("migrate", "--test"),
        ("clock", "set", "2026-06-14"),
        ("lender", "add", "hb", "--name", "Harbour"),
        ("policy", "set", "hb", str(folder / "policy.toml")),
    ):
        _portal(environment, *words)
    key = _portal(environment, "key", "add", "--lender", "hb", "--expires", "700").strip()
    words = [sys.executable, "-m", "portal", "serve", "--test", "--port", str(port)]
    with (
        (folder / "said").open("w") as said,
        subprocess.Popen(words, cwd=ROOT, env=environment, stdout=said, stderr=said) as server,
    ):
        try:
            _wait_for(f"{url}/readyz")
            yield Deployment(url, key, environment)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(40)


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            if "worker: no sign" not in httpx2.get(address).text:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


@asynccontextmanager
async def core_of(deployment: Deployment) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"authorization": f"Bearer {deployment.key}"}
    async with httpx2.AsyncClient(base_url=deployment.url, headers=headers, timeout=60) as client:
        yield client


async def said(answer: httpx2.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def loan(number: int, loan_no: str) -> dict[str, Any]:
    """12,000.00 at 18 % over twenty months from January: 698.95 a month, two paid, March to May overdue in June."""
    terms = {
        "annual_rate": "0.18", "method": "level", "installments": 20, "every": "1m", "first_due": "2026-01-15",
        "day_count": "30/360", "penalty": {"kind": "daily-simple", "base": "overdue-principal",
                                           "rate": {"multiple_of_contract": "1.3"}, "day_count": "actual/360"},
    }  # fmt: skip
    borrower = {"external_id": f"B-{number}", "name": "王小明", "phone": f"+86138000000{number:02}", "id_last4": "123X"}
    paid = [{"id": f"P-{month}", "received_on": f"2026-0{month}-15", "amount": "698.95"} for month in (1, 2)]
    return {
        "loan_no": loan_no, "product": "Cash", "currency": "CNY", "borrower": borrower, "signed_on": "2025-12-10",
        "disbursed_on": "2025-12-15", "principal": "12000.00", "terms": terms, "payments": paid,
    }  # fmt: skip


async def signs(deployment: Deployment, core: httpx2.AsyncClient, link: str, reads: int = 0) -> None:
    """Comes in by the link, proposes six installments, proves who it is by a code that never left, and signs."""
    bo = Browser(Starlette(), base=deployment.url)
    bo.client = httpx2.AsyncClient(base_url=deployment.url, headers={"accept-language": "en"}, timeout=60)
    link = link.removeprefix(deployment.url)
    await bo.open(link)
    await bo.send(link, digits="123X")
    await bo.send("/consent", notice="1", sensitive="1")
    assert "For trying out" in bo.text and "14 June 2026" in bo.text
    owed = next(each for each in bo.links() if re.fullmatch(r"/loans/[a-z2-7]{16}", each))
    await bo.open(f"{owed}/plan?covers=overdue&installments=6&every=1m&first_due=2026-07-14")
    await bo.send("/plan", reason="income_dropped")
    proposal = bo.path.partition("?")[0]
    await bo.open(f"{proposal}/sign")
    if bo.path.startswith("/account/prove"):
        await bo.send("/prove", by="send")
        messages = (await said(await core.get("/api/v1/test/messages?limit=1")))["messages"]
        found = re.search(r"[0-9]{6}", messages[0]["text"])
        assert found is not None and messages[0]["kind"] == "code"
        await bo.send("/prove", by="code", code=found[0])
    await asyncio.sleep(reads)
    await bo.send("/sign", limitation="1", confirmed="1", **{f"q_{each.code}": each.right for each in QUESTIONS})
    assert bo.path.startswith("/agreements/"), (bo.path, bo.text)
    await bo.client.aclose()


async def follows(core: httpx2.AsyncClient, after: int) -> tuple[list[dict[str, Any]], int]:
    events: list[dict[str, Any]] = []
    while True:
        found = await said(await core.get(f"/api/v1/events?after={after}&limit=1000"))
        events, after = [*events, *found["events"]], found["next"]
        if not found["more"]:
            return events, after


async def books(core: httpx2.AsyncClient, events: list[dict[str, Any]]) -> None:
    for event in events:
        if event["type"] == "agreement.signed":
            where = f"/api/v1/agreements/{event['data']['agreement']}/booking"
            booked = await said(await core.post(where, json={"outcome": "booked", "core_id": event["loan_no"]}))
            assert booked["state"] == "active"


async def pays(core: httpx2.AsyncClient, on: str, what: str) -> None:
    """Of ten, nine pay what their plan and what their contract asks on its day; the last stops in September."""
    rows = []
    for loan_no in TEN[: 10 if on < "2026-09" else 9]:
        now = await said(await core.get(f"/api/v1/loans/{loan_no}/position"))
        due = [each for each in now["next"] if each["due_on"] == on and each["key"].startswith(what)]
        rows += [{"loan_no": loan_no, "id": f"{on}-{each['key']}", "received_on": on, "amount": each["amount"]}
                 for each in due]  # fmt: skip
    if rows:
        told = await said(await core.post("/api/v1/payments", json=rows))
        assert told["added"] == len(rows)


async def test_a_year_of_ten_loans_passes_in_a_minute(deployment: Deployment) -> None:
    began = time.monotonic()
    async with core_of(deployment) as core:
        ten = [loan(number, loan_no) for number, loan_no in enumerate(TEN, 1)]
        assert (await said(await core.post("/api/v1/portfolio", json=ten)))["added"] == 10
        asked = {"loans": [{"loan_no": loan_no} for loan_no in TEN]}
        links = (await said(await core.post("/api/v1/invitations", json=asked)))["invitations"]
        for each in links:
            await signs(deployment, core, each["link"])
        events, cursor = await follows(core, 0)
        await books(core, events)
        for month in range(6, 18):
            year, month = 2026 + (month - 1) // 12, (month - 1) % 12 + 1
            for day, what in ((14, "plan:"), (15, "contract:")):
                on = f"{year}-{month:02}-{day}"
                at = await said(await core.post("/api/v1/test/clock", json={"date": on}))
                assert at["date"] == on
                await pays(core, on, what)
        at = await said(await core.post("/api/v1/test/clock", json={"date": "2027-06-14"}))
        later, _ = await follows(core, cursor)
        positions = [await said(await core.get(f"/api/v1/loans/{loan_no}/position")) for loan_no in TEN]
    took = time.monotonic() - began
    types = [event["type"] for event in (*events, *later)]
    assert (types.count("agreement.signed"), types.count("plan.activated")) == (10, 10)
    assert (types.count("plan.completed"), types.count("plan.broken")) == (9, 1)
    assert [now["overdue"]["total"] for now in positions[:9]] == ["0.00"] * 9
    assert positions[9]["days_past_due"] > 200 and positions[9]["as_of"] == "2027-06-14"
    days = [event["business_date"] for event in (*events, *later)]
    assert days == sorted(days)
    shared = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert took < MOST_SECONDS * shared, f"{took:.1f} s, with {shared:.1f} at work on each core"
    print(f"a year of ten loans in {took:.1f} s")


async def test_commands_live_by_the_same_clock(deployment: Deployment) -> None:
    before = _portal(deployment.environment, "clock", "show").split()[0]
    told = json.loads(_portal(deployment.environment, "clock", "advance", "2", "--json"))
    assert told["days"] == 2 and told["date"] > before
    async with core_of(deployment) as core:
        assert (await said(await core.get("/api/v1/test/clock")))["date"] == told["date"]
    now = json.loads(_portal(deployment.environment, "position", TEN[0], "--lender", "hb", "--json"))
    assert now["as_of"] == told["date"]


GUIDE = (ROOT / "docs" / "first-day.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", GUIDE, flags=re.M | re.S)
DEFINED = "\n".join(re.findall(r"^(?:portal|api)\(\) .*$", GUIDE, flags=re.M))


def _typed(folder: Path, blocks: list[str], environment: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Runs blocks of the guide in one shell; answers what was printed, and what was exported by then."""
    script = "\n".join(["set -euo pipefail", DEFINED, *blocks, "env -0 > exported"])
    script = script.replace(".venv/bin/python", sys.executable)
    said = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=200
    )
    assert said.returncode == 0, said.stderr
    exported = (folder / "exported").read_text().split("\0")
    return said.stdout, dict(line.split("=", 1) for line in exported if "=" in line)


async def test_the_first_day_goes_as_the_guide_says(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    others = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environment = {**others, "PYTHONPATH": str(ROOT)}
    serve = "-m portal serve --test"
    blocks = [block.replace(":8000", f":{port}").replace(serve, f"{serve} --port {port}") for block in BLOCKS]
    before = next(at for at, block in enumerate(blocks) if "test/messages" in block)
    try:
        told, environment = _typed(tmp_path, blocks[:before], environment)
        answers = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
        assert answers[1]["events"][0]["type"] == "lender.added"
        assert answers[2]["overdue"]["total"] == "3413.12"
        deployment = Deployment(environment["PORTAL_BASE_URL"], environment["PORTAL_KEY"], environment)
        async with core_of(deployment) as core:
            await signs(deployment, core, answers[3]["invitations"][0]["link"], reads=11)
        told, _ = _typed(tmp_path, blocks[before:], environment)
        assert "active" in told and "plan.broken" in told
    finally:
        if (tmp_path / "trial.pid").exists():
            os.kill(int((tmp_path / "trial.pid").read_text()), signal.SIGTERM)
