"""Sittings in the browser without a browser: begin, start, the player's page, waiting, the result and what follows from it."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Preferences, User
from analytics.models import ParameterVersion, QuestionStatistics
from analytics.tallies import BINS, Cell, Tally
from lifecycle.models import Exam
from lifecycle.public import current_blueprint, enrol
from pages.results import headline, scale_of
from quizzes.domain.answers import Save, save_answer
from quizzes.domain.attempts import cancel_attempt, submit_attempt
from quizzes.domain.grading import drain_jobs
from quizzes.domain.reports import answer_report
from quizzes.models import ProblemReport, Question, Quiz, QuizQuestion
from quizzes.public import Attempt, Wanted, result_of, start_attempt
from tests.bank import KEYS, WRONG
from tests.pages.views.sittings import answer_many

KINDS = ("multiple_choice", "multiple_response", "ordering", "matching", "case_study")


@pytest.fixture
def signed_in(browser_of, learner):
    return browser_of(learner)


@pytest.fixture
def quiz(exam):
    """A published quiz with one question of each kind."""
    made = Quiz.objects.create(exam=exam, slug="kinds", title="Five kinds", state=Quiz.State.PUBLISHED, minutes=30)
    for order, kind in enumerate(KINDS):
        QuizQuestion.objects.create(quiz=made, question=Question.objects.filter(kind=kind).order_by("pk")[0], order=order)
    return made


@pytest.fixture
def sitting(quiz, learner):
    """The learner in that quiz, nothing answered."""
    return start_attempt(user=learner, exam=quiz.exam, wanted=Wanted(mode="quiz", quiz=quiz))


def put(attempt, position, answer, **fields):
    save = Save(answer=answer, base_version=0, save_id=uuid.uuid4(), **fields)
    save_answer(attempt_id=attempt.pk, user_id=attempt.user_id, guest_key=attempt.guest_key, position=position, save=save)


def handed_in(attempt, answers):
    """Graded with answers by position: {position: (answer, fields)}."""
    for position, (answer, fields) in answers.items():
        put(attempt, position, answer, **fields)
    submit_attempt(attempt_id=attempt.pk, user=attempt.user, guest_key=attempt.guest_key)
    drain_jobs(worker="test")
    attempt.refresh_from_db()
    assert attempt.state == "graded"
    return attempt


def page(client, attempt, show=""):
    return client.get(reverse("attempt-result", args=[attempt.pk]) + (f"?show={show}" if show else "")).content.decode()


# ── Beginning ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_begin_offers_every_time_allowance_with_its_minutes(signed_in, exam):
    text = signed_in.get("/aif-c01/begin/?mode=simulation").content.decode()
    offered = re.findall(r'name="allowance" value="([^"]+)"', text)
    assert offered == list(Preferences.Allowance.values)
    for minutes in ("90 min", "120 min", "112 min", "135 min", "180 min", "no limit"):
        assert minutes in text
    assert "65 questions" in text
    assert "15 of them are not scored" in text


def test_begin_has_the_accounts_own_allowance_chosen(signed_in, learner, exam):
    Preferences.objects.create(user=learner, allowance="x2")
    text = signed_in.get("/aif-c01/begin/?mode=practice_exam").content.decode()
    assert re.search(r'value="x2" checked', text)
    assert "The clock can be stopped" in text


def test_begin_of_a_timed_drill_offers_its_own_minutes(signed_in, exam):
    text = signed_in.get("/aif-c01/begin/?mode=drill&count=10&timing=exam_pace").content.decode()
    assert "10 questions" in text
    for minutes in ("14 min", "44 min", "18 min", "21 min", "28 min", "no limit"):
        assert minutes in text
    assert 'name="timing" value="exam_pace"' in text


@pytest.mark.parametrize(("wish", "minutes"), [({}, None), ({"timing": "none"}, None), ({"timing": "exam_pace"}, 14)])
def test_drill_is_started_with_the_clock_chosen(signed_in, learner, exam, wish, minutes):
    signed_in.post("/aif-c01/start/", {"mode": "drill", "count": "10", "feedback": "each", **wish})
    assert Attempt.objects.get(user=learner).minutes == minutes


def test_timed_drill_takes_the_accounts_own_allowance(signed_in, learner, exam):
    Preferences.objects.create(user=learner, allowance="x1.5")
    signed_in.post("/aif-c01/start/", {"mode": "drill", "count": "10", "timing": "exam_pace"})
    assert Attempt.objects.get(user=learner).minutes == 21


@pytest.mark.parametrize(
    "wish", [{"mode": "drill", "timing": "fast"}, {"mode": "review", "timing": "exam_pace"}, {"quiz": "kinds", "timing": "exam_pace"}]
)
def test_only_a_drill_is_given_a_clock(signed_in, quiz, wish):
    answer = signed_in.post("/aif-c01/start/", wish)
    assert answer.status_code == 400
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("query", ["", "mode=nonsense", "quiz=unknown", "mode=drill&domains=9", "mode=drill&count=1000"])
def test_begin_refuses_what_cannot_be(signed_in, exam, query):
    answer = signed_in.get(f"/aif-c01/begin/?{query}")
    assert answer.status_code == 400
    assert "Nothing was started" in answer.content.decode()


def test_begin_of_an_unknown_exam_is_not_found(signed_in, exam):
    assert signed_in.get("/no-exam/begin/?mode=drill").status_code == 404


def test_start_pins_and_keeps_the_allowance(signed_in, learner, exam):
    answer = signed_in.post("/aif-c01/start/", {"mode": "practice_exam", "allowance": "x1.5"})
    attempt = Attempt.objects.get(user=learner)
    assert answer["Location"] == f"/attempts/{attempt.pk}/"
    assert (attempt.allowance, attempt.minutes) == ("x1.5", 135)
    assert Preferences.objects.get(user=learner).allowance == "x1.5"


def test_start_takes_what_a_drill_is_made_of(signed_in, learner, exam):
    signed_in.post("/aif-c01/start/", {"mode": "drill", "domains": ["1", "2"], "count": "7", "feedback": "end", "sources": ["new"]})
    attempt = Attempt.objects.get(user=learner)
    assert (attempt.question_count, attempt.feedback) == (7, "end")
    assert attempt.wanted["domains"] == [1, 2]
    assert attempt.wanted["sources"] == ["new"]


def test_start_says_why_there_is_nothing_to_ask(signed_in, learner, exam):
    answer = signed_in.post("/aif-c01/start/", {"mode": "drill", "sources": "missed"})
    assert answer.status_code == 409
    assert "No question fits this choice" in answer.content.decode()
    assert not Attempt.objects.exists()


def test_start_of_a_quiz_that_is_used_up(signed_in, learner, quiz):
    Quiz.objects.filter(pk=quiz.pk).update(attempts_allowed=1)
    assert signed_in.post("/aif-c01/start/", {"quiz": "kinds"}).status_code == 302
    answer = signed_in.post("/aif-c01/start/", {"quiz": "kinds"})
    assert answer.status_code == 409
    assert "All sittings of this quiz have been used" in answer.content.decode()


def test_start_needs_a_post(signed_in, exam):
    assert signed_in.get("/aif-c01/start/").status_code == 405


def test_a_visitor_starts_ten_questions_and_no_more(client, exam):
    assert client.post("/aif-c01/start/", {"mode": "drill", "count": "10"}).status_code == 302
    attempt = Attempt.objects.get()
    assert attempt.user is None
    assert attempt.guest_key == client.session["guest_key"]
    refused = client.post("/aif-c01/start/", {"mode": "simulation"})
    assert refused.status_code == 409
    assert "Sign up" in refused.content.decode()


# ── The player's page ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_players_page_carries_no_question(signed_in, sitting):
    text = signed_in.get(reverse("attempt", args=[sitting.pk])).content.decode()
    assert "Which of these fits" not in text
    assert "Because of" not in text
    assert f'data-api="/api/v1/attempts/{sitting.pk}/"' in text
    words = json.loads(re.search(r'<script id="words" type="application/json">(.*?)</script>', text, re.DOTALL)[1])
    assert words["messages"]["saved"] == "Saved at {time}"


def test_the_players_page_is_kept_by_no_cache(signed_in, sitting):
    assert "no-store" in signed_in.get(reverse("attempt", args=[sitting.pk]))["Cache-Control"]


def test_only_who_has_an_account_may_report_from_the_player(signed_in, sitting, client, exam):
    own = signed_in.get(f"/attempts/{sitting.pk}/").content.decode()
    assert 'name="kind" value="two_right" id="kind-here-two_right" form="report-form"' in own
    client.post(reverse("attempt-start", args=[exam.slug]), {"mode": "drill", "count": 10})
    visitors = client.get(f"/attempts/{Attempt.objects.get(user=None).pk}/").content.decode()
    assert "Report a problem" not in visitors, "nobody could be answered"


@pytest.mark.parametrize("name", ["attempt", "attempt-review", "attempt-result"])
def test_another_persons_sitting_is_not_found(browser_of, sitting, name):
    stranger = browser_of(User.objects.create_user("grace"))
    assert stranger.get(reverse(name, args=[sitting.pk])).status_code == 404
    assert Client().get(reverse(name, args=[sitting.pk])).status_code == 404


def test_a_sitting_that_is_over_shows_its_result_and_an_open_one_the_player(signed_in, sitting, learner):
    result, player = reverse("attempt-result", args=[sitting.pk]), reverse("attempt", args=[sitting.pk])
    assert signed_in.get(result)["Location"] == player
    submit_attempt(attempt_id=sitting.pk, user=learner)
    assert signed_in.get(player)["Location"] == result
    assert signed_in.get(reverse("attempt-review", args=[sitting.pk]))["Location"] == result


def test_the_session_says_whether_it_owns_the_sitting(signed_in, browser_of, sitting):
    url = reverse("attempt-session", args=[sitting.pk])
    assert signed_in.get(url).json()["mine"] is True
    assert signed_in.get(url).json()["csrf"]
    assert browser_of(User.objects.create_user("grace")).get(url).json()["mine"] is False
    assert Client().get(url).json()["mine"] is False


def test_preferences_reach_the_player(signed_in, learner, sitting):
    Preferences.objects.create(user=learner, shortcut_keys="alt", timer_hidden=True, spoken_warnings=False)
    text = signed_in.get(reverse("attempt", args=[sitting.pk])).content.decode()
    assert 'data-keys="alt"' in text
    assert 'data-clock="hidden"' in text
    assert 'data-spoken="no"' in text


# ── Waiting, and other ends ───────────────────────────────────────────────────────────────────────────────────────────


def test_waiting_says_what_was_received_and_works_without_scripts(signed_in, sitting, learner):
    put(sitting, 1, ["c"])
    submit_attempt(attempt_id=sitting.pk, user=learner)
    text = page(signed_in, sitting)
    assert "1 answer received" in text
    assert "Check again" in text
    assert "<meta http-equiv" not in text


def test_a_cancelled_sitting_says_why(signed_in, sitting):
    cancel_attempt(attempt=sitting, reason="The building was evacuated.", actor=None)
    text = page(signed_in, sitting)
    assert "was not scored" in text
    assert "The building was evacuated." in text


def test_a_sitting_that_needs_attention_says_so(signed_in, sitting, learner):
    submit_attempt(attempt_id=sitting.pk, user=learner)
    Attempt.objects.filter(pk=sitting.pk).update(state="needs_attention")
    assert "Your result is delayed" in page(signed_in, sitting)


# ── The result ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def half_right(sitting):
    """One right, one struck and missed, an order with one step astray, a pair swapped, one flagged and slow."""
    return handed_in(
        sitting,
        {
            1: (KEYS["multiple_choice"], {"seconds": 10}),
            2: (["a", "b"], {"seconds": 20, "struck": ("d",)}),
            3: (["a", "c"], {"seconds": 30}),
            4: (WRONG["matching"], {"seconds": 40}),
            5: (["b"], {"seconds": 200, "flagged": True}),
        },
    )


def test_every_option_is_judged_in_words(signed_in, half_right):
    text = page(signed_in, half_right, "all")
    for words in (
        "Right. You chose it.",
        "Wrong option.",
        "Wrong. You chose it.",
        "Right. You struck it out.",
        "Belongs at position 1. You put it at 2.",
        "Belongs at position 2. You put it at 1.",
        "Belongs at position 3. You left it out.",
        "Does not belong here. You left it out.",
        "Wrong. You matched it with:",
        "Right. You matched it.",
        "Matches nothing here.",
    ):
        assert words in text, words
    assert text.count("Because of") == 4 + 5 + 4 + 4 + 4, "each option with its reason"
    assert text.count("The rule.") == 5


def test_the_first_wrong_question_is_open_and_wrong_ones_come_first(signed_in, half_right):
    text = page(signed_in, half_right)
    shown = re.findall(r'<details class="item" id="q(\d)"( open)?', text)
    assert shown == [("2", " open"), ("3", ""), ("4", ""), ("5", "")]


@pytest.mark.parametrize(
    ("show", "positions"),
    [("wrong", "2345"), ("right", "1"), ("flagged", "5"), ("slow", "5"), ("changed", ""), ("all", "12345"), ("nonsense", "2345")],
)
def test_the_filters(signed_in, half_right, show, positions):
    assert "".join(re.findall(r'<details class="item" id="q(\d)"', page(signed_in, half_right, show))) == positions


def test_a_changed_answer_is_found_by_its_filter(signed_in, sitting):
    put(sitting, 1, ["a"])
    again = Save(answer=["c"], base_version=1, save_id=uuid.uuid4())
    save_answer(attempt_id=sitting.pk, user_id=sitting.user_id, guest_key="", position=1, save=again)
    assert re.findall(r'id="q(\d)"', page(signed_in, handed_in(sitting, {}), "changed")) == ["1"]


def test_when_everything_is_right_all_are_shown(signed_in, sitting):
    answers = {position: (KEYS[kind], {}) for position, kind in enumerate(KINDS, start=1)}
    text = page(signed_in, handed_in(sitting, answers))
    assert "Everything right" in text
    assert len(re.findall(r'<details class="item"', text)) == 5
    assert "Review 0 wrong" not in text


@pytest.mark.parametrize(
    ("right", "headline"),
    [(10, "Everything right"), (8, "Mostly right"), (5, "Partly right"), (2, "More wrong than right"), (0, "Nothing right yet")],
)
def test_the_headline_of_a_drill(signed_in, learner, exam, right, headline):
    attempt = answer_many(learner, exam, count=10, right=lambda position: position <= right)
    assert re.search(rf"<h1[^>]*>{headline}</h1>", page(signed_in, attempt))
    assert f'<p class="figure">{right} of 10</p>' in page(signed_in, attempt)


def test_an_exam_shows_its_score_on_the_scale(signed_in, learner, exam):
    attempt = answer_many(learner, exam, mode="practice_exam", count=65, right=lambda position: position <= 40)
    text = page(signed_in, attempt)
    assert f'<p class="figure">{result_of(attempt).scaled}</p>' in text
    assert "Pass mark 700." in text
    assert "40 of 65 correct." in text


@pytest.mark.parametrize(
    ("scaled", "said"),
    [
        (1000, "A clear pass"),
        (750, "A clear pass"),
        (749, "A pass, by a small margin"),
        (700, "A pass, by a small margin"),
        (699, "Just short of a pass"),
        (650, "Just short of a pass"),
        (649, "Not a pass yet"),
        (100, "Not a pass yet"),
    ],
)
def test_the_headline_of_an_exam(half_right, scaled, said):
    result = replace(result_of(half_right), scaled=scaled, passed=scaled >= 700)
    assert headline(result, current_blueprint(half_right.exam)) == said


@pytest.mark.parametrize(
    ("score", "low", "high", "start", "end"), [(722, 665, 780, 600, 900), (100, 150, 300, 100, 800), (1000, 900, 1000, 600, 1000)]
)
def test_the_scale_holds_all_that_is_drawn_on_it(exam, score, low, high, start, end):
    readiness = SimpleNamespace(low=low, high=high)
    scale = scale_of(score, readiness, current_blueprint(exam))
    assert (scale.start, scale.end) == (start, end)
    places = [float(scale.score_x), float(scale.pass_x), float(scale.range_x), float(scale.range_x) + float(scale.range_width)]
    assert all(4 <= place <= 316 for place in places)
    assert scale_of(score, None, current_blueprint(exam)).range_x == ""


def test_domains_show_counts_and_the_change_since_the_exam_before(signed_in, learner, exam):
    answer_many(learner, exam, mode="practice_exam", count=65, right=lambda position: position % 2 == 0)
    attempt = answer_many(learner, exam, mode="practice_exam", count=65, right=lambda _position: True)
    text = page(signed_in, attempt)
    assert "Change since Practice exam 1" in text
    for domain in result_of(attempt).domains:
        assert domain.right == domain.of
        assert f"<b>{domain.of} of {domain.of}</b>" in text
    rows = re.findall(r'<td class="num">([+0-9−-]*)</td></tr>', text)
    assert len(rows) == 5
    assert all(row.startswith("+") for row in rows)


def test_the_share_of_learners_is_shown_from_thirty_answers(signed_in, half_right):
    version = half_right.form[1][0]
    texts = page(signed_in, half_right, "wrong")
    assert "of learners" not in texts
    _statistics(version, answers=29)
    assert "of learners" not in page(signed_in, half_right, "wrong")
    _statistics(version, answers=30)
    text = page(signed_in, half_right, "wrong")
    assert "Wrong. You chose it, as 40% of learners do." in text
    assert "Right. You struck it out. 60% of learners choose it." in text


def _statistics(version_id, *, answers):
    """What the nightly count would have: 40 % chose option a, 60 % option d."""
    chosen = {0: Cell(answers * 2 // 5), 3: Cell(answers * 3 // 5)}
    tally = Tally(everyone=Cell(answers), options=chosen, option_bins={place: [0] * BINS for place in chosen})
    exam = Exam.objects.get()
    QuestionStatistics.objects.update_or_create(pk=version_id, defaults={"exam": exam, "first_answers": answers, "sums": tally.as_json()})


def test_a_result_costs_the_same_statements_for_any_length(signed_in, learner, exam, django_assert_max_num_queries):
    short = answer_many(learner, exam, count=1, right=lambda _position: False)
    long = answer_many(learner, exam, count=60, right=lambda _position: False)
    page(signed_in, short)
    page(signed_in, long)
    with django_assert_max_num_queries(30) as few:
        page(signed_in, short, "all")
    with django_assert_max_num_queries(len(few)) as many:
        page(signed_in, long, "all")
    assert len(many) == len(few)


@pytest.mark.parametrize(("rapid", "told"), [(0, False), (2, False), (3, True)])
def test_a_learner_is_told_of_many_answers_too_fast_to_have_read(signed_in, learner, exam, rapid, told):
    """More than one in ten; the mean time of a question is known from a calibration."""
    versions = Question.objects.filter(exam=exam).values_list("pk", "current_version_id")
    ParameterVersion.objects.create(
        exam=exam,
        created_at=timezone.now(),
        parameters={str(question): [1.0, 0.0, 0.2, 100, version, 80.0] for question, version in versions},
        answers=400,
        persons=40,
        cycles=7,
        converged=True,
        log_likelihood=-100.0,
        seconds=0.1,
    )
    attempt = answer_many(learner, exam, count=20, right=lambda _position: True, seconds=lambda position: 3 if position <= rapid else 30)
    text = page(signed_in, attempt)
    assert ("answers came too fast to have read the questions" in text) is told
    if told:
        assert "3 of 20 answers" in text
        assert "it neither falls nor rises by a guess" in text


def test_a_visitors_result_offers_to_keep_it(client, exam):
    client.post("/aif-c01/start/", {"mode": "drill", "count": "3"})
    attempt = handed_in(Attempt.objects.get(), {})
    text = page(client, attempt)
    assert "Sign up to keep this" in text
    assert "Report a problem" not in text


# ── What follows ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_three_more_like_this_one(signed_in, learner, half_right):
    answer = signed_in.post(reverse("attempt-like", args=[half_right.pk, 2]))
    drill = Attempt.objects.exclude(pk=half_right.pk).get()
    assert answer["Location"] == f"/attempts/{drill.pk}/"
    assert (drill.mode, drill.feedback, drill.question_count) == ("drill", "each", 3)
    assert drill.wanted["tasks"] == ["1.3"]


@pytest.mark.parametrize("position", [0, 6])
def test_no_more_like_a_question_that_is_not_there(signed_in, half_right, position):
    assert signed_in.post(f"/attempts/{half_right.pk}/like/{position}/").status_code == 404


def test_nothing_follows_from_an_open_sitting(signed_in, sitting):
    assert signed_in.post(reverse("attempt-like", args=[sitting.pk, 1])).status_code == 404
    assert signed_in.post(reverse("attempt-report", args=[sitting.pk, 1]), {"kind": "unclear"}).status_code == 404


def test_a_report_reaches_the_queue_with_the_version_that_was_met(signed_in, learner, half_right):
    answer = signed_in.post(reverse("attempt-report", args=[half_right.pk, 2]), {"kind": "wrong_key", "text": "b fits too"}, follow=True)
    report = ProblemReport.objects.get()
    assert (report.version_id, report.reporter, report.attempt) == (half_right.form[1][0], learner, half_right)
    assert (report.kind, report.text, report.state) == ("wrong_key", "b fits too", "open")
    assert "An instructor will read what you wrote on question 2" in answer.content.decode()


def test_an_answered_report_comes_back_to_who_reported(signed_in, learner, half_right):
    signed_in.post(reverse("attempt-report", args=[half_right.pk, 2]), {"kind": "wrong_key", "text": "b fits too"})
    enrol(user=learner, exam=half_right.exam)
    told = "An instructor answered your report on a question."
    assert told not in signed_in.get("/").content.decode(), "not before there is an answer"
    assert "Waits for an instructor" in signed_in.get(reverse("account-reports")).content.decode()
    teacher = User.objects.create_user("teacher")
    answer_report(report=ProblemReport.objects.get(), state="declined", answer="b needs two steps.", actor=teacher)
    assert told in signed_in.get("/").content.decode()
    own = signed_in.get(reverse("account-reports")).content.decode()
    assert "b fits too" in own
    assert "b needs two steps." in own
    assert "#q2" in own
    assert told not in signed_in.get("/").content.decode(), "read is read"
    assert "b needs two steps." in signed_in.get(reverse("attempt-result", args=[half_right.pk]) + "?show=all").content.decode()


def test_reports_of_others_are_not_shown(signed_in, half_right, browser_of):
    signed_in.post(reverse("attempt-report", args=[half_right.pk, 2]), {"kind": "wrong_key", "text": "b fits too"})
    other = browser_of(User.objects.create_user("other")).get(reverse("account-reports")).content.decode()
    assert "You have reported nothing" in other
    assert "b fits too" not in other


@pytest.mark.parametrize("form", [{}, {"kind": "other"}, {"kind": "nonsense"}, {"kind": "unclear", "text": "x" * 2001}])
def test_a_report_that_says_nothing_is_refused_in_words(signed_in, half_right, form):
    answer = signed_in.post(reverse("attempt-report", args=[half_right.pk, 1]), form, follow=True)
    assert not ProblemReport.objects.exists()
    assert 'class="banner bad"' in answer.content.decode()


# ── Installing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_manifest_names_icons_that_exist(client):
    answer = client.get("/manifest.webmanifest")
    body = json.loads(answer.content)
    assert answer["Content-Type"] == "application/manifest+json"
    assert body["start_url"] == body["scope"] == "/"
    from django.contrib.staticfiles import finders

    for icon in body["icons"]:
        assert finders.find(icon["src"].removeprefix("/static/")), icon
    assert {icon["sizes"] for icon in body["icons"]} >= {"192x192", "512x512"}


def test_the_service_worker_comes_from_the_root_with_what_it_keeps(client):
    answer = client.get("/sw.js")
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    start = json.loads(text.split("\n")[0].removeprefix("const START = ").removesuffix(";"))
    assert start["offline"] == "/offline/"
    assert start["version"]
    assert "/api/" in text


def test_the_offline_page_is_the_same_for_everybody(client, signed_in):
    assert client.get("/offline/").content == signed_in.get("/offline/").content
