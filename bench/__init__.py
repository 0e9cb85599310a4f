"""Load, throughput and honesty, measured and printed as tables."""
