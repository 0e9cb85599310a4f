import assert from "node:assert/strict";
import { test } from "node:test";

import { given, matched, needed, placed, placeOf, same, Sitting, toggled, without } from "../../static/js/player/state.js";

const options = ["a", "b", "c", "d", "e"].map((key) => ({ key, text: key }));
const single = { position: 1, kind: "multiple_choice", choose: 1, options, prompts: [] };
const two = { position: 2, kind: "multiple_response", choose: 2, options, prompts: [] };
const order = { position: 3, kind: "ordering", choose: 3, options, prompts: [] };
const match = { position: 4, kind: "matching", choose: 2, options, prompts: [{ key: "p1" }, { key: "p2" }] };

test("a radio answer is replaced, and cleared by choosing it again", () => {
  assert.deepEqual(toggled(single, null, "b"), ["b"]);
  assert.deepEqual(toggled(single, ["b"], "c"), ["c"]);
  assert.equal(toggled(single, ["b"], "b"), null);
});

test("checkboxes hold no more than the question asks for, in the options' order", () => {
  assert.deepEqual(toggled(two, ["d"], "a"), ["a", "d"]);
  assert.equal(toggled(two, ["a", "d"], "e"), undefined);
  assert.deepEqual(toggled(two, ["a", "d"], "d"), ["a"]);
  assert.equal(toggled(two, ["d"], "d"), null);
  assert.deepEqual(without(two, ["a", "d"], "a"), ["d"]);
  assert.equal(without(two, ["a"], "a"), null);
  assert.equal(without(two, null, "a"), null);
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

test("places are found in answers that the server has shortened", () => {
  assert.equal(placeOf(["c"], "c"), 1);
  assert.equal(placeOf(["c"], "a"), 0);
  assert.equal(placeOf(null, "a"), 0);
});

test("pairs are set, replaced and cleared", () => {
  assert.deepEqual(matched(null, "p1", "b"), { p1: "b" });
  assert.deepEqual(matched({ p1: "b" }, "p1", "c"), { p1: "c" });
  assert.equal(matched({ p1: "b" }, "p1", ""), null);
});

test("parts are counted, not places", () => {
  assert.equal(needed(match), 2);
  assert.equal(needed(order), 3);
  assert.equal(given([null, "b", null]), 1);
  assert.equal(given({ p1: "a", p2: "a" }), 2);
  assert.equal(given(null), 0);
});

test("answers are the same whatever form the server keeps them in", () => {
  assert.ok(same(two, ["b", "a"], ["a", "b"]));
  assert.ok(same(order, ["a", null, null], ["a"]));
  assert.ok(!same(order, ["a", "b"], ["b", "a"]), "in an ordering the order is the answer");
  assert.ok(!same(order, [null, "a"], ["a"]));
  assert.ok(same(match, { p2: "x", p1: "y" }, { p1: "y", p2: "x" }));
  assert.ok(!same(match, { p1: "y" }, null));
});

const stored = (position, answer, version, more = {}) => ({
  position,
  answer,
  version,
  save_id: `s${position}.${version}`,
  flagged: false,
  struck: [],
  seconds: 4,
  confidence: null,
  checked: false,
  ...more,
});

function sitting(responses = [], kept = []) {
  return new Sitting({ questions: [single, two, order, match], responses }, kept);
}

test("the states of the navigator", () => {
  const made = sitting([stored(1, ["a"], 1), stored(2, ["a"], 1, { flagged: true }), stored(3, null, 1)]);
  assert.deepEqual(
    made.positions().map((position) => made.status(position)),
    ["answered", "part", "seen", "unseen"],
  );
  assert.deepEqual(made.counts(), { answered: 1, part: 1, none: 2, open: 3, flagged: 1, seen: 3 });
});

test("an unsent record whose save had arrived is taken as saved", () => {
  const mine = { ...stored(1, ["b"], 1), save_id: "mine", order: 1, sent: ["mine"], seen: true };
  const made = sitting([stored(1, ["b"], 2, { save_id: "mine" })], [mine]);
  assert.deepEqual(made.unsent(), []);
  assert.equal(made.record(1).version, 2);
});

test("an unsent record is sent again on top of our own earlier save", () => {
  const mine = { ...stored(1, ["b"], 1), save_id: "later", order: 1, sent: ["earlier"], seen: true };
  const made = sitting([stored(1, ["a"], 2, { save_id: "earlier" })], [mine]);
  assert.equal(made.unsent()[0].version, 2, "it starts from what is stored");
  assert.deepEqual(made.record(1).answer, ["b"]);
});

test("another device's newer answer stands, and ours is kept beside it", () => {
  const mine = { ...stored(1, ["b"], 1), save_id: "mine", order: 1, sent: [], seen: true };
  const made = sitting([stored(1, ["c"], 5, { save_id: "theirs" })], [mine]);
  assert.deepEqual(made.record(1).answer, ["c"]);
  assert.equal(made.record(1).version, 5);
  assert.deepEqual(made.conflicts.get(1).answer, ["b"]);
  assert.deepEqual(made.unsent(), []);
});

test("the same answer from two devices is no conflict", () => {
  const mine = { ...stored(2, ["b", "a"], 1), save_id: "mine", order: 1, sent: [], flagged: true, seen: true };
  const made = sitting([stored(2, ["a", "b"], 5, { save_id: "theirs" })], [mine]);
  assert.equal(made.conflicts.size, 0);
  assert.equal(made.record(2).version, 5);
  assert.equal(made.record(2).flagged, true, "what else we changed is still ours to send");
});

test("what was acknowledged after the page's description was kept wins over it", () => {
  const kept = { ...stored(1, ["d"], 3), order: 0, sent: [], seen: true };
  assert.deepEqual(sitting([stored(1, ["a"], 2)], [kept]).record(1).answer, ["d"]);
  assert.deepEqual(sitting([stored(1, ["a"], 4)], [kept]).record(1).answer, ["a"]);
});

test("an older description never makes a conflict of our own saves", () => {
  const mine = { ...stored(1, ["d"], 3), save_id: "mine", order: 2, sent: [], seen: true };
  const made = sitting([stored(1, ["a"], 2)], [mine]);
  assert.equal(made.conflicts.size, 0);
  assert.equal(made.unsent().length, 1);
});

test("records of positions that the sitting does not have are left alone", () => {
  const made = sitting([], [{ ...stored(9, ["a"], 1), order: 1, sent: [] }]);
  assert.deepEqual(made.unsent(), []);
});
