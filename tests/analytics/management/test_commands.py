"""The commands of analytics."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from analytics.domain.gathering import gather_all
from analytics.models import AccuracyReport, Mastery, ParameterVersion, QuestionStatistics
from tests.analytics.conftest import spread
from tests.reference import HERE, rows, table


def run(*arguments, **options) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def test_calibrate_prints_what_mirt_finds():
    text = run("calibrate", responses=str(HERE / "lsat7_patterns.csv"), model="2pl")
    slopes = [float(row["value"]) for row in rows("mirt_fits.csv") if row["model"] == "mirt LSAT7 2PL" and row["param"] == "a"]
    printed = [float(line.split()[1]) for line in text.splitlines()[1:6]]
    assert printed == pytest.approx(slopes, abs=1e-3)
    assert "log-likelihood -2658.80511" in text


def test_calibrate_as_csv_and_json_say_the_same():
    as_csv = list(csv.DictReader(io.StringIO(run("calibrate", responses=str(HERE / "lsat6_patterns.csv"), format="csv", model="rasch"))))
    document = json.loads(run("calibrate", responses=str(HERE / "lsat6_patterns.csv"), format="json", model="rasch"))
    assert [float(row["intercept"]) for row in as_csv[:5]] == pytest.approx([item["intercept"] for item in document["items"]])
    assert document["variance"] == pytest.approx(0.57024, abs=1e-3)
    assert document["items"][0]["slope_se"] is None  # fixed at 1
    assert document["converged"] is True


def test_calibrate_takes_answers_a_line_each(tmp_path):
    """The long shape of a data set gives the fit of its patterns."""
    patterns = table("lsat6_patterns.csv").astype(int)
    lines, person = ["person,item,correct"], 0
    for *answers, frequency in patterns.tolist():
        for _ in range(frequency):
            person += 1
            lines += [f"p{person},item{index},{answer}" for index, answer in enumerate(answers)]
    path = tmp_path / "long.csv"
    path.write_text("\n".join(lines))
    document = json.loads(run("calibrate", responses=str(path), format="json"))
    assert document["log_likelihood"] == pytest.approx(-2466.65338, abs=1e-3)
    assert document["persons"] == 1000


def test_calibrate_prints_abilities():
    text = run("calibrate", responses=str(HERE / "lsat6_patterns.csv"), abilities=True)
    assert "00000        3  -1.896770   0.801277" in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("a,b\n1,2\n", "line 2: an answer is 0, 1 or empty, not '2'"),
        ("a,b\n1\n", "line 2: has 1 cells, the heading 2"),
        ("person,item,correct\np,i,1\np,i,0\n", "line 3: p answers i a second time"),
        ("person,item,correct\n", "a heading and no answers"),
        ("a,b,Freq\n1,0,x\n", "line 2: a frequency is a number, not 'x'"),
        ("a,b,Freq\n1,0,-1\n", "line 2: a frequency is not negative"),
        ("a,b\n1,0\n1,1\n", "item 1 was answered alike by everybody"),
        ("a,b\n1,0\n0,1\n1,1\n", "needs 3 items or more"),
        (",a,b\n0,1,0\n1,0,1\n", "column 1 has no name"),
        ("a,b,a\n0,1,0\n1,0,1\n", "the heading names a twice"),
        ("person,item,correct\n,i,1\n", "line 2: names no person"),
        ("person,item,correct\np,,1\n", "line 2: names no item"),
        (f"a,b\n1,{'0' * 200_000}\n", "line 2: field larger than field limit"),
    ],
)
def test_calibrate_names_what_is_wrong_with_a_file(tmp_path, content, message):
    path = tmp_path / "bad.csv"
    path.write_text(content)
    with pytest.raises(CommandError, match=message.replace("(", r"\(")):
        run("calibrate", responses=str(path))


def test_calibrate_says_that_a_file_is_missing(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run("calibrate", responses=str(tmp_path / "none.csv"))


def test_item_statistics_print_what_moodle_expects():
    text = run("item_statistics", marks=str(HERE / "moodle/quiz00_marks.csv"), format="csv")
    printed = {row["item"]: row for row in csv.DictReader(io.StringIO(text))}
    for expected in rows("moodle/quiz00_expected_items.csv"):
        found = printed[f"slot{expected['slot']}"]
        assert float(found["discrimination_index"]) == pytest.approx(float(expected["discriminationindex"]), abs=1e-6)
        assert float(found["effective_weight"]) == pytest.approx(float(expected["effectiveweight"]), abs=1e-6)
    document = json.loads(run("item_statistics", marks=str(HERE / "moodle/quiz00_marks.csv"), format="json"))
    assert document["consistency"] == pytest.approx(-87.2230935542, abs=1e-6)
    assert "standard_error" in run("item_statistics", marks=str(HERE / "moodle/quiz00_marks.csv"))


def test_item_statistics_take_maxima(tmp_path):
    path = tmp_path / "marks.csv"
    path.write_text("attempt,a,b\nmax,2,4\n1,2,1\n2,1,4\n3,0,2\n")
    document = json.loads(run("item_statistics", marks=str(path), format="json"))
    assert [item["facility"] for item in document["items"]] == pytest.approx([0.5, 7 / 12])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("attempt,a\n1,1\n", "two attempts"),
        ("a,b\n1,x\n2,2\n", "line 2: a mark is a number"),
        ("a,b\n1,nan\n2,2\n", "finite"),
        (",a\n0,1\n1,0\n", "column 1 has no name"),
        ("a,b\n1,0\n1,4\n", "line 3: a mark of 4 for b, and no line max"),
        ("attempt,a\nmax,1\nmax,2\n1,1\n2,0\n", "line 3: names maximum marks a second time"),
    ],
)
def test_item_statistics_name_what_is_wrong(tmp_path, content, message):
    path = tmp_path / "bad.csv"
    path.write_text(content)
    with pytest.raises(CommandError, match=message):
        run("item_statistics", marks=str(path))


@pytest.mark.django_db
def test_calibrate_by_hand_publishes_parameters(practised, exam):
    practised(20, 20)
    assert "version" in run("calibrate", exam=exam.slug)
    assert ParameterVersion.objects.get().answers == 400
    with pytest.raises(CommandError, match="no exam"):
        run("calibrate", exam="nothing-such")


@pytest.mark.django_db
def test_calibrate_without_answers_says_so(exam):
    assert "no answers to calibrate yet" in run("calibrate")


@pytest.mark.django_db
def test_rebuild_says_whether_the_sums_were_right(practised, exam):
    practised(4, 8)
    gather_all()
    assert "0 had other sums before" in run("rebuild_statistics", exam.slug)
    row = QuestionStatistics.objects.get(pk=spread(exam)[0].current_version_id)
    right = row.sums
    row.sums = right | {"shown": 99}
    row.save()
    text = run("rebuild_statistics", exam.slug)
    assert "1 had other sums before" in text
    assert f"version {row.pk}" in text
    row.refresh_from_db()
    assert row.sums == right
    with pytest.raises(CommandError, match="no exam"):
        run("rebuild_statistics", "nothing-such")


@pytest.mark.django_db
def test_replay_by_hand(practised, exam):
    practised(3, 4)
    assert run("replay_mastery") == "0 learners replayed\n"
    Mastery.objects.update(stale=True)
    assert run("replay_mastery") == "3 learners replayed\n"
    assert run("replay_mastery", everybody=exam.slug) == "3 learners replayed\n"
    with pytest.raises(CommandError, match="no exam"):
        run("replay_mastery", everybody="nothing-such")


@pytest.mark.django_db
def test_night_by_hand_does_the_whole_night(practised, exam, monkeypatch):
    from datetime import timedelta

    monkeypatch.setattr("analytics.domain.honesty.WINDOW", timedelta(days=10_000))
    practised(10, 20)
    assert run("nightly", week=True, month=True) == "done\n"
    assert ParameterVersion.objects.count() == 1
    assert AccuracyReport.objects.count() == 1
    assert QuestionStatistics.objects.filter(judged_at__isnull=False).exists()


@pytest.mark.django_db
def test_history_is_never_made_up_in_production(exam, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="never made up in production"):
        run("generate_history", learners=1, responses=1)
    assert not get_user_model().objects.exists()
