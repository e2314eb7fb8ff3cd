"""All operations, by name."""

from embedded.operation import OPERATIONS, OperationError
from embedded.operations import dlq, doctor, topics, topology

__all__ = ["OPERATIONS", "OperationError", "dlq", "doctor", "topics", "topology"]
