"""How soon the loan's page is painted, beside the same content dressed in govuk-frontend.

    .venv/bin/python bench/first_paint.py [--rounds 9]

Both are served by one server, compressed alike, to a phone of 360 px over a line of 150 ms and 1.6 Mbit/s with a
processor four times slower; rounds take turns, each with an empty cache, and the medians are compared. The other side
has the elements of the page under that system's class names, with its stylesheet, script and fonts as its package
ships them. `npm` has to be there to fetch it.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import brotli
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser_binary import ARGUMENTS, chromium
from tests.e2e.conftest import running
from tests.e2e.walk import Crowd, loan_of

PACKAGE, SHIPPED = "govuk-frontend@6.6.0", "package/dist/govuk"
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
SLOWER, WHO, LANGUAGE = 4, "JQ-2026-0001", "zh-CN"
KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}
CLASSES = {
    "h1": "heading-l", "h2": "heading-m", "h3": "heading-s", "p": "body", "ul": "list", "a": "link", "table": "table",
    "caption": "table__caption", "tr": "table__row", "th": "table__header", "td": "table__cell", "details": "details",
    "summary": "details__summary", "button": "button", "main": "main-wrapper", "header": "template__header",
}  # fmt: skip
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
Files = dict[str, tuple[str, bytes]]


def pages(own: str) -> tuple[str, str]:
    """Our page, and its content under the other system's names."""
    body = re.sub(r"<script.*?</script>", "", own[own.index("<body") :], flags=re.S)
    body = re.sub(r'\sclass="[^"]*"', "", body)
    for tag, name in CLASSES.items():
        body = re.sub(rf"<{tag}(?=[\s>])", f'<{tag} class="govuk-{name}"', body)
    body = re.sub(r"<body[^>]*>", '<body class="govuk-template__body"><div class="govuk-width-container">', body)
    head = (
        f'<!doctype html><html class="govuk-template" lang="{LANGUAGE}"><meta charset="utf-8"><title>x</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/govuk/govuk-frontend.min.css">'
        '<script type="module" src="/govuk/govuk-frontend.min.js"></script>'
    )
    return own, head + body


def files(own: str, folder: Path) -> Files:
    """By address: kind and compressed bytes. The other system's fonts are asked for below `/assets`."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob("*.tgz"))) as packed:
        packed.extractall(folder, filter="data")
    shipped = folder / SHIPPED
    found = {f"/govuk/{path.name}": path for path in shipped.glob("*.min.*")}
    found |= {f"/assets/fonts/{path.name}": path for path in (shipped / "assets" / "fonts").iterdir()}
    served = {address: (path.suffix, path.read_bytes()) for address, path in found.items()}
    ours, theirs = (page.encode() for page in pages(own))
    static = {f"/static/x/{path.name}": (path.suffix, path.read_bytes()) for path in (ROOT / "static").iterdir()}
    everything = {**served, **static, "/ours": (".html", ours), "/theirs": (".html", theirs)}
    return {
        address: (KINDS[suffix], data if suffix == ".woff2" else brotli.compress(data, quality=7))
        for address, (suffix, data) in everything.items()
        if suffix in KINDS
    }


def server(served: Files) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, data = served.get(re.sub(r"/static/[^/]+/", "/static/x/", self.path), ("text/plain", b""))
            self.send_response(200 if data else 404)
            self.send_header("content-type", f"{kind}; charset=utf-8")
            self.send_header("content-length", str(len(data)))
            if data and kind != KINDS[".woff2"]:
                self.send_header("content-encoding", "br")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def painted(browser: Browser, address: str) -> float:
    """Milliseconds until the first contentful paint, with an empty cache."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale=LANGUAGE)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, wait_until="load")
    page.wait_for_function(PAINTED)
    found = float(page.evaluate(PAINTED))
    context.close()
    return found


def main(arguments: argparse.Namespace) -> None:
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        with running(Path(folder)) as demo, Crowd(browser, demo).page(WHO, LANGUAGE) as page:
            loan = loan_of(page, demo)
            page.context.clear_cookies(name="style")  # a browser that has kept nothing yet
            own = page.context.request.get(loan).text()
        serving = server(files(own, Path(folder)))
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        at = f"http://127.0.0.1:{serving.server_port}"
        rounds: dict[str, list[float]] = {"ours": [], "theirs": []}
        for _ in range(arguments.rounds):
            for name, found in rounds.items():
                found.append(painted(browser, f"{at}/{name}"))
        serving.shutdown()
    ours, theirs = (statistics.median(rounds[name]) for name in ("ours", "theirs"))
    print(f"first contentful paint: {ours:.0f} ms, in {PACKAGE} {theirs:.0f} ms; ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    main(parser.parse_args())
