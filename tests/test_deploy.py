"""What an operator copies works with this version: every setting has its line, every command in it exists."""

import re
import shlex
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

from portal.__main__ import parser
from portal.app import MORE_BYTES
from portal.settings import from_environment
from portal.web.urls import WITH_TOKEN

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
DOCUMENTS = [ROOT / "docs" / name for name in ("operators.md",)]
SETTINGS = set(re.findall(r'env\.get\(\s*"(PORTAL_\w+)"', (ROOT / "portal" / "settings.py").read_text()))


def unit(path: Path) -> ConfigParser:
    """Its keys may come twice, as systemd allows."""
    read = ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(path)
    return read


def documented(document: Path) -> Iterator[str]:
    """Every command in a block of code, without its comment; one goes on where its line ends in a backslash."""
    for block in re.findall(r"```\n(.*?)```", document.read_text(encoding="utf-8"), re.S):
        for line in block.replace("\\\n", " ").splitlines():
            if found := re.match(r"(?:\.venv/bin/)?python -m portal (.*?)(?:\s{2,}#.*|[<>|].*)?$", line):
                yield found[1]


def test_every_setting_is_in_the_environment_file_and_in_the_guide_and_no_other_is() -> None:
    assert len(SETTINGS) >= 14
    example = (DEPLOY / "portal.env").read_text(encoding="utf-8")
    assert set(re.findall(r"^#?(PORTAL_\w+)=", example, re.M)) == SETTINGS
    assert set(re.findall(r"^\| `(PORTAL_\w+)` \|", DOCUMENTS[0].read_text(encoding="utf-8"), re.M)) == SETTINGS
    assert all("FORWARDED_ALLOW_IPS" in text for text in (example, DOCUMENTS[0].read_text(encoding="utf-8")))


def test_the_environment_file_starts_once_the_secrets_are_in_it() -> None:
    lines = re.findall(r"^(PORTAL_\w+)=(.*)$", (DEPLOY / "portal.env").read_text(encoding="utf-8"), re.M)
    filled = {name: value or "dV4nB7xQ2mKp9sWtZ6rYcL3hGfJ8aE5u" for name, value in lines}
    assert from_environment(filled).secure


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_names_a_command_that_there_is(path: Path) -> None:
    read = unit(path)
    if path.suffix == ".timer":
        assert path.with_suffix(".service").exists() and read["Timer"]["OnCalendar"]
        return
    program, *words = shlex.split(read["Service"]["ExecStart"])
    assert program == "/opt/portal/.venv/bin/python" and words[:2] == ["-m", "portal"]
    assert parser().parse_args(words[2:])


def test_every_unit_is_closed_in_the_same_way() -> None:
    services = [unit(path)["Service"] for path in UNITS if path.suffix == ".service"]
    for key in (
        "User",
        "UMask",
        "NoNewPrivileges",
        "ProtectSystem",
        "ProtectHome",
        "CapabilityBoundingSet",
        "StateDirectory",
    ):
        assert len({each[key] for each in services}) == 1, key


def test_the_containers_run_commands_that_there_are() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    commands = [each["command"] for each in services.values() if "command" in each]
    commands += re.findall(r"^CMD (\[.*\])$", (DEPLOY / "Containerfile").read_text(), re.M)
    assert len(commands) == 3
    for command in commands:
        assert parser().parse_args(yaml.safe_load(command) if isinstance(command, str) else command)


def test_what_the_container_copies_is_there() -> None:
    copied = re.findall(r"^COPY (\S+) ", (DEPLOY / "Containerfile").read_text(), re.M)
    assert len(copied) == 6 and all((ROOT / each).exists() for each in copied)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_documented_command_is_one_that_there_is(document: Path) -> None:
    found = list(documented(document))
    assert len(found) >= 2
    for command in found:
        assert parser().parse_args(shlex.split(command)), command


def test_the_proxy_logs_no_address_that_is_a_key_and_no_referer() -> None:
    block = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    logged = re.search(r"log_format portal '([^']*)'", block)
    assert logged and set(re.findall(r"\$(\w+)", logged[1])) == {
        *("remote_addr", "time_iso8601", "request_method", "shown", "status", "body_bytes_sent", "request_time"),
    }
    hidden = re.search(r"map \$uri \$shown \{.*?\n\}", block, re.S)
    assert hidden and all(f"~^{begin} " in hidden[0] for begin in WITH_TOKEN)
    assert set(re.findall(r"^ *access_log +(.*);", block, re.M)) == {"off", "/var/log/nginx/portal.log portal"}
    assert block.count("{") == block.count("}") and "return 301 https://" in block


def test_the_proxy_puts_nothing_of_what_is_sent_or_answered_into_a_file_in_clear() -> None:
    block = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    long = [place for place in re.findall(r"location [^{]*\{[^}]*\}", block) if "client_max_body_size" in place]
    assert len(long) == 3 and all("proxy_request_buffering off;" in place for place in long)
    for line in ("proxy_http_version 1.1;", "proxy_max_temp_file_size 0;", "client_body_buffer_size 256k;"):
        assert line in block, line


@pytest.mark.parametrize("address", sorted(MORE_BYTES))
def test_the_proxy_lets_as_much_through_as_the_portal_takes(address: str) -> None:
    block = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    places = re.findall(r"location (/\S*) \{\s*client_max_body_size (\d+)m;", block)
    most = [int(megabytes) << 20 for place, megabytes in places if address.startswith(place)]
    assert most and max(most) >= MORE_BYTES[address]
