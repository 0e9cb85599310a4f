"""Reading the environment: values, defaults, secrets in files, and errors that name the variable."""

from __future__ import annotations

import pytest

from config.environment import VARIABLES, Environment, SettingError
from config.roles import BASE_DIR


def test_text_prefers_the_prefix_and_falls_back_to_the_default():
    assert Environment({"PORT": "1", "STUDYLOOP_PORT": "2"}).text("PORT") == "2"
    assert Environment({"PORT": " 1 "}).text("PORT") == "1"
    assert Environment({"PORT": ""}).text("PORT") == "8000"


def test_text_reads_a_secret_from_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text("secret\n")
    assert Environment({"SECRET_KEY_FILE": str(file)}).text("SECRET_KEY") == "secret"
    assert Environment({"SECRET_KEY_FILE": str(file), "SECRET_KEY": "given"}).text("SECRET_KEY") == "given"


def test_text_of_a_secret_file_that_cannot_be_read_names_it(tmp_path):
    with pytest.raises(SettingError, match=r"EMAIL_URL_FILE names a file that cannot be read: .*missing"):
        Environment({"EMAIL_URL_FILE": str(tmp_path / "missing")}).text("EMAIL_URL")


def test_text_does_not_read_a_file_for_what_is_no_secret(tmp_path):
    file = tmp_path / "host"
    file.write_text("0.0.0.0")
    assert Environment({"HOST_FILE": str(file)}).text("HOST") == "127.0.0.1"


@pytest.mark.parametrize(("value", "expected"), [("yes", True), ("1", True), ("On", True), ("no", False), ("0", False), ("FALSE", False)])
def test_flag_reads_words_for_yes_and_no(value, expected):
    assert Environment({"DEBUG": value}).flag("DEBUG") is expected


def test_flag_that_is_neither_names_the_variable():
    with pytest.raises(SettingError, match="DEBUG must be yes or no, not 'maybe'"):
        Environment({"DEBUG": "maybe"}).flag("DEBUG")


def test_flag_unset_takes_what_the_caller_says():
    assert Environment({}).flag("HTTPS", unset=True) is True
    assert Environment({"HTTPS": "no"}).flag("HTTPS", unset=True) is False


@pytest.mark.parametrize("value", ["0", "65536", "-1", "8e3", "eighty", "80.0"])
def test_number_out_of_bounds_or_no_number_names_the_variable(value):
    with pytest.raises(SettingError, match="PORT must be a whole number from 1 to 65535"):
        Environment({"PORT": value}).number("PORT", low=1, high=65535)


def test_choice_outside_the_list_says_the_list():
    with pytest.raises(SettingError, match="DJANGO_ENV must be one of development, production, test, not 'staging'"):
        Environment({"DJANGO_ENV": "staging"}).choice("DJANGO_ENV", ("development", "production", "test"))


def test_place_takes_a_url_apart():
    place = Environment({"DATABASE_URL": "postgresql://ada:p%40ss@db.example:6543/loop?sslmode=require"}).place(
        "DATABASE_URL", ("postgresql",)
    )
    assert place is not None
    assert (place.user, place.password, place.host, place.port, place.path) == ("ada", "p@ss", "db.example", 6543, "/loop")
    assert place.options == {"sslmode": "require"}


@pytest.mark.parametrize(
    "url", ["mysql://ada:hunter2@db/x", "hunter2", "postgresql://ada:hunter2@db:port/x", "postgresql://ada:hunter2@[::1/x"]
)
def test_place_that_cannot_be_read_names_the_variable_and_keeps_the_password_to_itself(url):
    with pytest.raises(SettingError, match="DATABASE_URL must be a URL that begins with postgresql://") as caught:
        Environment({"DATABASE_URL": url}).place("DATABASE_URL", ("postgresql",))
    assert "hunter2" not in str(caught.value)


def test_unknown_finds_misspelt_variables_and_suggests():
    environment = Environment(
        {"STUDYLOOP_PROT": "1", "STUDYLOOP_PORT": "1", "STUDYLOOP_SECRET_KEY_FILE": "x", "STUDYLOOP_PROCESS": "web", "PATH": ""}
    )
    assert environment.unknown() == ["STUDYLOOP_PROT is not a setting. Is STUDYLOOP_PORT meant?"]


def test_operations_page_lists_every_variable_as_the_code_has_it():
    page = (BASE_DIR / "docs" / "operations.md").read_text()
    for variable in VARIABLES:
        default = f"`{variable.default}`" if variable.default else ""
        row = f"| `{variable.name}`{' *' if variable.secret else ''} | {default} | {variable.meaning} |"
        assert row in page, f"docs/operations.md lacks: {row}"
