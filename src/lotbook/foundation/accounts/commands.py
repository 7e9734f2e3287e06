"""``lotbook user`` and ``lotbook key``: people and API keys from the command line."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from datetime import UTC, date, datetime, time

from lotbook.foundation.accounts import rules
from lotbook.kernel.errors import Fault, Refused

SYSTEM = "lotbook"
"""Who acts when the command line does: whoever can run it owns the machine."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``user`` and ``key``."""
    user = commands.add_parser("user", help="add people, change their roles and passwords")
    users = user.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add = users.add_parser("add", help="add a person")
    add.add_argument("name", help="name to log in with")
    add.add_argument("--role", required=True, help="such as " + ", ".join(rules.ROLES))
    _password_options(add)
    add.set_defaults(run=add_user)
    role = users.add_parser("role", help="give a person another role")
    role.add_argument("name")
    role.add_argument("role", help="such as " + ", ".join(rules.ROLES))
    role.set_defaults(run=change_role)
    sites = users.add_parser("sites", help="say at which sites a person may move goods")
    sites.add_argument("name")
    sites.add_argument("sites", nargs="*", metavar="SITE", help="codes of sites; none: all of them")
    sites.set_defaults(run=change_sites)
    password = users.add_parser("password", help="give a person a new password")
    password.add_argument("name")
    _password_options(password)
    password.set_defaults(run=change_password)
    listed = users.add_parser("list", help="list the people")
    listed.set_defaults(run=list_users)
    key = commands.add_parser("key", help="make and revoke API keys")
    keys = key.add_subparsers(title="commands", metavar="COMMAND", required=True)
    make = keys.add_parser("add", help="make a key and print its secret, this once")
    make.add_argument("name", help="what uses the key")
    make.add_argument(
        "--owner", required=True, metavar="PERSON", help="the key may never do more than this person"
    )
    make.add_argument("--scope", required=True, action="append", dest="scopes", metavar="PERMISSION")
    make.add_argument("--until", type=_day, metavar="YYYY-MM-DD", help="last day of use")
    make.set_defaults(run=add_key)
    revoke = keys.add_parser("revoke", help="end a key for good")
    revoke.add_argument("prefix", help="the key's first part, as the list shows it")
    revoke.set_defaults(run=revoke_key)
    shown = keys.add_parser("list", help="list the keys")
    shown.set_defaults(run=list_keys)


def add_user(options: argparse.Namespace) -> int:
    """Add a person, with a password typed twice, read from standard input, or made here."""
    from lotbook.foundation.accounts import actions

    password = _password(options)
    person = actions.create_user(username=options.name, role=options.role, password=password, actor=SYSTEM)
    print(f"{person.username} may log in as {person.role}.")
    _tell_generated(options, password)
    return 0


def change_role(options: argparse.Namespace) -> int:
    """Give a person another role."""
    from lotbook.foundation.accounts import actions

    person = actions.set_role(username=options.name, role=options.role, actor=SYSTEM)
    print(f"{person.username} is {person.role} now.")
    return 0


def change_sites(options: argparse.Namespace) -> int:
    """Limit a person to sites, or let them work at all."""
    from lotbook.foundation.accounts import actions

    person = actions.set_sites(username=options.name, sites=options.sites, actor=SYSTEM)
    print(f"{person.username} may move goods at {person.site_codes or 'all sites'} now.")
    return 0


def change_password(options: argparse.Namespace) -> int:
    """Give a person a new password."""
    from lotbook.foundation.accounts import actions

    password = _password(options)
    person = actions.set_password(username=options.name, password=password, actor=SYSTEM)
    print(f"The new password of {person.username} works from now on.")
    _tell_generated(options, password)
    return 0


def list_users(_: argparse.Namespace) -> int:
    """List the people."""
    from lotbook.foundation.accounts import queries

    for person in queries.people():
        print(f"{person.username}\t{person.role}\t{'active' if person.is_active else 'closed'}")
    return 0


def add_key(options: argparse.Namespace) -> int:
    """Make a key. The secret goes to standard output alone, so that a script can take it."""
    from lotbook.foundation.accounts import actions

    made = actions.create_api_key(
        name=options.name,
        owner=options.owner,
        scopes=options.scopes,
        expires_at=datetime.combine(options.until, time.max, tzinfo=UTC) if options.until else None,
        actor=SYSTEM,
    )
    print("Shown this once; keep it where secrets are kept:", file=sys.stderr)
    print(made.secret)
    return 0


def revoke_key(options: argparse.Namespace) -> int:
    """End a key."""
    from lotbook.foundation.accounts import actions

    key = actions.revoke_api_key(prefix=options.prefix, actor=SYSTEM)
    print(f"The key {key.name} does not work any more.")
    return 0


def list_keys(_: argparse.Namespace) -> int:
    """List the keys."""
    from lotbook.foundation.accounts import queries

    for key in queries.api_keys():
        state = "revoked" if key.revoked_at else "active"
        print(f"{key.prefix}\t{key.name}\t{key.owner.username}\t{state}\t{','.join(key.scopes)}")
    return 0


def _password_options(parser: argparse.ArgumentParser) -> None:
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--generate", action="store_true", help="make a password and print it")
    way.add_argument("--password-stdin", action="store_true", help="read it from standard input")


def _password(options: argparse.Namespace) -> str:
    if options.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if options.generate or not sys.stdin.isatty():
        options.generate = True
        return secrets.token_urlsafe(12)
    first = getpass.getpass("Password (at least 10 characters): ")
    if first != getpass.getpass("The same again: "):
        raise Refused(Fault("password", "the two are not the same. Nothing was saved.", "Try again."))
    return first


def _tell_generated(options: argparse.Namespace, password: str) -> None:
    if options.generate:
        print(f"Password: {password}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a day like 2027-03-31, got {text!r}") from None
