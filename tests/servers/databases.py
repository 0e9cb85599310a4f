"""Databases with the product's real content, made once and copied: each copy is a site's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.db import connections

from config import roles


class Databases:
    """A template, migrated and filled with the content, and copies of it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._server = os.environ.get("DATABASE_URL", "")
        self._copies: list[str] = []
        self._count = 0
        self._template = ""
        self._trouble = ""

    def copy(self) -> str:
        """A fresh copy's DATABASE_URL."""
        self._count += 1
        return self._copy(self._made_template(), f"sl_{os.getpid()}_{self._count}")

    def empty(self) -> str:
        """The DATABASE_URL of a database without a table."""
        self._count += 1
        return self._empty(f"sl_{os.getpid()}_{self._count}")

    def drop_all(self) -> None:
        """Remove what was made on a server; files go with the run's directory."""
        for name in self._copies:
            with psycopg.connect(self._server, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _made_template(self) -> str:
        assert not self._trouble, self._trouble  # the same for every test that wants a copy: once is enough
        if not self._template:
            name = f"sl_{os.getpid()}_template"
            url = self._empty(name)
            try:
                self._manage(url, "prepare")
            except AssertionError as error:
                self._trouble = str(error)
                raise
            self._template = name
        return self._template

    def _empty(self, name: str) -> str:
        if not self._server:
            return f"sqlite:///{self._directory / name}.sqlite3"
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        self._copies.append(name)
        return self._url(name)

    def _copy(self, template: str, name: str) -> str:
        if not self._server:
            shutil.copyfile(self._directory / f"{template}.sqlite3", self._directory / f"{name}.sqlite3")
            return f"sqlite:///{self._directory / name}.sqlite3"
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self._copies.append(name)
        return self._url(name)

    def _url(self, name: str) -> str:
        return urlunsplit(urlsplit(self._server)._replace(path=f"/{name}"))

    @staticmethod
    def _manage(url: str, *words: str) -> None:
        done = subprocess.run(
            roles.manage(*words),
            env={**os.environ, "DATABASE_URL": url, "DEMO": "no"},
            cwd=roles.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (
            f"manage.py {' '.join(words)} ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )


@contextmanager
def reading_and_writing(url: str) -> Iterator[None]:
    """Point this process's models at that database for a while; committed at once, as another process would."""
    connection = connections["default"]
    database = settings.DATABASES["default"]
    before = database["NAME"]
    name = url.removeprefix("sqlite:///") if url.startswith("sqlite:") else urlsplit(url).path.lstrip("/")
    connection.close()
    database["NAME"] = connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        database["NAME"] = connection.settings_dict["NAME"] = before
