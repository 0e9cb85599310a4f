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


class MemoryCache(LocMemCache):
    """This process's memory, which can count."""

    def tally(self, key: str, timeout: int) -> int:
        """Count one more under a key that is forgotten after `timeout` seconds; returns the count."""
        self.add(key, 0, timeout)
        try:
            return int(self.incr(key))
        except ValueError:  # gone between the two: the cache is full
            return 1


class PatientRedisCache(RedisCache):
    """Redis while it answers; this process's memory for a few seconds after it did not.

    A frozen Redis would otherwise hold every request for the socket's timeout, and a dead one would turn throttles into errors.
    Entries are hints here: nothing is kept in the cache that may not be lost.
    """

    rest_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = MemoryCache("studyloop-fallback", {"OPTIONS": {"MAX_ENTRIES": 2000}, "KEY_PREFIX": self.key_prefix})

    def _either(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= type(self).rest_until:
            remote: Callable[..., Any] = getattr(super(), operation)
            try:
                return remote(*args, **kwargs)
            except (RedisError, OSError) as error:
                self._rest(error)
        return getattr(self._own, operation)(*args, **kwargs)

    def _rest(self, error: Exception) -> None:
        type(self).rest_until = time.monotonic() + REST_SECONDS
        logger.warning("cache_away", error=type(error).__name__, seconds=REST_SECONDS)

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

    def tally(self, key: str, timeout: int) -> int:
        """Count one more under a key that is forgotten after `timeout` seconds; returns the count.

        One exchange with Redis; `add` and `incr` together take three, at every save of an answer.
        """
        if time.monotonic() >= type(self).rest_until:
            name = self.make_and_validate_key(key)
            try:
                client = self._cache.get_client(name, write=True)
                count = int(client.incr(name))
                if count == 1:
                    client.expire(name, timeout)
                return count
            except (RedisError, OSError) as error:
                self._rest(error)
        return self._own.tally(key, timeout)

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
