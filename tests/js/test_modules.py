"""What holds the player's modules together: their weight, their words, and the list the page names them in."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import brotli
import pytest
from django.conf import settings

from config.staticfiles import without_comments
from pages.player_words import player_words
from pages.views.attempts import PLAYER_MODULES
from tests.servers.node import find_node

SCRIPTS = settings.BASE_DIR / "static" / "js"
PLAYER = SCRIPTS / "player"
BESIDE = {"marking.js", "result.js"}  # of the pages after the player
ON_EVERY_PAGE = ("page.js", "install.js")
BUDGET = 25 * 1024


def weight(path: Path) -> int:
    """Bytes of a script as it is served: without its comments, Brotli at the level of WhiteNoise."""
    return len(brotli.compress(without_comments(path.read_text()).encode(), quality=11))


def modules() -> list[Path]:
    """The player's modules, loaded at once or later."""
    return sorted(path for path in PLAYER.rglob("*.js") if path.name not in BESIDE)


def test_the_player_weighs_no_more_than_its_budget() -> None:
    everything = [*modules(), *(SCRIPTS / name for name in ON_EVERY_PAGE)]
    weights = {str(path.relative_to(SCRIPTS)): weight(path) for path in everything}
    assert sum(weights.values()) <= BUDGET, weights


def imports(path: Path, pattern: str) -> set[Path]:
    return {(path.parent / name).resolve() for name in re.findall(pattern, path.read_text())}


def test_the_page_names_what_the_player_needs_at_once() -> None:
    needed, found = set(), {PLAYER / "main.js"}
    while found - needed:
        path = (found - needed).pop()
        needed.add(path)
        found |= imports(path, r'(?m)^import [^;]*? from "([^"]+)";')
    named = {settings.BASE_DIR / "static" / name for name in PLAYER_MODULES}
    assert named == needed - {PLAYER / "main.js"}


def keys_used() -> dict[str, set[str]]:
    """Keys of the words that the scripts ask for literally, by the way they ask."""
    used: dict[str, set[str]] = {"text": set(), "count": set()}
    for path in modules():
        for way, inside in re.findall(r"words\.(text|count)\(((?:[^()]|\([^()]*\))*)", path.read_text()):
            first = inside.split(", {")[0]
            used[way] |= set(re.findall(r'"([a-z_0-9]+)"', first))
    return used


@pytest.mark.parametrize("mode", ["simulation", "drill"])
def test_every_message_that_the_scripts_say_exists(mode: str) -> None:
    messages = player_words(mode)["messages"]
    used = keys_used()
    assert len(used["text"]) > 40
    for key in used["text"] - {"ok", "warn"}:
        assert isinstance(messages.get(key), str), key
    for key in used["count"]:
        assert isinstance(messages.get(key), list), key


@pytest.mark.parametrize(
    "family",
    [
        "select_1 select_2 select_3 select_4 select_5 select_10 limit_2 limit_10",
        "is_answered is_part is_seen is_unseen show_all show_open show_flagged review_check review_open review_flagged review_all",
        "saving_short saved_short offline_short waiting_short signed_out_short other_tab_short",
        "waiting_action signed_out_action other_tab_action sure_1 sure_2 sure_3",
        "right_chosen right_missed right_struck wrong_chosen wrong_struck wrong_option step_right step_elsewhere step_missed",
        "step_wrongly_in step_rightly_out pair_right pair_wrong pair_missed spare spare_used",
        "wrong_chosen_share share report_offline report_busy report_signed_out",
    ],
)
def test_messages_whose_keys_are_put_together(family: str) -> None:
    messages = player_words("drill")["messages"]
    assert [key for key in family.split() if key not in messages] == []


def test_plural_forms_follow_gettext() -> None:
    words = player_words("drill")
    forms = words["messages"]["n_open"]
    assert forms[words["plural"][1]] == "{n} question open"
    assert forms[words["plural"][0]] == forms[words["plural"][2]] == forms[words["plural"][101]] == "{n} questions open"


def test_the_player_says_what_the_pages_say() -> None:
    """The sentences are the pages' own, so that a translator meets them once."""
    messages = player_words("drill")["messages"]
    assert messages["wrong_chosen_share"] == "Wrong. You chose it, as {share}% of learners do."
    assert messages["share"] == "{share}% of learners choose it."
    assert messages["report_sent"] == "Thank you. An instructor will read what you wrote on question {n} and answer you."


def test_the_seven_states_of_saving_read_word_for_word() -> None:
    words = player_words("simulation")
    messages, several = words["messages"], words["plural"][2]
    assert messages["saving"] == "Saving…"
    assert messages["saved"] == "Saved at {time}"
    assert messages["offline"][several] == "Offline, kept on this device ({n} to send)"
    assert (messages["waiting"][several], messages["waiting_action"]) == ("Not saved yet. Next try in {n} s", "Try now")
    assert (messages["signed_out"], messages["signed_out_action"]) == ("Signed out. Answers are kept.", "Sign in")
    assert (messages["other_tab"], messages["other_tab_action"]) == ("Open in another tab", "Use this one")
    assert messages["storage_blocked"] == "This browser cannot keep answers offline"


@pytest.mark.parametrize("path", sorted(SCRIPTS.rglob("*.js")), ids=lambda path: path.name)
def test_a_script_without_its_comments_is_the_same_script(path: Path) -> None:
    """Node parses both; every line of code is still there, in its order."""
    source = path.read_text()
    lean = without_comments(source)
    module = ["--input-type=module", "--check"]
    if path.name != "sw.js":
        checked = subprocess.run([find_node(), *module], check=False, input=lean, capture_output=True, text=True, timeout=120)
        assert checked.returncode == 0, checked.stderr
    removed = [line for line in source.splitlines() if line not in set(lean.splitlines())]
    for line in removed:
        assert re.match(r"\s*(//|/\*|\*)", line) or in_block(source, line), line
    assert "//" not in "".join(re.findall(r"^\s*//", lean, re.MULTILINE))


def in_block(source: str, line: str) -> bool:
    """Whether a line stands inside a block comment."""
    return any(line in block for block in re.findall(r"/\*(?:.|\n)*?\*/", source))
