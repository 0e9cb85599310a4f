import assert from "node:assert/strict";
import { test } from "node:test";

import { daysUntil } from "../../static/js/player/reasons.js";

test("days until a question returns are days of the calendar", () => {
  const evening = new Date(2026, 10, 21, 23, 30);
  assert.equal(daysUntil(new Date(2026, 10, 21, 8), evening), 0);
  assert.equal(daysUntil(new Date(2026, 10, 22, 0, 10), evening), 1, "forty minutes later, but tomorrow");
  assert.equal(daysUntil(new Date(2026, 10, 24, 23), evening), 3);
  assert.equal(daysUntil(new Date(2027, 4, 21, 12), evening), 181, "over the change of the clock");
});
