"""Engines that answer a program about one patient, looked up by name and imported on first use."""

from __future__ import annotations

from cdss.program import Backend, Program

NAMES = ("plain", "durable", "shadow")


def backend(name: str, program: Program) -> Backend:
    """The backend called ``name``, ready for ``program``; ValueError when there is none of that name.

    ``plain`` is the oracle, ``durable`` the production engine, ``shadow`` both with every answer compared.
    """
    match name:
        case "plain":
            from cdss.backends.plain import PlainBackend

            return PlainBackend(program)
        case "durable":
            from cdss.backends.durable import DurableBackend

            return DurableBackend(program)
        case "shadow":
            from cdss.backends.shadow import ShadowBackend

            return ShadowBackend(program)
    raise ValueError(f"no backend is called '{name}'; there are: {', '.join(NAMES)}")
