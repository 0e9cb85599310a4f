"""What other apps may use of analytics."""

from analytics.models import DailySnapshot, ExamResult, Mastery
from analytics.planner import Outlook, Step, exam_outlook, plan_next
from analytics.queries import (
    LEVELS,
    DomainReadiness,
    Needed,
    Point,
    Readiness,
    StageMastery,
    TaskReadiness,
    in_twenty,
    readiness_history,
    readiness_of,
    share_per_option,
)

__all__ = [
    "LEVELS",
    "DailySnapshot",
    "DomainReadiness",
    "ExamResult",
    "Mastery",
    "Needed",
    "Outlook",
    "Point",
    "Readiness",
    "StageMastery",
    "Step",
    "TaskReadiness",
    "exam_outlook",
    "in_twenty",
    "plan_next",
    "readiness_history",
    "readiness_of",
    "share_per_option",
]
