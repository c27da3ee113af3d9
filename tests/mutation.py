"""Mutation testing: small faults are put into the pure heart, one at a time, and the tests must notice each.

Faults are made in the syntax tree: a comparison turned or shifted, `and` for `or`, a number one larger, a word changed,
a `not` or a whole statement left out. Every mutant is a forked process in which the mutated module is imported in
place of its source, so nothing on disk is touched. What survives is printed with its place.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.machinery
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "shaodao"
LIFECYCLE = SOURCE / "centre" / "cases" / "lifecycle"
CLOCKS = SOURCE / "ground" / "clocks"
SCENES = Path("tests/cases/lifecycle")
# part → what is mutated, the folders of tests that must notice, what may be imported beforehand
PARTS: dict[str, tuple[list[Path], list[Path], list[str]]] = {
    "clocks": ([*sorted(CLOCKS.glob("*.py"))], [Path("tests/clocks"), SCENES], []),
    "lifecycle": (
        [
            *sorted((LIFECYCLE / "deciding").glob("*.py")),
            *(LIFECYCLE / f"{m}.py" for m in ("evolve", "model", "codec")),
        ],
        [SCENES],
        ["shaodao.county.pack"],
    ),
}
MACHINE = SCENES / "test_machine.py"
LIVES = 60  # of the state machine, for what the scenes did not notice
SECONDS = 240  # a mutant that takes longer has been noticed

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
RECKONED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
}


@dataclass(frozen=True)
class Mutant:
    part: str
    path: Path
    line: int
    what: str
    tree: ast.Module

    def __str__(self) -> str:
        return f"{self.path.relative_to(SOURCE)}:{self.line}: {self.what}"


def mutants(part: str, path: Path) -> Iterator[Mutant]:
    """Every mutant of one file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out = set(_declarations(tree))
    places = [node for node in ast.walk(tree) if id(node) not in left_out]
    numbered = {id(node): place for place, node in enumerate(ast.walk(tree))}
    for node in places:
        for what, change in _changes(node):
            mutated = copy.deepcopy(tree)
            twin = next(each for place, each in enumerate(ast.walk(mutated)) if place == numbered[id(node)])
            change(mutated, twin)
            ast.fix_missing_locations(mutated)
            yield Mutant(part, path, getattr(node, "lineno", 0), what, mutated)


def _declarations(tree: ast.Module) -> Iterator[int]:
    """Nodes whose change says nothing: imports, annotations, documentation, decorators of data, assertions, messages."""
    for node in ast.walk(tree):
        parts: list[ast.AST] = []
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Assert):
            parts = [node]
        elif isinstance(node, ast.AnnAssign) or (isinstance(node, ast.arg) and node.annotation):
            parts = [node.annotation]
        elif isinstance(node, ast.FunctionDef):
            data = [
                d for d in node.decorator_list if not (isinstance(d, ast.Call) and _name(d.func) in REGISTERS)
            ]
            parts = [*data, *([node.returns] if node.returns else [])]
        elif isinstance(node, ast.ClassDef):
            parts = [*node.decorator_list, *node.bases]
        elif isinstance(node, ast.Assign) and _name(node.targets[0]) in TYPES:
            parts = [node]
        elif isinstance(node, ast.Call) and _name(node.func) in MESSAGES:
            parts = node.args[-1:]
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            parts.append(node.body[0])
        for part in parts:
            yield from (id(each) for each in ast.walk(part))


REGISTERS = ("decides", "expires", "granted", "refused", "_folds_event")
TYPES = (
    "__all__",
    "Role",
    "Tier",
    "Nature",
    "IdentityMode",
    "Solved",
    "State",
    "Unit",
    "Hours",
    "Kept",
    "C",
    "E",
    "Follow",
)
MESSAGES = (
    "ClockError",
    "OutOfCalendar",
    "CalendarFault",
    "ValueError",
    "KeyError",
    "TypeVar",
    "NewType",
    "_need",
    "cast",
)


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _changes(node: ast.AST):  # type: ignore[no-untyped-def]
    """(description, function that changes the twin of the node in the mutated tree)."""
    match node:
        case ast.Compare(ops=[op]):
            for other in COMPARED.get(type(op), ()):
                yield (
                    f"{type(op).__name__} → {other.__name__} in {ast.unparse(node)}",
                    lambda _, twin, other=other: setattr(twin, "ops", [other()]),
                )
        case ast.BoolOp(op=op):
            other = ast.Or if isinstance(op, ast.And) else ast.And
            yield f"{other.__name__} in {ast.unparse(node)}", lambda _, twin: setattr(twin, "op", other())
        case ast.UnaryOp(op=ast.Not()):
            yield f"without not: {ast.unparse(node)}", lambda tree, twin: _replace(tree, twin, twin.operand)
        case ast.BinOp(op=op) if type(op) in RECKONED:
            other = RECKONED[type(op)]
            yield f"{other.__name__} in {ast.unparse(node)}", lambda _, twin: setattr(twin, "op", other())
        case ast.Constant(value=bool() as value):
            yield f"{not value}", lambda _, twin: setattr(twin, "value", not value)
        case ast.Constant(value=int() as value):
            yield f"{value} → {value + 1}", lambda _, twin: setattr(twin, "value", value + 1)
        case ast.Constant(value=str() as value):
            yield f"{value!r} changed", lambda _, twin: setattr(twin, "value", f"{value}?")
        case ast.IfExp():
            yield f"otherwise in {ast.unparse(node)}", lambda tree, twin: _replace(tree, twin, twin.orelse)
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.AugAssign() | ast.Continue() | ast.Break():
            yield f"without {ast.unparse(node)[:60]}", lambda tree, twin: _replace(tree, twin, ast.Pass())


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    class Replacing(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return new if node is old else self.generic_visit(node)

    Replacing().visit(tree)


def _run(mutant: Mutant) -> int:
    signal.alarm(SECONDS)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    loader = importlib.machinery.SourceFileLoader
    plain = loader.get_code

    def get_code(self: importlib.machinery.SourceFileLoader, fullname: str):  # type: ignore[no-untyped-def]
        if Path(self.path) == mutant.path:
            return compile(mutant.tree, self.path, "exec")
        return plain(self, fullname)

    loader.get_code = get_code  # type: ignore[method-assign]
    import pytest

    for folder in PARTS[mutant.part][1]:
        near = folder / f"test_{mutant.path.stem}.py"
        tests = [str(each) for each in (near, folder) if each.exists()]
        options = ["-x", "-q", "-p", "no:cacheprovider", f"--confcutdir={folder}", f"--ignore={MACHINE}"]
        if code := pytest.main([*options, *tests]):
            return int(code)
    from tests.cases.lifecycle import test_machine

    test_machine.run(LIVES, 30)
    return 0


def survivors(mutants: list[Mutant], jobs: int) -> Iterator[Mutant]:
    """Those with which all tests pass, each tried in a forked process, so many at a time."""
    waiting, running, begun = list(reversed(mutants)), {}, time.monotonic()
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            if child := os.fork():
                running[child] = mutant
            else:
                code = 1
                try:
                    code = _run(mutant)
                finally:
                    os._exit(code)
        child, status = os.wait()
        mutant = running.pop(child)
        if status == 0:
            yield mutant
        if (done := len(mutants) - len(waiting) - len(running)) % 50 == 0:
            print(f"{done} of {len(mutants)}, {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="How many small faults the tests notice.")
    parser.add_argument("part", nargs="*", help="clocks, lifecycle; both without one")
    parser.add_argument("--sample", type=int, help="so many mutants of each part, chosen by chance")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    said = parser.parse_args()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for part in said.part or PARTS:
        paths, _, ready = PARTS[part]
        every = [mutant for path in paths for mutant in mutants(part, path)]
        chosen = random.Random(said.seed).sample(every, min(said.sample or len(every), len(every)))
        for module in ("pytest", "hypothesis.stateful", *ready):
            __import__(module)
        left = 0
        for mutant in survivors(chosen, said.jobs):
            left += 1
            print(f"survived: {mutant}", flush=True)
        killed = len(chosen) - left
        print(
            f"{part}: {killed} of {len(chosen)} killed ({killed / len(chosen):.1%}), of {len(every)} in all",
            flush=True,
        )


if __name__ == "__main__":
    main()
