"""Sitting an attempt in the browser as a person does: by the words on the page."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

LETTERS = "ABCDEFGH"


class Sitting:
    """The player on a page, with the questions as the API shows them."""

    def __init__(self, page: Page) -> None:
        page.wait_for_url(re.compile(r"/attempts/[0-9a-f-]+/"))
        self.page = page
        self.attempt: dict[str, Any] = page.request.get(f"/api/v1/attempts/{page.url.split('/')[4]}/").json()

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The questions in order."""
        return self.attempt["questions"]

    def answer(self, position: int, value: Any) -> None:
        """Answer the question that is shown; `value` in the form of the API."""
        question = self.questions[position - 1]
        sheet = self.page.locator("[data-part=sheet]")
        expect(self.page.locator("h1").filter(has_text=re.compile(rf"Question {position} of"))).to_be_visible()
        keys = [option["key"] for option in question["options"]]
        match question["kind"]:
            case "ordering":
                for place, key in enumerate(value or [], start=1):
                    if key is not None:
                        sheet.locator(".places select").nth(keys.index(key)).select_option(str(place))
            case "matching":
                prompts = [prompt["key"] for prompt in question["prompts"]]
                for prompt, key in (value or {}).items():
                    sheet.locator(f"#prompt-{prompts.index(prompt)}").select_option(key)
            case _:
                for key in value or []:
                    sheet.locator(".opts label").nth(keys.index(key)).click()

    def go_on(self) -> None:
        """Show the next question."""
        self.page.locator("[data-act=next]").click()

    def answer_all(self, answers: dict[int, Any]) -> None:
        """Answer every question in order, leaving open what `answers` leaves out."""
        for question in self.questions:
            position = question["position"]
            self.answer(position, answers.get(position))
            if position < len(self.questions):
                self.go_on()

    def submit(self) -> None:
        """Review and submit, and wait for the result."""
        self.page.locator("[data-act=to-review]").first.click()
        self.page.locator("[data-act=hand-in]").click()
        dialog = self.page.locator("[data-part=submit-dialog]")
        dialog.get_by_role("button", name=re.compile(r"Submit")).click()
        self.page.wait_for_url(re.compile(r"/result/"))
