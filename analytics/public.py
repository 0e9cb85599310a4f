"""What other apps may use of analytics."""

from analytics.accuracy_reads import Honesty, Judged, honesty_of
from analytics.demo.keys import open_accounts as demonstration_accounts
from analytics.domain.judging import close_flag, own_flag
from analytics.domain.results import ResultRefused, report_exam_result
from analytics.domain.team_help import Action, HelpRow
from analytics.domain.team_rows import DomainCell, MemberRow, chance_words
from analytics.domain.team_table import team_table
from analytics.domain.teams import Figure, TeamReport, TrendPoint, exam_of_team, member_row, team_report
from analytics.flag_words import Words, describe
from analytics.instrument import NoBlueprint
from analytics.items import FILTERS, Item, ItemList, item_detail, item_list, open_flags
from analytics.models import DailySnapshot, ExamResult, Mastery, QuestionFlag
from analytics.planner import Outlook, Step, exam_outlook, plan_next
from analytics.queries import (
    LEVELS,
    DomainReadiness,
    Needed,
    Point,
    RapidAnswers,
    Readiness,
    StageMastery,
    TaskReadiness,
    in_twenty,
    rapid_answers,
    readiness_history,
    readiness_of,
    share_per_option,
)

__all__ = [
    "FILTERS",
    "LEVELS",
    "Action",
    "DailySnapshot",
    "DomainCell",
    "DomainReadiness",
    "ExamResult",
    "Figure",
    "HelpRow",
    "Honesty",
    "Item",
    "ItemList",
    "Judged",
    "Mastery",
    "MemberRow",
    "Needed",
    "NoBlueprint",
    "Outlook",
    "Point",
    "QuestionFlag",
    "RapidAnswers",
    "Readiness",
    "ResultRefused",
    "StageMastery",
    "Step",
    "TaskReadiness",
    "TeamReport",
    "TrendPoint",
    "Words",
    "chance_words",
    "close_flag",
    "demonstration_accounts",
    "describe",
    "exam_of_team",
    "exam_outlook",
    "honesty_of",
    "in_twenty",
    "item_detail",
    "item_list",
    "member_row",
    "open_flags",
    "own_flag",
    "plan_next",
    "rapid_answers",
    "readiness_history",
    "readiness_of",
    "report_exam_result",
    "share_per_option",
    "team_report",
    "team_table",
]
