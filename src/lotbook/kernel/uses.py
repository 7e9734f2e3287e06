"""Asking the floors above whether something is in use, without importing them.

A room that keeps rows about a lower room's record registers a question in its ``AppConfig.ready``; the
lower room asks all of them before it changes what those rows rely on.
"""

from __future__ import annotations

from collections.abc import Callable

Question = Callable[[int], str]
_QUESTIONS: dict[str, list[Question]] = {}


def register(subject: str, question: Question) -> None:
    """Let ``question(key)`` say how a record is used ("3 lots"), or "" when it is not.

    ``subject`` is the record's kind: ``catalog.item``, ``places.place``.

    Registering the same question again changes nothing.
    """
    questions = _QUESTIONS.setdefault(subject, [])
    if question not in questions:
        questions.append(question)


def of(subject: str, key: int) -> str:
    """How the record with this key is used, in words ("3 lots, stock of 2 lots"); empty when it is not."""
    answers = (question(key) for question in _QUESTIONS.get(subject, ()))
    return ", ".join(answer for answer in answers if answer)
