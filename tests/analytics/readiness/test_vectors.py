"""The golden vectors of the model: twelve answers, computed independently.

The published vectors were made with a cut known for certain (s_cut = 0). The product allows for one question of doubt (s_cut = 1);
its vectors come from `plain_model`, which gives the published ones to the last digit when it is told to be certain.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.readiness.curves import Bank, Curves, question_curves
from analytics.readiness.filter import FIRST_TIME, REPEAT, QuestionParameters, settled, update
from analytics.readiness.scores import ExamForm, Standard, report
from analytics.readiness.state import Hyperparameters, Layout, ability_model, pack, unpack
from tests.analytics.readiness.plain_model import chances
from tests.reference import document

CUT_VECTORS = document("readiness_cut_vectors.json")
VECTORS = document("readiness_vectors.json")
EXACT = {"rel": 0, "abs": 1e-9}


def golden_layout(stages: tuple[str, ...] = ()) -> Layout:
    domains = np.repeat(np.arange(1, 6), VECTORS["blueprint"]["tasks_per_domain"])
    return Layout(tuple(f"t{index}" for index in range(14)), tuple(str(domain) for domain in domains), stages)


def shipping_form(layout: Layout) -> ExamForm:
    """The form as the product makes it, with its doubt about the cut."""
    keys = layout.domain_keys
    blueprint = VECTORS["blueprint"]
    weights = dict(zip(keys, blueprint["weights"], strict=True))
    scored = dict(zip(keys, blueprint["scored_questions"], strict=True))
    return ExamForm.from_domains(layout, weights, scored)


def golden_curves(layout: Layout) -> Curves:
    bank = VECTORS["bank"]
    whole = question_curves(np.array(bank["a"]), np.array(bank["b"]), np.zeros(40)).mean(axis=0)
    stages = len(layout.stages)
    return Curves(np.tile(whole, (14, 1)), np.zeros((stages, 14, len(whole))), np.zeros((stages, 14)))


def golden_standard(layout: Layout) -> Standard:
    """The published vectors know the cut for certain."""
    return Standard(layout, replace(shipping_form(layout), cut_sd=0.0), golden_curves(layout))


def shipping_standard(layout: Layout) -> Standard:
    return Standard(layout, shipping_form(layout), golden_curves(layout))


def assert_reported(shown, expected) -> None:
    domains = shown.domains.values()
    assert [part.score for part in domains] == pytest.approx(expected["domain"], **EXACT)
    assert [part.low for part in domains] == pytest.approx(expected["domain_lo"], **EXACT)
    assert [part.high for part in domains] == pytest.approx(expected["domain_hi"], **EXACT)
    assert shown.overall.score == pytest.approx(expected["overall"], **EXACT)
    assert shown.overall.low == pytest.approx(expected["overall_lo"], **EXACT)
    assert shown.overall.high == pytest.approx(expected["overall_hi"], **EXACT)
    assert shown.chance == pytest.approx(expected["p_pass"], **EXACT)


def test_shipping_defaults_are_those_of_the_vectors():
    given = VECTORS["defaults"]
    hyper = Hyperparameters()
    assert (hyper.mu0, hyper.tau_g, hyper.tau_d, hyper.tau_t) == (given["mu"], given["tg"], given["td"], given["tt"])
    assert (hyper.q_g, hyper.q_d, hyper.q_a, hyper.q_k) == (given["qg"], given["qt"], given["qrg"], given["qr"])
    assert (hyper.r0, hyper.s_r, hyper.sibling) == (given["r0"], given["sr"], given["sib"])


def test_prior_reports_as_the_vectors_say():
    layout = golden_layout()
    prior = ability_model(layout).prior()
    assert prior.mean == pytest.approx(VECTORS["start"]["m"], **EXACT)
    assert np.diag(prior.cov) == pytest.approx(VECTORS["start"]["var"], **EXACT)
    assert_reported(report(prior, golden_standard(layout)), VECTORS["start"])


@pytest.mark.parametrize("stages", [(), ("monitoring", "training")], ids=["without stages", "with stages that no question has"])
def test_twelve_answers_give_the_vectors(stages):
    layout = golden_layout(stages)
    model = ability_model(layout)
    state = model.prior()
    for row in VECTORS["rows"]:
        question = QuestionParameters(row["task"], row["a"], row["b"], row["s_b"])
        weight = FIRST_TIME if row["first_exposure"] else REPEAT
        expected = update(state, model, question, correct=bool(row["correct"]), weight=weight, day=row["day"])
        assert expected.probability == pytest.approx(row["p_before"], **EXACT)
        after = settled(state, model)
        assert after.mean == pytest.approx(row["after"]["m"], **EXACT)
        assert np.diag(after.cov) == pytest.approx(row["after"]["var"], **EXACT)
        assert_reported(report(after, golden_standard(layout)), row["after"])
        state = unpack(pack(state, layout), layout)
    assert state.first_answers.sum() == sum(row["first_exposure"] for row in VECTORS["rows"])


def test_model_written_twice_gives_the_published_chances():
    published = [VECTORS["start"]["p_pass"], *(row["after"]["p_pass"] for row in VECTORS["rows"])]
    assert chances(VECTORS, cut_sd=0.0) == pytest.approx(published, rel=0, abs=1e-12)
    assert chances(VECTORS, cut_sd=CUT_VECTORS["cut_sd"]) == pytest.approx(CUT_VECTORS["p_pass"], rel=0, abs=1e-12)


def test_shipping_form_doubts_the_cut_by_one_question():
    layout = golden_layout()
    model, standard = ability_model(layout), shipping_standard(layout)
    assert standard.form.cut_sd == CUT_VECTORS["cut_sd"] == 1.0
    state = model.prior()
    found = [report(state, standard).chance]
    for row in VECTORS["rows"]:
        weight = FIRST_TIME if row["first_exposure"] else REPEAT
        question = QuestionParameters(row["task"], row["a"], row["b"], row["s_b"])
        update(state, model, question, correct=bool(row["correct"]), weight=weight, day=row["day"])
        found.append(report(settled(state, model), standard).chance)
    assert found == pytest.approx(CUT_VECTORS["p_pass"], **EXACT)


def test_bank_refuses_columns_of_unequal_length():
    with pytest.raises(ValueError, match="equally long"):
        Bank(np.zeros(2, int), np.zeros(2, int), np.ones(3), np.zeros(2), np.zeros(2))
