"""Recall cases: from suspicion over scope and freeze to a decision, a balance and a closed case."""
