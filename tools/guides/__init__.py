"""Makes what docs/guides and README.md show: pictures and answers, all from one demo book.

``python -m tools.guides`` makes everything anew; ``python -m tools.guides check HOME`` says what of the
guides is not so in the demo book of that folder (tests/test_guides.py runs it).

``book`` makes and serves the demo, ``blocks`` runs what is printed, ``crawl`` looks for the words that the
guides name, ``days`` walks through each person's day in Chromium, ``picture`` keeps what it sees.
"""
