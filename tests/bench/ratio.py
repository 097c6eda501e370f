#!/usr/bin/env python3
"""Hold boxscore's time against pycocotools': ratio.py BOXSCORE [LEAST]. Needs pycocotools.

Makes a set of boxes as detectors write them (80 classes, 100 detections an image), lets both programs score it in turn, each as a whole process from JSON files to
printed numbers, and compares the least processor time (user and system) of each: what else the machine does falls on neither. Exit status 1 when the twelve
numbers differ in any bit, or when pycocotools takes less than LEAST times as long (200).

Before that the memory: of a file of one line, mostly long file names, which are the test set's or nobody's, little may be held at once. Who looks through it for
something, or back at what was read long ago, holds a good part of it."""
import json, os, random, resource, subprocess, sys, tempfile

IMAGES, CLASSES, DETECTIONS = 1000, 80, 100 # as many that starting the program is no part to speak of
ROUNDS, EACH = 2, 7  # runs of pycocotools; runs of boxscore before each and after the last
HELD = 0.08          # of a long file, at most, in memory: columns, and pages that are being read
TRIES = 3            # a machine that is busy throughout may still spoil the quick runs: all are measured again

PYCOCOTOOLS = """
import sys
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
g = COCO(sys.argv[1])
e = COCOeval(g, g.loadRes(sys.argv[2]), "bbox")
e.evaluate()
e.accumulate()
e.summarize()
print("stats", *(x.hex() for x in e.stats.tolist()))
"""


def make(*paths):
    """About seven objects an image, a few detections near most of them, and the rest anywhere with low scores: best first, as programs write them."""
    r = random.Random(17)
    frequent = [1 / (1 + k) for k in range(CLASSES)]
    images, annotations, detections = [], [], []

    def box():
        w, h = min(640, max(4, r.lognormvariate(4, 0.9))), min(480, max(4, r.lognormvariate(4, 0.9)))
        return [r.random() * (640 - w), r.random() * (480 - h), w, h]

    for i in range(1, IMAGES + 1):
        images.append({"id": 7 * i, "width": 640, "height": 480, "file_name": "%d.jpg" % (7 * i)})
        found = []
        for _ in range(r.randrange(15)):
            k, b = r.choices(range(CLASSES), frequent)[0], [round(x, 2) for x in box()]
            annotations.append({"id": len(annotations) + 1, "image_id": 7 * i, "category_id": k + 1, "bbox": b, "area": round(b[2] * b[3] * 0.7, 3),
                                "iscrowd": int(r.random() < 0.01), "segmentation": []})
            for _ in range(r.choice((0, 1, 2, 3, 5))):
                d = r.random() * 0.3
                near = [b[0] + r.gauss(0, d) * b[2], b[1] + r.gauss(0, d) * b[3], b[2] * r.lognormvariate(0, d), b[3] * r.lognormvariate(0, d)]
                found.append((k if r.random() < 0.9 else r.randrange(CLASSES), near, r.betavariate(3, 2) * (1 - d)))
        while len(found) < DETECTIONS:
            found.append((r.choices(range(CLASSES), frequent)[0], box(), r.betavariate(0.8, 9)))
        for k, b, score in sorted(found[:DETECTIONS], key=lambda d: -d[2]):
            detections.append({"image_id": 7 * i, "category_id": k + 1, "bbox": [round(x, 2) for x in b], "score": round(score, 5)})
    names = [{"id": k + 1, "name": "class %d" % (k + 1)} for k in range(CLASSES)]
    for path, value in zip(paths, ({"images": images, "categories": names, "annotations": annotations}, detections)):
        with open(path, "w") as f:
            json.dump(value, f)


def apart(function, *of):
    """In a process of its own: of the peak that wait4 tells, what this one had when it started the other is a part."""
    pid = os.fork()
    if not pid:
        try:
            function(*of)
        finally:
            os._exit(sys.exc_info()[0] is not None)
    if os.waitpid(pid, 0)[1]:
        sys.exit(1)


def lengthen(dt, name, long):
    """The same detections with long file names; none without one."""
    with open(dt) as f, open(long, "w") as out:
        json.dump([dict(d, file_name="folder/" * 140 + name % d["image_id"]) for d in json.load(f)] if name else [], out)


def peak(argv):
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit("%s: exit status %d" % (argv[0], child.returncode))
    return used.ru_maxrss * 1024


def hold(boxscore, gt, dt, most):
    """The share of a file that is in memory at most, beside what an empty one takes."""
    long = dt + ".long"
    for threads in 1, 2:
        argv = [boxscore, "eval", "-q", "--ground-truth", gt, "--predictions", long, "--threads", str(threads)]
        apart(lengthen, dt, None, long)
        least = peak(argv)
        for name in "%d.jpg", "nobody's %d.jpg":
            apart(lengthen, dt, name, long)
            share = (peak(argv) - least) / os.path.getsize(long)
            print("memory: %.2f of a file of one line is held at once (%g at most expected), file names as '%s', threads: %d" % (share, most, name, threads))
            if share > most:
                sys.exit(1)


def run(argv):
    """Its processor seconds and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(argv, stdout=subprocess.PIPE, env=dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1"), check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout.decode()


def main(boxscore, least):
    with tempfile.TemporaryDirectory() as folder:
        gt, dt = os.path.join(folder, "gt.json"), os.path.join(folder, "dt.json")
        apart(make, gt, dt)
        hold(boxscore, gt, dt, HELD)
        ours = [boxscore, "eval", "-q", "--ground-truth", gt, "--predictions", dt, "--threads", "1"]
        theirs = [sys.executable, "-c", PYCOCOTOOLS, gt, dt]
        stats = [x.hex() for x in json.loads(run(ours + ["--reference", "--json"])[1])["coco"]["stats"]]
        quick, slow = [], []
        for _ in range(TRIES):
            for _ in range(ROUNDS):
                quick += [run(ours)[0] for _ in range(EACH)]
                seconds, text = run(theirs)
                slow.append(seconds)
                expected = text.splitlines()[-1].split()[1:]
                if stats != expected:
                    sys.exit("AP and AR: found %s, expected pycocotools' %s" % (stats, expected))
            quick += [run(ours)[0] for _ in range(EACH)]
            ratio = min(slow) / min(quick)
            if ratio >= least:
                break
    print("pycocotools takes %.0f times as long (at least %g expected); the twelve numbers are the same to the last bit" % (ratio, least))
    sys.exit(ratio < least)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) == 3 else 200)
