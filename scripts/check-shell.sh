#!/usr/bin/env bash
# The scripts, by shellcheck. Without it this says SKIPPED; with AI2AI_REQUIRE_SHELLCHECK=1 it fails.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v shellcheck >/dev/null; then
    [[ ${AI2AI_REQUIRE_SHELLCHECK:-} != 1 ]] || { echo "error: there is no shellcheck, and AI2AI_REQUIRE_SHELLCHECK=1" >&2; exit 1; }
    echo "SKIPPED: there is no shellcheck (Debian has it)"
    exit
fi
shellcheck --external-sources scripts/*.sh scripts/lib/*.sh .ci/run
echo "shellcheck has nothing to say"
