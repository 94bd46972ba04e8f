#!/usr/bin/env bash
# `ai2ai mcp` against the official Python SDK of MCP, which is installed into a folder of its own and thrown away.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet 'mcp>=2,<3'
AI2AI_MCP_PYTHON="$folder/bin/python" cargo test --workspace --test it -- mcp::the_python_sdk --nocapture
