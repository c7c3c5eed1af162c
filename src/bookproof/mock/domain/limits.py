"""Rate limits: one sliding minute per API key."""

import threading
import time
from typing import cast

from pyrate_limiter import Duration, InMemoryBucket, Rate, RateItem

from bookproof.mock.domain.keys import ApiKey


class RateLimits:
    """Counts the requests of each key.

    Time is the machine's monotonic clock, not the mock's own: a frozen mock clock must not freeze the limits.

    Parameters:
        default: requests a minute for keys without a limit of their own.
    """

    def __init__(self, default: int) -> None:
        self.default = default
        self._buckets: dict[str, InMemoryBucket] = {}
        self._lock = threading.Lock()

    def now(self) -> int:
        """Milliseconds that only ever grow."""
        return time.monotonic_ns() // 1_000_000

    def bucket_name(self, key: ApiKey) -> str:
        """What the requests are counted by."""
        return key.prefix

    def allowance(self, key: ApiKey) -> int:
        """Requests a minute for this key."""
        return self.default if key.rate_limit is None else key.rate_limit

    def spend(self, key: ApiKey) -> int:
        """Count one request.

        Returns:
            0 if it is within the limit, else the whole seconds to wait.
        """
        with self._lock:
            name = self.bucket_name(key)
            bucket = self._buckets.get(name)
            if bucket is None:
                bucket = self._buckets[name] = InMemoryBucket([Rate(self.allowance(key), Duration.MINUTE)])
            now = self.now()
            item = RateItem(name, now)
            bucket.leak(now)
            if bucket.put(item):
                return 0
            # The signature allows for asynchronous buckets; one in memory answers at once.
            wait = cast("int", bucket.waiting(item))
            return max(1, -(-wait // 1000))
