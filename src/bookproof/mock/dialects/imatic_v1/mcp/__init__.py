"""The MCP server of imatic Calendar v1: seven tools over Streamable HTTP, with the keys and scopes of the REST API.

Source: Calendar API & MCP, MCP server. Names and purposes of the tools are documented; their arguments and results are
assumed to be those of the REST API. Only `protocol` imports the SDK, and only the first request to /mcp imports that.
"""
