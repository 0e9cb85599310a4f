"""Reading the folder of an exam: every file, every entry, every mistake."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lifecycle.public import (
    SLUG,
    Entry,
    FigureRefused,
    Formula,
    LessonText,
    Mistakes,
    Place,
    clean_figure,
    read_lesson_text,
    read_list,
    read_mapping,
    read_markdown,
)
from quizzes.content.records import (
    BlueprintRecord,
    ConfusionRecord,
    Content,
    DomainRecord,
    ExamRecord,
    FactRecord,
    FigureRecord,
    FormulaRecord,
    LessonRecord,
    LoopRecord,
    MisconceptionRecord,
    ModuleRecord,
    ObjectiveRecord,
    QuestionRecord,
    ScenarioRecord,
    ServiceRecord,
    StageRecord,
    TaskRecord,
    TermRecord,
)
from quizzes.content.references import check_references
from quizzes.domain.question_text import (
    CASE_STUDY,
    CHOSEN_KINDS,
    MATCHING,
    MULTIPLE_CHOICE,
    ORDERING,
    OptionText,
    QuestionText,
    problems_in,
)
from quizzes.models import Question

Progress = Callable[[str], None]
LOADER_EDITION = 1
"""Raised when a load writes something else from the same files, so that what was loaded before is loaded again."""


def silence(_message: str) -> None:
    """Tell nobody."""


@dataclass
class Reading:
    """The content of a folder and what is wrong with it."""

    content: Content = field(default_factory=Content)
    mistakes: Mistakes = field(default_factory=Mistakes)


def content_files(folder: Path) -> list[Path]:
    """Every content file of an exam's folder, in a stable order."""
    return sorted(path for path in folder.rglob("*") if path.suffix in {".yaml", ".md", ".svg"} and path.is_file())


def folder_digest(folder: Path) -> str:
    """Changes with any content file of the folder, or with the edition of the loader."""
    total = hashlib.sha256(str(LOADER_EDITION).encode())
    for path in content_files(folder):
        total.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def read_content(folder: Path, progress: Progress = silence) -> Reading:
    """Read and check a whole folder; file names in mistakes start with the folder's own name."""
    reader = _FolderReader(folder, progress)
    reader.read()
    check_references(reader.content, reader.mistakes)
    return Reading(reader.content, reader.mistakes)


class _FolderReader:
    """Fills `content` file by file."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self.folder, self.progress = folder, progress
        self.content, self.mistakes = Content(), Mistakes()

    def read(self) -> None:
        self._exam()
        self._stages()
        self._facts()
        self._modules()
        content = self.content
        content.services = [_service(entry) for entry in self._lists("services")]
        content.terms = [_term(entry) for entry in self._lists("terms")]
        content.misconceptions = [_misconception(entry) for entry in self._lists("misconceptions")]
        formulas = self._list_file(self.folder / "formulas.yaml")
        content.formulas = [_formula(entry, order) for order, entry in enumerate(formulas, 1)]
        self._figures()
        self._lessons()
        self._questions()

    def _name(self, path: Path) -> str:
        return f"{self.folder.name}/{path.relative_to(self.folder).as_posix()}"

    def _list_file(self, path: Path) -> list[Entry]:
        return read_list(path, self._name(path), self.mistakes) if path.is_file() else []

    def _lists(self, name: str) -> Iterator[Entry]:
        for path in sorted((self.folder / name).glob("*.yaml")):
            yield from self._list_file(path)

    def _exam(self) -> None:
        path = self.folder / "exam.yaml"
        top = read_mapping(path, self._name(path), self.mistakes)
        if top is None:
            return
        if exam := top.entry("exam"):
            self.content.exam = _exam(exam, self.folder.name)
        if blueprint := top.entry("blueprint"):
            self.content.blueprint = _blueprint(blueprint)
        if services := top.entry("in_scope_services", required=False):
            self.content.in_scope_services = [name for group in services.names() for name in services.texts(group)]
        top.ignore("earlier_editions")
        top.finish()

    def _stages(self) -> None:
        path = self.folder / "stages.yaml"
        top = read_mapping(path, self._name(path), self.mistakes)
        if top is None:
            return
        titles: dict[str, str] = {}
        for phase in top.entries("phases", required=False):
            phase.number("number", low=1, high=20)
            title = phase.text("title", longest=120)
            titles.update(dict.fromkeys(phase.texts("stages"), title))
            phase.finish()
        stages = [_stage(entry, titles) for entry in top.entries("stages", at_least=1)]
        after = max((stage.order for stage in stages), default=0) + 1
        across = top.entries("cross_cutting", required=False)
        self.content.stages = stages + [_cross_cutting(entry, after + index, titles) for index, entry in enumerate(across)]
        top.finish()

    def _facts(self) -> None:
        path = self.folder / "facts.yaml"
        top = read_mapping(path, self._name(path), self.mistakes) if path.is_file() else None
        if top is None:
            return
        self.content.facts_task = top.text("task")
        self.content.facts = [_fact(entry) for entry in top.entries("facts")]
        top.ignore("prepared")
        top.finish()

    def _modules(self) -> None:
        self.content.modules = [_module(entry) for entry in self._list_file(self.folder / "modules.yaml")]

    def _figures(self) -> None:
        for path in sorted((self.folder / "figures").glob("*.svg")):
            name, svg = self._name(path), path.read_text(encoding="utf-8")
            self._check_file_name(path)
            try:
                svg = clean_figure(path.stem, svg)
            except FigureRefused as refused:
                for problem in refused.problems:
                    self.mistakes.add(Place(name, problem.line), problem.message)
            self.content.figures.append(FigureRecord(Place(name, 1), path.stem, svg))

    def _lessons(self) -> None:
        paths = sorted((self.folder / "lessons").rglob("*.md"))
        self.progress(f"Reading {len(paths)} lessons")
        for path in paths:
            name = self._name(path)
            found = read_markdown(path, name, self.mistakes)
            self._check_file_name(path)
            if found is not None:
                text = read_lesson_text(found.body, file=name, mistakes=self.mistakes, first_line=found.first_line)
                self.content.lessons.append(_lesson(found.front, path.stem, found.body.strip() + "\n", text))

    def _check_file_name(self, path: Path) -> None:
        if not SLUG.fullmatch(path.stem):
            self.mistakes.add(Place(self._name(path), 1), f"the file's name “{path.stem}” is not lower-case words joined by hyphens")

    def _questions(self) -> None:
        paths = sorted((self.folder / "questions").rglob("*.yaml"))
        self.progress(f"Reading {len(paths)} files of questions")
        for path in paths:
            for entry in self._list_file(path):
                if entry.has("slug") or not entry.has("scenario"):
                    self.content.questions.append(_question(entry))
                else:
                    self.content.scenarios.append(_scenario(entry))


def _exam(entry: Entry, folder: str) -> ExamRecord:
    record = ExamRecord(
        place=entry.place,
        slug=entry.slug("slug", longest=40),
        code=entry.text("code", longest=40),
        name=entry.text("name", longest=200),
        provider=entry.text("provider", longest=120),
        level=entry.text("level", required=False, longest=60),
        candidate=entry.text("candidate", required=False),
        language=entry.text("language", longest=12),
    )
    if record.slug and record.slug != folder:
        entry.wrong("slug", f"must be the name of its folder, “{folder}”")
    entry.finish()
    return record


def _sources(entry: Entry, *, at_least: int = 1) -> list[dict[str, str]]:
    sources = []
    for source in entry.entries("sources", at_least=at_least):
        sources.append({"title": source.text("title", longest=250), "url": source.address("url")})
        source.finish()
    return sources


def _blueprint(entry: Entry) -> BlueprintRecord:
    record = BlueprintRecord(
        place=entry.place,
        edition=entry.text("edition", longest=20),
        published=entry.day("published"),
        minutes=entry.number("minutes", low=1, high=1000),
        questions=entry.number("questions", low=1, high=1000),
        scored=entry.number("scored", low=1, high=1000),
        unscored=entry.number("unscored", low=0, high=1000),
        scale_min=entry.number("scale_min", low=0, high=10000),
        scale_max=entry.number("scale_max", low=1, high=10000),
        pass_mark=entry.number("pass_mark", low=1, high=10000),
        assumed_cut=entry.share("assumed_cut"),
        item_types=entry.texts("item_types", at_least=1),
        sources=_sources(entry),
        checked=entry.day("checked"),
        domains=tuple(_domain(domain) for domain in entry.entries("domains", at_least=1)),
    )
    _check_blueprint(entry, record)
    entry.finish()
    return record


def _check_blueprint(entry: Entry, record: BlueprintRecord) -> None:
    if record.questions != record.scored + record.unscored:
        entry.wrong("questions", "must be scored + unscored")
    if not record.scale_min < record.pass_mark < record.scale_max:
        entry.wrong("pass_mark", "must lie between scale_min and scale_max")
    for name in ("scored", "unscored"):
        total = sum(getattr(domain, name) for domain in record.domains)
        if total != getattr(record, name):
            entry.wrong("domains", f"the domains have {total} {name} questions together, the blueprint {getattr(record, name)}")
    if sum(domain.weight for domain in record.domains) != 100:
        entry.wrong("domains", "the weights do not add up to 100")


def _domain(entry: Entry) -> DomainRecord:
    record = DomainRecord(
        place=entry.place,
        number=entry.number("number", low=1, high=100),
        title=entry.text("title", longest=200),
        short_title=entry.text("short_title", required=False, longest=30),
        weight=entry.number("weight", low=1, high=100),
        scored=entry.number("scored", low=0, high=1000),
        unscored=entry.number("unscored", low=0, high=1000),
        tasks=tuple(_task(task) for task in entry.entries("tasks", at_least=1)),
    )
    for task in record.tasks:
        if not task.number.startswith(f"{record.number}."):
            entry.wrong("tasks", f"task {task.number} does not belong to domain {record.number}")
    entry.finish()
    return record


def _task(entry: Entry) -> TaskRecord:
    objectives = tuple(_objective(objective) for objective in entry.entries("objectives", at_least=1))
    record = TaskRecord(entry.place, entry.text("number", longest=12), entry.text("title", longest=250), objectives)
    entry.finish()
    return record


def _objective(entry: Entry) -> ObjectiveRecord:
    record = ObjectiveRecord(entry.place, entry.text("id", longest=16), entry.text("text"))
    entry.ignore("new_in_1_1", "note")
    entry.finish()
    return record


def _stage(entry: Entry, phase_titles: dict[str, str]) -> StageRecord:
    slug = entry.slug("slug", longest=60)
    record = StageRecord(
        place=entry.place,
        slug=slug,
        order=entry.number("order", low=0, high=100),
        name=entry.text("name", longest=120),
        cross_cutting=False,
        in_nine_stage_view=entry.truth("in_nine_stage_view", default=None),
        phase=entry.number("phase", low=1, high=20),
        phase_title=phase_titles.get(slug, ""),
        module=entry.number("module", low=1, high=20),
        purpose=entry.text("purpose"),
        inputs=entry.texts("inputs"),
        outputs=entry.texts("outputs"),
        activities=entry.texts("activities"),
        common_mistakes=entry.texts("common_mistakes"),
        services=entry.texts("services"),
        loops_back=tuple(_loop(loop) for loop in entry.entries("loops_back")),
    )
    entry.finish()
    return record


def _loop(entry: Entry) -> LoopRecord:
    record = LoopRecord(entry.place, entry.text("to"), entry.text("when", longest=250))
    entry.finish()
    return record


def _cross_cutting(entry: Entry, order: int, phase_titles: dict[str, str]) -> StageRecord:
    slug = entry.slug("slug", longest=60)
    record = StageRecord(
        place=entry.place,
        slug=slug,
        order=order,
        name=entry.text("name", longest=120),
        cross_cutting=True,
        in_nine_stage_view=False,
        phase=None,
        phase_title=phase_titles.get(slug, ""),
        module=None,
        purpose=entry.text("purpose"),
        inputs=[],
        outputs=[],
        activities=entry.texts("activities"),
        common_mistakes=entry.texts("common_mistakes", required=False),
        services=entry.texts("services"),
        loops_back=(),
    )
    entry.finish()
    return record


def _module(entry: Entry) -> ModuleRecord:
    record = ModuleRecord(
        place=entry.place,
        number=entry.number("number", low=1, high=100),
        slug=entry.slug("slug"),
        title=entry.text("title", longest=160),
        difficulty=entry.number("difficulty", low=1, high=5),
        summary=entry.text("summary"),
        prerequisites=entry.texts("prerequisites", required=False),
        objectives=entry.texts("objectives", at_least=1),
        success_measures=entry.texts("success_measures", at_least=1),
    )
    entry.finish()
    return record


def _fact(entry: Entry) -> FactRecord:
    record = FactRecord(
        place=entry.place,
        code=entry.text("id"),
        topic=entry.text("topic"),
        statement=entry.text("statement"),
        unasked=entry.text("unasked", required=False),
    )
    entry.ignore("kind", "note", "services")
    entry.finish()
    return record


def _service(entry: Entry) -> ServiceRecord:
    record = ServiceRecord(
        place=entry.place,
        slug=entry.slug("slug"),
        name=entry.text("name", longest=120),
        aliases=entry.texts("aliases", required=False),
        category=entry.text("category", required=False, longest=60),
        description=entry.text("description"),
        stages=entry.texts("stages"),
        in_guide=entry.text("in_guide", required=False, longest=60),
        status=entry.text("status", required=False),
        source=entry.address("source", required=False),
        checked=entry.day("checked", required=False),
        confused_with=tuple(_confusion(confusion) for confusion in entry.entries("confused_with", required=False)),
        facts=entry.texts("facts", required=False),
    )
    entry.finish()
    return record


def _confusion(entry: Entry) -> ConfusionRecord:
    record = ConfusionRecord(entry.place, entry.text("service"), entry.text("difference"))
    entry.finish()
    return record


def _term(entry: Entry) -> TermRecord:
    record = TermRecord(
        place=entry.place,
        slug=entry.slug("slug"),
        term=entry.text("term", longest=120),
        also=entry.texts("also", required=False),
        definition=entry.text("definition"),
        example=entry.text("example", required=False),
        lesson=entry.text("lesson"),
    )
    entry.finish()
    return record


def _formula(entry: Entry, order: int) -> FormulaRecord:
    record = FormulaRecord(
        place=entry.place,
        slug=entry.slug("slug"),
        name=entry.text("name", longest=120),
        also=entry.texts("also", required=False),
        kind=entry.choice("kind", Formula.Kind.values),
        formula=entry.text("formula"),
        words=entry.text("words"),
        use_when=entry.text("use_when"),
        beware=entry.text("beware", required=False),
        example=entry.text("example"),
        lesson=entry.text("lesson"),
        order=order,
    )
    entry.finish()
    return record


def _misconception(entry: Entry) -> MisconceptionRecord:
    record = MisconceptionRecord(entry.place, entry.slug("slug"), entry.text("belief"), entry.text("truth"))
    entry.finish()
    return record


def _lesson(entry: Entry, slug: str, body: str, text: LessonText) -> LessonRecord:
    record = LessonRecord(
        place=entry.place,
        slug=slug,
        title=entry.text("title", longest=160),
        task=entry.text("task"),
        module=entry.number("module", low=1, high=100) if entry.has("module") else None,
        stages=entry.texts("stages"),
        order=entry.number("order", low=1, high=1_000_000),
        minutes=entry.number("minutes", low=1, high=8),
        objectives=entry.texts("objectives", at_least=1),
        facts=entry.texts("facts", required=False),
        services=entry.texts("services"),
        summary=entry.text("summary"),
        key_rule=entry.text("key_rule"),
        checked=entry.day("checked"),
        sources=_sources(entry),
        language=entry.text("language", required=False, longest=12) or "en",
        body=body,
        text=text,
    )
    entry.ignore("module")
    entry.finish()
    return record


def _scenario(entry: Entry) -> ScenarioRecord:
    record = ScenarioRecord(
        place=entry.place,
        slug=entry.slug("scenario"),
        title=entry.text("title", longest=160),
        text=entry.text("text"),
        language=entry.text("language", required=False, longest=12) or "en",
    )
    entry.finish()
    return record


def _question(entry: Entry) -> QuestionRecord:
    text = _question_text(entry)
    lesson, _, anchor = entry.text("lesson").partition("#")
    record = QuestionRecord(
        place=entry.place,
        slug=entry.slug("slug", longest=100, dotted=True),
        task=entry.text("task"),
        objective=entry.text("objective"),
        stages=entry.texts("stages"),
        services=entry.texts("services"),
        lesson=lesson,
        anchor=anchor,
        facts=entry.texts("facts", required=False),
        level=entry.choice("level", Question.Level.values),
        difficulty=entry.choice("difficulty", Question.Difficulty.values),
        scenario=entry.slug("scenario") if text.kind == CASE_STUDY else "",
        text=text,
    )
    for problem in problems_in(text):
        name = problem.field.replace("source_", "source.")
        if name in entry.place.lines:  # what is missing altogether was named while reading
            entry.wrong(name, problem.message)
    entry.finish()
    return record


def _question_text(entry: Entry) -> QuestionText:
    kind = entry.choice("kind", Question.Kind.values)
    source = entry.entry("source")
    text = QuestionText(
        kind=kind,
        stem=_one_line(entry.text("stem")),
        options=tuple(_option(option, kind) for option in entry.entries("options", at_least=2)),
        rule=entry.text("rule"),
        source_title=source.text("title", longest=250) if source else "",
        source_url=source.address("url") if source else "",
        checked=entry.day("checked"),
        choose=entry.number("choose", low=1, high=10, default=1 if kind in (MULTIPLE_CHOICE, CASE_STUDY, ORDERING, MATCHING) else None),
        language=entry.text("language", required=False, longest=12) or "en",
    )
    if source:
        source.finish()
    return text.with_counted_choose()


def _one_line(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _option(entry: Entry, kind: str) -> OptionText:
    correct = entry.truth("correct") if kind in CHOSEN_KINDS else False
    option = OptionText(
        text=entry.text("text"),
        rationale=entry.text("rationale"),
        correct=correct,
        position=entry.number("position", low=1, high=10) if kind == ORDERING and entry.has("position") else None,
        prompt=entry.text("prompt", required=False) if kind == MATCHING else "",
        misconception=entry.slug("misconception", required=kind in CHOSEN_KINDS and not correct),
    )
    entry.ignore(*(["position"] if kind == ORDERING else []))
    entry.finish()
    return option
