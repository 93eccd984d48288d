"""YAML → PipelineSpec: strict, with positions worked out only when something is wrong."""
