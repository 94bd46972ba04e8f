#!/usr/bin/env bash
# The oldest Rust that builds this: the workspace's `rust-version`. No dependency may ask for a newer one; and where rustup has that
# toolchain, it checks the whole workspace. What of the standard library is newer is found by clippy (`incompatible_msrv`).
# Usage: scripts/check-msrv.sh | --self-test
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/code.sh

# "<package> <version> <Rust>" for each package of `cargo metadata`, read from the input, that asks for more than $1.
newer_than() {
    grep -oE '"name":"[^"]*","version":"[^"]*","id"|"rust_version":(null|"[^"]*")' | awk -F '"' -v most="$1" '
        function number(version,    part) { split(version, part, "."); return part[1] * 1000000 + part[2] * 1000 + part[3] }
        $2 == "name" { package = $4 " " $8; next }
        $2 == "rust_version" && $4 != "" && number($4) > number(most) { print package, $4 }'
}

self_test() {
    local metadata='{"packages":[{"name":"one","version":"1.0.0","id":"a","dependencies":[{"name":"two","source":null}],"rust_version":"1.91"},'
    metadata+='{"name":"two","version":"2.0.0","id":"b","rust_version":null},{"name":"three","version":"3.0.0","id":"c","rust_version":"1.90.1"},'
    metadata+='{"name":"four","version":"4.0.0","id":"d","rust_version":"1.9"},{"name":"five","version":"5.0.0","id":"e","rust_version":"1.90"}]}'
    expect "$(newer_than 1.90 <<<"$metadata")" $'one 1.0.0 1.91\nthree 3.0.0 1.90.1'
    echo "self-test passed"
}

case ${1:-} in
    "") ;;
    --self-test) self_test; exit ;;
    *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac

oldest=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
[[ -n $oldest ]] || { echo "error: Cargo.toml has no rust-version" >&2; exit 1; }
newer=$(cargo metadata --locked --format-version 1 | newer_than "$oldest")
if [[ -n $newer ]]; then
    printf 'error: these ask for more than Rust %s, which the workspace says:\n%s\n' "$oldest" "$newer" >&2
    exit 1
fi
echo "no dependency asks for more than Rust $oldest"
if cargo "+$oldest" --version >/dev/null 2>&1; then
    cargo "+$oldest" check --locked --workspace --target-dir "target/msrv"
else
    echo "SKIPPED: rustup has no Rust $oldest (\`rustup toolchain install $oldest\`), so nothing is checked with it"
fi
