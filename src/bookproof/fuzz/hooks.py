"""The hooks of schemathesis, which it keeps for the whole process: a call is handed to the campaign of its target."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

import schemathesis

if TYPE_CHECKING:
    from schemathesis.core.transport import Response
    from schemathesis.generation.case import Case
    from schemathesis.hooks import HookContext

    from bookproof.fuzz.engine import Campaign

_campaigns: dict[str, Campaign] = {}


def watch(base_url: str, campaign: Campaign) -> None:
    """Let a campaign hear of every call to a target."""
    _register()
    _campaigns[base_url] = campaign


@cache
def _register() -> None:
    for hook in (filter_case, before_call, after_call, after_network_error):
        # Its decorators have no types.
        cast("Any", schemathesis).hook(hook)


def campaign_of(case: Case[Any]) -> Campaign | None:
    """The campaign that a case belongs to; None for those of somebody else's tests."""
    return _campaigns.get(str(case.operation.schema.config.base_url))


def before_call(_ctx: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """A call is about to be sent."""
    if campaign := campaign_of(case):
        campaign.before(case)


def filter_case(_ctx: HookContext, case: Case[Any]) -> bool:
    """Whether a case is sent."""
    campaign = campaign_of(case)
    return campaign is None or campaign.keeps(case)


def after_call(_ctx: HookContext, case: Case[Any], response: Response) -> None:
    """A call was answered."""
    if campaign := campaign_of(case):
        campaign.after(case, response.request, response)


def after_network_error(_ctx: HookContext, case: Case[Any], request: Any) -> None:
    """A call got no answer."""
    if campaign := campaign_of(case):
        campaign.after(case, request, None)
