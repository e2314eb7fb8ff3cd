"""The archive of raw payloads behind its port: a folder here, S3 in a cluster."""
