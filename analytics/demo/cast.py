"""Who is in the demonstration. All of them are invented."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Person:
    """An invented learner.

    `ability` at the start and `gain` a week are logits, on the scale of the readiness model; `weak` shifts single domains.
    `sittings` are spread over ten weeks, the last one `away` days ago; `lessons` are done in course order.
    """

    username: str
    name: str
    ability: float
    gain: float
    sittings: int = 14
    questions: int = 12
    away: int = 0
    weak: dict[int, float] = field(default_factory=dict)
    lessons: int = 6
    shares: bool = True
    exam_in: int | None = None


LEARNER = Person("learner", "Lena Ortiz", 0.1, 0.06, sittings=18, questions=12, weak={4: -0.7}, lessons=14, exam_in=26)

MEMBERS = (
    Person("liam.byrne", "Liam Byrne", 0.2, -0.05, sittings=13, away=11, weak={4: -0.8, 3: -0.4}, lessons=2),
    Person("farah.haddad", "Farah Haddad", -0.7, 0.12, weak={4: -0.6}, exam_in=24),
    Person("dmitri.volkov", "Dmitri Volkov", 0.2, 0.01, sittings=18, away=2, weak={4: -0.9}, lessons=4),
    Person("ines.navarro", "Inés Navarro", 0.0, 0.11, weak={4: -0.4}, lessons=9),
    Person("jonas.weber", "Jonas Weber", 0.2, 0.09, away=1, lessons=7),
    Person("esra.yilmaz", "Esra Yılmaz", 0.2, 0.11, weak={4: -0.5}, lessons=11),
    Person("hiro.tanaka", "Hiro Tanaka", 0.4, 0.09, lessons=10),
    Person("amara.okafor", "Amara Okafor", 0.4, 0.12, weak={4: -0.8}, lessons=12),
    Person("chiara.russo", "Chiara Russo", 0.8, 0.08, away=1, lessons=16),
    Person("kavya.rao", "Kavya Rao", 1.0, 0.1, sittings=18, lessons=20),
    Person("grace.kim", "Grace Kim", 1.3, 0.08, away=1, lessons=18),
    Person("noor.ali", "Noor Ali", 1.6, 0.09, sittings=18, lessons=24),
    Person("ben.lindqvist", "Ben Lindqvist", 0.4, 0.1, sittings=10, lessons=5, shares=False),
)

INSTRUCTOR = ("instructor", "Ingrid Solheim")
LEAD = ("lead", "Sam Drew")
TEAM = "Data Platform"
