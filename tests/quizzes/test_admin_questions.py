"""Questions in the admin: drafts, refusals at their fields, versions, preview, checklist."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.domain.roles import make_instructor
from accounts.models import AuditEntry, User
from lifecycle.models import Lesson, Objective, Task
from quizzes import catalogue
from quizzes.admin.checklist import checklist, reading_grade
from quizzes.domain.bank import text_of, working_version
from quizzes.domain.question_text import OptionText, QuestionText
from quizzes.models import Misconception, Option, Question, QuestionVersion, Scenario
from tests import bank


@pytest.fixture
def exam(db):
    catalogue.forget()
    made = bank.make_exam()
    Lesson.objects.update(sections=[{"anchor": "why", "title": "Why"}])
    return made


@pytest.fixture
def instructor(db):
    user = User.objects.create_user("ina", password="correct horse battery")
    make_instructor(user=user)
    return user


@pytest.fixture
def client(instructor):
    made = Client()
    made.force_login(instructor)
    return made


OPTIONS = [
    {"text": "Amazon Textract", "rationale": "It reads text out of scans.", "correct": "on"},
    {"text": "Amazon Polly", "rationale": "It speaks text."},
    {"text": "Amazon Lex", "rationale": "It holds conversations."},
    {"text": "Amazon Kendra", "rationale": "It searches documents."},
]


def typed(exam, options=OPTIONS, **fields):
    """What a browser sends from the form."""
    task = Task.objects.get(number="1.3", domain__blueprint__exam=exam)
    data = {
        "exam": exam.pk,
        "slug": "",
        "kind": "multiple_choice",
        "choose": "1",
        "task": task.pk,
        "objective": Objective.objects.get(task=task).pk,
        "lesson": Lesson.objects.get(task=task).pk,
        "lesson_anchor": "why",
        "scenario": "",
        "stem": "A clerk scans forms. Which service reads the text in them?",
        "rule": "Textract reads what is printed.",
        "source_title": "What is Amazon Textract?",
        "source_url": "https://example.org/textract",
        "checked": "2026-11-20",
        "level": "apply",
        "difficulty": "easy",
        **fields,
    }
    data |= {"options-TOTAL_FORMS": len(options) + 1, "options-INITIAL_FORMS": 0, "options-MIN_NUM_FORMS": 0, "options-MAX_NUM_FORMS": 7}
    blank = {"text": "", "rationale": "", "prompt": "", "position": "", "misconception": ""}
    for number, option in enumerate([*options, {}]):
        data |= {f"options-{number}-{name}": value for name, value in {**blank, **option}.items()}
    return {name: value for name, value in data.items() if value is not None}


def add(client, data, button="_save"):
    return client.post(reverse("admin:quizzes_question_add"), {**data, button: "1"})


def change(client, question, data, button="_save"):
    for name in ("exam", "slug") + (("kind",) if question.current_version_id else ()):
        data.pop(name, None)
    return client.post(reverse("admin:quizzes_question_change", args=[question.pk]), {**data, button: "1"})


def errors(answer):
    """What was refused: field -> messages; options by number from 1."""
    assert answer.status_code == 200, "it was taken"
    form = answer.context["adminform"].form
    (options,) = [inline.formset for inline in answer.context["inline_admin_formsets"]]
    found = {name: list(messages) for name, messages in form.errors.items()}
    for number, each in enumerate(options.forms, 1):
        found |= {f"options.{number}.{name}": list(messages) for name, messages in each.errors.items()}
    if options.non_form_errors():
        found["options"] = list(options.non_form_errors())
    return found


# Drafts


def test_save_makes_a_draft_that_nobody_is_asked(client, exam, instructor):
    answer = add(client, typed(exam))
    question = Question.objects.get()
    assert answer.status_code == 302
    assert answer.url == reverse("admin:quizzes_question_change", args=[question.pk])
    assert (question.state, question.current_version) == ("draft", None)
    assert question.slug == "1.3-a-clerk-scans-forms-which-service-reads-the-text-in-them"
    assert question.edited_at is not None
    version = working_version(question)
    assert version.created_by == instructor
    text = text_of(version)
    assert (text.options[0].text, text.options[0].correct) == ("Amazon Textract", True)
    assert sum(option.correct for option in text.options) == 1
    assert Question.objects.published().count() == 0


def test_save_takes_an_unfinished_draft(client, exam):
    unfinished = [{"text": "Amazon Textract", "correct": "on"}, {"text": "Amazon Polly"}]
    assert add(client, typed(exam, unfinished, rule="", source_title="", source_url="")).status_code == 302
    assert len(text_of(working_version(Question.objects.get())).options) == 2


def test_save_again_replaces_the_draft_and_loses_nothing(client, exam):
    add(client, typed(exam))
    question = Question.objects.get()
    assert change(client, question, typed(exam, stem="Another stem that asks something?")).status_code == 302
    assert change(client, question, typed(exam, stem="Another stem that asks something?")).status_code == 302
    assert [version.number for version in question.versions.all()] == [1]
    assert working_version(question).stem == "Another stem that asks something?"
    assert Option.objects.count() == 4


def test_form_shows_what_is_stored(client, exam):
    slug = Misconception.objects.create(slug="speech-is-text", belief="b", truth="t")
    options = [OPTIONS[0], {**OPTIONS[1], "misconception": slug.pk}, *OPTIONS[2:]]
    add(client, typed(exam, options))
    page = client.get(reverse("admin:quizzes_question_change", args=[Question.objects.get().pk]))
    (formset,) = [inline.formset for inline in page.context["inline_admin_formsets"]]
    assert [form.initial["text"] for form in formset.forms if form.initial] == [option["text"] for option in OPTIONS]
    assert [form.initial["correct"] for form in formset.forms if form.initial] == [True, False, False, False]
    assert formset.forms[1].initial["misconception"] == slug.pk
    assert page.context["adminform"].form.initial["stem"].startswith("A clerk scans forms.")
    assert b"Every option is explained" in page.content


@pytest.mark.parametrize(
    ("kind", "options", "choose", "key"),
    [
        (
            "multiple_response",
            [{**OPTIONS[0]}, {**OPTIONS[1], "correct": "on"}, *OPTIONS[2:], {"text": "Amazon Q", "rationale": "It helps."}],
            "2",
            2,
        ),
        (
            "ordering",
            [
                {"text": "Collect", "rationale": "First.", "position": "1"},
                {"text": "Train", "rationale": "Then train.", "position": "3"},
                {"text": "Prepare", "rationale": "Second.", "position": "2"},
                {"text": "Invoice", "rationale": "It is no step."},
            ],
            "1",
            3,
        ),
        (
            "matching",
            [
                {"text": "Polly", "rationale": "It speaks.", "prompt": "Read aloud"},
                {"text": "Lex", "rationale": "It talks.", "prompt": "Hold a conversation"},
                {"text": "Textract", "rationale": "It reads.", "prompt": "Read a scan"},
                {"text": "Kendra", "rationale": "It searches."},
            ],
            "1",
            3,
        ),
    ],
)
def test_every_kind_is_authored_and_published(client, exam, kind, options, choose, key):
    assert add(client, typed(exam, options, kind=kind, choose=choose), "_publish").status_code == 302
    question = Question.objects.get()
    assert (question.state, question.kind) == ("published", kind)
    revision = question.current_version.key_revisions.get()
    assert len(revision.answer) == key
    if kind == "ordering":
        texts = {option.key: option.text for option in question.current_version.options.all()}
        assert [texts[each] for each in revision.answer] == ["Collect", "Prepare", "Train"]


# Refusals, each at its field


REFUSED = [
    ("options.2.rationale", {}, [OPTIONS[0], {**OPTIONS[1], "rationale": " "}, *OPTIONS[2:]]),
    ("options", {}, [{**option, "correct": ""} for option in OPTIONS]),
    ("options", {}, [OPTIONS[0], {**OPTIONS[1], "correct": "on"}, *OPTIONS[2:]]),
    ("options.3.text", {}, [*OPTIONS[:2], {**OPTIONS[1], "rationale": "Other words."}, OPTIONS[3]]),
    ("options", {}, OPTIONS[:3]),
    ("options.1.prompt", {}, [{**OPTIONS[0], "prompt": "Stray"}, *OPTIONS[1:]]),
    ("rule", {"rule": ""}, OPTIONS),
    ("source_title", {"source_title": ""}, OPTIONS),
    ("source_url", {"source_url": ""}, OPTIONS),
    ("scenario", {"kind": "case_study"}, OPTIONS),
    ("choose", {"kind": "multiple_response", "choose": "1"}, [*OPTIONS, {"text": "Amazon Q", "rationale": "It helps."}]),
]


@pytest.mark.parametrize(("field", "fields", "options"), REFUSED)
def test_publish_is_refused_at_the_field_and_stores_nothing(client, exam, field, fields, options):
    answer = add(client, typed(exam, options, **fields), "_publish")
    assert field in errors(answer), errors(answer)
    assert (
        Question.objects.count() == QuestionVersion.objects.count() == AuditEntry.objects.filter(action__startswith="question").count() == 0
    )
    page = answer.content.decode()
    assert "A clerk scans forms" in page
    assert "errornote" in page


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("task", {"task": ""}),
        ("lesson", {"lesson": ""}),
        ("lesson_anchor", {"lesson_anchor": "nowhere"}),
        ("checked", {"checked": ""}),
        ("stem", {"stem": ""}),
        ("difficulty", {"difficulty": ""}),
    ],
)
def test_even_a_draft_needs_its_place(client, exam, field, fields):
    answer = add(client, typed(exam, **fields))
    assert list(errors(answer)) == [field]
    assert Question.objects.count() == 0


def test_unknown_section_names_those_there_are(client, exam):
    assert "It has: why." in errors(add(client, typed(exam, lesson_anchor="nowhere")))["lesson_anchor"][0]


def test_duplicate_options_are_refused_in_a_draft_too(client, exam):
    answer = add(client, typed(exam, [OPTIONS[0], {**OPTIONS[0], "correct": "", "rationale": "Other."}, *OPTIONS[2:]]))
    assert "options.2.text" in errors(answer)


def test_case_study_with_one_question_is_refused_at_the_scenario(client, exam):
    scenario = Scenario.objects.create(exam=exam, slug="s", title="A bank", text="What happened.")
    answer = add(client, typed(exam, kind="case_study", scenario=scenario.pk), "_publish")
    assert "two to four" in errors(answer)["scenario"][0]
    assert add(client, typed(exam, kind="case_study", scenario=scenario.pk, stem="The first of the two questions?")).status_code == 302
    second = add(client, typed(exam, kind="case_study", scenario=scenario.pk), "_publish")
    assert second.status_code == 302
    assert (
        change(
            client,
            Question.objects.get(state="draft"),
            typed(exam, kind="case_study", scenario=scenario.pk, stem="The first of the two questions?"),
            "_publish",
        ).status_code
        == 302
    )
    assert Question.objects.published().count() == 2


def test_scenario_of_another_kind_is_refused(client, exam):
    scenario = Scenario.objects.create(exam=exam, slug="s", title="A bank", text="What happened.")
    assert "scenario" in errors(add(client, typed(exam, scenario=scenario.pk)))


def test_unpublished_lesson_is_refused_at_the_lesson(client, exam):
    Lesson.objects.update(published=False)
    assert "lesson" in errors(add(client, typed(exam), "_publish"))


def test_parts_of_another_exam_are_refused(client, exam):
    other = bank.make_exam("other")
    lesson = Lesson.objects.filter(exam=other).first()
    assert "lesson" in errors(add(client, typed(exam, lesson=lesson.pk, lesson_anchor="")))


def test_refused_form_keeps_every_option(client, exam):
    answer = add(client, typed(exam, [{**option, "correct": ""} for option in OPTIONS]), "_publish")
    page = answer.content.decode()
    for option in OPTIONS:
        assert option["text"] in page
        assert option["rationale"] in page


# Published questions


@pytest.fixture
def published(client, exam):
    add(client, typed(exam), "_publish")
    return Question.objects.get()


def test_publish_makes_the_version_current(published, instructor):
    assert (published.state, published.current_version.number) == ("published", 1)
    assert AuditEntry.objects.filter(action="question.publish", actor=instructor).count() == 1


def test_edit_of_a_published_question_is_the_draft_of_the_next_version(client, published, exam):
    stem = published.current_version.stem
    answer = change(client, published, typed(exam, stem="A clearer question, is it not?"))
    assert answer.status_code == 302
    published.refresh_from_db()
    assert (published.state, published.current_version.number) == ("published", 1)
    assert published.current_version.stem == stem
    assert working_version(published).number == 2
    page = client.get(answer.url)
    assert b"Version 2 is a draft; learners are still asked version 1." in page.content
    change(client, published, typed(exam, stem="A clearer question, is it not?"), "_publish")
    published.refresh_from_db()
    assert published.current_version.number == 2
    assert QuestionVersion.objects.get(number=1).stem == stem


def opened_in(page):
    """The mark of what the author saw, as the form sends it back."""
    return re.search(r'name="_opened" value="([^"]*)"', page.content.decode())[1]


def test_second_of_two_authors_is_told_and_decides(client, published, exam):
    place = reverse("admin:quizzes_question_change", args=[published.pk])
    grace = User.objects.create_user("grace", display_name="Grace")
    make_instructor(user=grace)
    other = Client()
    other.force_login(grace)
    mine, theirs = opened_in(client.get(place)), opened_in(other.get(place))
    assert change(other, published, typed(exam, rule="As Grace has it.", _opened=theirs)).status_code == 302
    refused = change(client, published, typed(exam, rule="As Ina has it.", _opened=mine))
    assert errors(refused) == {
        "__all__": ["Grace stored this question after you opened it. Save again to put your text in the place of theirs."]
    }
    assert text_of(working_version(published)).rule == "As Grace has it."
    assert change(client, published, typed(exam, rule="As Ina has it.", _opened=opened_in(refused))).status_code == 302
    assert text_of(working_version(published)).rule == "As Ina has it."


def test_form_sent_twice_is_no_conflict(client, published, exam):
    mark = opened_in(client.get(reverse("admin:quizzes_question_change", args=[published.pk])))
    for _press in range(2):
        assert change(client, published, typed(exam, rule="Another rule.", _opened=mark)).status_code == 302


def test_edit_without_a_change_makes_no_version(client, published, exam):
    Question.objects.update(edited_at=None)
    change(client, published, typed(exam, difficulty="hard"))
    published.refresh_from_db()
    assert published.difficulty == "hard"
    assert published.edited_at is not None  # no load of content files may take it back
    assert published.versions.count() == 1


def test_kind_of_a_published_question_stays(client, published, exam):
    change(client, published, typed(exam) | {"kind": "ordering"})
    data = typed(exam)
    del data["exam"], data["slug"]
    client.post(reverse("admin:quizzes_question_change", args=[published.pk]), {**data, "kind": "ordering", "_save": "1"})
    published.refresh_from_db()
    assert published.kind == "multiple_choice"


def test_refused_publish_of_an_edit_leaves_what_is_asked(client, published, exam):
    answer = change(client, published, typed(exam, [{**option, "correct": ""} for option in OPTIONS]), "_publish")
    assert "options" in errors(answer)
    assert published.versions.count() == 1


def test_review_is_for_complete_drafts(client, exam):
    assert "rule" in errors(add(client, typed(exam, rule=""), "_review"))
    assert add(client, typed(exam), "_review").status_code == 302
    assert Question.objects.get().state == "review"


def test_actions_of_the_list_call_the_domain(client, exam):
    add(client, typed(exam))
    question = Question.objects.get()
    address = reverse("admin:quizzes_question_changelist")

    def act(action):
        page = client.post(address, {"action": action, "_selected_action": [question.pk]}, follow=True)
        question.refresh_from_db()
        return [str(message) for message in page.context["messages"]]

    client.get(address)  # shows what saving said
    assert act("review") == ["1 sent to review."]
    assert question.state == "review"
    act("back")
    assert question.state == "draft"
    assert act("publish") == ["1 published."]
    assert question.state == "published"
    assert act("retire") == ["1 retired."]
    assert question.state == "retired"
    (refused,) = act("review")
    assert "Only a draft is sent to review." in refused


def test_nothing_is_deleted(client, published):
    assert client.get(reverse("admin:quizzes_question_delete", args=[published.pk])).status_code == 403
    client.post(
        reverse("admin:quizzes_question_changelist"), {"action": "delete_selected", "_selected_action": [published.pk], "post": "yes"}
    )
    assert Question.objects.count() == 1


def test_loading_leaves_what_was_edited(client, published):
    assert published.edited_at is not None
    assert published.content_digest == ""


# Preview


def preview(client, data, question=None):
    data = dict(data)
    address = reverse("admin:quizzes_question_preview_of", args=[question.pk]) if question else reverse("admin:quizzes_question_preview")
    return client.post(address, data)


def payload(page):
    return json.loads(re.search(rb'<script id="payload" type="application/json">(.*?)</script>', page.content)[1])


def test_preview_shows_the_question_and_stores_nothing(client, exam):
    answer = preview(client, typed(exam))
    assert answer.status_code == 302
    page = client.get(answer.url)
    (question,) = payload(page)["questions"]
    assert question["stem"] == "A clerk scans forms. Which service reads the text in them?"
    assert {option["text"] for option in question["options"]} == {option["text"] for option in OPTIONS}
    assert b"reads text out of scans" not in page.content
    assert Question.objects.count() == QuestionVersion.objects.count() == 0


def test_preview_has_the_shape_of_the_api(client, exam):
    from quizzes.api.serializers import FeedbackBody

    page = client.get(preview(client, typed(exam)).url)
    (question,) = payload(page)["questions"]
    made = bank.make_question(exam)
    real = catalogue.version_texts([made.current_version_id])[made.current_version_id].ask(1, 1)
    assert set(question) == set(real)
    feedback = client.post(f"{page.request['PATH_INFO']}check/", {"answer": ["b"]}, content_type="application/json").json()
    assert set(feedback) == set(FeedbackBody().fields)


def test_preview_explains_the_answer_given_or_the_right_one(client, exam):
    address = preview(client, typed(exam)).url
    wrong = client.post(f"{address}check/", {"answer": ["b"]}, content_type="application/json").json()
    assert wrong["right"] is False
    assert {option["text"]: option["chosen"] for option in wrong["options"]}["Amazon Polly"] is True
    right = client.post(f"{address}check/", {"answer": None}, content_type="application/json").json()
    assert right["right"] is True
    assert {option["rationale"] for option in right["options"]} == {option["rationale"] for option in OPTIONS}
    assert right["source"] == {"title": "What is Amazon Textract?", "url": "https://example.org/textract", "checked": "2026-11-20"}
    assert right["lesson"]["url"].endswith("/lessons/lesson-1-3/#why")


@pytest.mark.parametrize("answer", [["z"], {"p1": "a"}, "a", ["a", "b"]])
def test_preview_of_a_misshapen_answer_is_400(client, exam, answer):
    address = preview(client, typed(exam)).url
    assert client.post(f"{address}check/", {"answer": answer}, content_type="application/json").status_code == 400


def test_preview_of_an_unfinished_question_goes_as_far_as_it_goes(client, exam):
    address = preview(client, typed(exam, [{"text": "Only one"}], stem="Half a", lesson="", lesson_anchor="", checked="", rule="")).url
    assert client.get(address).status_code == 200
    told = client.post(f"{address}check/", {"answer": ["a"]}, content_type="application/json").json()
    assert told["right"] is False
    assert b"Nothing is marked as right yet." in client.get(address).content


def test_preview_of_a_stored_question_shows_what_is_typed(client, published, exam):
    page = client.get(preview(client, typed(exam, stem="Typed but not stored?"), published).url)
    assert payload(page)["questions"][0]["stem"] == "Typed but not stored?"
    assert published.versions.count() == 1


def test_preview_is_its_authors_alone(client, exam):
    address = preview(client, typed(exam)).url
    other = User.objects.create_user("other")
    make_instructor(user=other)
    stranger = Client()
    stranger.force_login(other)
    assert stranger.get(address).status_code == 410
    learner = Client()
    learner.force_login(User.objects.create_user("learner"))
    assert learner.get(address).status_code == 403
    assert Client().get(address).status_code == 403
    assert client.get(address.replace("questions/", "questions/x")).status_code == 410


def test_preview_lives_for_an_hour(client, exam, monkeypatch):
    import time

    address = preview(client, typed(exam)).url
    later = time.time() + timedelta(minutes=61).total_seconds()
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert client.get(address).status_code == 410


def test_preview_escapes_what_was_typed(client, exam):
    page = client.get(preview(client, typed(exam, stem="</script><script>alert(1)</script>?")).url)
    assert b"<script>alert(1)" not in page.content


# Checklist


def test_checklist_of_what_is_typed(client, exam):
    address = reverse("admin:quizzes_question_checklist")
    page = client.post(address, typed(exam)).content.decode()
    assert page.count('class="done"') == page.count("<li")
    worse = [
        {**OPTIONS[0], "text": "All of the above, and much more than any of the others would ever say about it", "rationale": ""},
        *OPTIONS[1:],
    ]
    page = client.post(address, typed(exam, worse, stem="Which two services read text?")).content.decode()
    assert page.count('class="needed"') == 1
    assert page.count('class="advice"') == 3
    assert "asks for 2, 1 are right" in page
    assert Question.objects.count() == 0


def test_checklist_is_advice_about_a_text():
    text = QuestionText(
        kind="multiple_choice",
        stem="Which service would not suit?",
        options=tuple(OptionText(f"Option {n}", f"Because of reason {n}.", correct=n == 1) for n in range(1, 5)),
        rule="A rule.",
        source_title="A page",
        source_url="https://example.org",
        checked=date(2026, 11, 20),
    )
    assert [item.label for item in checklist(text) if not item.done] == ["A “not” in the question stands in bold"]


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ("The cat sat on the mat. The dog ran to the big red barn.", -2, 2),
        (
            "Organisations operationalising heterogeneous architectures necessitate comprehensive observability in several places.",
            20,
            60,
        ),
    ],
)
def test_reading_grade_follows_words_and_syllables(words, low, high):
    assert low <= reading_grade(words) <= high
    assert reading_grade("Too short.") is None
