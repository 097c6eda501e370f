#!/usr/bin/env python3
"""Pack a fuzzer's folder of texts into one file that corpus.h replays: pack_corpus.py FOLDER FILE [MOST_BYTES]

The folder is best what libFuzzer's -merge=1 leaves of a long run. Texts longer than MOST_BYTES (default 300) are left out; the rest are in order of their
length and bytes, so that the file is the same whatever their names."""
import os
import sys

folder, target = sys.argv[1:3]
most = int(sys.argv[3]) if len(sys.argv) > 3 else 300
texts = sorted({open(os.path.join(folder, name), "rb").read() for name in os.listdir(folder)}, key=lambda t: (len(t), t))
with open(target, "wb") as f:
    for text in texts:
        if len(text) <= most:
            f.write(b"%d\n%s\n" % (len(text), text))
