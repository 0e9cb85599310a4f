#!/usr/bin/env python3
"""The entry point of every command: `manage.py help` lists them."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run a command; a setting that is missing or wrong is named in one line, without a trace."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.environment import SettingError

    try:
        from django.conf import settings

        settings.INSTALLED_APPS  # noqa: B018 - reads the settings now, so that their errors are caught here
    except SettingError as error:
        sys.exit(f"Studyloop cannot start: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
