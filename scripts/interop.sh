#!/usr/bin/env bash
# Other languages check us: the vectors in JavaScript and Python, and a node in JavaScript that negotiates with a real one.
# What they need (npm, pip) is installed below target/. Needs Node 20 or newer and Python 3.11 or newer.
set -euo pipefail
cd "$(dirname "$0")/.."

AI2AI_REQUIRE_LAB=1 cargo test --workspace --test process -- interop:: --nocapture "$@"
