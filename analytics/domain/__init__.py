"""Use cases of analytics: every write that follows from answers, results or a night's work."""
