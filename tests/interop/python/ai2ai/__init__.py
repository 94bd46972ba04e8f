"""AI2AI 0.2 as far as it can be checked offline, written from protocol/SPEC.md alone."""
