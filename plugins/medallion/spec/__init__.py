"""YAML → PipelineSpec: strict; the places of problems are only worked out if there are any."""
