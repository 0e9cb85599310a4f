"""What analytics keeps about people. Sums over learners are nobody's, and stay when an account goes."""

from accounts.public import Fate, Personal, register

register(
    Personal("analytics.Mastery", "user", Fate.ERASED, "mastery", ("exam__slug", "answers", "first_answers", "updated_at")),
    Personal("analytics.AttemptEvidence", "user", Fate.ERASED, "predictions", (
        "attempt", "mode", "submitted_at", "answers_before", "score", "expected_score", "expected_variance",
    )),
    Personal("analytics.DailySnapshot", "user", Fate.ERASED, "readiness", (
        "exam__slug", "day", "estimate", "low", "high", "chance", "verdict", "answers", "first_answers", "domains",
    )),
    Personal("analytics.ExamResult", "user", Fate.ERASED, "exam_results", (
        "exam__slug", "taken_on", "passed", "scaled", "reported_at", "stated_on", "stated_chance",
    )),
    Personal("analytics.QuestionFlag", "owner", Fate.UNNAMED),
)  # fmt: skip
