"""Every page and state of the cast as a contact sheet for reviewers: two widths, two languages, side by side.

make screens            # writes screens/index.html and its pictures
"""

import html
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tests.browser_binary import ARGUMENTS, chromium
from tests.e2e.conftest import running
from tests.e2e.walk import LANGUAGES, Crowd, doors

WIDTHS = (360, 1280)
SHEET = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Screens</title>
<style>body {{ font: 14px/1.5 system-ui, sans-serif; margin: 24px; background: #d9d7d0 }}
section {{ margin: 0 0 32px }} div {{ display: flex; gap: 12px; align-items: flex-start; overflow-x: auto }}
img {{ background: #fff }} .w360 {{ width: 240px }} .w1280 {{ width: 480px }}</style>
{}</html>"""
ROW = "<section><h2>{who} {path}</h2><div>{pictures}</div></section>"
PICTURE = '<a href="{name}"><img class="w{width}" src="{name}" alt="{language}, {width} px" loading="lazy"></a>'


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    with TemporaryDirectory() as data, running(Path(data)) as demo, sync_playwright() as playwright:
        crowd = Crowd(playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS), demo)
        for who, paths in {"": doors(demo), **crowd.kinds()}.items():
            rows += [
                ROW.format(who=who, path=html.escape(path), pictures=_row(crowd, folder, who, path)) for path in paths
            ]
        crowd.browser.close()
    (folder / "index.html").write_text(SHEET.format("\n".join(rows)), encoding="utf-8")
    print(f"{len(rows)} pages and states: {folder / 'index.html'}")


def _row(crowd: Crowd, folder: Path, who: str, path: str) -> str:
    """One page in every language and width."""
    pictures = []
    for language in LANGUAGES:
        for width in WIDTHS:
            name = re.sub(r"[^A-Za-z0-9.-]+", "_", f"{who}{path}-{language}-{width}").strip("_") + ".png"
            with crowd.page(who, language, viewport={"width": width, "height": 740}) as page:
                page.goto(crowd.demo.url + path)
                page.screenshot(path=folder / name, full_page=True)
            pictures.append(PICTURE.format(name=name, language=language, width=width))
    return "".join(pictures)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screens"))
