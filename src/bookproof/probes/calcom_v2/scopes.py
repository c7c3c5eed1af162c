"""The matrix of permissions."""
