"""Which Studyloop this is; archives and diagnoses carry it."""

VERSION = "0.1.0"


def as_numbers(version: str) -> tuple[int, ...]:
    """A version to compare by: "0.10.1" is (0, 10, 1). Raises ValueError for anything else."""
    return tuple(int(part) for part in version.split("."))
