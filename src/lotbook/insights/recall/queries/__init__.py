"""Reading cases: one, many, its log, its scope and what is still to be reconciled."""

from lotbook.insights.recall.queries.reading import about_lots, case, cases, log, log_broken_at

__all__ = ["about_lots", "case", "cases", "log", "log_broken_at"]
