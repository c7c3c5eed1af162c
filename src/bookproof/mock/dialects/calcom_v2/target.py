"""What a target file would say about a mock's Cal.com side, and the variables that hold its secrets."""

from typing import Any

from bookproof.mock.account_components import AccountSide
from bookproof.mock.components import Domain
from bookproof.mock.dialects.calcom_v2.credentials import (
    CONFIDENTIAL,
    PENDING,
    PUBLIC,
    RATE_LIMITED_PER_MINUTE,
    REDIRECT_URI,
    ROLES,
    account_key_of,
    oauth_client_of,
    platform_client_of,
    suite_data,
)

_VARIABLES = "BOOKPROOF_MOCK_CALCOM_"
_DOOR_SUPPORTS = ("issue-key", "revoke-key", "clock", "set-clock", "grant", "issue-tokens", "connect-calendar")


def _variable(role: str) -> str:
    return f"{_VARIABLES}{role.upper().replace('-', '_')}_KEY"


def calcom_keys(seed: int) -> dict[str, str]:
    """Role to full API key."""
    return {role: account_key_of(seed, role) for role in ROLES}


def calcom_environment(seed: int) -> dict[str, str]:
    """The variables that `calcom_document` names, with their values."""
    confidential, platform = oauth_client_of(seed, CONFIDENTIAL), platform_client_of(seed)
    return {_variable(role): key for role, key in calcom_keys(seed).items()} | {
        f"{_VARIABLES}PLATFORM_CLIENT_ID": platform.id,
        f"{_VARIABLES}PLATFORM_CLIENT_SECRET": platform.secret,
        f"{_VARIABLES}OAUTH_CLIENT_ID": confidential.id,
        f"{_VARIABLES}OAUTH_CLIENT_SECRET": confidential.secret,
        f"{_VARIABLES}OAUTH_PUBLIC_CLIENT_ID": oauth_client_of(seed, PUBLIC).id,
        f"{_VARIABLES}OAUTH_PENDING_CLIENT_ID": oauth_client_of(seed, PENDING).id,
    }


def calcom_document(
    domain: Domain, side: AccountSide, base_url: str, door: dict[str, Any], rate_limit: int
) -> dict[str, Any]:
    """What a target file would say; it holds no secrets.

    Parameters:
        domain: of the mock.
        side: its account side.
        base_url: of the server, without a path.
        door: where the control door is, and which variable holds its token.
        rate_limit: requests a minute of a key without a limit of its own.
    """
    return {
        "name": "mock-calcom",
        "dialect": "calcom-v2",
        "base_url": base_url,
        "credentials": {role: _variable(role) for role in ROLES},
        "platform": {
            "client_id_env": f"{_VARIABLES}PLATFORM_CLIENT_ID",
            "client_secret_env": f"{_VARIABLES}PLATFORM_CLIENT_SECRET",
        },
        "oauth": {
            "client_id_env": f"{_VARIABLES}OAUTH_CLIENT_ID",
            "client_secret_env": f"{_VARIABLES}OAUTH_CLIENT_SECRET",
            "public_client_id_env": f"{_VARIABLES}OAUTH_PUBLIC_CLIENT_ID",
            "pending_client_id_env": f"{_VARIABLES}OAUTH_PENDING_CLIENT_ID",
            "redirect_uri": REDIRECT_URI,
        },
        "capabilities": {"teams": True, "organizations": True, "platform": True, "oauth": True, "legacy": True},
        "safety": "destructive",
        "limits": {"requests_per_minute": rate_limit, "roles": {"rate-limited": RATE_LIMITED_PER_MINUTE}},
        "door": {**door, "supports": list(_DOOR_SUPPORTS)},
        # Whatever the mock delivers on loopback is there at once, or never.
        "inbox": {"wait": 2},
        "storm": {"allow": True},
        "data": suite_data(domain, side),
    }
