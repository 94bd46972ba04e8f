#!/usr/bin/env bash
# Who may know whom. Reads what cargo resolves (normal dependencies, every platform, the whole tree below a crate) and
# fails when a crate sees what its layer must not know.
set -euo pipefail
cd "$(dirname "$0")/.."

NETWORK="tokio mio socket2 futures futures-* libp2p libp2p-* quinn quinn-* rustls hickory-* reqwest hyper axum"
WORLD="rand getrandom fs4 etcetera tempfile clap anstream tracing tracing-* rpassword toml"

# Crates that may see both the store and discovery: a home has settings of the one and backs up the other.
SEE_BOTH='^(ai2ai|ai2ai-agent|ai2ai-demo|ai2ai-doors|ai2ai-engine|ai2ai-home|ai2ai-http|ai2ai-notify|ai2ai-tests)$'

# A crate, and the names (shell patterns) that must not be anywhere below it.
must_not_see() {
    case $1 in
        ai2ai-protocol) echo "$NETWORK $WORLD redb ai2ai ai2ai-store ai2ai-discovery ai2ai-tests" ;;
        ai2ai-store) echo "$NETWORK $WORLD ai2ai ai2ai-discovery ai2ai-tests" ;;
        ai2ai-discovery) echo "redb ai2ai ai2ai-store ai2ai-tests" ;;
        ai2ai-agent) echo "axum clap ai2ai ai2ai-network ai2ai-notify ai2ai-tests" ;;
        ai2ai-api) echo "libp2p libp2p-* quinn quinn-* rustls hickory-* reqwest hyper axum redb clap tracing toml ai2ai ai2ai-store ai2ai-discovery ai2ai-home ai2ai-network ai2ai-tests" ;;
        ai2ai-conformance) echo "redb axum clap ai2ai ai2ai-home ai2ai-network ai2ai-store ai2ai-tests" ;;
        ai2ai-core) echo "libp2p libp2p-* quinn quinn-* rustls hickory-* reqwest hyper axum clap toml ai2ai ai2ai-discovery ai2ai-engine ai2ai-home ai2ai-legacy ai2ai-network ai2ai-tests" ;;
        ai2ai-demo) echo "axum ai2ai ai2ai-core ai2ai-doors ai2ai-engine ai2ai-network ai2ai-tests" ;;
        ai2ai-doors) echo "clap ratatui ai2ai ai2ai-demo ai2ai-tests" ;;
        ai2ai-http) echo "axum clap ai2ai ai2ai-core ai2ai-engine ai2ai-network ai2ai-tests" ;;
        ai2ai-engine) echo "axum clap ratatui ai2ai ai2ai-agent ai2ai-doors ai2ai-notify ai2ai-tests" ;;
        ai2ai-home) echo "axum clap ai2ai ai2ai-network ai2ai-tests" ;;
        ai2ai-legacy) echo "libp2p libp2p-* quinn quinn-* rustls hickory-* reqwest hyper axum clap toml ai2ai ai2ai-discovery ai2ai-engine ai2ai-home ai2ai-network ai2ai-tests" ;;
        ai2ai-network) echo "redb axum clap ai2ai ai2ai-api ai2ai-home ai2ai-store ai2ai-tests" ;;
        ai2ai-notify) echo "axum clap ai2ai ai2ai-network ai2ai-tests" ;;
        ai2ai) echo "ai2ai-tests" ;;
        ai2ai-tests) echo "" ;;
        *) return 1 ;;
    esac
}

# A crate, and what it may see through the engine only: it must not name these itself.
must_not_name() {
    case $1 in
        ai2ai-doors) echo "redb libp2p ai2ai-core ai2ai-network ai2ai-store" ;;
        *) echo "" ;;
    esac
}

# Every crate in the normal dependency tree of the crate $1, one name a line, itself left out.
below() { # with a depth as $2, no further than that
    cargo tree --locked --quiet -p "$1" -e normal --target all --prefix none --format '{p}' ${2:+--depth "$2"} |
        awk -v self="$1" '$1 != self { print $1 }' | sort -u
}

matches_of() { # the patterns of $1 that a name in $2 matches
    local pattern name
    set -f
    for pattern in $1; do
        while IFS= read -r name; do
            # shellcheck disable=SC2053  # the right side is a pattern
            [[ $name == $pattern ]] && printf '%s ' "$name"
        done <<<"$2"
    done
    set +f
}

faults=0
fault() {
    echo "error: $1" >&2
    faults=$((faults + 1))
}

printf '%-16s %6s  %-60s %s\n' crate below "of ours it sees" verdict
while IFS= read -r crate; do
    seen=$(below "$crate")
    ours=$(grep -E '^ai2ai(-|$)' <<<"$seen" | tr '\n' ' ' || true)
    verdict="ok"
    if ! forbidden=$(must_not_see "$crate"); then
        verdict="no layer"
        fault "$crate has no layer: say in scripts/check-layers.sh what it must not see"
    else
        found=$(matches_of "$forbidden" "$seen")
        if [[ -n $found ]]; then
            verdict="sees too much"
            fault "$crate must not see: $found"
        fi
    fi
    named=$(matches_of "$(must_not_name "$crate")" "$(below "$crate" 1)")
    if [[ -n $named ]]; then
        verdict="names too much"
        fault "$crate must not name: $named"
    fi
    if [[ ! $crate =~ $SEE_BOTH && " $ours" == *" ai2ai-store "* && " $ours" == *" ai2ai-discovery "* ]]; then
        verdict="sees both"
        fault "$crate sees both the store and discovery: only the home, the node and the tests may"
    fi
    printf '%-16s %6d  %-60s %s\n' "$crate" "$(wc -l <<<"$seen")" "${ours:-nothing}" "$verdict"
done < <(cargo tree --locked --quiet --workspace --depth 0 --prefix none --format '{p}' | awk 'NF { print $1 }')

# Refusals of the core are data: their words, hints and exits are the engine's to say.
if said=$(grep -rnwE 'Exit|Failure' node/core/src node/legacy/src --include='*.rs'); then
    fault "a decision says how it is told; give it a variant in ai2ai_core::error instead: $said"
fi

exit $((faults > 0))
