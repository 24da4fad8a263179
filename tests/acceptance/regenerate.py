"""Rewrites the outputs of all golden cases, or of those named, and prints the difference (`make golden`)."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from tests.support import golden


def main(names: list[str]) -> int:
    """Gives the exit status: 1 when the generator and the Helms disagree about a case, which then is not written."""
    chosen = [case for case in golden.cases() if not names or case.name in names]
    failed = 0
    with ThreadPoolExecutor() as pool:
        made = [(case, pool.submit(golden.produce, case)) for case in chosen]
        for case, future in made:
            try:
                outputs = future.result()
            except AssertionError as error:
                failed += 1
                print(f"{case.name}: not written: {error}")
                continue
            print(golden.compare(case, outputs), end="")
            golden.write(case, outputs)
    print(f"{len(chosen) - failed} cases written, {failed} not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
