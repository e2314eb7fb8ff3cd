"""The stores behind their ports. The edge, the agents and the API see ``stores/ports.py`` and nothing else."""
