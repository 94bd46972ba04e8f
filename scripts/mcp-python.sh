#!/usr/bin/env bash
# Installs the official Python SDK of MCP into a folder below target/, once, and prints the Python that has it. The tests in
# tests/it/process/agent/mcp run a client on it where AI2AI_MCP_PYTHON names it. With `--test` it runs that test too.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=target/mcp-python
if ! "$folder/bin/python" -c 'import mcp' 2>/dev/null; then
    rm -rf "$folder"
    python3 -m venv "$folder" >&2
    "$folder/bin/pip" install --quiet --disable-pip-version-check 'mcp>=2,<3' >&2
fi
python=$PWD/$folder/bin/python
if [[ ${1-} == --test ]]; then
    AI2AI_MCP_PYTHON=$python cargo test --workspace --test process -- mcp::programs::the_python_sdk --nocapture
else
    echo "$python"
fi
