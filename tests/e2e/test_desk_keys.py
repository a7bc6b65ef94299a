"""The desk by keys alone: through the rows, into one, on to the next; and never while somebody types."""

from playwright.sync_api import expect

from tests.e2e.walk import DESK, Crowd

FOCUSED = "document.activeElement.textContent.trim()"


def test_a_reviewer_goes_through_the_list_by_keys_and_types_them_where_words_are_typed(crowd: Crowd) -> None:
    with crowd.page(DESK, "en") as page:
        page.goto(f"{crowd.demo.url}/desk")
        rows = page.locator("[data-row]").all_inner_texts()
        for key, row in (("j", 0), ("j", 1), ("j", 1), ("k", 0)):
            page.keyboard.press(key)
            assert page.evaluate(FOCUSED) == rows[row]
        page.keyboard.press("/")
        page.keyboard.type("jk?n")
        expect(page.locator("#q")).to_have_value("jk?n")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.locator("#keys dl")).to_be_visible()
        page.keyboard.press("?")
        expect(page.locator("#keys dl")).to_be_hidden()


def test_the_next_of_the_list_is_one_key_and_keys_can_be_turned_off(crowd: Crowd) -> None:
    with crowd.page(DESK, "en") as page:
        page.goto(f"{crowd.demo.url}/desk?queue=borrower")
        page.keyboard.press("j")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        onward = page.locator("[data-key=n]")
        address = onward.get_attribute("href") or ""
        assert "queue=borrower" in address
        page.keyboard.press("?")
        page.get_by_role("button", name="Turn the keys off").click()
        page.keyboard.press("n")
        expect(page.get_by_role("button", name="Turn the keys on")).to_be_focused()
        page.get_by_role("button", name="Turn the keys on").click()
        with page.expect_navigation(url=f"**{address}"):
            page.keyboard.press("n")
