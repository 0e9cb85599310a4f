import assert from "node:assert/strict";
import { test } from "node:test";

import { daysUntil, judgeChoice } from "../../static/js/player/reasons.js";

test("days until a question returns are days of the calendar", () => {
  const evening = new Date(2026, 10, 21, 23, 30);
  assert.equal(daysUntil(new Date(2026, 10, 21, 8), evening), 0);
  assert.equal(daysUntil(new Date(2026, 10, 22, 0, 10), evening), 1, "forty minutes later, but tomorrow");
  assert.equal(daysUntil(new Date(2026, 10, 24, 23), evening), 3);
  assert.equal(daysUntil(new Date(2027, 4, 21, 12), evening), 181, "over the change of the clock");
});

test("what others chose is said of each option once it is known", () => {
  const option = { correct: false, chosen: false, struck: false, share: 0 };
  assert.deepEqual(judgeChoice({ ...option, chosen: true, share: 41 }), ["badpick", "wrong_chosen_share"]);
  assert.deepEqual(judgeChoice({ ...option, chosen: true, share: null }), ["badpick", "wrong_chosen"]);
  assert.deepEqual(judgeChoice({ ...option, correct: true, chosen: true, share: 60 }), ["right", "right_chosen", "share"]);
  assert.deepEqual(judgeChoice({ ...option, correct: true, struck: true }), ["right", "right_struck", "share"], "none of a hundred is known too");
  assert.deepEqual(judgeChoice({ ...option, share: undefined }), ["plain", "wrong_option"], "a preview of a draft");
});
