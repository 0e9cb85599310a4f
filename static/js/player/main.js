// Starts the player: from the server, or, where there is no network, from what this browser kept.

import { Api, Unanswered } from "./api.js";
import { Player } from "./player.js";
import { forgetOld, openStorage } from "./storage.js";
import { Catalogue, part } from "./text.js";

/** {kept, answers, payload} of the sitting; nothing when it is over or neither side has it. */
async function load({ attempt, owner, result }, api, storage) {
  const kept = (await storage.sitting(attempt)) ?? { attempt, owner, submit: null };
  const answers = await storage.answers(attempt);
  try {
    const { status, data } = await api.ask("GET");
    if (status !== 200 || data.state !== "in_progress") {
      await storage.forget(attempt);
      return location.replace(result);
    }
    Object.assign(kept, { owner, payload: data, at: Date.now() });
    await storage.keepSitting(kept);
    return { kept, answers, payload: data };
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    part("loading").classList.add("failed");
    return kept.payload && { kept, answers, payload: elapsed(kept) };
  }
}

/** Until the server is back, this device's clock has to do; the server judges in the end. */
function elapsed({ payload, at }) {
  const { remaining_seconds: left, paused } = payload;
  return left === null || paused ? payload : { ...payload, remaining_seconds: Math.max(0, left - (Date.now() - at) / 1000) };
}

const root = part("player");
const words = new Catalogue(JSON.parse(document.getElementById("words").textContent));
const api = new Api(root.dataset);
const storage = await openStorage();
await forgetOld(storage, root.dataset, Date.now());
const loaded = await load(root.dataset, api, storage);
if (loaded) new Player(root, { words, api, storage, ...loaded }).start();
