"""The real servers of the cluster mode, started on this machine from package registries alone, for tests and trials.

Each server is a class with one small interface (``server.Server``): ``start``, ``stop``, ``kill`` (SIGKILL) and ``restart``
on the same port and data. ``python -m infra.servers`` runs all of them. See docs/servers.md.
"""
