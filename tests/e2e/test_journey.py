"""The main job from end to end in a real browser, with the real worker."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from analytics.models import Mastery
from quizzes.models import Attempt, Grade
from tests.client import right_answers, wrong_answer
from tests.e2e.driver import Sitting
from tests.servers.people import PASSWORD, make_person

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.timeout(900)]


def test_study_drill_simulation_result_readiness(page_as, worker):
    """Sign in, read a lesson and answer its check, sit a drill and an exam simulation, be graded by the worker with the exact
    scores, and see readiness move."""
    person = make_person("learner")
    page = page_as("visitor")
    page.goto("/accounts/login/")
    page.get_by_label(re.compile("name|e-mail", re.IGNORECASE)).first.fill(person.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").first.click()
    page.wait_for_url(lambda address: "/accounts/" not in address)

    page.goto("/aif-c01/course/")
    page.locator(".lessonrow").first.click()
    check = page.locator("form.check").first
    check.locator("label").first.click()
    check.get_by_role("button", name="Check").click()
    expect(check.locator("[data-outcome]")).to_contain_text(re.compile(r"Right|Not quite"))
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("Done, go on")).click()
    page.goto("/aif-c01/course/")
    expect(page.locator(".lessonrow.done")).to_have_count(1)

    page.goto("/aif-c01/practice/?task=1.3")
    page.get_by_text("At the end", exact=True).click()
    page.get_by_role("button", name="Start the drill").click()
    drill = Sitting(page)
    right = right_answers(drill.attempt)
    assert len(right) == 10
    answers = {
        question["position"]: right[question["position"]]
        if question["position"] <= 7
        else wrong_answer(question, right[question["position"]])
        for question in drill.questions
    }
    drill.answer_all(answers)
    drill.submit()
    expect(page.locator("main")).to_contain_text(re.compile(r"7 of 10"))
    grade = Grade.objects.get(attempt=drill.attempt["id"])
    assert (grade.score, grade.max_score, grade.credits) == (7, 10, [1.0] * 7 + [0.0] * 3)
    assert grade.graded_by.startswith("worker:") and grade.graded_by.split(":")[2] != str(worker.pid)  # a child of the worker's pool
    before = Mastery.objects.get(user=person)
    assert before.first_answers == 10

    page.goto("/aif-c01/begin/?mode=simulation")
    page.locator("main").get_by_role("button", name="Start").click()
    exam = Sitting(page)
    assert len(exam.questions) == 65
    right = right_answers(exam.attempt)
    form = Attempt.objects.values_list("form", flat=True).get(pk=exam.attempt["id"])
    scored = [position for position, entry in enumerate(form, start=1) if entry[1]]
    missed = set(scored[:12])  # 38 of 50 counted questions are right
    exam.answer_all({position: answer for position, answer in right.items() if position not in missed})
    exam.submit()
    expect(page.locator("main")).to_contain_text("760")
    grade = Grade.objects.get(attempt=exam.attempt["id"])
    assert (grade.score, grade.max_score, grade.scaled, grade.passed) == (38, 50, 760, True)
    assert grade.graded_by.startswith("worker:")
    expect(page.locator("main")).to_contain_text("53 of 65")  # all of them: which ones are unscored is not told

    page.goto("/aif-c01/readiness/")
    after = Mastery.objects.get(user=person)
    assert after.first_answers > before.first_answers and bytes(after.state) != bytes(before.state)
    expect(page.locator("main")).to_contain_text(re.compile(r"in 20"))
