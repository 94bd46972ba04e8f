"""The official Python SDK of MCP against `ai2ai mcp`: lists the tools, proposes, and waits until both owners have approved.

Usage: mcp_client.py AI2AI HOME

Prints two lines of JSON: what it saw once its draft waited, and what it saw at the end. What the owners do between is theirs, at their own doors.
"""

import asyncio
import json
import sys
import time

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

PATIENCE = 180


def say(seen: dict) -> None:
    print(json.dumps(seen), flush=True)


def structured(result) -> dict:
    return getattr(result, "structuredContent", None) or getattr(result, "structured_content", None)


def is_error(result) -> bool:
    return getattr(result, "isError", None) or getattr(result, "is_error", None) or False


async def refused(session: ClientSession, tool: str) -> bool:
    """Whether a call of a tool that would decide comes to nothing."""
    try:
        return is_error(await session.call_tool(tool, {}))
    except Exception:
        return True


async def main(program: str, home: str) -> None:
    server = StdioServerParameters(command=program, args=["--home", home, "mcp"])
    async with stdio_client(server) as (read, write):
        async with ClientSession(read, write) as session:
            await session.initialize()
            tools = sorted(tool.name for tool in (await session.list_tools()).tools)
            ask = {"who": "Sam", "subject": "Dinner", "times": ["2035-02-10T19:00Z", "2035-02-11T19:30Z"], "idempotency_key": "1"}
            begun = time.monotonic()
            drafted = await session.call_tool("ai2ai_propose_meeting", ask)
            took = time.monotonic() - begun
            again = await session.call_tool("ai2ai_propose_meeting", ask)
            assert structured(drafted) == structured(again), "the same key gives the same draft"
            assert is_error(await session.call_tool("ai2ai_send_message", {"who": "Nobody", "text": "x"})), "nobody is guessed"
            deciding = ["ai2ai_approve", "ai2ai_reject", "ai2ai_trust", "approve"]
            assert all([await refused(session, tool) for tool in deciding]), "no tool decides"
            say({"tools": tools, "drafted": structured(drafted), "took": took})

            ask = {"conversation": structured(drafted)["conversation"], "wait_seconds": 25}
            status = {}
            while status.get("conversation_state") != "confirmed":
                assert time.monotonic() - begun < PATIENCE, status
                result = await session.call_tool("ai2ai_request_status", ask)
                status = structured(result) if not is_error(result) else {}
            say({"status": status})


asyncio.run(main(sys.argv[1], sys.argv[2]))
