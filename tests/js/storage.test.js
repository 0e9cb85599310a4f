import assert from "node:assert/strict";
import { test } from "node:test";

import { forgetOld, isOver, openStorage, TabLock } from "../../static/js/player/storage.js";

const MINUTE = 60_000;
const payload = (more) => ({ deadline: "2026-11-19T12:00:00Z", grace_seconds: 30, can_pause: false, ...more });
const at = Date.parse("2026-11-19T11:00:00Z");
const end = Date.parse("2026-11-19T12:00:00Z");

test("a sitting with a deadline is over after its grace", () => {
  assert.equal(isOver({ payload: payload(), at }, end + 29_000), false);
  assert.equal(isOver({ payload: payload(), at }, end + 31_000), true);
});

test("a sitting that can be paused, or has no limit, is over when nobody touched it for two weeks", () => {
  for (const more of [{ can_pause: true }, { deadline: null }]) {
    assert.equal(isOver({ payload: payload(more), at }, at + 13 * 24 * 60 * MINUTE), false);
    assert.equal(isOver({ payload: payload(more), at }, at + 15 * 24 * 60 * MINUTE), true);
  }
});

test("a browser that keeps nothing still runs the page", async () => {
  const storage = await openStorage();
  assert.equal(storage.lasts, false);
  await storage.keepSitting({ attempt: "x" });
  assert.equal(await storage.sitting("x"), undefined);
  assert.deepEqual(await storage.answers("x"), []);
});

test("old sittings and other people's are forgotten; one's own open ones, and the one just opened, are kept", async () => {
  const forgotten = [];
  const kept = [
    { attempt: "mine", owner: "user-1", payload: payload(), at },
    { attempt: "over", owner: "user-1", payload: payload({ deadline: "2026-11-19T10:00:00Z" }), at },
    { attempt: "theirs", owner: "user-2", payload: payload(), at },
    { attempt: "opened", owner: "guest-1", payload: payload({ deadline: "2026-11-19T10:00:00Z" }), at },
  ];
  const storage = { sittings: async () => kept, forget: async (attempt) => forgotten.push(attempt) };
  await forgetOld(storage, { attempt: "opened", owner: "user-1" }, end - MINUTE);
  assert.deepEqual(forgotten, ["over", "theirs"]);
});

class Shared {
  values = new Map();
  getItem = (key) => this.values.get(key) ?? null;
  setItem = (key, value) => this.values.set(key, value);
  removeItem = (key) => this.values.delete(key);
}

function tabs(storage) {
  const channels = [];
  return (id) => {
    const channel = { onmessage: null, postMessage: (data) => channels.filter((other) => other !== channel).forEach((other) => other.onmessage?.({ data })) };
    channels.push(channel);
    const lost = [];
    return { lost, lock: new TabLock({ attempt: "x", id, storage, channel, lost: () => lost.push(id) }) };
  };
}

test("the tab that claims last owns, and the other hears of it once", () => {
  const shared = new Shared();
  const open = tabs(() => shared);
  const [first, second] = [open("1"), open("2")];
  first.lock.claim();
  assert.equal(first.lock.check(), true);
  second.lock.claim();
  assert.equal(first.lock.check(), false);
  assert.deepEqual(first.lost, ["1"]);
  first.lock.claim();
  assert.equal(second.lock.check(), false);
  assert.equal(first.lock.check(), true);
});

test("a tab that was frozen finds out before it writes", () => {
  const shared = new Shared();
  const lost = [];
  const frozen = new TabLock({ attempt: "x", id: "1", storage: () => shared, channel: null, lost: () => lost.push(1) });
  frozen.claim();
  new TabLock({ attempt: "x", id: "2", storage: () => shared, channel: null, lost: () => {} }).claim();
  assert.equal(frozen.check(), false);
  assert.deepEqual(lost, [1]);
});

test("with blocked storage the messages alone do", () => {
  const open = tabs(() => {
    throw new Error("SecurityError");
  });
  const [first, second] = [open("1"), open("2")];
  first.lock.claim();
  second.lock.claim();
  assert.equal(first.lock.check(), false);
  assert.equal(second.lock.check(), true);
});

test("a closed tab leaves no note behind, unless another has taken over", () => {
  const shared = new Shared();
  const open = tabs(() => shared);
  const [first, second] = [open("1"), open("2")];
  first.lock.claim();
  first.lock.release();
  assert.equal(shared.values.size, 0);
  second.lock.claim();
  first.lock.release();
  assert.equal(shared.values.size, 1);
});
