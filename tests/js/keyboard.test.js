import assert from "node:assert/strict";
import { test } from "node:test";

import { commandOf } from "../../static/js/player/keyboard.js";

const body = { tagName: "BODY" };
const press = (key, more = {}) => ({ key, code: "", target: body, altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, ...more });

test("single letters in plain mode", () => {
  assert.deepEqual(commandOf(press("a"), "plain"), { command: "choose", index: 0 });
  assert.deepEqual(commandOf(press("E"), "plain"), { command: "choose", index: 4 });
  assert.deepEqual(commandOf(press("B", { shiftKey: true }), "plain"), { command: "strike", index: 1 });
  for (const [key, command] of Object.entries({ n: "next", p: "previous", f: "flag", g: "navigator", r: "review", t: "time" }))
    assert.deepEqual(commandOf(press(key), "plain"), { command });
  assert.deepEqual(commandOf(press("?", { shiftKey: true }), "plain"), { command: "keys" });
  assert.equal(commandOf(press("x"), "plain"), null);
  assert.equal(commandOf(press("N", { shiftKey: true }), "plain"), null);
});

test("digits choose by place, six of them, with or without Shift but never with Alt", () => {
  assert.deepEqual(commandOf(press("1"), "plain"), { command: "choose", index: 0 });
  assert.deepEqual(commandOf(press("6"), "plain"), { command: "choose", index: 5 });
  assert.deepEqual(commandOf(press("2", { shiftKey: true, code: "Digit2" }), "plain"), { command: "choose", index: 1 }, "where digits need Shift");
  for (const key of ["0", "7", "-"]) assert.equal(commandOf(press(key), "plain"), null, key);
  assert.equal(commandOf(press("1", { altKey: true, code: "Digit1" }), "alt"), null, "a browser's tabs");
  assert.equal(commandOf(press("1"), "alt"), null);
  assert.equal(commandOf(press("1", { target: { tagName: "SELECT" } }), "plain"), null, "there it is a position");
});

test("keys of several letters are not letters", () => {
  for (const key of ["ArrowDown", "Enter", "Tab", "Escape", "AB", "Alt"]) assert.equal(commandOf(press(key), "plain"), null);
});

test("off means off", () => {
  for (const key of "abcdefgnprt?16") assert.equal(commandOf(press(key), "off"), null);
});

test("with Alt the plain letter does nothing and the place of the key counts", () => {
  assert.equal(commandOf(press("a"), "alt"), null);
  assert.deepEqual(commandOf(press("å", { altKey: true, code: "KeyA" }), "alt"), { command: "choose", index: 0 });
  assert.deepEqual(commandOf(press("ç", { altKey: true, shiftKey: true, code: "KeyC" }), "alt"), { command: "strike", index: 2 });
  assert.deepEqual(commandOf(press("¿", { altKey: true, shiftKey: true, code: "Slash" }), "alt"), { command: "keys" });
  assert.equal(commandOf(press("a", { altKey: true, code: "KeyA" }), "plain"), null);
});

test("the browser's own shortcuts are left to it", () => {
  assert.equal(commandOf(press("f", { ctrlKey: true }), "plain"), null);
  assert.equal(commandOf(press("r", { metaKey: true }), "plain"), null);
  assert.equal(commandOf(press("n", { ctrlKey: true, altKey: true, code: "KeyN" }), "alt"), null);
});

test("nothing fires where somebody types or chooses from a list", () => {
  for (const target of [{ tagName: "SELECT" }, { tagName: "TEXTAREA" }, { tagName: "INPUT", type: "text" }, { tagName: "INPUT", type: "password" }, { tagName: "DIV", isContentEditable: true }])
    assert.equal(commandOf(press("a", { target }), "plain"), null, target.tagName);
  for (const type of ["radio", "checkbox"])
    assert.deepEqual(commandOf(press("a", { target: { tagName: "INPUT", type } }), "plain"), { command: "choose", index: 0 });
});

test("a key held down acts once", () => {
  assert.equal(commandOf(press("n", { repeat: true }), "plain"), null);
  assert.equal(commandOf(press("n", { isComposing: true }), "plain"), null);
});
