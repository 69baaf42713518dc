"""The production matcher: durable_rules inside a fence. The library is loaded when a backend is made, not before."""

from __future__ import annotations

from cdss.backends.durable.backend import DurableBackend
from cdss.backends.durable.compiler import compile_program
from cdss.backends.durable.encoding import FactRefused, OutsideTheFence
from cdss.backends.durable.trial import compile_in_subprocess

__all__ = ["DurableBackend", "FactRefused", "OutsideTheFence", "compile_in_subprocess", "compile_program"]
