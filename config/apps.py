from django.apps import AppConfig


class ConfigApp(AppConfig):
    """The project itself: its Celery application must exist before a task is sent."""

    name = "config"
    verbose_name = "Studyloop"

    def ready(self) -> None:
        import config.celery  # noqa: F401 - makes it the current application
