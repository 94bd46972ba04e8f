"""The official Python SDK of MCP against `ai2ai mcp`: lists the tools, drafts, and looks. Prints what it saw as JSON.

Usage: mcp_client.py AI2AI HOME
"""

import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main(program: str, home: str) -> dict:
    server = StdioServerParameters(command=program, args=["--home", home, "mcp"])
    async with stdio_client(server) as (read, write):
        async with ClientSession(read, write) as session:
            await session.initialize()
            tools = (await session.list_tools()).tools
            ask = {"who": "Sam", "subject": "Dinner", "times": ["2035-02-10T19:00Z"], "idempotency_key": "1"}
            drafted = await session.call_tool("ai2ai_propose_meeting", ask)
            again = await session.call_tool("ai2ai_propose_meeting", ask)
            absent = await session.call_tool("ai2ai_send_message", {"who": "Nobody", "text": "x"})
            structured = lambda result: getattr(result, "structuredContent", None) or getattr(result, "structured_content", None)
            is_error = lambda result: getattr(result, "isError", None) or getattr(result, "is_error", None)
            assert structured(drafted) == structured(again), "the same key gives the same draft"
            assert is_error(absent), "nobody is guessed"
            status = await session.call_tool("ai2ai_request_status", {"item": structured(drafted)["item"]})
            assert structured(status)["draft"] == "pending_approval", status
            return {"tools": sorted(tool.name for tool in tools), "drafted": structured(drafted)}


print(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2]))))
