"""Every page by who opens it, a learner whose pages are full, and questions that are asked of any page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.timezone import localdate
from playwright.sync_api import Page

from accounts.models import Membership, Team
from lifecycle.models import Exam
from lifecycle.public import enrol, the_exam
from quizzes.catalogue import version_texts
from quizzes.domain import grading
from quizzes.domain.answers import Save, save_answer
from quizzes.domain.attempts import start_attempt, submit_attempt
from quizzes.domain.forms import Wanted
from quizzes.identity import uuid7
from quizzes.models import Attempt, Question
from tests.client import right_answers
from tests.e2e.player import ALL_KINDS, sitting_of
from tests.servers.people import make_person

LEARNER_PAGES = [
    "/",
    "/start/",
    "/aif-c01/course/",
    "/aif-c01/map/",
    "/aif-c01/map/?view=list",
    "/aif-c01/stages/monitoring/",
    "/aif-c01/lessons/what-mlops-is/",
    "/aif-c01/practice/",
    "/aif-c01/begin/?mode=practice_exam",
    "/aif-c01/readiness/",
    "/aif-c01/exam-result/",
    "/readiness/how/",
    "/aif-c01/review/",
    "/aif-c01/search/?q=drift",
    "/reference/",
    "/reference/services/",
    "/reference/services/amazon-bedrock/",
    "/reference/services/?q=qubit",
    "/reference/glossary/",
    "/reference/glossary/?q=qubit",
    "/reference/suggest/?kind=service",
    "/reference/formulas/",
    "/history/",
    "/account/",
    "/account/display/",
    "/account/data/",
    "/account/reports/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/teams/",
    "/teams/new/",
]
VISITOR_PAGES = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/offline/", "/no-such-page/"]


@dataclass(frozen=True)
class Places:
    """The people whose pages are looked at, and the addresses that each opens."""

    learner: Any
    lead: Any
    instructor: Any
    sitting: Attempt
    graded: Attempt
    team: Team

    def of(self, role: str) -> list[str]:
        """The addresses of a role, the fullest pages among them."""
        return {
            "learner": [*LEARNER_PAGES, f"/attempts/{self.graded.pk}/result/?show=all", f"/attempts/{self.graded.pk}/record/"],
            "player": [
                *(f"/attempts/{self.sitting.pk}/#{position}" for position in range(1, len(ALL_KINDS) + 1)),
                f"/attempts/{self.sitting.pk}/review/",
            ],
            "lead": [f"/teams/{self.team.slug}/", f"/teams/{self.team.slug}/settings/", self.member_page],
            "instructor": ["/instruct/items/", "/instruct/items/?show=all", f"/instruct/items/{self.question}/"],
            "visitor": VISITOR_PAGES,
        }[role]

    @property
    def member_page(self) -> str:
        """The page of the full learner as the lead sees it."""
        return f"/teams/{self.team.slug}/{self.team.memberships.get(user=self.learner).pk}/"

    @property
    def question(self) -> int:
        """A question that was answered."""
        return Question.objects.get(versions__pk=self.graded.form[0][0]).pk

    def open_as(self, page_as: Any, role: str, **context: Any) -> Page:
        """A page of the browser signed in for that role."""
        person = {"learner": self.learner, "player": self.learner, "lead": self.lead, "instructor": self.instructor}.get(role)
        return page_as("learner" if role == "player" else role, person=person, **context)


def graded(person: Any, *, count: int = 10, right: int = 7, **wish: Any) -> Attempt:
    """A graded drill of that person; the first `right` answers are right."""
    exam = Exam.objects.get(slug="aif-c01")
    attempt = start_attempt(user=person, exam=exam, wanted=Wanted(mode="drill", count=count, **wish))
    keys = right_answers({"id": attempt.pk})
    texts = version_texts(entry[0] for entry in attempt.form)
    for position, (version_id, _scored) in enumerate(attempt.form, start=1):
        answer = keys[position] if position <= right else None
        if answer is None and texts[version_id].kind == "multiple_choice":
            answer = [next(o.key for o in texts[version_id].options if o.key not in keys[position])]
        save = Save(answer=answer, base_version=0, save_id=uuid7(), seconds=40)
        save_answer(attempt_id=attempt.pk, user_id=person.pk, guest_key="", position=position, save=save)
    submit_attempt(attempt_id=attempt.pk, user=person)
    grading.drain_jobs(worker="test:places")
    attempt.refresh_from_db()
    return attempt


def full_learner() -> Any:
    """A learner with enough answers for readiness to be shown, and an exam in three weeks."""
    person = make_person("learner")
    enrol(user=person, exam=the_exam("aif-c01"), exam_date=localdate() + timedelta(days=21))
    for domain in (1, 2, 3, 4, 5):
        graded(person, count=12, right=9, domains=(domain,))
    return person


def furnished() -> Places:
    """Somebody of each role, with something on each of their pages."""
    learner, lead = full_learner(), make_person("lead")
    team = Team.objects.get(memberships__user=lead)
    for member in (make_person("learner"), make_person("learner"), learner):
        Membership.objects.create(team=team, user=member)
    return Places(
        learner=learner,
        lead=lead,
        instructor=make_person("instructor"),
        sitting=sitting_of(learner, ALL_KINDS),
        graded=graded(learner, right=6),
        team=team,
    )


def go(page: Page, address: str) -> None:
    """Load a page anew and wait until it shows its heading; the player draws its questions itself."""
    if "#" in address:
        page.goto("about:blank")  # another place on the same page is no new page
    page.goto(address)
    page.locator("h1:visible").first.wait_for()


# ── Questions asked of a page; each answers with what is wrong ────────────────────────────────────────────────────────

# How an element is named in a complaint: its tag, classes and parent, and the words in it.
NAMED = """const named = (e) => [e.parentElement, e].map((x) => [x.localName, ...x.classList].join(".")).join(" > ")
    + ` "${e.textContent.trim().replace(/\\s+/g, " ").slice(0, 40)}"`;"""

# How far the page runs out of its window, and what sticks out farthest.
TOO_WIDE = (
    "() => {"
    + NAMED
    + """
  const root = document.documentElement, over = root.scrollWidth - root.clientWidth;
  if (over <= 0) return [];
  const out = (e) => { const box = e.getBoundingClientRect(); return Math.max(box.right - root.clientWidth, -box.left) };
  const inside = (e) => e.parentElement.closest(".scroller, .vh, dialog:not([open])");
  const shown = [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && !inside(e));
  const worst = shown.sort((a, b) => out(b) - out(a))[0];
  return [`${over} px too wide: ${named(worst)}`];
}"""
)

LONGER_WORDS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts)
    if (!text.parentElement.closest("script, svg"))
      text.textContent = text.textContent.replace(/\\w{3,}/g, (word) => word + word.slice(0, Math.ceil(word.length * 0.4)));
}"""

# The four distances of WCAG 1.4.12, by a sheet made in the page: the policy lets no inline one in.
WIDER_SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-block-end: 2em !important }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""

# Text that its own box cuts off. What may be cut: what only a screen reader reads, and openings of questions, which stand in
# full elsewhere.
CUT_OFF = (
    "() => {"
    + NAMED
    + """
  const cut = (style) => /hidden|clip/.test(style.overflowX) || /hidden|clip/.test(style.overflowY);
  const unseen = (e) => e && (getComputedStyle(e).clipPath === "inset(50%)" || unseen(e.parentElement));
  return [...document.body.querySelectorAll("*")]
    .filter((e) => e.checkVisibility() && e.textContent.trim() && cut(getComputedStyle(e)))
    .filter((e) => !unseen(e) && !e.closest("svg, .vh, .skip, .starts, .rvw td:nth-child(3)"))
    .filter((e) => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)
    .map((e) => `cut off: ${named(e)}`);
}"""
)

# Every stop of the Tab key, one after another: is it where one can see it, and does it wear a ring?
STOPS = (
    "() => {"
    + NAMED
    + """
  const wrong = [];
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter((e) => !e.disabled && e.tabIndex >= 0 && e.checkVisibility({ visibilityProperty: true }));
  for (const stop of stops) {
    stop.focus();
    if (document.activeElement !== stop) continue;
    const name = named(stop);
    const wearers = [stop, stop.closest("label"), stop.closest(".opt, .choice, li")].filter(Boolean).map((e) => getComputedStyle(e));
    const ring = Math.max(...wearers.map((s) => (s.outlineStyle === "none" ? 0 : parseFloat(s.outlineWidth))));
    if (ring < 2) wrong.push(`no ring: ${name}`);
    // A link may run over two lines, and a region may be taller than the screen: any part that is seen will do.
    const seen = [...stop.getClientRects()].some((box) => {
      const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
      const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
      if (right <= left || bottom <= top) return false;
      return [0.5, 0.2, 0.8].some((part) => {
        const found = document.elementFromPoint(left + (right - left) / 2, top + (bottom - top) * part);
        return found && (stop.contains(found) || found.contains(stop) || stop.closest("label")?.contains(found));
      });
    });
    if (!seen) wrong.push(`hidden or covered: ${name}`);
  }
  return stops.length ? wrong : ["no stop at all"];
}"""
)

# Targets under 24 by 24 CSS pixels; links inside a sentence are as high as its line (the exception of WCAG 2.5.8).
SMALL_TARGETS = (
    "() => {"
    + NAMED
    + """
  const boxOf = (e) => {
    const boxes = [e, ...(e.labels ?? [])].map((part) => part.getBoundingClientRect());
    return { width: Math.max(...boxes.map((b) => b.width)), height: Math.max(...boxes.map((b) => b.height)) };
  };
  const alone = (e) => e.parentElement.textContent.trim() === e.textContent.trim();
  const inSentence = (e) => e.matches("a") && getComputedStyle(e).display === "inline" && !alone(e);
  return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter((e) => e.checkVisibility() && !e.closest(".skip, .vh") && !inSentence(e))
    .map((e) => [e, boxOf(e)])
    .filter(([, box]) => box.width < 24 || box.height < 24)
    .map(([e, box]) => `${Math.round(box.width)}x${Math.round(box.height)}: ${named(e)}`);
}"""
)

MOVING = (
    "() => {"
    + NAMED
    + """
  const moves = (s) => s.animationName !== "none" || s.transitionDuration.split(",").some((time) => parseFloat(time) > 0);
  return [...document.querySelectorAll("body *")]
    .filter((e) => moves(getComputedStyle(e)))
    .map((e) => `moves: ${named(e)}`);
}"""
)
