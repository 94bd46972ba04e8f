#!/usr/bin/env bash
# Pictures of the inbox in a browser, in light and dark, for somebody to look at. Only the one in node/docs/images belongs into the repository.
# Usage: scripts/screenshots.sh FOLDER; AI2AI_BIN names a program that is built already.
set -euo pipefail
(($# == 1)) || { echo "usage: $0 FOLDER" >&2; exit 2; }
mkdir -p "$1"
AI2AI_SCREENS=$(realpath "$1")
export AI2AI_SCREENS AI2AI_REQUIRE_LAB=1
cd "$(dirname "$0")/.."
case $AI2AI_SCREENS in
"$PWD" | "$PWD"/*) echo "error: $AI2AI_SCREENS is inside the repository" >&2; exit 2 ;;
esac
cargo test --locked --package ai2ai-tests --test it -- browser::every_page_stands_in_light_and_dark
ls "$AI2AI_SCREENS"
