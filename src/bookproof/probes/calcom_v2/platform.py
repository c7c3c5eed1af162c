"""Platform clients and managed users."""
