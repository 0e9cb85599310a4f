import structlog
from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.signals import user_login_failed


class ConfigApp(AppConfig):
    """The project itself: its Celery application must exist before a task is sent."""

    name = "config"
    verbose_name = "Studyloop"

    def ready(self) -> None:
        import config.celery  # noqa: F401 - makes it the current application

        if settings.METRICS_TOKEN:
            from config import metrics  # not before the settings have named its directory

            structlog.configure(processors=[metrics.count_event, *structlog.get_config()["processors"]])
            user_login_failed.connect(metrics.count_failed_login, dispatch_uid="metrics")
