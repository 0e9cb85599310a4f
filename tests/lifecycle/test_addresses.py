"""The addresses that rendered texts lead to are pages."""

from __future__ import annotations

import pytest
from django.urls import resolve

from lifecycle.models import SearchEntry
from lifecycle.search import search


@pytest.mark.parametrize("kind", SearchEntry.Kind.values)
def test_every_hit_leads_to_a_page(client, exam, kind):
    entry = SearchEntry.objects.filter(exam=exam, kind=kind).first()
    hit = next(hit for hit in search(exam, entry.title) if (hit.kind, hit.slug) == (kind, entry.slug))
    path, _, anchor = hit.url.partition("#")
    assert resolve(path).func.__module__.startswith("pages.")
    answer = client.get(path)
    assert answer.status_code == 200
    assert f'id="{anchor}"' in answer.content.decode() or not anchor
