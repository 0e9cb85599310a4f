"""The player's words: every message of its scripts in the page's language, with the plural forms as gettext decides them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pages.words import date_patterns
from quizzes.public import WHOLE_EXAMS

COUNTED_UP_TO = 200


def player_words(mode: str) -> dict[str, Any]:
    """What the scripts' Catalogue reads: `messages` by key (a text, or a list of plural forms), `plural`, the form for each count,
    and `dates`, the long date of each month.

    Names in braces are filled in by the scripts.
    """
    counted = _counted()
    numbers = range(COUNTED_UP_TO)
    forms = {n: tuple(form(n) for form in counted.values()) for n in numbers}
    distinct = list(dict.fromkeys(forms.values()))
    by_key = {key: [form[place] for form in distinct] for place, key in enumerate(counted)}
    return {"messages": _plain() | _of_mode(mode) | by_key, "plural": [distinct.index(forms[n]) for n in numbers], "dates": date_patterns()}


def _plain() -> dict[str, str]:
    return _saving() | _asking() | _moving() | _explaining() | _ending()


def _braced(message: str) -> str:
    """A message of a page with the braces of the scripts, so that both say the same: %(share)d%% becomes {share}%."""
    return re.sub(r"%\((\w+)\)[ds]", r"{\1}", message).replace("%%", "%")


def _saving() -> dict[str, str]:
    return {
        "saving": _("Saving…"),
        "saving_short": _("Saving…"),
        "saved": _("Saved at {time}"),
        "saved_short": _("Saved"),
        "offline_short": _("Offline"),
        "waiting_short": _("Not saved"),
        "waiting_action": _("Try now"),
        "signed_out": _("Signed out. Answers are kept."),
        "signed_out_short": _("Signed out"),
        "signed_out_action": _("Sign in"),
        "other_tab": _("Open in another tab"),
        "other_tab_short": _("Other tab"),
        "other_tab_action": _("Use this one"),
        "storage_blocked": _("This browser cannot keep answers offline"),
        "refused": _("The answer to question {n} was not taken. Download your answers to keep a copy."),
        "conflict": _("This question was answered on another device in the meantime. That answer is shown."),
        "use_mine": _("Use my answer from here"),
        "needs_connection": _("This needs a connection. Your answers are kept on this device."),
        "sign_in_failed": _("That did not work. Try again."),
        "sign_in_offline": _("There is no connection. Your answers are kept on this device."),
        "sign_in_more": _("One more step is needed. Take it by “Other ways to sign in”, then come back: this page notices."),
        "passkey_failed": _("No passkey of your account was used. Try again, or sign in with your password."),
        "sign_in_other": _("You are signed in as somebody else. These answers belong to another account."),
    }


def _asking() -> dict[str, str]:
    return {
        "question": _("Question {n}"),
        "question_of": _("Question {n} of {total}"),
        "flag": _("Flag for review"),
        "flagged": _("Flagged"),
        "flagged_low": _("flagged"),
        "select_1": _("Select one"),
        "select_2": _("Select two"),
        "select_3": _("Select three"),
        "select_4": _("Select four"),
        "select_5": _("Select five"),
        "select_6": _("Select six"),
        "select_7": _("Select seven"),
        "select_8": _("Select eight"),
        "select_9": _("Select nine"),
        "select_10": _("Select ten"),
        "limit_2": _("You can select two. Clear one first."),
        "limit_3": _("You can select three. Clear one first."),
        "limit_4": _("You can select four. Clear one first."),
        "limit_5": _("You can select five. Clear one first."),
        "limit_6": _("You can select six. Clear one first."),
        "limit_7": _("You can select seven. Clear one first."),
        "limit_8": _("You can select eight. Clear one first."),
        "limit_9": _("You can select nine. Clear one first."),
        "limit_10": _("You can select ten. Clear one first."),
        "selected": _("{n} of {choose} selected"),
        "strike": _("Strike out {letter}"),
        "number_steps": _("Give each step you need a number"),
        "position_of": _("Position of: {step}"),
        "placed": _("{n} of {choose} placed"),
        "your_order": _("Your order"),
        "not_chosen": _("Not chosen yet"),
        "move_up": _("Move up: {step}"),
        "move_down": _("Move down: {step}"),
        "moved": _("{step}: position {n} of {choose}."),
        "stands": _("{step}: position {n}."),
        "taken_off": _("{step}: removed."),
        "match_each": _("Choose one answer for each"),
        "matched": _("{n} of {choose} matched."),
        "once_or_not": _("An answer can be used once or not at all."),
        "choose": _("Choose…"),
        "used": _("{name} (used for {n})"),
        "how_sure": _("How sure are you? (optional)"),
        "sure_1": _("A guess"),
        "sure_2": _("I think so"),
        "sure_3": _("Sure"),
    }


def _moving() -> dict[str, str]:
    return {
        "next": _("Next"),
        "check": _("Check"),
        "to_review": _("Review"),
        "back_to": _("Back to question {n}"),
        "progress": _("{n} of {total} questions seen"),
        "answered_of": _("{n} / {total}"),
        "show_all": _("All {n}"),
        "show_open": _("Open {n}"),
        "show_flagged": _("Flagged {n}"),
        "is_answered": _("answered"),
        "is_part": _("partly answered"),
        "is_seen": _("seen, not answered"),
        "is_unseen": _("not seen"),
        "hide_clock": _("Hide"),
        "show_clock": _("Show"),
        "no_limit": _("There is no time limit."),
        "raised": _("You were given more time: {left}."),
        "limit_gone": _("You were given more time: there is no limit now."),
        "time_up": _("Time is up, your answers are being submitted"),
    }


def _explaining() -> dict[str, str]:
    return {
        "check_offline": _("Checking needs a connection. Your answer is kept on this device."),
        "verdict_right": _("Right"),
        "verdict_wrong": _("Not right"),
        "verdict_part": _("Not right: {n} of {parts}"),
        "right_chosen": _("Right. You chose it."),
        "right_missed": _("Right. You missed it."),
        "right_struck": _("Right. You struck it out."),
        "wrong_chosen": _("Wrong. You chose it."),
        "wrong_chosen_share": _braced(_("Wrong. You chose it, as %(share)d%% of learners do.")),
        "share": _braced(_("%(share)d%% of learners choose it.")),
        "wrong_struck": _("Wrong option. You struck it out."),
        "wrong_option": _("Wrong option."),
        "step_right": _("Position {n}. You put it there."),
        "step_elsewhere": _("Belongs at position {n}. You put it at {given}."),
        "step_missed": _("Belongs at position {n}. You left it out."),
        "step_wrongly_in": _("Does not belong here. You put it at {given}."),
        "step_rightly_out": _("Does not belong here. You left it out."),
        "pair_right": _("Right. You matched it."),
        "pair_wrong": _("Wrong. You matched it with: {name}"),
        "pair_missed": _("You left it open."),
        "spare": _("Matches nothing here."),
        "spare_used": _("Matches nothing here. You used it."),
        "from_lesson": _("From the lesson"),
        "returns_today": _("You will see a question like this again today."),
        "returns_tomorrow": _("You will see a question like this again tomorrow."),
        "source": _("Source:"),
        "checked_on": _("checked on {date}"),
        "report_sending": _("Sending…"),
        "report_sent": _braced(_("Thank you. An instructor will read what you wrote on question %(n)d and answer you.")),
        "report_offline": _("There is no connection. What you wrote is kept here: send it again when there is one."),
        "report_busy": _("The server could not take it now. What you wrote is kept here: send it again in a moment."),
        "report_signed_out": _("You were signed out. What you wrote is kept here: sign in, then send it again."),
    }


def _ending() -> dict[str, str]:
    return {
        "review_title": _("Review before you submit"),
        "review_check": _("To check {n}"),
        "review_open": _("Open {n}"),
        "review_flagged": _("Flagged {n}"),
        "review_all": _("All {n}"),
        "no_penalty": _("There is no penalty for a guess, so answer everything."),
        "answered": _("Answered"),
        "not_answered": _("Not answered"),
        "n_of": _("{n} of {choose} given"),
        "go": _("Go"),
        "to_question": _("to question {n}"),
        "go_to": _("Go to question {n}"),
        "not_yet": _("Not yet"),
        "count_as_wrong": _("What is open counts as wrong."),
        "submit_requested": _("Submit requested at {time}"),
    }


def _of_mode(mode: str) -> dict[str, str]:
    if mode in WHOLE_EXAMS:
        return {"submit": _("Submit exam"), "submit_all": _("Submit the exam?"), "submit_anyway": _("Submit anyway")}
    return {"submit": _("Submit"), "submit_all": _("Submit your answers?"), "submit_anyway": _("Submit anyway")}


def _counted() -> dict[str, Callable[[int], str]]:
    return {
        "offline": lambda n: ngettext("Offline, kept on this device ({n} to send)", "Offline, kept on this device ({n} to send)", n),
        "waiting": lambda n: ngettext("Not saved yet. Next try in {n} s", "Not saved yet. Next try in {n} s", n),
        "minutes_left": lambda n: ngettext("{n} minute left", "{n} minutes left", n),
        "seconds_left": lambda n: ngettext("{n} second left", "{n} seconds left", n),
        "you_have": lambda n: ngettext("You have {n} minute left.", "You have {n} minutes left.", n),
        "returns_in": lambda n: ngettext(
            "You will see a question like this again in about {n} day.", "You will see a question like this again in about {n} days.", n
        ),
        "n_open": lambda n: ngettext("{n} question open", "{n} questions open", n),
        "open_and_flagged": lambda n: ngettext(
            "{n} question is open and {flagged} are flagged.", "{n} questions are open and {flagged} are flagged.", n
        ),
        "n_answered": lambda n: ngettext("{n} answered", "{n} answered", n),
        "n_none": lambda n: ngettext("{n} not answered", "{n} not answered", n),
        "n_part": lambda n: ngettext("{n} partly answered", "{n} partly answered", n),
        "n_flagged": lambda n: ngettext("{n} flagged", "{n} flagged", n),
        "submit_open": lambda n: ngettext("Submit with {n} question open?", "Submit with {n} questions open?", n),
        "no_answer": lambda n: ngettext("Question {list} has no answer.", "Questions {list} have no answer.", n),
        "no_answer_many": lambda n: ngettext("{n} question has no answer.", "{n} questions have no answer.", n),
        "partly": lambda n: ngettext("Question {list} is answered in part.", "Questions {list} are answered in part.", n),
        "partly_many": lambda n: ngettext("{n} question is answered in part.", "{n} questions are answered in part.", n),
    }
