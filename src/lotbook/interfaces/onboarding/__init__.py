"""Onboarding: how a company's own data comes in before its first day with the book."""
