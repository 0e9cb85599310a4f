from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.account.signals import password_changed, password_reset, password_set

        from accounts.tokens import forget_token

        autodiscover_modules("privacy")
        post_migrate.connect(_after_migration, dispatch_uid="accounts.roles")
        for signal in (password_changed, password_reset, password_set):
            signal.connect(forget_token, dispatch_uid="accounts.tokens")


def _after_migration(*, app_config: AppConfig, using: str, apps: Any = None, **kwargs: Any) -> None:
    """Bring the roles up to date once every app has its permissions.

    Permissions are made app by app after a migration, those of `auth` after all of ours; so this waits for `auth`. A migration to
    some early state may not have the tables yet.
    """
    if app_config.label != "auth" or using != "default" or (apps is not None and not {"auth", "accounts"} <= set(apps.all_models)):
        return
    from accounts.domain.roles import bring_roles_up_to_date

    bring_roles_up_to_date()
