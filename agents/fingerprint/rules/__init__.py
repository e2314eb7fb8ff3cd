"""A project's own rules of grouping: compiled once, then applied around whichever version groups.

``compile_rules`` refuses what cannot be used and says where the fault is; ``CompiledRules.match`` says which rules apply to an
event; ``apply`` does what they say. docs/grouping.md describes them for users.
"""

from agents.fingerprint.rules.apply import Applied, apply
from agents.fingerprint.rules.compile import CompiledRules, compile_rules
from agents.fingerprint.rules.faults import RuleFault

__all__ = ["Applied", "CompiledRules", "RuleFault", "apply", "compile_rules"]
