"""What other apps may use of analytics."""

from analytics.domain.results import report_exam_result
from analytics.domain.team_help import Action, HelpRow
from analytics.domain.team_rows import DomainCell, MemberRow, chance_words
from analytics.domain.team_table import team_table
from analytics.domain.teams import Figure, TeamReport, TrendPoint, exam_of_team, member_row, team_report
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
    "Action",
    "DailySnapshot",
    "DomainCell",
    "DomainReadiness",
    "ExamResult",
    "Figure",
    "HelpRow",
    "Mastery",
    "MemberRow",
    "Needed",
    "Outlook",
    "Point",
    "Readiness",
    "StageMastery",
    "Step",
    "TaskReadiness",
    "TeamReport",
    "TrendPoint",
    "chance_words",
    "exam_of_team",
    "exam_outlook",
    "in_twenty",
    "member_row",
    "plan_next",
    "readiness_history",
    "readiness_of",
    "report_exam_result",
    "share_per_option",
    "team_report",
    "team_table",
]
