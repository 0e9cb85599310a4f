"""Static files under names that carry their content's hash, so that browsers may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedModuleStorage(CompressedManifestStaticFilesStorage):
    """Hash the names inside ES modules too: `import "./outbox.js"` must not load last week's file."""

    support_js_module_import_aggregation = True
