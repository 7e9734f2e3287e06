"""The demo world: a year in the life of a maker of sauces and cheese, always the same for the same day.

``goods``, ``people``, ``partners`` and ``sites`` say who and what there is; ``year`` lets the days happen
and ``troubles`` what goes wrong, both as plain ``diary`` entries that know no database; ``loading`` puts
it all into an empty book through the same doors everybody uses.
"""
