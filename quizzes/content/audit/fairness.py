"""Whether the bank can be passed without knowing anything: guessers, positions, give-aways, twins, empty explanations."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from lifecycle.public import Check
from quizzes.content.audit.findings import Finding, at_least, at_most, none_of
from quizzes.content.records import LessonRecord, QuestionRecord
from quizzes.domain.question_text import MULTIPLE_CHOICE, OptionText
from quizzes.domain.twins import near_pairs

ABOVE_CHANCE = 6.0
LONGEST_AT_MOST = 35.0
LEAST_P = 0.01
TOO_ALIKE = 0.6
STOP_WORDS = frozenset(
    """
    a an and are as at be because by can does for from has have if in into is it its not of on only or so than that the their them then
    there these they this those to was were when where which while will with would
    """.split()  # noqa: SIM905  a paragraph of words reads better than a list of strings
)
VERDICTS = frozenset(["answer", "choice", "correct", "false", "incorrect", "option", "right", "true", "wrong", "here", "yes", "no"])
OF_THE_ABOVE = re.compile(r"\b(all|none|any|both|neither) of the (above|below|other|others)\b|\b(all|none) of these\b", re.IGNORECASE)
NEGATIVE = re.compile(
    r"\b(?:which|what|who|where)\b(?:(?!\b(?:if|when|because|although|that|whose|who|where|while|why|how|since|after|before|even|but)\b)[^,.;:?!])*?"
    r"(?:\b(?:is|are|was|were|does|do|did|would|should|will|can|could|has|have|must)\s+(?:\w+\s+)?not\b|\bcannot\b|\w+n['\u2019]t\b)"
    r"|\bexcept\b|\bleast (?:likely|suitable|appropriate|useful|fitting|relevant|helpful)\b",
    re.IGNORECASE,
)
Measure = Callable[[QuestionRecord, OptionText], float]


def check_fairness(questions: Sequence[QuestionRecord]) -> Iterator[Finding]:
    """Everything that would let a test-wise reader score, or leave a learner without an explanation."""
    choices = [question for question in questions if question.kind == MULTIPLE_CHOICE]
    yield from _guessers(choices)
    yield from _positions(choices)
    yield none_of("fairness", "options that say “all of the above” or the like", _of_the_above(questions))
    yield none_of("fairness", "negative stems without emphasis", _plain_negatives(questions))
    yield none_of("fairness", f"pairs of stems with a likeness above {TOO_ALIKE}", _twins(questions))
    yield none_of("explanations", "missing", _explanations(questions, lambda option: not option.rationale.strip()))
    yield none_of("explanations", "that merely repeat the option", _explanations(questions, repeats_option))
    yield none_of("explanations", "that only say right or wrong", _explanations(questions, only_judges))
    yield none_of("explanations", "shared by two options of a question", _shared(questions))


def check_lesson_checks(lessons: Sequence[LessonRecord]) -> Iterator[Finding]:
    """Whether inline checks give themselves away: they are shown in the order of the file, so place and length must not tell."""
    checks = [check for lesson in lessons for check in lesson.text.checks]
    guessed = [_guess_of_longest(check) for check in checks]
    limit = _share_of(1 / len(check.options) for check in checks) + ABOVE_CHANCE
    yield at_most("fairness", "score of picking the longest option of an inline check", _share_of(guessed), limit, unit=" %")
    counts = Counter(check.correct_index for check in checks if len(check.options) == 3)
    observed = [counts[index] for index in range(3)]
    placed = "/".join(str(count) for count in observed)
    yield at_least("fairness", f"p of even right positions in inline checks ({placed})", round(even_p(observed), 3), LEAST_P)


def _guess_of_longest(check: Check) -> float:
    """What a reader scores who takes the longest option and draws lots between equals."""
    longest = max(len(option.text) for option in check.options)
    taken = [option for option in check.options if len(option.text) == longest]
    return sum(option.correct for option in taken) / len(taken)


def _share_of(scores: Iterable[float]) -> float:
    """The mean in percent; 0 of nothing."""
    every = list(scores)
    return 100 * sum(every) / len(every) if every else 0.0


def words_of(text: str) -> list[str]:
    """The words and numbers of a text, without case."""
    return re.findall(r"[a-z0-9]+(?:['\u2019.-][a-z0-9]+)*", text.casefold())


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _shared_words(question: QuestionRecord, option: OptionText) -> int:
    return len(set(words_of(question.text.stem)) & set(words_of(option.text)))


def _shared_content_words(question: QuestionRecord, option: OptionText) -> int:
    return len((set(words_of(question.text.stem)) & set(words_of(option.text))) - STOP_WORDS)


GUESSERS: dict[str, Measure] = {
    "the longest option": lambda _question, option: len(option.text),
    "the option of most words": lambda _question, option: len(words_of(option.text)),
    "the option of most digits": lambda _question, option: _digits(option.text),
    "the option of most words and digits": lambda _question, option: len(words_of(option.text)) + _digits(option.text),
    "the first option": lambda question, option: -question.text.options.index(option),
    "the option sharing most words with the stem": _shared_words,
    "the same, without common words": _shared_content_words,
}


def guesser_score(questions: Sequence[QuestionRecord], measure: Measure) -> float:
    """Expected score in percent of somebody who picks the option of the highest measure, drawing lots where several have it."""
    total = 0.0
    for question in questions:
        values = [measure(question, option) for option in question.text.options]
        best = [option for option, value in zip(question.text.options, values, strict=True) if value == max(values)]
        total += sum(option.correct for option in best) / len(best)
    return 100 * total / len(questions) if questions else 0.0


def chance(questions: Sequence[QuestionRecord]) -> float:
    """Expected score in percent of blind guessing."""
    return 100 * sum(1 / len(question.text.options) for question in questions) / len(questions) if questions else 0.0


def _guessers(choices: Sequence[QuestionRecord]) -> Iterator[Finding]:
    for name, measure in GUESSERS.items():
        limit = chance(choices) + ABOVE_CHANCE
        yield at_most("fairness", f"score of picking {name}", guesser_score(choices, measure), limit, unit=" %")
    longest = [question.slug for question in choices if _right_is_longest(question)]
    share = 100 * len(longest) / len(choices) if choices else 0.0
    yield at_most("fairness", "questions whose right option is the longest", share, LONGEST_AT_MOST, unit=" %", entries=longest)


def _right_is_longest(question: QuestionRecord) -> bool:
    longest = max(len(option.text) for option in question.text.options)
    return any(option.correct and len(option.text) == longest for option in question.text.options)


def _positions(choices: Sequence[QuestionRecord]) -> Iterator[Finding]:
    four = [question for question in choices if len(question.text.options) == 4]
    counts = Counter(index for question in four for index, option in enumerate(question.text.options) if option.correct)
    observed = [counts[index] for index in range(4)]
    p = even_p(observed)
    placed = "/".join(str(count) for count in observed)
    yield at_least("fairness", f"p of even right positions ({placed})", round(p, 3), LEAST_P)


def even_p(observed: Sequence[int]) -> float:
    """p of a chi-square test that three or four counts come from an even distribution (two or three degrees of freedom, closed form).

    Q(1, x/2) = exp(-x/2) and Q(3/2, x/2) = erfc(sqrt(x/2)) + sqrt(2x/pi) exp(-x/2), Abramowitz and Stegun 26.4.4 and 26.4.5.
    """
    expected = sum(observed) / len(observed)
    if not expected:
        return 1.0
    x = sum((count - expected) ** 2 / expected for count in observed)
    if len(observed) == 3:
        return math.exp(-x / 2)
    return math.erfc(math.sqrt(x / 2)) + math.sqrt(2 * x / math.pi) * math.exp(-x / 2)


def _of_the_above(questions: Sequence[QuestionRecord]) -> list[str]:
    return [f"{q.slug}: {option.text}" for q in questions for option in q.text.options if OF_THE_ABOVE.search(option.text)]


def is_plain_negative(stem: str) -> bool:
    """Whether a stem asks for an exception without emphasising the word that says so."""
    if not NEGATIVE.search(stem.replace("*", "")):
        return False
    emphasised = " ".join(re.findall(r"\*\*(.+?)\*\*", stem))
    return re.search(r"\b(not|except|least|cannot|never)\b|n['\u2019]t\b", emphasised, re.IGNORECASE) is None


def _plain_negatives(questions: Sequence[QuestionRecord]) -> list[str]:
    return [f"{question.slug}: {question.text.stem}" for question in questions if is_plain_negative(question.text.stem)]


def _twins(questions: Sequence[QuestionRecord]) -> list[str]:
    pairs = near_pairs([question.text.stem for question in questions], TOO_ALIKE)
    return [f"{questions[one].slug} and {questions[other].slug}: {value:.2f}" for one, other, value in sorted(pairs)]


def _explanations(questions: Sequence[QuestionRecord], is_poor: Callable[[OptionText], bool]) -> list[str]:
    return [
        f"{question.place.file}:{question.place.line_of(f'options.{number}.rationale')}: {question.slug}: {option.rationale}"
        for question in questions
        for number, option in enumerate(question.text.options, 1)
        if is_poor(option)
    ]


def repeats_option(option: OptionText) -> bool:
    """Whether an explanation says nothing that the option (or its prompt) does not say."""
    said = set(words_of(f"{option.text} {option.prompt}")) | STOP_WORDS | VERDICTS
    return bool(option.rationale.strip()) and not set(words_of(option.rationale)) - said and not only_judges(option)


def only_judges(option: OptionText) -> bool:
    """Whether an explanation consists of a verdict alone."""
    return bool(option.rationale.strip()) and not set(words_of(option.rationale)) - STOP_WORDS - VERDICTS


def _shared(questions: Sequence[QuestionRecord]) -> list[str]:
    found = []
    for question in questions:
        said = Counter(" ".join(words_of(option.rationale)) for option in question.text.options)
        found += [f"{question.slug}: {rationale}" for rationale, count in said.items() if rationale and count > 1]
    return found
