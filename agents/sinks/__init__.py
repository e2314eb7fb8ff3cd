"""The sinks: the ends of the graph, which write what the agents made into the stores."""
