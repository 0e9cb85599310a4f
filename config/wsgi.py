"""The web application for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Read by the settings: a web process keeps a pool of database connections, other processes one connection.
os.environ.setdefault("STUDYLOOP_PROCESS", "web")

application = get_wsgi_application()
