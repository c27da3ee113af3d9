"""Static files under hashed names, also where one module imports another."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Statics(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
