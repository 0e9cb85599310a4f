import assert from "node:assert/strict";
import { test } from "node:test";

import { fullness, given, matched, needed, placeOf, placed, same, toggled, uses, without } from "../../static/js/player/answers.js";

const options = ["a", "b", "c", "d", "e"].map((key) => ({ key, text: key }));
const single = { kind: "multiple_choice", choose: 1, options, prompts: [] };
const two = { kind: "multiple_response", choose: 2, options, prompts: [] };
const order = { kind: "ordering", choose: 3, options, prompts: [] };
const match = { kind: "matching", choose: 2, options, prompts: [{ key: "p1" }, { key: "p2" }] };

test("a radio answer is replaced, and cleared by choosing it again", () => {
  assert.deepEqual(toggled(single, null, "b"), ["b"]);
  assert.deepEqual(toggled(single, ["b"], "c"), ["c"]);
  assert.equal(toggled(single, ["b"], "b"), null);
});

test("checkboxes hold no more than the question asks for, in the options' order", () => {
  assert.deepEqual(toggled(two, ["d"], "a"), ["a", "d"]);
  assert.equal(toggled(two, ["a", "d"], "e"), null);
  assert.deepEqual(toggled(two, ["a", "d"], "d"), ["a"]);
  assert.deepEqual(without(two, ["a", "d"], "a"), ["d"]);
  assert.equal(without(two, ["a"], "a"), null);
});

test("a step that stood on the wanted place swaps with the one put there", () => {
  assert.deepEqual(placed(order, null, "c", 2), [null, "c", null]);
  assert.deepEqual(placed(order, ["a", "b", null], "a", 2), ["b", "a", null]);
  assert.deepEqual(placed(order, ["a", null, "b"], "b", 1), ["b", null, "a"]);
  assert.deepEqual(placed(order, ["a", "b", "c"], "d", 2), ["a", "d", "c"], "a newcomer puts the old one off");
});

test("a step can be taken off, and the last one off leaves nothing", () => {
  assert.deepEqual(placed(order, ["a", "b", null], "b", 0), ["a", null, null]);
  assert.equal(placed(order, [null, "b"], "b", 0), null);
  assert.deepEqual(placed(order, ["a", "b"], "e", 0), ["a", "b", null], "taking off what is not placed changes nothing");
  assert.deepEqual(placed(order, ["a", "b", null], "a", 1), ["a", "b", null], "the same place again changes nothing");
});

test("places are found in answers the server has shortened", () => {
  assert.equal(placeOf(["c"], "c"), 1);
  assert.equal(placeOf(["c"], "a"), 0);
  assert.equal(placeOf(null, "a"), 0);
});

test("pairs are set, replaced and cleared", () => {
  assert.deepEqual(matched(null, "p1", "b"), { p1: "b" });
  assert.deepEqual(matched({ p1: "b" }, "p1", "c"), { p1: "c" });
  assert.equal(matched({ p1: "b" }, "p1", ""), null);
  assert.equal(uses({ p1: "b", p2: "b" }, "b"), 2);
  assert.equal(uses(null, "b"), 0);
});

test("fullness counts parts, not places", () => {
  assert.equal(needed(match), 2);
  assert.equal(given([null, "b", null]), 1);
  assert.equal(fullness(order, [null, "b", null]), "part");
  assert.equal(fullness(order, ["a", "b", "c"]), "full");
  assert.equal(fullness(match, { p1: "a" }), "part");
  assert.equal(fullness(match, { p1: "a", p2: "a" }), "full");
  assert.equal(fullness(two, null), "none");
});

test("answers are the same whatever form the server keeps them in", () => {
  assert.ok(same(two, ["b", "a"], ["a", "b"]));
  assert.ok(same(order, ["a", null, null], ["a"]));
  assert.ok(!same(order, ["a", "b"], ["b", "a"]), "in an ordering the order is the answer");
  assert.ok(!same(order, [null, "a"], ["a"]));
  assert.ok(same(match, { p2: "x", p1: "y" }, { p1: "y", p2: "x" }));
  assert.ok(!same(match, { p1: "y" }, null));
});
