"""What all Python peers share: reading arguments, choosing the fastest way, and printing one line of JSON at the end."""

import argparse
import json
import statistics
import sys
import time

TRANSFORMER = {"vocabulary": 96, "width": 128, "context": 128, "heads": 4, "layers": 4, "mlp": 512}


def read_arguments(ways):
    """Reads `mnist --batch N --data FOLDER --epochs N` or `transformer --batch N --steps N`; `ways` lists the ways by task."""
    parser = argparse.ArgumentParser()
    tasks = parser.add_subparsers(dest="task", required=True)
    for task, batch in (("mnist", 32), ("transformer", 16)):
        options = tasks.add_parser(task)
        options.add_argument("--batch", type=int, default=batch)
        options.add_argument("--threads", type=int, default=2)
        options.add_argument("--way", choices=["fastest", *ways[task]], default="fastest")
        if task == "mnist":
            options.add_argument("--data", required=True)
            options.add_argument("--epochs", type=int, default=1)
        else:
            options.add_argument("--steps", type=int, default=20)
    return parser.parse_args()


def choose(ways, asked, measure):
    """Returns the requested way, or the fastest that works: (way, milliseconds or None of each way, faults)."""
    if asked != "fastest":
        return asked, None, None
    milliseconds, faults = {}, {}
    for way in ways:
        try:
            milliseconds[way] = 1000 * measure(way)
        except Exception as error:  # A way that this machine does not support (no compiler) must not stop the others.
            faults[way] = f"{type(error).__name__}: {error}".split("\n")[0][:200]
    return min(milliseconds, key=milliseconds.get), milliseconds, faults or None


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def least_seconds(work, count=3):
    """Returns the shortest of several runs: other work on the machine makes a run longer, never shorter."""
    return min(seconds(work) for _ in range(count))


def median_seconds(work, count):
    """Returns the median of `count` runs; `work` receives the number of the run."""
    return statistics.median(seconds(lambda: work(index)) for index in range(count))


def print_result(result):
    print(json.dumps({name: value for name, value in result.items() if value is not None}), flush=True)


def not_measured(peer, why):
    """Prints why there are no figures as the last line, and exits with 0: a missing library is not an error."""
    print_result({"peer": peer, "notMeasured": why})
    sys.exit(0)
