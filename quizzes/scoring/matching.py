"""Prompts paired with their answers; some answers are spare."""

from __future__ import annotations

from quizzes.scoring.answers import Answer, BadAnswer, Credit, Shape, all_or_part


def check(answer: Answer, shape: Shape) -> Answer:
    """{prompt key: option key}; prompts still open are left out."""
    if not isinstance(answer, dict):
        raise BadAnswer("Expected an object from prompt to option key.")
    for prompt, key in answer.items():
        if prompt not in shape.prompt_keys:
            raise BadAnswer(f"There is no prompt {str(prompt)[:20]!r}.")
        if key is not None and (not isinstance(key, str) or key not in shape.option_keys):
            raise BadAnswer(f"There is no option {str(key)[:20]!r}.")
    return {prompt: answer[prompt] for prompt in sorted(answer) if answer[prompt] is not None}


def score(key: Answer, answer: Answer, *, partial: bool) -> Credit:
    """Right when every prompt has its own answer; partly right by the share of prompts that have."""
    matched = sum(answer.get(prompt) == option for prompt, option in key.items())
    return all_or_part(matched, len(key), partial=partial)
