"""Loading content: all or nothing, idempotent, and history is kept."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from accounts.models import User
from lifecycle.models import Domain, Exam, Lesson, Service, Stage, Term
from quizzes.content import loading_bank
from quizzes.content.loading import ContentRefused
from quizzes.domain.bank import publish_question, text_of
from quizzes.domain.question_text import key_of
from quizzes.models import Attempt, KeyRevision, Misconception, Option, Question, QuestionVersion, Recall

QUESTIONS = "questions/all.yaml"


def question(slug: str) -> Question:
    return Question.objects.get(slug=slug)


def rows() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (Question, QuestionVersion, Option, KeyRevision, Lesson, Term, Service)}


def test_load_writes_everything(load):
    report = load()
    assert rows() == {"Question": 6, "QuestionVersion": 6, "Option": 25, "KeyRevision": 6, "Lesson": 2, "Term": 2, "Service": 2}
    assert report.published == 6
    assert len(report.bank.made) == 6
    assert Question.objects.published().count() == 6
    drift = question("1.1-drift-01")
    assert (drift.task.number, drift.objective.code, drift.lesson.slug, drift.lesson_anchor) == ("1.1", "1.1.1", "two-drifts", "two-kinds")
    assert [stage.slug for stage in drift.stages.all()] == ["monitoring"]
    assert [service.slug for service in drift.services.all()] == ["gauge"]
    lesson = Lesson.objects.get(slug="two-drifts")
    assert [section["anchor"] for section in lesson.sections] == ["two-kinds", "what-to-do"]
    assert [check["options"][0]["correct"] for check in lesson.checks] == [True, False]
    assert lesson.module.number == 1
    assert {loop.target.slug for loop in Stage.objects.get(slug="monitoring").loops_back.all()} == {"training"}
    assert Service.objects.get(slug="gauge").confused_with.get().other.slug == "ledger"
    assert Stage.objects.get(slug="mlops").cross_cutting
    assert list(Domain.objects.order_by("number").values_list("short_title", flat=True)) == ["Learning", ""]


def test_keys_name_what_the_files_mark_as_right(load):
    load()
    keys = {version.question.slug: key_of(text_of(version)) for version in QuestionVersion.objects.all()}
    assert keys["1.1-drift-02"] == ["Compare predictions with what followed", "Retrain on recent labelled examples"]
    assert keys["1.1-stages-01"] == ["Collect examples", "Train the model", "Deploy the model"]
    assert keys["2.1-match-01"] == [["Purchase", "Once"], ["Rent", "Monthly"], ["Repair", "Now and then"]]


def test_option_keys_are_dealt_at_random(load, folder):
    """The letter of the right option must not follow from its place in the file.

    The dice of the product cannot be seeded, so versions are made until each of four letters was the right one: eight or nine on
    average, and more than 100 of them less than once in 10^12 runs.
    """
    load()
    path = folder / QUESTIONS
    rule, letters = "Same inputs, more errors", set()
    for number in range(100):
        version = question("1.1-drift-01").current_version
        assert version.number == number + 1
        letters.add(version.key_revisions.get().answer[0])
        if len(letters) == 4:
            break
        path.write_text(path.read_text().replace(f"rule: {rule}", f"rule: Same inputs, {number}", 1))
        rule = f"Same inputs, {number}"
        load()
    assert letters == set("abcd")


def test_second_load_changes_nothing(load):
    load()
    before, versions = rows(), set(QuestionVersion.objects.values_list("pk", flat=True))
    assert load().unchanged
    again = load(again=True)
    assert not again.unchanged
    assert not (again.bank.made or again.bank.versions or again.bank.keys or again.bank.changed or again.bank.retired)
    assert all(not synced.changed for synced in again.course.values())
    assert rows() == before
    assert set(QuestionVersion.objects.values_list("pk", flat=True)) == versions


def test_second_load_costs_a_few_reads(load, django_assert_num_queries):
    load()
    with django_assert_num_queries(11):  # one look at the digest, one count, and what is listed as edited
        assert load().unchanged


def test_changed_text_makes_a_version_and_keeps_the_old_one(load, edit):
    load()
    old = question("1.1-drift-01").current_version
    edit(QUESTIONS, "What has changed?", "What is different now?")
    report = load()
    assert report.bank.versions == ["1.1-drift-01"]
    new = question("1.1-drift-01").current_version
    assert (new.number, old.number) == (2, 1)
    assert QuestionVersion.objects.get(pk=old.pk).stem.endswith("What has changed?")
    assert new.stem.endswith("What is different now?")
    assert key_of(text_of(new)) == key_of(text_of(old))


def test_changed_metadata_makes_no_version(load, edit):
    load()
    edit(QUESTIONS, "difficulty: easy", "difficulty: hard")
    edit(QUESTIONS, "stages: [monitoring]", "stages: [training]")
    edit(QUESTIONS, "lesson: two-drifts#two-kinds", "lesson: two-drifts#what-to-do")
    edit(QUESTIONS, "misconception: capacity-cures-accuracy", "misconception: every-drift-is-data-drift")
    edit(QUESTIONS, "checked: 2026-11-20", "checked: 2026-11-21")
    report = load()
    assert (report.bank.versions, report.bank.changed) == ([], ["1.1-drift-01"])
    drift = question("1.1-drift-01")
    assert (drift.difficulty, drift.lesson_anchor, drift.stages.get().slug) == ("hard", "what-to-do", "training")
    assert drift.versions.count() == 1
    assert str(drift.current_version.checked) == "2026-11-21"
    assert drift.current_version.options.get(order=0).misconception.slug == "every-drift-is-data-drift"


def test_options_in_another_order_make_no_version(load, folder):
    load()
    path = folder / QUESTIONS
    text = path.read_text()
    first = text[text.index("  - text: The capacity") : text.index("  - text: The distribution")]
    path.write_text(text.replace(first, "", 1).replace("  rule: Same inputs", first + "  rule: Same inputs", 1))
    assert load().bank.versions == []


def swap_key(edit) -> None:
    """In 1.1-drift-02, watching the inputs becomes right instead of comparing predictions; the texts stay."""
    edit(
        QUESTIONS,
        "    correct: true\n    rationale: Outcomes alone",
        "    misconception: tuning-cures-stale-data\n    rationale: Outcomes alone",
    )
    edit(
        QUESTIONS,
        "    misconception: every-drift-is-data-drift\n    rationale: The inputs stay still",
        "    correct: true\n    rationale: The inputs stay still",
    )


def test_changed_key_on_unchanged_text_makes_a_key_revision(load, edit):
    load()
    version = question("1.1-drift-02").current_version
    swap_key(edit)
    report = load()
    assert (report.bank.keys, report.bank.versions) == (["1.1-drift-02"], [])
    assert question("1.1-drift-02").current_version == version
    assert [key.revision for key in version.key_revisions.all()] == [2, 1]
    assert key_of(text_of(version)) == ["Retrain on recent labelled examples", "Watch the inputs more closely"]
    assert Recall.objects.get().key_revision.version == version
    assert load(again=True).bank.keys == []


def test_changed_key_and_explanation_correct_the_old_version_too(load, edit):
    load()
    old = question("1.1-drift-02").current_version
    swap_key(edit)
    edit(QUESTIONS, "rationale: The inputs stay still. Right for data drift.", "rationale: They are the first sign.")
    report = load()
    assert (report.bank.keys, report.bank.versions) == (["1.1-drift-02"], ["1.1-drift-02"])
    new = question("1.1-drift-02").current_version
    assert new != old
    assert key_of(text_of(new)) == key_of(text_of(old)) == ["Retrain on recent labelled examples", "Watch the inputs more closely"]


def test_question_that_left_the_files_is_retired_and_can_come_back(load, folder):
    load()
    path = folder / QUESTIONS
    whole = path.read_text()
    path.write_text(whole[: whole.index("- slug: 2.1-match-01")] + whole[whole.index("- scenario: shop") :])
    assert load().bank.retired == ["2.1-match-01"]
    assert question("2.1-match-01").state == Question.State.RETIRED
    assert load(again=True).bank.retired == []
    path.write_text(whole)
    load()
    back = question("2.1-match-01")
    assert (back.state, back.versions.count()) == (Question.State.PUBLISHED, 1)


def test_questions_made_in_the_admin_are_not_retired(load, edit):
    load()
    made = question("1.1-drift-01")
    made.pk, made.slug, made.content_digest, made.current_version, made.state = None, "own", "", None, Question.State.DRAFT
    made.save()
    edit(QUESTIONS, "What has changed?", "What is different now?")
    assert load().bank.retired == []
    assert question("own").state == Question.State.DRAFT


def test_edit_in_admin_survives_and_is_listed(load, edit):
    load()
    instructor = User.objects.create_user("ines")
    drift = question("1.1-drift-01")
    from dataclasses import replace

    from quizzes.domain.bank import make_version

    make_version(question=drift, text=replace(text_of(drift.current_version), stem="Ours: what has changed?"), actor=instructor)
    publish_question(question=drift, actor=instructor)
    edit(QUESTIONS, "What has changed?", "What is different now?")
    edit(QUESTIONS, "difficulty: easy", "difficulty: hard")
    report = load()
    assert report.edited == ["question 1.1-drift-01"]
    drift = question("1.1-drift-01")
    assert (drift.current_version.stem, drift.difficulty) == ("Ours: what has changed?", "easy")
    assert load().edited == ["question 1.1-drift-01"]


def test_lesson_edited_in_admin_survives_and_is_listed(load, edit):
    from lifecycle.domain.editing import store_lesson

    load()
    lesson = Lesson.objects.get(slug="two-drifts")
    lesson.title = "Our drifts"
    store_lesson(lesson=lesson, actor=User.objects.create_user("ines"))
    edit("lessons/all/two-drifts.md", "title: Two drifts", "title: Three drifts")
    assert load().edited == ["lesson two-drifts"]
    assert Lesson.objects.get(slug="two-drifts").title == "Our drifts"


def test_mistakes_load_nothing(load, edit):
    load()
    before = rows()
    edit(QUESTIONS, "What has changed?", "What is different now?")
    edit("terms/all.yaml", "lesson: counting-costs", "lesson: nowhere")
    with pytest.raises(ContentRefused) as refused:
        load()
    assert [str(mistake) for mistake in refused.value.mistakes] == ["mini/terms/all.yaml:10: lesson: “nowhere” does not exist"]
    assert rows() == before
    assert question("1.1-drift-01").versions.count() == 1


def test_failure_half_way_leaves_nothing(load, monkeypatch):
    def fail(**_options: object) -> None:
        raise IntegrityError("as if the disk were full")

    monkeypatch.setattr(loading_bank, "regroup_twins", fail)
    with pytest.raises(IntegrityError):
        load()
    assert not Exam.objects.exists()
    assert not Misconception.objects.exists()


def test_lesson_that_left_is_unpublished_and_term_is_gone(load, folder, edit):
    load()
    whole = (folder / QUESTIONS).read_text()
    (folder / QUESTIONS).write_text(whole[: whole.index("- slug: 2.1-match-01")])
    (folder / "lessons" / "all" / "counting-costs.md").unlink()
    terms = (folder / "terms" / "all.yaml").read_text()
    (folder / "terms" / "all.yaml").write_text(terms[: terms.index("- slug: running-cost")])
    edit("lessons/all/two-drifts.md", "[costs](lesson:counting-costs#costs)", "costs")
    load()
    assert [lesson.slug for lesson in Lesson.objects.published()] == ["two-drifts"]
    assert [term.slug for term in Term.objects.all()] == ["data-drift"]
    assert Exam.objects.get().search_entries.filter(kind="lesson").count() == 1


def test_new_edition_of_the_blueprint_keeps_the_old_one(load, edit):
    load()
    edit("exam.yaml", "edition: '1.0'", "edition: '1.1'")
    load()
    exam = Exam.objects.get()
    assert [(row.edition, row.current) for row in exam.blueprints.order_by("edition")] == [("1.0", False), ("1.1", True)]
    assert question("1.1-drift-01").task.domain.blueprint.edition == "1.1"
    assert Lesson.objects.get(slug="two-drifts").task.domain.blueprint.edition == "1.1"
    assert question("1.1-drift-01").versions.count() == 1


def test_near_duplicates_share_a_twin_group(load, folder):
    whole = (folder / QUESTIONS).read_text()
    first = whole[: whole.index("- slug: 1.1-drift-02")]
    twin = first.replace("1.1-drift-01", "1.1-drift-03").replace("A forecast grows worse", "A forecast became worse")
    (folder / QUESTIONS).write_text(whole + twin)
    load()
    groups = {row.slug: row.twin_group for row in Question.objects.all()}
    assert groups["1.1-drift-01"] == groups["1.1-drift-03"] == question("1.1-drift-01").pk
    assert {slug for slug, group in groups.items() if group} == {"1.1-drift-01", "1.1-drift-03"}


def test_statements_do_not_grow_with_the_questions(load, folder, django_assert_max_num_queries):
    """A bank of 300 questions must load in as few statements as one of 30, batches aside."""
    whole = (folder / QUESTIONS).read_text()
    first = whole[: whole.index("- slug: 1.1-drift-02")]
    copies = [
        first.replace("1.1-drift-01", f"1.1-copy-{n:03}").replace("A forecast grows worse", f"{'abcdefghij'[n % 10] * 40} {n} forecast")
        for n in range(300)
    ]
    (folder / QUESTIONS).write_text(whole + "".join(copies))
    with django_assert_max_num_queries(160):
        load()
    assert Question.objects.published().count() == 306


def test_command_names_mistakes_and_fails(db, folder, edit, capsys):
    edit(QUESTIONS, "level: apply", "level: guess")
    with pytest.raises(CommandError, match="mini: 1 mistakes; nothing was loaded"):
        call_command("load_content", path=folder.parent)
    assert "mini/questions/all.yaml:9: level: “guess” is none of recall, understand, apply, analyse" in capsys.readouterr().err


def test_command_tells_what_it_did(db, folder, capsys):
    call_command("load_content", path=folder.parent, exam="mini")
    said = capsys.readouterr().out
    assert "6 questions published" in said
    assert "questions: 6 new, 0 with a new version" in said
    call_command("load_content", path=folder.parent, exam="mini")
    assert "files unchanged" in capsys.readouterr().out


def test_command_names_a_missing_folder(db, tmp_path):
    with pytest.raises(CommandError, match="There is no exam in"):
        call_command("load_content", path=tmp_path)
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("load_content", path=tmp_path, exam="nothing")


def test_key_correction_regrades_sittings(load, edit):
    """A sitting that was graded under the old key gets an order to be graded again."""
    from accounts.public import read_db_now

    load()
    drift = question("1.1-drift-02")
    now = read_db_now()
    sitting = Attempt.objects.create(
        user=User.objects.create_user("ada"),
        exam=drift.exam,
        mode=Attempt.Mode.DRILL,
        title="Drill",
        state=Attempt.State.GRADED,
        feedback="end",
        form=[[drift.current_version_id, 1]],
        question_count=1,
        seed=1,
        started_at=now,
        submitted_at=now,
        graded_at=now,
        active_at=now,
    )
    swap_key(edit)
    load()
    assert sitting.jobs.count() == 1
    assert load(again=True).bank.keys == []
