"""The MCP server: what an assistant may ask of a project, over the standard input and output.

`server` speaks the protocol, with the official SDK. Each call of a tool is a process of its own
(`child` starts it, `call` is it), with a limit on its time: what one call costs or crashes is no
other's. `answers/` has a file a tool.
"""
