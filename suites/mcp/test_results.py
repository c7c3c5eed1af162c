"""The results of tools."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.objects import ObjectSchemas
from bookproof.judge.tool_calls import schema_faults
from bookproof.probes.imatic_v1 import mcp_results
from bookproof.probes.imatic_v1.mcp_results import Results


@requirement("mcp.results.schema", mcp_results.results)
def test_results_keep_their_schema(seen: Results, judge: Judge) -> None:
    """Where a tool declares what its results are like, they are."""
    declared = {name: tool["outputSchema"] for name, tool in seen.server.tools.listed.items() if "outputSchema" in tool}
    if not declared:
        raise judge.not_applicable("no tool declares an output schema")
    for answer in seen.answers:
        if not answer.ok or answer.tool not in declared:
            continue
        if "structuredContent" not in answer.result:
            judge.that(False, "structured content, as there is an output schema", "none", answer.exchange)
            continue
        faults = schema_faults(declared[answer.tool], answer.structured)
        judge.that(not faults, "a result by the declared output schema", "; ".join(faults), answer.exchange)
    if not judge.judgements:
        raise judge.untestable("no tool that declares an output schema gave a result")


@requirement("mcp.results.objects", mcp_results.results)
def test_results_hold_the_objects_of_the_rest_api(seen: Results, judge: Judge) -> None:
    """Bookings, event types and slots have the fields and types of the REST API's."""
    session = seen.session
    schemas = ObjectSchemas(session.contract, session.api.binding, session.target.dialect)
    for answer, kind, found in seen.objects():
        faults = schemas.faults(kind, found)
        judge.that(not faults, f"a {kind} as the contract has it", "; ".join(faults), answer.exchange)
        lacking = seen.lacking(answer, found)
        at = [seen.read.exchange, answer.exchange] if seen.read else [answer.exchange]
        judge.that(not lacking, "the fields that the REST API shows", f"no {', '.join(lacking)}", *at)
    if not judge.judgements:
        raise judge.untestable("no result holds an object that can be read as JSON")
