from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "pages"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from pages.sign_in import keep_guest_attempts

        user_logged_in.connect(keep_guest_attempts, dispatch_uid="pages.sign_in")
