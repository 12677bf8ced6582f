"""Reads the flags of llama-server and the values that they list from the engine itself: the parser of node-llama-cpp's prebuilt
library (`npm run bench:install`) prints its help. Prints JSON for test/fixtures/settings.json.

usage: python3 bench/peers/llama_server_flags.py [-- FLAG ...]   (with flags: prints whether the parser accepts them)
"""

import ctypes
import glob
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARIES = os.path.join(HERE, "..", "node_modules", "@node-llama-cpp", "linux-x64", "bins", "linux-x64")
SERVER = 12  # LLAMA_EXAMPLE_SERVER of v0.5.0


def parse(arguments):
    """Runs the parser in a child process: it prints to standard output and exits after its help."""
    for name in ("libggml-base.so", "libggml.v*.so", "libllama.v*.so", "libllama-common.so"):
        (path,) = glob.glob(os.path.join(LIBRARIES, name))
        library = ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
    settings = ctypes.create_string_buffer(1 << 16)
    library["_ZN13common_paramsC1Ev"](settings)
    run = library["_Z19common_params_parseiPPcR13common_params13llama_examplePFviS0_E"]
    run.restype = ctypes.c_bool
    words = [b"llama-server", *(word.encode() for word in arguments)]
    taken = run(len(words), (ctypes.c_char_p * (len(words) + 1))(*words, None), settings, SERVER, None)
    sys.stdout.flush()
    os._exit(0 if taken else 1)


def main():
    if sys.argv[1:2] == ["--parse"]:
        parse(sys.argv[2:])
    asked = sys.argv[2:] if sys.argv[1:2] == ["--"] else ["--help"]
    child = subprocess.run([sys.executable, __file__, "--parse", *asked], capture_output=True, text=True)
    if asked != ["--help"]:
        print(child.stdout[-400:], "taken" if child.returncode == 0 else "refused")
        sys.exit(child.returncode)
    assert "--slots" in child.stdout, "not the server's help"
    flags, values, last = set(), {}, []
    for line in child.stdout.splitlines():
        if line.startswith("-") and not line.startswith("-----"):
            last = re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*(?=,| |$)", line[:40] if line[38:40] == "  " else line)
            flags.update(last)
            found = re.search(r"[\[{]([\w|,+]+)[\]}]", line)
        else:
            found = re.search(r"allowed values: ([\w, ]+)", line) or re.match(r"\s+- ([\w+]+)(?: \(default\))?:", line)
        for name in last if found else []:
            values.setdefault(name, []).extend(re.split(r"[|,]\s*", found.group(1)))
    with open(os.path.join(LIBRARIES, "_nlcBuildMetadata.json")) as file:
        release = json.load(file)["buildOptions"]["llamaCpp"]["release"]
    kept = {name: list(dict.fromkeys(values[name])) for name in ("-fa", "-ctk", "-ctv", "-lm", "-sm")}
    print(json.dumps({"release": release, "flags": sorted(flags), "values": kept}))


main()
