"""S3, by versitygw."""

from infra.servers.s3.server import S3

__all__ = ["S3"]
