"""OpenSearch."""

from infra.servers.opensearch.server import OpenSearch

__all__ = ["OpenSearch"]
