from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from analytics.domain.mastery import take_graded
        from quizzes.signals import attempts_graded

        attempts_graded.connect(take_graded, dispatch_uid="analytics.mastery")
