"""The model written a second time, from its description alone: lists and loops, nothing of the product's code.

It makes the vectors for a doubtful cut (`readiness_cut_vectors.json`), which the published ones do not have.
"""

from __future__ import annotations

from math import ceil, erf, exp, pi, sqrt
from typing import Any

REPEAT_WEIGHT = 0.25
GRID = [-7 + 0.05 * index for index in range(281)]
# Gauss-Hermite for the standard normal, 7 points (Abramowitz & Stegun 25.4.46, scaled): exact for polynomials to degree 13.
NODES = [0.0, 1.1544053947399682, 2.3667594107345412, 3.7504397177257425]
WEIGHTS = [0.45714285714285713, 0.2401231786050127, 0.030757123967586497, 0.0005482688559722178]
POINTS = [(-x, w) for x, w in zip(NODES[:0:-1], WEIGHTS[:0:-1], strict=True)] + list(zip(NODES, WEIGHTS, strict=True))


def normal_cdf(x: float) -> float:
    return 0.5 * (1 + erf(x / sqrt(2)))


def density(x: float) -> float:
    return exp(-0.5 * x * x) / sqrt(2 * pi)


class PlainModel:
    """Two-parameter filter over 14 tasks and a learning speed, with the exam's prediction."""

    def __init__(self, vectors: dict[str, Any], cut_sd: float) -> None:
        self.given, self.cut_sd = vectors["defaults"], cut_sd
        sizes = vectors["blueprint"]["tasks_per_domain"]
        self.domain = [domain for domain, size in enumerate(sizes) for _ in range(size)]
        self.scored = [vectors["blueprint"]["scored_questions"][domain] / sizes[domain] for domain in self.domain]
        self.tasks = len(self.domain)
        questions = list(zip(vectors["bank"]["a"], vectors["bank"]["b"], strict=True))
        self.curve = [sum(1 / (1 + exp(-a * (at - b))) for a, b in questions) / len(questions) for at in GRID]
        g = self.given
        self.mean = [g["mu"]] * self.tasks + [g["r0"]]
        self.cov = [[0.0] * (self.tasks + 1) for _ in range(self.tasks + 1)]
        for j in range(self.tasks):
            for k in range(self.tasks):
                same = self.domain[j] == self.domain[k]
                self.cov[j][k] = g["tg"] ** 2 + g["td"] ** 2 * same + g["tt"] ** 2 * (j == k)
        self.cov[self.tasks][self.tasks] = g["sr"] ** 2
        self.day: float | None = None

    def answer(self, row: dict[str, Any]) -> None:
        self._pass_days(row["day"])
        self._measure(row)
        self._learn(row["task"], first=bool(row["first_exposure"]))

    def _pass_days(self, day: float) -> None:
        days = day - (self.day if self.day is not None else day)
        self.day = day
        for j in range(self.tasks):
            for k in range(self.tasks):
                self.cov[j][k] += days * (self.given["qg"] + self.given["qt"] * (self.domain[j] == self.domain[k]))

    def _measure(self, row: dict[str, Any]) -> None:
        task, alpha = row["task"], row["a"] / 1.702
        spread = sqrt(1 + alpha**2 * (self.cov[task][task] + row["s_b"] ** 2))
        t = min(max(alpha * (self.mean[task] - row["b"]) / spread, -6), 6)
        kappa = alpha / spread
        gradient = kappa * density(t) / normal_cdf(t) if row["correct"] else -kappa * density(t) / normal_cdf(-t)
        curvature = -gradient * (gradient + t * kappa)
        weight = 1.0 if row["first_exposure"] else REPEAT_WEIGHT
        column = [line[task] for line in self.cov]
        for j in range(self.tasks + 1):
            self.mean[j] += weight * gradient * column[j]
            for k in range(self.tasks + 1):
                self.cov[j][k] += weight * curvature * column[j] * column[k]

    def _learn(self, task: int, *, first: bool) -> None:
        size = self.tasks + 1
        if first:
            share = [1.0 if k == task else self.given["sib"] * (self.domain[k] == self.domain[task]) for k in range(self.tasks)] + [0.0]
            self.mean = [self.mean[k] + share[k] * self.mean[self.tasks] for k in range(size)]
            step = [[float(j == k) + (share[j] if k == self.tasks else 0.0) for k in range(size)] for j in range(size)]
            half = [[sum(step[j][i] * self.cov[i][k] for i in range(size)) for k in range(size)] for j in range(size)]
            self.cov = [[sum(half[j][i] * step[k][i] for i in range(size)) for k in range(size)] for j in range(size)]
        for j in range(self.tasks):
            for k in range(self.tasks):
                self.cov[j][k] += self.given["qrg"]
        self.cov[task][task] += self.given["qr"]

    def _expected(self, ability: float) -> float:
        place = min(max((ability + 7) / 0.05, 0), 280)
        left = min(int(place), 279)
        return self.curve[left] + (place - left) * (self.curve[left + 1] - self.curve[left])

    def chance(self) -> float:
        """Of passing an exam of 50 scored questions, at 70 % right answers give or take `cut_sd` questions."""
        first, second, slope = [], [], []
        for k in range(self.tasks):
            sd = sqrt(self.cov[k][k])
            values = [(x, w, self._expected(self.mean[k] + sd * x)) for x, w in POINTS]
            first.append(sum(w * value for _x, w, value in values))
            second.append(sum(w * value**2 for _x, w, value in values))
            slope.append(sum(w * x * value for x, w, value in values) / sd)
        variance = self.cut_sd**2
        for j in range(self.tasks):
            for k in range(self.tasks):
                shared = slope[j] * slope[k] * self.cov[j][k]
                shared = max(second[j] - first[j] ** 2, shared) if j == k else shared
                variance += self.scored[j] * self.scored[k] * shared
            variance += self.scored[j] * (first[j] - second[j])
        mean = sum(n * e for n, e in zip(self.scored, first, strict=True))
        return normal_cdf((mean - ceil(0.7 * sum(self.scored) - 1e-9) + 0.5) / sqrt(variance))


def chances(vectors: dict[str, Any], cut_sd: float) -> list[float]:
    """Before the first answer and after each."""
    model = PlainModel(vectors, cut_sd)
    found = [model.chance()]
    for row in vectors["rows"]:
        model.answer(row)
        found.append(model.chance())
    return found
