import assert from "node:assert/strict";
import { test } from "node:test";

import { delay } from "../../static/js/player/marking.js";

test("the looks come at 0.5, 1, 1, 2, 2, 3 and then every 5 seconds up to a minute, then more rarely", () => {
  const delays = [];
  let waited = 0;
  for (let looks = 0; waited < 90_000; looks += 1) {
    const next = delay(looks, waited, 0);
    delays.push(next / 1000);
    waited += next;
  }
  assert.deepEqual(delays.slice(0, 8), [0.5, 1, 1, 2, 2, 3, 5, 5]);
  const sums = delays.map((_, index) => delays.slice(0, index + 1).reduce((sum, next) => sum + next, 0));
  assert.ok(sums.includes(60), "there is a look at the minute");
  assert.deepEqual(delays.slice(-2), [15, 15]);
});

test("the server's wish for a pause is honoured", () => {
  assert.equal(delay(0, 0, 1), 1000);
  assert.equal(delay(8, 20_000, 20), 20_000);
  assert.equal(delay(8, 20_000, 1), 5000);
});
