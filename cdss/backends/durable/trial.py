"""A first compilation where it can do no harm: in a process of its own, with a time limit.

The engine can hang or crash while it compiles. Nothing that the fence lets through is known to make it, and this is
how one makes sure before a set of rules is used.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from cdss.backends.durable.compiler import compile_program
from cdss.backends.durable.driver import Handle, engine_module
from cdss.errors import EngineFailure
from cdss.program import Program


def compile_in_subprocess(program: Program, seconds: float) -> None:
    """Compiles ``program`` and warms every ruleset up, in a process that is thrown away.

    Raises OutsideTheFence for a program that may not be compiled, EngineFailure when it crashes, fails or takes longer.
    """
    plan = compile_program(program)
    rulesets = [(r.name, r.text, r.most_firings) for level in plan.levels for r in level.rulesets]
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=json.dumps(rulesets).encode(),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path)},
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise EngineFailure(f"the rule engine did not compile the rules within {seconds:g} seconds") from None
    if done.returncode != 0:
        raise EngineFailure(f"the rule engine could not compile the rules (exit {done.returncode})")


def main() -> None:
    """Reads rulesets from standard input and tries each; any failure ends the process with an error."""
    module = engine_module()
    for name, text, most_firings in json.load(sys.stdin.buffer):
        Handle(module, name, text, most_firings).delete()


if __name__ == "__main__":
    main()
