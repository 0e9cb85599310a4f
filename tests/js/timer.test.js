import assert from "node:assert/strict";
import { test } from "node:test";

import { clockFace, Countdown } from "../../static/js/player/timer.js";

function countdown(seconds, paused = false) {
  const clock = { now: 1_000_000 };
  const made = new Countdown(() => clock.now);
  made.sync(seconds, paused);
  return { made, move: (by) => (clock.now += by * 1000) };
}

test("the face of the clock", () => {
  assert.equal(clockFace(4360), "1:12:40");
  assert.equal(clockFace(3600), "1:00:00");
  assert.equal(clockFace(2480), "41:20");
  assert.equal(clockFace(600), "10:00");
  assert.equal(clockFace(59.2), "1:00", "a second that has begun counts");
  assert.equal(clockFace(9), "0:09");
  assert.equal(clockFace(0), "0:00");
});

test("it counts on its own clock between the server's words", () => {
  const { made, move } = countdown(100);
  move(30);
  assert.equal(made.left, 70);
  made.sync(60, false);
  assert.equal(made.left, 60, "the server is right");
  move(90);
  assert.equal(made.left, 0, "never below nothing");
});

test("each mark is passed once, at its second", () => {
  const { made, move } = countdown(1801);
  const passed = [];
  for (let second = 0; second <= 1801; second += 1) {
    const mark = made.passed();
    if (mark !== undefined) passed.push([second, mark]);
    move(1);
  }
  assert.deepEqual(passed, [
    [1, 1800],
    [1201, 600],
    [1501, 300],
    [1741, 60],
    [1801, 0],
  ]);
});

test("after a sleep over several marks only the lowest is said", () => {
  const { made, move } = countdown(2000);
  made.passed();
  move(1750);
  assert.equal(made.passed(), 300);
  assert.equal(made.passed(), undefined);
});

test("a sitting of thirty minutes or less is not told so at its start", () => {
  const { made, move } = countdown(1800);
  assert.equal(made.passed(), undefined);
  move(1);
  assert.equal(made.passed(), undefined);
});

test("a sitting opened after its end is over at once", () => {
  const { made } = countdown(0);
  assert.equal(made.passed(), 0);
  assert.equal(made.passed(), undefined);
});

test("paused, it stands still", () => {
  const { made, move } = countdown(500, true);
  move(300);
  assert.equal(made.left, 500);
  made.sync(500, false);
  move(10);
  assert.equal(made.left, 490);
});

test("time that is given is noticed, and its marks come again", () => {
  const { made, move } = countdown(601);
  made.passed();
  move(2);
  assert.equal(made.passed(), 600);
  assert.equal(made.sync(599.5, false), false, "small differences are the network's");
  assert.equal(made.sync(1500, false), true);
  move(901);
  assert.equal(made.passed(), 600);
});

test("without a limit there is nothing to count", () => {
  const { made } = countdown(null);
  assert.equal(made.left, null);
  assert.equal(made.passed(), undefined);
  const timed = countdown(100).made;
  assert.equal(timed.sync(null, false), true, "a limit taken away is time given");
  assert.equal(timed.left, null);
});
