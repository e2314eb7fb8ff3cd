"""All operations, by name."""

from runtime.operation import OPERATIONS, OperationError
from runtime.operations import dlq, doctor, replay, topics, topology

__all__ = ["OPERATIONS", "OperationError", "dlq", "doctor", "replay", "topics", "topology"]
