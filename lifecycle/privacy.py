"""What lifecycle keeps about people."""

from accounts.public import Fate, Personal, register

register(
    Personal("lifecycle.Enrolment", "user", Fate.ERASED, "enrolments", (
        "exam__slug", "exam_date", "minutes_a_day", "exam_date_skipped", "last_lesson__slug", "created_at",
    )),
    Personal("lifecycle.LessonProgress", "user", Fate.ERASED, "lessons", (
        "lesson__exam__slug", "lesson__slug", "state", "section", "checks", "begun_at", "seen_at", "done_at",
    )),
    Personal("lifecycle.TermSuggestion", "suggested_by", Fate.UNNAMED, "suggested_terms", (
        "exam__slug", "kind", "name", "note", "state", "answer", "created_at", "answered_at",
    )),
    Personal("lifecycle.TermSuggestion", "answered_by", Fate.UNNAMED),
)  # fmt: skip
