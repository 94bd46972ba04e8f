"""Checks exported agreements offline: agreement.py FILE… A line of JSON for each."""

import json
import sys
from pathlib import Path

from ai2ai.acts import check_agreement
from ai2ai.refusal import Refusal


def main(files):
    good = True
    for file in files:
        try:
            print(json.dumps({"file": file, "valid": True, "terms_hash": check_agreement(Path(file).read_bytes())}))
        except Refusal as problem:
            good = False
            print(json.dumps({"file": file, "valid": False, "problem": str(problem)}))
    return 0 if good and files else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
