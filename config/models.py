"""What the processes tell of themselves."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """When a worker last carried out a message. A row and not a ping: a worker that is alive but deaf to the broker goes stale."""

    worker = models.CharField(_("worker"), max_length=120, unique=True)
    seen_at = models.DateTimeField(_("last heard"))

    def __str__(self) -> str:
        return self.worker


class Preparation(models.Model):
    """What was loaded last, by its fingerprint, so that the next start need not do it again."""

    part = models.CharField(_("part"), max_length=40, unique=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    prepared_at = models.DateTimeField(_("prepared at"), auto_now=True)

    def __str__(self) -> str:
        return self.part
