"""The edge: it takes events over HTTP and is the only producer of ``events-received``."""
