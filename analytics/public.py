"""What other apps may use of analytics."""

from analytics.models import DailySnapshot, ExamResult, Mastery
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
    "Point",
    "Readiness",
    "StageMastery",
    "TaskReadiness",
    "in_twenty",
    "readiness_history",
    "readiness_of",
    "share_per_option",
]
