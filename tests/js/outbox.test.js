import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { newId, Outbox } from "../../static/js/player/outbox.js";
import { Sitting } from "../../static/js/player/state.js";

const options = ["a", "b", "c"].map((key) => ({ key, text: key }));
const questions = [1, 2, 3].map((position) => ({ position, kind: "multiple_choice", choose: 1, options, prompts: [] }));

/** A server as the API describes it: versions, save ids, and a switch for each trouble. */
class Server {
  stored = new Map();
  trouble = null;
  loseReply = false;
  requests = [];

  async put(position, body) {
    this.requests.push({ position, ...body });
    if (this.trouble) return this.trouble;
    const before = this.stored.get(position) ?? { version: 0, save_id: null };
    if (before.save_id === body.save_id) return { kind: "saved", reply: { version: before.version } };
    if (before.version !== body.base_version) return { kind: "stale", stored: { position, ...before } };
    const after = { ...body, version: before.version + 1 };
    this.stored.set(position, after);
    if (this.loseReply) return { kind: "offline" };
    return { kind: "saved", reply: { version: after.version } };
  }
}

let server, sitting, outbox, kept, told;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  server = new Server();
  sitting = new Sitting({ questions, responses: [] });
  kept = new Map();
  told = [];
  outbox = new Outbox({
    sitting,
    send: (position, body) => server.put(position, body),
    keep: async (record) => kept.set(record.position, structuredClone(record)),
    tell: (state, detail) => told.push([state, detail]),
  });
});

const settle = async () => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
};

function answer(position, key) {
  const record = sitting.record(position);
  record.answer = key && [key];
  return outbox.change(record);
}

test("a change is kept on the device at once and sent after a moment", async () => {
  answer(1, "a");
  await settle();
  assert.deepEqual(kept.get(1).answer, ["a"]);
  assert.equal(server.requests.length, 0);
  mock.timers.tick(300);
  await settle();
  assert.deepEqual(server.stored.get(1).answer, ["a"]);
  assert.equal(sitting.record(1).version, 1);
  assert.equal(kept.get(1).order, 0, "the device knows that it is sent");
});

test("changes in quick succession are one save", async () => {
  answer(1, "a");
  answer(1, "b");
  mock.timers.tick(300);
  await settle();
  assert.equal(server.requests.length, 1);
  assert.deepEqual(server.requests[0].answer, ["b"]);
});

test("everything is sent in the order in which it was changed", async () => {
  server.trouble = { kind: "offline" };
  answer(2, "a");
  answer(1, "a");
  answer(3, "a");
  answer(2, "b");
  mock.timers.tick(300);
  await settle();
  server.trouble = null;
  server.requests = [];
  assert.equal(await outbox.flush(), true);
  assert.deepEqual(
    server.requests.map(({ position }) => position),
    [2, 1, 3],
  );
  assert.deepEqual(server.stored.get(2).answer, ["b"]);
});

test("a save whose reply was lost is recognised, and the newer answer follows it", async () => {
  server.loseReply = true;
  answer(1, "a");
  mock.timers.tick(300);
  await settle();
  assert.deepEqual(told.at(-1)[0], "offline");
  server.loseReply = false;
  answer(1, "b");
  await outbox.flush();
  assert.deepEqual(server.stored.get(1).answer, ["b"]);
  assert.equal(server.stored.get(1).version, 2);
  assert.equal(sitting.conflicts.size, 0);
});

test("the same holds when the page was closed in between", async () => {
  server.loseReply = true;
  answer(1, "a");
  mock.timers.tick(300);
  await settle();
  const returned = new Sitting({ questions, responses: [{ position: 1, ...server.stored.get(1) }] }, [...kept.values()]);
  assert.equal(returned.conflicts.size, 0);
  assert.deepEqual(returned.unsent(), [], "it had arrived");
});

test("another device's answer is not overwritten", async () => {
  server.stored.set(1, { answer: ["c"], version: 3, save_id: "theirs" });
  answer(1, "a");
  await outbox.flush();
  assert.deepEqual(server.stored.get(1).answer, ["c"]);
  assert.deepEqual(sitting.record(1).answer, ["c"]);
  assert.deepEqual(sitting.conflicts.get(1).answer, ["a"]);
  assert.equal(told.at(-1)[0], "conflict");
});

test("an answer given while a save is under way is sent after it, on top of it", async () => {
  let release;
  const hold = new Promise((resolve) => (release = resolve));
  const put = server.put.bind(server);
  server.put = async (...save) => {
    await hold;
    return put(...save);
  };
  answer(1, "a");
  mock.timers.tick(300);
  await settle();
  answer(1, "b");
  release();
  await settle();
  assert.deepEqual(
    server.requests.map(({ answer: given, base_version: base }) => [given, base]),
    [
      [["a"], 0],
      [["b"], 1],
    ],
  );
  assert.equal(sitting.unsent().length, 0);
});

test("without a connection it tries again after 2, 4, 8, 16, 30 and 30 seconds", async () => {
  server.trouble = { kind: "offline" };
  answer(1, "a");
  mock.timers.tick(300);
  await settle();
  const waits = [];
  for (let round = 0; round < 6; round += 1) {
    waits.push(told.at(-1)[1].wait);
    mock.timers.tick(told.at(-1)[1].wait * 1000);
    await settle();
  }
  assert.deepEqual(waits, [2, 4, 8, 16, 30, 30]);
});

test("the server's own wish for a pause is followed", async () => {
  server.trouble = { kind: "busy", after: 7 };
  answer(1, "a");
  await outbox.flush();
  assert.deepEqual(told.at(-1), ["busy", { wait: 7, unsent: 1 }]);
  server.trouble = null;
  mock.timers.tick(6900);
  await settle();
  assert.equal(server.stored.size, 0);
  mock.timers.tick(100);
  await settle();
  assert.equal(server.stored.size, 1);
});

test("a save that the server fails on holds up no other", async () => {
  const put = server.put.bind(server);
  server.put = async (position, body) => (position === 1 ? { kind: "busy", after: null } : put(position, body));
  answer(1, "a");
  answer(2, "b");
  await outbox.flush();
  mock.timers.tick(2000);
  await settle();
  assert.deepEqual(server.stored.get(2).answer, ["b"]);
  assert.equal(sitting.unsent().length, 1);
});

test("what is refused is told once and not sent again", async () => {
  server.trouble = { kind: "refused", code: "late" };
  answer(1, "a");
  assert.equal(await outbox.flush(), true);
  assert.equal(told.at(-1)[0], "refused");
  assert.equal(told.at(-1)[1].code, "late");
  assert.equal(server.requests.length, 1);
});

test("signed out: nothing is tried until it is asked for, and nothing is lost", async () => {
  server.trouble = { kind: "signed_out" };
  answer(1, "a");
  await outbox.flush();
  mock.timers.tick(60_000);
  await settle();
  assert.equal(server.requests.length, 1);
  server.trouble = null;
  assert.equal(await outbox.flush(), true);
  assert.deepEqual(server.stored.get(1).answer, ["a"]);
});

test("a stopped outbox sends nothing", async () => {
  answer(1, "a");
  outbox.stop();
  mock.timers.tick(1000);
  await settle();
  assert.equal(server.requests.length, 0);
  assert.equal(sitting.unsent().length, 1);
});

test("on the way out everything unsent is handed over without waiting", async () => {
  answer(1, "a");
  answer(2, "b");
  outbox.handOver();
  await settle();
  assert.deepEqual(server.stored.get(1).answer, ["a"]);
  assert.deepEqual(server.stored.get(2).answer, ["b"]);
});

test("on the way out a newer answer counts on the save still under way", async () => {
  const put = server.put.bind(server);
  let first = true;
  server.put = async (...save) => {
    const held = first;
    first = false;
    const outcome = put(...save);
    return held ? new Promise(() => {}) : outcome;
  };
  answer(1, "a");
  mock.timers.tick(300);
  await settle();
  answer(1, "b");
  outbox.handOver();
  await settle();
  assert.deepEqual(server.stored.get(1).answer, ["b"]);
  assert.equal(server.stored.get(1).version, 2);
});

test("on the way out a save under way is not sent twice", async () => {
  server.put = async function (position, body) {
    this.requests.push({ position, ...body });
    return new Promise(() => {});
  };
  answer(1, "a");
  mock.timers.tick(300);
  await settle();
  outbox.handOver();
  assert.equal(server.requests.length, 1);
});

test("on the way out a save that waits for this device's store is handed over, and counts once", async () => {
  const waiting = [];
  outbox.keep = () => new Promise((done) => waiting.push(done));
  answer(1, "a");
  mock.timers.tick(300);
  await settle();
  assert.equal(server.requests.length, 0);
  outbox.handOver();
  await settle();
  assert.deepEqual(server.stored.get(1).answer, ["a"]);
  outbox.keep = async () => {};
  for (const done of waiting) done();
  await settle();
  assert.equal(server.requests.length, 2);
  assert.equal(server.stored.get(1).version, 1);
  assert.equal(sitting.unsent().length, 0);
});

test("identifiers are UUIDs of version 4", () => {
  const ids = Array.from({ length: 50 }, newId);
  assert.equal(new Set(ids).size, 50);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
