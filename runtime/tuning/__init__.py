"""What a change of a setting would do to the agents and the topics, as the stream page explains it."""

from runtime.tuning.agents import agent_tuning
from runtime.tuning.topics import topic_tuning
from runtime.tuning.wording import Installation, Tuned, Tuning

__all__ = ["Installation", "Tuned", "Tuning", "agent_tuning", "topic_tuning"]
