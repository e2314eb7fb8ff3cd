"""The cluster mode: Faust's transport on Kafka, the log adapter, and the processes `edge`, `worker` and `api`."""
