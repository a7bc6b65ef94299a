"""Every page and state of the cast as a contact sheet for reviewers: two widths, two languages, side by side.

make screens            # writes screens/index.html and its pictures
"""

import html
import re
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser_binary import ARGUMENTS, chromium
from tests.e2e.conftest import running
from tests.e2e.states import states
from tests.e2e.walk import LANGUAGES, Crowd, doors, nameless

WIDTHS = (360, 1280)
SHEET = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Screens</title>
<style>body {{ font: 14px/1.5 system-ui, sans-serif; margin: 24px; background: #d9d7d0 }}
section {{ margin: 0 0 32px }} div {{ display: flex; gap: 12px; align-items: flex-start; overflow-x: auto }}
img {{ background: #fff }} .w360 {{ width: 240px }} .w1280 {{ width: 480px }}</style>
{}</html>"""
ROW = "<section><h2>{what}</h2><div>{pictures}</div></section>"
PICTURE = '<a href="{name}"><img class="w{width}" src="{name}" alt="{language}, {width} px" loading="lazy"></a>'


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[str]] = {}
    with TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for what, language, page in _shown(browser, Path(data)):
            rows.setdefault(what, []).extend(_pictures(folder, what, language, page))
        browser.close()
    sheet = [ROW.format(what=html.escape(what), pictures="".join(pictures)) for what, pictures in rows.items()]
    (folder / "index.html").write_text(SHEET.format("\n".join(sheet)), encoding="utf-8")
    print(f"{len(rows)} pages and states: {folder / 'index.html'}")


def _shown(browser: Browser, data: Path) -> Iterator[tuple[str, str, Page]]:
    """Every kind of page that links lead to and every state that they do not: what it is, and in which language."""
    with running(data) as demo:
        crowd = Crowd(browser, demo)
        for who, paths in {"": doors(demo), **crowd.kinds()}.items():
            for (no, path), language in product(enumerate(paths, 1), LANGUAGES):
                with crowd.page(who, language) as page:
                    page.goto(demo.url + path)
                    yield f"{who or 'anybody'} {no}: {nameless(path)}", language, page
    for language in LANGUAGES:
        folder = data / language
        folder.mkdir()
        for state, page in states(browser, folder, language):
            yield f"{state.day} {state.who or 'anybody'}: {state.name}", language, page


def _pictures(folder: Path, what: str, language: str, page: Page) -> Iterator[str]:
    for width in WIDTHS:
        name = re.sub(r"[^A-Za-z0-9.-]+", "_", f"{what}-{language}-{width}").strip("_") + ".png"
        page.set_viewport_size({"width": width, "height": 740})
        page.screenshot(path=folder / name, full_page=True)
        yield PICTURE.format(name=name, language=language, width=width)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screens"))
