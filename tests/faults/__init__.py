"""Tests of what goes wrong: crowds, crashes, bad input."""
