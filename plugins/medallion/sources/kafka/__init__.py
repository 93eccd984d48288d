"""The source `kafka`: a topic of Kafka, or of what speaks its protocol, in micro-batches.

A batch ends at the offsets that the partitions had when it began. `settings` makes a client of a
connection, `bounds` says what is read of each partition, `reading` reads it, and `messages` writes
each message as a line of JSON.
"""
