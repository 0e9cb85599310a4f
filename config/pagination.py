"""Pages of lists in the API."""

from rest_framework.pagination import LimitOffsetPagination


class CappedPagination(LimitOffsetPagination):
    """`?limit=` (50, at most 200) and `?offset=`: no request can ask for a million rows."""

    default_limit = 50
    max_limit = 200
