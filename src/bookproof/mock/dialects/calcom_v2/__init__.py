"""Cal.com API v2: its dated versions, its four ways of saying no, and its handlers."""
