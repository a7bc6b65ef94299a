"""The picture of the README: 小明's overview, loan and plan on a phone, side by side, as the demo shows them."""

import sys
from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from tests.browser_binary import ARGUMENTS, chromium
from tests.e2e.conftest import Demo, running

PHONE = {"width": 360, "height": 820}
SHARP = 1.5
STAND = """<body style="margin:0;background:#d9d7d0"><div id="all" style="display:inline-flex;padding:24px">{}</div>"""
PICTURE = '<img style="margin:0 12px;width:360px;border-radius:20px" src="data:image/png;base64,{}">'


def phone_screens(browser: Browser, demo: Demo) -> list[bytes]:
    """What stands on the first screen of each page; of the plan, what fits 600 a month."""
    page = browser.new_context(locale="zh-CN", viewport=PHONE, device_scale_factor=SHARP).new_page()
    page.goto(demo.link("JQ-2026-0001"))
    page.fill("#digits", "123X")
    page.click("main button")
    page.check("#notice")
    page.check("#sensitive")
    page.click("main button")
    loan = demo.url + (page.locator("main h2 a").first.get_attribute("href") or "")
    screens = [page.screenshot()]
    for address, top in ((loan, "body"), (f"{loan}/plan?a_month=600", "#ways article")):
        page.goto(address)
        page.locator(top).first.evaluate("each => each.scrollIntoView()")
        screens.append(page.screenshot())
    return screens


def side_by_side(browser: Browser, screens: list[bytes]) -> bytes:
    page = browser.new_context(viewport={"width": 1280, "height": 960}, device_scale_factor=SHARP).new_page()
    page.set_content(STAND.format("".join(PICTURE.format(b64encode(screen).decode()) for screen in screens)))
    return page.locator("#all").screenshot()


def main(out: Path) -> None:
    with TemporaryDirectory() as folder, running(Path(folder)) as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        out.write_bytes(side_by_side(browser, phone_screens(browser, demo)))
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
