#!/usr/bin/env python3
"""Pack a fuzzer's folder of texts into one file that replay.c replays: pack_corpus.py FOLDER FILE [MOST_BYTES]. Or unpack: pack_corpus.py -x FILE FOLDER

A file holds texts one behind the other, each as its length in decimal digits, a line feed, its bytes and a line feed. The folder is best what libFuzzer's
-merge=1 leaves of a long run. Texts longer than MOST_BYTES (default 300) are left out; the rest are in order of their length and bytes, so that the file is
the same whatever their names."""
import os
import sys


def unpack(source, folder):
    data = open(source, "rb").read()
    at = 0
    while at < len(data):
        line = data.index(b"\n", at)
        end = line + 1 + int(data[at:line])
        with open(os.path.join(folder, "corpus-%d" % at), "wb") as f:
            f.write(data[line + 1:end])
        at = end + 1


if sys.argv[1] == "-x":
    unpack(*sys.argv[2:4])
    sys.exit()
folder, target = sys.argv[1:3]
most = int(sys.argv[3]) if len(sys.argv) > 3 else 300
texts = sorted({open(os.path.join(folder, name), "rb").read() for name in os.listdir(folder)}, key=lambda t: (len(t), t))
with open(target, "wb") as f:
    for text in texts:
        if len(text) <= most:
            f.write(b"%d\n%s\n" % (len(text), text))
