"""``dnaviz serve``: the dashboards in a browser."""

import contextlib
import logging
import os
import re
import secrets
import socket
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

import typer

from dnaviz.cli.streams import tell
from dnaviz.errors import InputError
from dnaviz.io.factory import factory_name

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
EVERYWHERE = {"0.0.0.0", "::", ""}


def command(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 is every one this machine has.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port, or the next free one; 0 is any.")
    ] = 8866,
    strict_port: Annotated[
        bool, typer.Option("--strict-port", help="Stop where the port is taken.")
    ] = False,
    public_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Name under which a reverse proxy in front offers the server; may be repeated.",
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="DNAVIZ_TOKEN", help='A secret visitors must know; "auto" makes one up.'
        ),
    ] = None,
    base_url: Annotated[
        str, typer.Option(metavar="PATH", help="Path prefix, behind a reverse proxy.")
    ] = "/",
    idle_timeout: Annotated[
        float,
        typer.Option(metavar="MINUTES", min=0.05, help="A page nobody uses ends after this."),
    ] = 30,
    max_viewers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Most open dashboards; by default as memory allows."),
    ] = None,
    max_viewers_per_address: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Most of them from one address, which a class may share."
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Weights to use instead of the shipped, or module:factory of a model of your own.",
        ),
    ] = None,
    atlas: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Atlas (.h5ad or .zarr) to use instead of ours."),
    ] = None,
    genome: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="FASTA of a genome, to open its genes and regions by name."
        ),
    ] = None,
    annotation: Annotated[
        Path | None, typer.Option(metavar="FILE", help="GFF3 or GTF of that genome.")
    ] = None,
    dashboards: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Notebooks to serve instead of ours.")
    ] = None,
    kernels: Annotated[
        Literal["auto", "forked", "ordinary"],
        typer.Option(
            help="How a page's process starts: forked from a loaded one, as auto does on Linux, or "
            "by itself."
        ),
    ] = "auto",
    viewer_memory: Annotated[
        int,
        typer.Option(metavar="MB", min=200, help="Most memory that one page's work may take."),
    ] = 1000,
    action_seconds: Annotated[
        float,
        typer.Option(
            metavar="S", min=0, help="Most computing time of one action; 0 sets no limit."
        ),
    ] = 120,
    no_links: Annotated[
        bool,
        typer.Option("--no-links", help='Offer no "Copy link": a link may hold a sequence.'),
    ] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log every request.")] = False,
) -> None:
    """Open the dashboards in a browser, for yourself or, with --host, for others.

    Every page that is opened gets a process of its own, which ends with it. Nothing a visitor
    types is stored or logged. Ctrl-C stops everything.
    """
    if not re.fullmatch(r"/?((?!\.\.?(/|$))[\w.~-]+(/|$))*", base_url, re.ASCII):
        raise InputError(f"--base-url is a path such as /dnaviz/, not {base_url!r}.")
    paths = {"--model": model, "--atlas": atlas, "--genome": genome, "--annotation": annotation}
    factory = factory_name(model) if model is not None else ""
    for option, path in paths.items():
        if path is not None and not path.exists() and not (option == "--model" and factory):
            raise InputError(f"There is no {path} for {option}.")
    for option in ("--genome", "--annotation"):
        if (path := paths[option]) is not None and not path.is_file():
            raise InputError(f"{option} is a file, which {path} is not.")
    if annotation is not None and genome is None:
        raise InputError("--annotation needs the --genome that it belongs to.")
    if max_viewers_per_address and host in LOOPBACK and not public_host:
        raise InputError(
            "--max-viewers-per-address needs the --public-host of the reverse proxy in front: "
            "without it, all visitors have the address of this machine."
        )

    try:
        Path.home()
    except RuntimeError:
        raise InputError(
            "This account has no home, which Jupyter's libraries ask for: set HOME to any folder."
        ) from None

    from dnaviz.genome.cache import cache_folder
    from dnaviz.serving import limits, logs
    from dnaviz.serving.app import Options, Server
    from dnaviz.serving.budget import Budget, raise_descriptor_limit
    from dnaviz.serving.inputs import check_inputs
    from dnaviz.serving.sizing import default_max_viewers
    from dnaviz.serving.visitors import known_hosts

    # What kernels and other programs inherit is not to have it.
    given = os.environ.pop("DNAVIZ_TOKEN", None) if token is None else token
    if given is not None and not given.strip():
        raise InputError(
            "The token is empty, which would let everybody in; leave out --token and DNAVIZ_TOKEN"
            ' for that, or set one ("auto" makes one up).'
        )
    if token and not (token.isascii() and token.isprintable() and token == token.strip()):
        raise InputError(
            "The token is of letters without accents, digits and signs, with no space at its ends:"
            " it travels in addresses and in the heads of requests."
        )
    os.environ.pop("DNAVIZ_TOKEN", None)
    if token == "auto":
        token = secrets.token_urlsafe(18)
    environment = {
        f"DNAVIZ_{option.strip('-').upper()}": str(path.resolve())
        for option, path in paths.items()
        if path is not None
    }
    if factory:
        environment["DNAVIZ_MODEL"] = factory
    if genome is not None:
        cache_folder()  # of all processes that read it, where the account has none
    checked = check_inputs(environment)
    tell(checked.notes)
    environment["DNAVIZ_LINKS"] = "off" if no_links else "on"
    environment[limits.MEMORY] = str(viewer_memory)
    environment[limits.SECONDS] = str(action_seconds)
    logs.configure(logging.DEBUG if verbose else logging.INFO)
    budget = Budget.of(raise_descriptor_limit())
    if max_viewers is not None and max_viewers > budget.viewers:
        raise InputError(
            f"--max-viewers {max_viewers} needs more open files than the {budget.descriptors} that"
            f" this process may have, which do for {budget.viewers}; raise the limit (ulimit -n)."
        )
    options = Options(
        host=host,
        port=port,
        strict_port=strict_port,
        public_hosts=frozenset(_host_name(name) for name in public_host or ()),
        token=token,
        base_url="/" + f"{base_url.strip('/')}/".lstrip("/"),
        directory=dashboards,
        hidden=frozenset(checked.hidden if dashboards is None else ()),
        idle_timeout=60 * idle_timeout,
        max_viewers=max_viewers or min(default_max_viewers(kernels), budget.viewers),
        max_per_address=max_viewers_per_address or 0,
        budget=budget,
        kernels=kernels,
        open_browser=not no_browser,
        environment=environment,
    )

    def announce(url: str) -> None:
        shown = f"{url}?token={quote(token, safe='')}" if token else url
        print(f"dnaviz is at {shown}", flush=True)
        if host in EVERYWHERE and known_hosts(host, token, options.public_hosts) is None:
            print(f"For other machines it is at {_from_elsewhere(shown, host)}", flush=True)
        print("Ctrl-C stops it.", flush=True)
        if host not in LOOPBACK and not token:
            print("Anybody who can reach this address may use it; see --token.", flush=True)

    Server(options, announce).run()


def _from_elsewhere(url: str, host: str) -> str:
    """Return the address with this machine's own, of the kind it listens at, for its loopback's."""
    six = host == "::"  # where no addresses of version 4 are taken
    try:
        with socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM) as probe:
            # Sends nothing: which of its addresses would be used?
            probe.connect(("2001:db8::1" if six else "192.0.2.1", 9))
            name = f"[{probe.getsockname()[0]}]" if six else probe.getsockname()[0]
    except OSError:
        name = socket.gethostname()
    parts = urlsplit(url)
    return parts._replace(netloc=f"{name}:{parts.port}").geturl()


def _host_name(text: str) -> str:
    """Return a host's name, of which a port or an address may have been given."""
    name = text.strip().lower().partition("://")[2] or text.strip().lower()
    name = name.partition("/")[0]
    name = re.sub(r":\d+$", "", name).strip("[]") if not re.fullmatch(r"[\da-f:]+", name) else name
    with contextlib.suppress(UnicodeError):
        name = name.encode("idna").decode()  # as browsers ask for bücher.example
    if not re.fullmatch(r"[\w.:-]+", name, re.ASCII):
        raise InputError(f"--public-host is a host's name such as lab.example.org, not {text!r}.")
    return name
