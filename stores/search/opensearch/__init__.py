"""Search in OpenSearch: the cluster's, one index a day of receipt."""
