"""What every Python peer does alike: its arguments, choosing the fastest way, and the one line of JSON at the end."""

import argparse
import json
import statistics
import sys
import time

TRANSFORMER = {"vocabulary": 96, "width": 128, "context": 128, "heads": 4, "layers": 4, "mlp": 512}


def read_arguments(ways):
    """`mnist --batch N --data FOLDER --epochs N` or `transformer --batch N --steps N`; `ways` by task."""
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
    """The way asked for, or the fastest of those that work: (way, milliseconds or None of each way, faults)."""
    if asked != "fastest":
        return asked, None, None
    milliseconds, faults = {}, {}
    for way in ways:
        try:
            milliseconds[way] = 1000 * measure(way)
        except Exception as error:  # A way that this machine lacks (no compiler) is no fault of the others.
            faults[way] = f"{type(error).__name__}: {error}".split("\n")[0][:200]
    return min(milliseconds, key=milliseconds.get), milliseconds, faults or None


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def least_seconds(work, count=3):
    """Least of some runs: what else the machine does makes a run longer, never shorter."""
    return min(seconds(work) for _ in range(count))


def median_seconds(work, count):
    """Median of `count` runs; `work` is given the number of the run."""
    return statistics.median(seconds(lambda: work(index)) for index in range(count))


def print_result(result):
    print(json.dumps({name: value for name, value in result.items() if value is not None}), flush=True)


def not_measured(peer, why):
    """Says why there are no figures, as the last line, and ends well: a missing library is no fault."""
    print_result({"peer": peer, "notMeasured": why})
    sys.exit(0)
