"""Everything kept about people is stated, exported and erased."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import CASCADE, ForeignKey

from accounts.domain.errors import LastLead, WrongPassword
from accounts.domain.privacy import close_account, erase_account, export_account
from accounts.domain.teams import create_team, invite, join_team
from accounts.models import AuditEntry, Team, User
from accounts.personal import Fate, Personal, everything, register
from analytics.models import QuestionStatistics
from lifecycle.domain.suggestions import suggest_term
from quizzes.domain.reports import report_problem
from quizzes.models import Attempt, QuestionVersion
from tests.accounts.conftest import PASSWORD
from tests.accounts.histories import sit


def ways_to_people():
    """(model, path) of every foreign key to a user, and of every row that goes when such a row goes."""
    found, frontier = set(), {User: ""}
    while frontier:
        owner, path = frontier.popitem()
        for model in apps.get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                if isinstance(field, ForeignKey) and field.remote_field.model is owner and not model._meta.proxy:
                    way = f"{field.name}__{path}" if path else field.name
                    key = (model._meta.label, way)
                    if key in found or model is owner:
                        continue
                    found.add(key)
                    if field.remote_field.on_delete is CASCADE and len(way.split("__")) < 3:
                        frontier[model] = way
    return found


def shortest(ways):
    """Rows with a way of their own need no second line for the way through something else."""
    own = {model for model, way in ways if "__" not in way}
    return {(model, way) for model, way in ways if "__" not in way or model not in own}


def test_registry_states_every_model_that_leads_to_a_person():
    stated = {(entry.model, entry.path) for entry in everything()}
    assert shortest(ways_to_people()) - stated == set()


def test_registry_names_only_what_exists():
    for entry in everything():
        model = apps.get_model(entry.model)
        model._default_manager.filter(**{entry.path: 0})
        for field in entry.fields:
            str(model._default_manager.values(field).query)


def test_registry_fates_are_those_of_the_database():
    for entry in everything():
        if "__" in entry.path:
            continue
        field = apps.get_model(entry.model)._meta.get_field(entry.path)
        assert (field.remote_field.on_delete is CASCADE) == (entry.fate is Fate.ERASED), entry.model


def test_register_twice_with_another_meaning_is_refused():
    with pytest.raises(ValueError, match="stated twice"):
        register(Personal("quizzes.Attempt", "user", Fate.UNNAMED))


def opened(user):
    with export_account(user=user) as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_export_has_answers_in_words_and_nothing_of_others(ada, grace, exam):
    sit(ada, exam, right=True)
    sit(grace, exam, right=False)
    files = opened(ada)
    answers = json.loads(files["answers.json"])
    assert len(answers) == 10
    assert {tuple(row["answer"]) for row in answers if len(row["answer"]) == 1} == {("Option c",)}
    assert json.loads(files["account.json"])[0]["username"] == "ada"
    assert len(json.loads(files["attempts.json"])) == 1
    assert len(json.loads(files["readiness.json"])) == 1
    everything_said = "".join(files.values())
    assert "grace" not in everything_said.casefold()
    assert "Because of" not in everything_said


def test_export_has_the_terms_that_were_suggested(ada, grace, exam):
    suggest_term(exam=exam, kind="term", name="Shadow traffic", note="In a talk.", suggested_by=ada)
    suggest_term(exam=exam, kind="term", name="Canary", note="", suggested_by=grace)
    (row,) = json.loads(opened(ada)["suggested_terms.json"])
    assert (row["name"], row["note"], row["state"]) == ("Shadow traffic", "In a talk.", "open")


def test_export_of_an_open_attempt_shows_no_right_answers(ada, exam):
    sit(ada, exam, right=False, submit=False)
    files = opened(ada)
    assert json.loads(files["answers.json"])[0]["answer"] != ["Option c"]
    assert json.loads(files["grades.json"]) == []
    assert "Because of" not in "".join(files.values())


def test_export_csv_is_the_json_and_takes_formulas_for_text(ada, exam):
    ada.display_name = '=HYPERLINK("http://evil")'
    ada.save()
    sit(ada, exam, right=True)
    files = opened(ada)
    rows = list(csv.DictReader(io.StringIO(files["account.csv"])))
    assert rows[0]["display_name"] == '\'=HYPERLINK("http://evil")'
    assert len(list(csv.DictReader(io.StringIO(files["answers.csv"])))) == len(json.loads(files["answers.json"]))


def test_export_tells_what_was_done_to_the_account(ada, grace):
    AuditEntry.objects.create(actor=grace, action="user.make_instructor", subject_kind="user", subject_id=str(ada.pk))
    AuditEntry.objects.create(actor=grace, action="user.make_instructor", subject_kind="user", subject_id=str(grace.pk))
    assert [row["action"] for row in json.loads(opened(ada)["record.json"])] == ["user.make_instructor"]


def mentions(word):
    """Tables with a text column that holds the word in any case."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for column in connection.introspection.get_table_description(cursor, table):
                cursor.execute(f'SELECT count(*) FROM "{table}" WHERE CAST("{column.name}" AS TEXT) LIKE %s', [f"%{word}%"])
                if cursor.fetchone()[0]:
                    found.add(table)
    return found


def test_erase_leaves_no_trace_and_changes_nothing_of_others(ada, grace, exam):
    ada.username, ada.email, ada.display_name = "adacanary", "adacanary@example.org", "Adacanary"
    ada.save()
    attempt = sit(ada, exam, right=True)
    sit(grace, exam, right=True)
    report_problem(version=QuestionVersion.objects.first(), reporter=ada, attempt=attempt, kind="unclear", text="Which one?")
    team = create_team(name="Data", actor=grace)
    join_team(token=invite(team=team, actor=grace).token, user=ada)
    LogEntry.objects.create(
        user=grace, content_type=ContentType.objects.get_for_model(User), object_id=str(ada.pk), object_repr="Adacanary", action_flag=2
    )
    assert "accounts_user" in mentions("adacanary")
    kept = list(Attempt.objects.filter(user=grace).values())
    sums = list(QuestionStatistics.objects.values())
    number = ada.pk

    erase_account(user=ada, actor=ada)

    assert mentions("adacanary") == set()
    assert mentions("Adacanary") == set()
    assert not Attempt.objects.filter(user_id=number).exists()
    assert list(Attempt.objects.filter(user=grace).values()) == kept
    assert list(QuestionStatistics.objects.values()) == sums
    assert AuditEntry.objects.get(action="account.erase").subject_id == str(number)


def test_erase_of_the_last_lead_is_refused_and_names_the_team(ada, grace):
    team = create_team(name="Data", actor=ada)
    join_team(token=invite(team=team, actor=ada).token, user=grace)
    with pytest.raises(LastLead) as refused:
        erase_account(user=ada, actor=ada)
    assert refused.value.teams == ("Data",)
    assert User.objects.filter(pk=ada.pk).exists()


def test_erase_closes_a_team_of_one(ada):
    create_team(name="Mine", actor=ada)
    erase_account(user=ada, actor=ada)
    assert not Team.objects.exists()


def test_erase_takes_the_name_of_a_team_that_others_sat_quizzes_of(ada, grace, exam):
    from quizzes.models import Quiz

    team = create_team(name="Ada and friends", actor=ada)
    quiz = Quiz.objects.create(exam=exam, slug="q", title="Q", team=team)
    Attempt.objects.filter(pk=sit(grace, exam, right=True).pk).update(quiz=quiz)
    erase_account(user=ada, actor=ada)
    assert Team.objects.get().name == f"Team {team.pk}"


def test_close_account_wants_the_password(ada):
    with pytest.raises(WrongPassword):
        close_account(user=ada, password="wrong")
    close_account(user=ada, password=PASSWORD)
    assert not User.objects.exists()


def test_close_account_without_a_password_wants_the_user_name(ada):
    ada.set_unusable_password()
    ada.save()
    with pytest.raises(WrongPassword):
        close_account(user=ada, password="")
    close_account(user=ada, password="ada")
    assert not User.objects.exists()


def test_commands_export_and_erase(ada, tmp_path, capsys):
    call_command("export_user", "ada", "--to", str(tmp_path / "ada.zip"))
    assert "account.json" in zipfile.ZipFile(tmp_path / "ada.zip").namelist()
    assert (tmp_path / "ada.zip").stat().st_mode & 0o077 == 0
    for place in ("ada.zip", "no/such/directory.zip"):
        with pytest.raises(CommandError, match="cannot be written"):
            call_command("export_user", "ada", "--to", str(tmp_path / place))
    with pytest.raises(CommandError, match="--yes"):
        call_command("erase_user", "ada")
    call_command("erase_user", "ada", "--yes")
    assert not User.objects.exists()
    with pytest.raises(CommandError, match="nobody"):
        call_command("export_user", "ada", "--to", str(tmp_path / "x.zip"))
