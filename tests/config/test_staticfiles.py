"""Static files as production stores them."""

from __future__ import annotations

import re

from django.core.files.base import ContentFile

from config.staticfiles import HashedModuleStorage


def test_modules_import_each_other_under_hashed_names(tmp_path, settings):
    settings.STATIC_ROOT = str(tmp_path)
    storage = HashedModuleStorage(location=str(tmp_path), base_url="/static/")
    storage.save("js/player.js", ContentFile(b'import { Outbox } from "./outbox.js";\nexport const box = new Outbox();\n'))
    storage.save("js/outbox.js", ContentFile(b"export class Outbox {}\n" * 50))
    for _name, _hashed, done in storage.post_process(
        {"js/player.js": (storage, "js/player.js"), "js/outbox.js": (storage, "js/outbox.js")}
    ):
        assert done
    hashed = storage.stored_name("js/player.js")
    assert re.fullmatch(r"js/player\.[0-9a-f]{12}\.js", hashed)
    assert f'from "./{storage.stored_name("js/outbox.js").removeprefix("js/")}"' in (tmp_path / hashed).read_text()
    for name in ("js/player.js", "js/outbox.js"):
        assert (tmp_path / storage.stored_name(name)).stat().st_size > 50, name
    assert (tmp_path / f"{storage.stored_name('js/outbox.js')}.br").exists()
