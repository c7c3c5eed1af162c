"""The HTTP tools that dialects and the control door share: exchanges, values, endpoints."""
