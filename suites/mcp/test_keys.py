"""Keys and scopes at the MCP server: the same as at the REST API."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.tool_calls import about_key
from bookproof.probes.imatic_v1 import mcp, mcp_results
from bookproof.probes.imatic_v1.mcp import Write
from bookproof.probes.imatic_v1.mcp_results import Results
from bookproof.wire.mcp import ToolAnswer


def _all_refused(seen: list[ToolAnswer], judge: Judge, why: str) -> None:
    """Judge that calls were refused, at whatever level; one that fails otherwise tells nothing."""
    for answer in seen:
        if answer.ok or answer.refused:
            judge.that(answer.refused, f"{why}: refused", str(answer), answer.exchange)
    if not judge.judgements:
        raise judge.untestable(f"no call tells anything: {'; '.join(map(str, seen)) or 'there is no tool to call'}")


@requirement("mcp.key.missing", mcp.no_key)
def test_no_tool_without_a_key(seen: ToolAnswer, judge: Judge) -> None:
    """Who shows no key uses no tool."""
    _all_refused([seen], judge, "there is no key")


@requirement("mcp.key.invalid", mcp.wrong_key)
def test_no_tool_with_a_wrong_key(seen: ToolAnswer, judge: Judge) -> None:
    """Who shows the right prefix and a wrong secret uses no tool."""
    _all_refused([seen], judge, "the secret is wrong")


@requirement("mcp.key.revoked", mcp.revoked_key)
def test_no_tool_with_a_revoked_key(seen: ToolAnswer, judge: Judge) -> None:
    """Who shows a key that was revoked uses no tool."""
    _all_refused([seen], judge, "the key is revoked")


@requirement("mcp.key.status", mcp.key_refusals)
def test_a_refused_key_is_told_by_401(seen: list[ToolAnswer], judge: Judge) -> None:
    """A client can tell by the status that its key is to blame."""
    for answer in seen:
        if answer.refused:
            judge.that(answer.exchange.status == 401, "HTTP 401", str(answer), answer.exchange)
    if not judge.judgements:
        raise judge.untestable("no missing or wrong key was refused; see mcp.key.missing and mcp.key.invalid")


@requirement("mcp.scope.umbrella", mcp_results.umbrella)
def test_mcp_alone_uses_all_tools(seen: Results, judge: Judge) -> None:
    """With only the mcp scope an agent lists, reads, books, moves and cancels."""
    unclear: list[str] = []
    for tool in dict.fromkeys(answer.tool for answer in seen.answers):
        answers = [answer for answer in seen.answers if answer.tool == tool]
        barred = [answer for answer in answers if about_key(answer)]
        if barred:
            judge.that(False, "the mcp scope covers this tool", str(barred[0]), barred[0].exchange)
        elif any(answer.ok for answer in answers):
            judge.that(True, "", "")
        else:
            unclear.append(f"{tool}: {answers[0]}")
    if unclear:
        raise judge.untestable(f"calls that should succeed did not, and not for the key ({'; '.join(unclear)})")
    if not judge.judgements:
        raise judge.untestable("no tool could be called")


@requirement("mcp.scope.required", mcp.without_scope)
def test_tools_need_the_mcp_scope(seen: list[ToolAnswer], judge: Judge) -> None:
    """A key that could do the same over the REST API is still refused by the tool if it lacks mcp."""
    _all_refused(seen, judge, "the key lacks mcp")


@requirement("mcp.scope.none", mcp.no_scope)
def test_no_tool_without_any_scope(seen: list[ToolAnswer], judge: Judge) -> None:
    """A key that was granted nothing uses no tool."""
    _all_refused(seen, judge, "the key has no scope")


@requirement("mcp.scope.write", mcp.read_key)
def test_a_reading_key_writes_nothing(seen: list[Write], judge: Judge) -> None:
    """A key that may only read books, moves and cancels nothing, whatever the tool answers."""
    for write in seen:
        if write.answer.ok or write.answer.refused:
            judge.that(
                not write.done, "the key may only read: nothing is done", str(write.answer), write.answer.exchange
            )
    if not judge.judgements:
        raise judge.untestable("no tool that changes anything could be called")
