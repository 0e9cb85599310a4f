"""Load, throughput and honesty, measured and printed as tables."""

import config  # noqa: F401 - what it sets for numpy holds here too
