"""Values and keys whose form a schema registry knows: Avro, JSON Schema, Protobuf.

In front of such a value are a zero and the number of its schema, in five bytes. `registry` finds
the schema, and the modules named after the formats make JSON of the rest.
"""
