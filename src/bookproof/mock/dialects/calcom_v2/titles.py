"""What bookings are called."""


def booking_title(event_type: str, host: str, attendee: str) -> str:
    """The title of a booking, made of its event type's and the names of both sides."""
    return f"{event_type} between {host} and {attendee}"
