"""What happens to an attempt when its questions change under it: F13."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import ProtectedError

from accounts.models import AuditEntry
from quizzes.domain.bank import make_version, publish_question, retire_question, revise_key, text_of
from quizzes.domain.recalls import preview_recall
from quizzes.models import Attempt, Grade, KeyRevision, Question, QuestionVersion, Response
from tests.faults import oracle
from tests.faults.learners import Sitting
from tests.faults.matrix import BOTH, fault
from tests.faults.scene import Scene
from tests.servers.people import make_person


@fault("F13", "questions edited, retired and deleted during an attempt, and a key corrected after it", on=BOTH)
def questions_change(scene: Scene) -> None:
    """The attempt shows and is graded by what it began with; a question in use cannot be deleted; a corrected key is previewed, leaves an
    entry in the audit, and gives every attempt that holds it a second grade beside the first."""
    web, _worker, _sweep = scene.everything()
    instructor = make_person("instructor")
    sittings = scene.answered(web.url, people=3 if scene.small else 10, tasks=["1.3"], count=6)
    pages = {sitting.id: _page(sitting) for sitting in sittings}
    pinned = sorted({version for sitting in sittings for version, _scored in Attempt.objects.get(pk=sitting.id).form})
    versions = list(QuestionVersion.objects.filter(pk__in=pinned, kind="multiple_choice").order_by("pk"))
    scene.dice.shuffle(versions)
    for number, version in enumerate(versions[:6]):
        _edit_or_retire(scene, version, retire=number % 3 == 2, actor=instructor)
    for sitting in sittings:
        scene.require(_page(sitting) == pages[sitting.id], "an open attempt shows another text or order than it began with")
        sitting.answer(1)
    scene.submit_all(sittings)
    scene.graded(sittings, within=30)
    for sitting in sittings:
        grade = Grade.objects.get(attempt=sitting.id)
        scene.require(set(grade.keys) == {1}, "a grade used a key that was not in force for its version")
    _correct_a_key(scene, sittings, versions[0], instructor)


def _page(sitting: Sitting) -> object:
    body = sitting.learner.call("GET", f"/api/v1/attempts/{sitting.id}/").body
    return body["questions"]


def _edit_or_retire(scene: Scene, version: QuestionVersion, *, retire: bool, actor: object) -> None:
    question = version.question
    if retire:
        retire_question(question=question, actor=actor)  # type: ignore[arg-type]
    else:
        text = text_of(version)
        right = next(place for place, option in enumerate(text.options) if option.correct)
        turned = [replace(option, correct=place == (right + 1) % len(text.options)) for place, option in enumerate(text.options)]
        new = replace(text, stem=f"{text.stem} (as changed)", options=tuple(reversed(turned)))
        make_version(question=question, text=new, actor=actor)  # type: ignore[arg-type]
        publish_question(question=question, actor=actor)  # type: ignore[arg-type]
    try:
        Question.objects.get(pk=question.pk).delete()
    except ProtectedError:
        return
    scene.require(False, "a question that an attempt holds could be deleted")


def _correct_a_key(scene: Scene, sittings: list[Sitting], version: QuestionVersion, actor: object) -> None:
    holding = [s for s in sittings if version.pk in [pk for pk, _scored in Attempt.objects.get(pk=s.id).form]]
    before = {grade.attempt_id: (grade.credits, grade.score) for grade in Grade.objects.all()}
    wrong = next(option.key for option in version.options.all() if [option.key] != KeyRevision.objects.get(version=version).answer)
    preview = preview_recall(version=version, answer=[wrong], voided=False)
    scene.require(preview.affected == len(holding), f"the preview names {preview.affected} attempts, {len(holding)} hold the question")
    scene.require(Grade.objects.count() == len(before), "a preview wrote grades")
    revise_key(version=version, answer=[wrong], reason="The source was read again.", actor=actor)  # type: ignore[arg-type]
    scene.regraded = True
    ids = [sitting.id for sitting in holding]
    scene.wait(lambda: Grade.objects.filter(revision=2, attempt__in=ids).count() == len(ids), "second grades")
    scene.require(Grade.objects.filter(revision=2).count() == len(ids), "an attempt without the question got a second grade")
    changed = 0
    for grade in Grade.objects.select_related("attempt"):
        if grade.revision == 1:
            scene.require(before[grade.attempt_id] == (grade.credits, grade.score), "the first grade was changed")
            continue
        position = [pk for pk, _scored in grade.attempt.form].index(version.pk)
        given = Response.objects.get(attempt=grade.attempt_id, position=position + 1).answer
        scene.require(grade.credits[position] == oracle.mark("multiple_choice", [wrong], given, partial=False), "a second grade is wrong")
        changed += grade.credits[position] != before[grade.attempt_id][0][position]
    scene.require(changed == preview.changing, f"the preview said that {preview.changing} change, and {changed} did")
    audited = AuditEntry.objects.filter(action="recall_version", subject_id=str(version.pk)).count()
    scene.require(audited == 1, f"{audited} entries in the audit for one corrected key")
