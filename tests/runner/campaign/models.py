"""models.py: the test sets, the forty models, and what is said of a deviation."""
import json
import os
import struct
import zlib

DAY = 86400000
BOARDS = {  # slug: (set, geometry, tasks, rules)
    "boxes": (0, "box", "detect", {}),
    "tight": (0, "box", "detect", {"max_detections": 3, "iou": [0.5, 0.75],
                                   "sizes": [{"name": "tiny", "min": 0, "max": 80}, {"name": "rest", "min": 80}]}),
    "masks": (0, "mask", "segment", {}),
    "other": (1, "box", "detect", {}),
}
IMAGES = (6, 3)  # of each set
CLASSES = ("disc", "ring", "bar")


class Deviation(Exception):
    pass


def differ(found, wanted):
    """What two tables of numbers do not agree on, shortly."""
    keys = [k for k in sorted(set(found) | set(wanted or {}), key=str) if found.get(k) != (wanted or {}).get(k)]
    return "%d of %d: %s" % (len(keys), len(found), {k: (found.get(k), (wanted or {}).get(k)) for k in keys[:5]})


def expect(ok, what, expected, found):
    if not ok:
        raise Deviation("%s: expected %s, found %s" % (what, expected, found))


def painted(k, i):
    """Object i of image k: runner.c has the same."""
    x, y = 2 + 11 * i, 3 + 5 * ((k * 7 + i * 3) % 4)
    return [x, y, 9, 6 + ((k + i) % 4) * 2], (k + i) % 3


def png(path, width, height, seed):
    rows = b"".join(b"\0" + bytes((seed * 31 + x * 3 + y * 7 * c) % 256 for x in range(width) for c in (1, 2, 3)) for y in range(height))
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
                chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def test_sets(folder, state):
    """state 0: as it was; 1: a label is corrected; 2: an image is another."""
    for s, count in enumerate(IMAGES):
        here = os.path.join(folder, "set-%d" % s)
        os.makedirs(os.path.join(here, "images"), exist_ok=True)
        images, annotations = [], []
        for k in range(1, count + 1):
            name = "photo-%d-%d.png" % (s, k)
            png(os.path.join(here, "images", name), 72, 40, 100 * s + k + (1000 if state == 2 and k == 2 else 0))
            images.append({"id": k, "file_name": name, "width": 72, "height": 40})
            for i in range(6):
                box, c = painted(k, i)
                if state == 1 and s == 0 and k == 1 and i == 0:
                    c = (c + 1) % 3
                x, y, w, h = box
                annotations.append({"id": len(annotations) + 1, "image_id": k, "category_id": c + 1, "bbox": box, "area": w * h,
                                    "iscrowd": 0, "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]]})
        write(os.path.join(here, "annotations.json"), json.dumps({
            "images": images, "annotations": annotations, "categories": [{"id": i + 1, "name": n} for i, n in enumerate(CLASSES)]}))


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


class Model:
    """What is in the folder now, and what is known of it."""
    def __init__(self, n, mode, task="detect", argument=None, asked=False, other=False, backend=None, variants=1, scores=1):
        self.seed = "%s%02d" % ("p" if asked else "o", n)
        self.slug, self.mode, self.task, self.argument = self.seed, mode, task, argument
        self.asked, self.other, self.backend = asked, other, backend or {}
        self.variants, self.scores = variants, scores
        self.variant = self.score = self.note = 0
        self.present, self.broken, self.formerly, self.names = True, None, [], 0
        self.allowed = None  # the variant that was allowed last; -1: not known
        self.killed = 0      # how often it was at work when its night was killed, since it last was well

    @property
    def honest(self):
        return self.mode in ("file", "good", "slow", "batch", "jitter", "crash-once", "daemon")

    @property
    def comparable(self):
        return self.honest or self.mode in ("flaky", "one-image", "crawl", "rewrite")

    @property
    def boards(self):
        if self.task == "segment":
            return ["boxes", "masks"]
        return ["boxes"] + (["tight"] if self.scores > 1 or self.mode == "flaky" else []) + (["other"] if self.other else [])

    @property
    def sets(self):
        return [0, 1] if self.other else [0]


def forty(few=False):
    """Every kind of model; few: one of each, without those that take long."""
    made = []
    def add(mode, count=1, **more):
        if few and mode in ("deaf", "crawl", "fill"):
            return
        for _ in range(1 if few else count):
            made.append(Model(len(made), mode, **more))
    add("file", 4, variants=3, scores=2)
    add("file", 2, task="segment", variants=2)
    add("file", 1)
    add("good", 3, variants=3, scores=2)
    add("good", 3, asked=True, variants=3, scores=2)
    add("good", 1, other=True, scores=2)
    add("slow", 2, argument=25, variants=2)
    add("batch", 1, argument=3, backend={"inflight": 3})
    add("good", 2, task="segment", variants=2)
    add("jitter", 1)
    add("daemon", 1)
    add("flaky", 1, argument=3)
    add("flaky", 1, argument=5, asked=True)
    add("one-image", 1, argument=4)
    add("crash-once", 1)
    add("crawl", 1, argument=450, backend={"total_timeout": "1s"})
    for mode in ("flood", "json", "crash", "nan", "rewrite", "names-twice", "escapes", "unasked"):
        add(mode)
    for mode in ("kill-parent", "forks", "fill", "hang"):
        add(mode, backend={"image_timeout": "0.5s"})
    add("polygon", 1, task="segment")
    add("deaf", 1, backend={"startup_timeout": "1s"})
    return made
