"""The last weeks of the demo year on the floor: documents made by the rooms' own actions.

``scene`` holds the clock and finds what there is; the others act: ``terms`` agrees on rules, ``arriving``
orders and receives, ``making`` cooks, ``keeping`` moves and counts, ``leaving`` sells, ``scanning``
prints, reads tags and carries a handheld, ``showing`` leaves papers and filters behind.
"""
