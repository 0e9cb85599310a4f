"""A cache that may be slow, gone or frozen without any page noticing for long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = structlog.get_logger("studyloop.cache")

REST_SECONDS = 5.0


class PatientRedisCache(RedisCache):
    """Redis while it answers; this process's memory for a few seconds after it did not.

    A frozen Redis would otherwise hold every request for the socket's timeout, and a dead one would turn throttles into errors.
    Entries are hints here: nothing is kept in the cache that may not be lost.
    """

    rest_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = LocMemCache("studyloop-fallback", {"OPTIONS": {"MAX_ENTRIES": 2000}, "KEY_PREFIX": self.key_prefix})

    def _either(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= type(self).rest_until:
            remote: Callable[..., Any] = getattr(super(), operation)
            try:
                return remote(*args, **kwargs)
            except (RedisError, OSError) as error:
                type(self).rest_until = time.monotonic() + REST_SECONDS
                logger.warning("cache_away", error=type(error).__name__, seconds=REST_SECONDS)
        return getattr(self._own, operation)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("delete", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("get_many", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("delete_many", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("has_key", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("incr", *args, **kwargs)

    def clear(self) -> None:
        """Remove the entries of this cache alone: the same Redis holds the queue of hints, and perhaps other people's keys."""
        self._own.clear()
        try:
            client = self._cache.get_client(write=True)
            for keys in batched(client.scan_iter(match=f"{self.key_prefix}:*", count=1000)):
                client.delete(*keys)
        except (RedisError, OSError) as error:
            logger.warning("cache_away", error=type(error).__name__, seconds=0)


def batched(keys: Iterable[bytes], size: int = 500) -> Iterator[list[bytes]]:
    """The keys in lists of at most `size`."""
    rest = iter(keys)
    while batch := list(islice(rest, size)):
        yield batch
