import assert from "node:assert/strict";
import { test } from "node:test";

import { Catalogue, opening, paragraphs, plain, tokens } from "../../static/js/player/text.js";

test("the three marks, and nothing else", () => {
  assert.deepEqual(tokens("Which is **not** a *good* `k-means`?"), [
    { kind: "", text: "Which is " },
    { kind: "strong", text: "not" },
    { kind: "", text: " a " },
    { kind: "em", text: "good" },
    { kind: "", text: " " },
    { kind: "code", text: "k-means" },
    { kind: "", text: "?" },
  ]);
  assert.deepEqual(tokens("5 * 3 = 15 and 2 * 2 = 4"), [{ kind: "", text: "5 * 3 = 15 and 2 * 2 = 4" }]);
  assert.deepEqual(tokens("`a*b*c`"), [{ kind: "code", text: "a*b*c" }]);
  assert.deepEqual(tokens("<b>bold</b>"), [{ kind: "", text: "<b>bold</b>" }], "markup is text");
});

test("plain words on one line", () => {
  assert.equal(plain("  Which is\n**not** `a`? "), "Which is not a?");
});

test("the first words of a long text are cut at a word", () => {
  assert.equal(opening("short", 20), "short");
  assert.equal(opening("a text that is clearly too long", 16), "a text that is…");
  assert.equal(opening("Pneumonoultramicroscopic", 10), "Pneumonou…");
});

test("what is asked stands alone", () => {
  const asked = paragraphs("A model was good at launch. Its error has doubled. Which two actions address the cause?");
  assert.deepEqual(asked, ["A model was good at launch. Its error has doubled.", "Which two actions address the cause?"]);
  assert.deepEqual(paragraphs("Which metric fits?"), ["Which metric fits?"]);
  assert.deepEqual(paragraphs("First.\n\nSecond. Why?"), ["First.", "Second.", "Why?"]);
  assert.deepEqual(paragraphs("Match each task to its service."), ["Match each task to its service."]);
  assert.deepEqual(paragraphs("It scores 0.7 today. Is F1 above 0.5 enough?"), ["It scores 0.7 today.", "Is F1 above 0.5 enough?"]);
});

test("a day of the calendar is written as the server writes dates", () => {
  const words = new Catalogue({ messages: {}, plural: [], dates: [...Array(10).fill(""), "{day} November {year}", "{padded}/12/{year}"] });
  assert.equal(words.date("2026-11-08"), "8 November 2026");
  assert.equal(words.date("2026-12-08"), "08/12/2026");
});

test("messages are filled in, and counted as the server says", () => {
  const words = new Catalogue({
    messages: { saved: "Saved at {time}", open: ["{n} question open", "{n} questions open"], odd: "{unknown} stays" },
    plural: Array.from({ length: 200 }, (_, n) => (n === 1 ? 0 : 1)),
  });
  assert.equal(words.text("saved", { time: "14:32" }), "Saved at 14:32");
  assert.equal(words.text("odd"), "{unknown} stays");
  assert.equal(words.count("open", 1), "1 question open");
  assert.equal(words.count("open", 0), "0 questions open");
  assert.equal(words.count("open", 365), "365 questions open");
});
