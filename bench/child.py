"""One step in a process of its own, with Django on the book of ``LOTBOOK_DATABASE_URL``.

``python -m bench.child migrate | build LOTS SEED | company EVENTS | shop | writer NUMBER BEGIN | MEASURE …``:
figures and results go to stdout as JSON, words for people to stderr.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

import django
from django.core.management import call_command


def main(step: str, *arguments: str) -> None:
    """Do one step."""
    django.setup()
    from django.db import connection

    if step == "migrate":
        call_command("migrate", verbosity=0)
    elif step == "build":
        from bench.harness import say
        from bench.world import build

        world = build(connection, lots=int(arguments[0]), seed=int(arguments[1]), say=say)
        print(json.dumps(world.as_json()))
    elif step == "company":
        from bench.company import build as build_company
        from bench.harness import say

        print(json.dumps(build_company(connection, events=int(arguments[0]), say=say)))
    elif step == "shop":
        from bench.shop import open_shop

        open_shop()
    elif step == "writer":
        from bench.writers import write

        write(int(arguments[0]), float(arguments[1]))
    else:
        import_module(f"bench.{step}").measure(*arguments)
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
