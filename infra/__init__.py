"""What surrounds Stacktide: the servers of the cluster mode and how they are deployed and watched."""
