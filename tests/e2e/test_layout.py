"""Nothing jumps, nothing waits for a picture, and nothing is shown that needs a script where there is none."""

from playwright.sync_api import Request, expect

from tests.e2e.walk import WATCH, Crowd, loan_of, shows

XIAOMING = "JQ-2026-0001"


def test_a_new_preview_moves_nothing_that_is_being_looked_at(crowd: Crowd) -> None:
    """From six payments to four, to twelve that a person looks at, to a number that does not fit, and back."""
    with crowd.page(XIAOMING, "zh-CN") as page:
        page.add_init_script(WATCH)
        page.goto(f"{loan_of(page, crowd.demo)}/plan?kind=plan")
        page.locator("#installments").scroll_into_view_if_needed()
        for typed in ("4", "12", "x", "6"):
            page.fill("#installments", typed)
            shows(page, installments=typed)
        assert page.evaluate("moved") == []
        page.goto(f"{page.url.partition('/plan')[0]}/pay")
        page.locator("label[for=what-other]").click()
        expect(page.locator("#preview")).to_contain_text("这里就会显示")
        page.locator("#amount").scroll_into_view_if_needed()
        page.evaluate("moved.length = 0")  # the field that was asked for has come in between
        page.fill("#amount", "500")
        expect(page.locator("#preview")).to_contain_text("¥2,913.12")
        assert page.evaluate("moved") == []


def test_a_first_visit_asks_for_three_things_and_no_page_needs_a_picture(crowd: Crowd) -> None:
    """The page, its icon and one small script; what a page draws stands in it."""
    asked: list[Request] = []
    with crowd.page("", "zh-CN") as page:
        page.on("request", lambda request: asked.append(request))
        page.goto(crowd.demo.link("JQ-2026-0004"), wait_until="networkidle")
    assert [each.url.rpartition("/")[2] for each in asked[1:]] in (["page.js"], ["page.js", "icon.svg"])
    with crowd.page(XIAOMING, "zh-CN") as page:
        page.route("**/*.svg", lambda route: route.abort())
        loan = loan_of(page, crowd.demo)
        for tail in ("", "/plan", "/pay", "/penalties"):
            page.goto(loan + tail)
            assert page.evaluate("document.images.length") == 0
            assert page.locator("svg:not([aria-hidden=true], [role=img])").count() == 0


def test_without_script_nothing_that_only_a_script_can_fill_is_shown(crowd: Crowd) -> None:
    with crowd.page(XIAOMING, "en", java_script_enabled=False) as page:
        page.goto(f"{loan_of(page, crowd.demo)}/plan?kind=plan")
        for name in ("gone", "preview-lost", "preview-wait"):
            expect(page.locator(f"#{name}")).not_to_be_visible()
        expect(page.locator("button[value=show]")).to_be_visible()


def test_what_is_to_be_done_is_on_the_first_screen_with_the_sum_and_the_next_date(crowd: Crowd) -> None:
    """Overdue, an answer to read, a counter, a question, a decline: on 360 x 640 nobody has to look for it."""
    screen = {"width": 360, "height": 640}
    for loan_no in (XIAOMING, "JQ-2026-0008", "JQ-2026-0009", "JQ-2026-0010", "JQ-2026-0012"):
        with crowd.page(loan_no, "zh-CN", viewport=screen) as page:
            for address in (f"{crowd.demo.url}/loans", loan_of(page, crowd.demo)):
                page.goto(address)
                first = page.locator("main a.button").first.bounding_box()
                assert first and first["y"] + first["height"] <= screen["height"], (loan_no, address)
                row = page.locator("main .ahead tr, main .ahead li, main .ahead dd").first.bounding_box()
                assert row and row["y"] + row["height"] <= screen["height"], (loan_no, address)
