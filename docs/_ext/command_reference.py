"""The page of commands, written from the commands themselves when the documentation is built."""

import re
from typing import Any

from sphinx.application import Sphinx
from typer.main import get_command

from iceco.cli.app import app as iceco

PAGE = "commands"
EXAMPLE = re.compile(r"Examples?:\s*(iceco .*)", re.DOTALL)


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx read the page of commands with the commands on it."""
    app.connect("source-read", _fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _fill(_app: Sphinx, page: str, source: list[str]) -> None:
    if page == PAGE:
        source[0] += "\n" + reference()


def reference() -> str:
    """Return a section a command in Markdown: what it does, its usage, arguments and options."""
    commands = get_command(iceco).commands  # type: ignore[attr-defined]  # of a group, which this is
    overview = [f"| [`iceco {n}`](#iceco-{n}) | {_first(c.help)} |" for n, c in commands.items()]
    sections = (_section(name, command) for name, command in commands.items())
    return "\n".join(["| command | what it does |", "|---|---|", *overview, "", *sections])


def _section(name: str, command: Any) -> str:
    told, example = _split(command.help)
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = [f"iceco {name}", *(_usage(p) for p in arguments)]
    usage += [f"{p.opts[0]} {_metavar(p)}" for p in options if p.required]
    parts = [f"(iceco-{name})=", f"## iceco {name}", "", told, ""]
    parts += ["```text", " ".join([*usage, "[OPTIONS]"]), "```", ""]
    if example:
        parts += ["For example:", "", "```sh", example, "```", ""]
    parts += ["| argument or option | default | meaning |", "|---|---|---|"]
    parts += [_row(p) for p in (*arguments, *options)]
    return "\n".join([*parts, ""])


def _split(text: str) -> tuple[str, str]:
    """Return what a help says, and the example at its end."""
    found = EXAMPLE.search(text)
    if found is None:
        return text, ""
    return text[: found.start()].strip(), re.sub(r"\s*\n(?!iceco)", " ", found.group(1).strip())


def _first(text: str) -> str:
    return _cell(text.split("\n\n")[0].replace("\n", " "))


def _usage(argument: Any) -> str:
    name = _metavar(argument) + ("..." if argument.nargs == -1 and not argument.metavar else "")
    return name if argument.required else f"[{name.strip('[]').removesuffix(']...')}]"


def _metavar(parameter: Any) -> str:
    return parameter.metavar or parameter.name.upper()


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        name = f"`{_metavar(parameter)}`"
    else:
        names = "/".join([*parameter.opts, *parameter.secondary_opts])
        name = f"`{names}`" if parameter.is_flag else f"`{names}` `{_metavar(parameter)}`"
    return f"| {_cell(name)} | {_cell(_default(parameter))} | {_cell(parameter.help or '')} |"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "needed"
    value = parameter.default
    if value is None or value is False or parameter.show_default is False:
        return ""
    return f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
