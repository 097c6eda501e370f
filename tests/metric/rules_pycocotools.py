# `boxscore eval` by a board's rules against pycocotools with the same Params: every bit of precision, recall and scores, and of their means.
# Usage: rules_pycocotools.py BOXSCORE SHAPES DIR
import contextlib, copy, hashlib, io, json, os, random, subprocess, sys
import numpy as np
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

boxscore, shapes, folder = sys.argv[1:]
INF = 1e10
COCOS = [("small", 0, 1024), ("medium", 1024, 9216), ("large", 9216, INF)]


class Eval(COCOeval):
    """pycocotools, but an annotation may be one to ignore without being a crowd."""

    def _prepare(self):
        super()._prepare()
        for gts in self._gts.values():
            for gt in gts:
                gt["ignore"] = gt["ignore"] or gt.get("to_ignore", 0)


def ellipse(w, h, x, y, bw, bh):
    yy, xx = np.mgrid[0:h, 0:w]
    inside = ((xx + 0.5 - x - bw / 2) / max(bw / 2, 1)) ** 2 + ((yy + 0.5 - y - bh / 2) / max(bh / 2, 1)) ** 2 <= 1
    code = rle.encode(np.asfortranarray(inside.astype(np.uint8)))
    return {"size": code["size"], "counts": code["counts"].decode()}


# Objects at exact borders of sizes, crowds, ties in score and overlap, images with far more detections of a class than any limit.
def make(r, masks, images, most):
    gt = {"images": [], "annotations": [], "categories": [{"id": 3 * k + 2, "name": n} for k, n in enumerate(["cat", "dog", "a,b", "cow"])]}
    dt = []
    for i in range(images):
        w, h = r.choice([(160, 120), (100, 100), (333, 77)])
        gt["images"].append({"id": i + 1, "file_name": "f/%03d.jpg" % i, "width": w, "height": h})
        for _ in range(r.randint(0, 14)):
            side = r.choice([4, 8, 16, 16, 32, 32, 96, r.uniform(3, 90)])
            box = [r.randint(0, w - 4), r.randint(0, h - 4), side, r.choice([side, side, side / 2])]
            shape = ellipse(w, h, *box)
            area = float(rle.area(shape)) if masks and r.random() < 0.5 else r.choice([box[2] * box[3], 256, 1024, 9216, w * h * 0.01, w * h * 3.0])
            ann = {"id": len(gt["annotations"]) + 1, "image_id": i + 1, "category_id": r.choice(gt["categories"])["id"],
                   "iscrowd": int(r.random() < 0.1), "area": area, "bbox": box, "segmentation": shape}
            gt["annotations"].append(ann)
            for _ in range(r.choice([0, 1, 1, 2, 5])):
                d = [v + r.choice([0, 0, r.gauss(0, side / 10)]) for v in box]
                d[2], d[3] = max(d[2], 1), max(d[3], 1)
                category = ann["category_id"] if r.random() < 0.8 else r.choice(gt["categories"])["id"]
                dt.append({"image_id": i + 1, "category_id": category, "score": round(r.random(), 2), "bbox": d})
        for _ in range(r.choice([0, 3, most if i % 7 == 0 else 0])):
            dt.append({"image_id": i + 1, "category_id": r.choice([2, 2, 5]), "score": round(r.random(), 3),
                       "bbox": [r.uniform(0, w / 2), r.uniform(0, h / 2), r.choice([16, 32, r.uniform(1, 60)]), r.choice([16, 32, r.uniform(1, 60)])]})
    r.shuffle(dt)
    for d in dt if masks else []:
        size = next(m for m in gt["images"] if m["id"] == d["image_id"])
        d["segmentation"] = ellipse(size["width"], size["height"], *d["bbox"])
        if r.random() < 0.5:
            del d["bbox"]
    if masks:  # the first decides for all in pycocotools, each by what it has here: let them agree
        for d in dt:
            d.pop("bbox", None)
    return gt, dt


def shaken(path, r):
    gt = json.load(open(path))
    dt = []
    for a in gt["annotations"]:
        for _ in range(r.choice([0, 1, 1, 2])):
            dt.append({"image_id": a["image_id"], "category_id": a["category_id"], "score": round(r.random(), 2),
                       "bbox": [v + r.gauss(0, 2) for v in a["bbox"][:2]] + [max(1, v + r.gauss(0, 2)) for v in a["bbox"][2:]]})
    return gt, dt


def run(gt, dt, kind, rule):
    """The arrays by pycocotools, classes of the rule alone, and its limits."""
    gt = copy.deepcopy(gt)
    names = {c["name"]: c["id"] for c in gt["categories"]}
    scored = [i for n, i in names.items() if n in rule.get("classes", names) and n not in rule.get("ignore", [])]
    for a in [a for a in gt["annotations"] if a["category_id"] in [names[n] for n in rule.get("ignore", [])]]:
        for k in scored:
            gt["annotations"].append({**a, "category_id": k, "id": len(gt["annotations"]) + 1, "to_ignore": 1})
    with contextlib.redirect_stdout(io.StringIO()):
        g = COCO()
        g.dataset = gt
        g.createIndex()
        d = g.loadRes(copy.deepcopy(dt))
        if rule.get("relative"):
            for ann in list(g.anns.values()) + list(d.anns.values()):
                image = g.imgs[ann["image_id"]]
                ann["area"] = min(1.0, ann["area"] / (image["width"] * image["height"]))
        e = Eval(g, d, kind)
        e.params.catIds = sorted(scored)
        sizes = rule.get("sizes", COCOS)
        e.params.areaRng = [[0, INF]] + [[lo, hi] for _, lo, hi in sizes]
        e.params.areaRngLbl = ["all"] + [n for n, _, _ in sizes]
        if "iou" in rule:
            e.params.iouThrs = np.array(rule["iou"])
        e.params.maxDets = rule.get("limits", [1, 10, 100])
        if "images" in rule:
            e.params.imgIds = rule["images"]
        e.evaluate()
        e.accumulate()
    return e


def mean(values):
    values = values[values > -1]
    return float(np.mean(values)) if values.size else -1.0


def expected(e, rule):
    precision, recall = e.eval["precision"], e.eval["recall"]
    iou = [float(t) for t in e.params.iouThrs]
    sizes, limits = rule.get("sizes", COCOS), e.params.maxDets
    short = (lambda n: n[0]) if "sizes" not in rule else (lambda n: "_" + n)
    at = [iou.index(t) if t in iou else None for t in (0.5, 0.75)]
    stats = [mean(precision[:, :, :, 0, -1])] + [-1.0 if t is None else mean(precision[t, :, :, 0, -1]) for t in at]
    stats += [mean(precision[:, :, :, a + 1, -1]) for a in range(len(sizes))]
    stats += [mean(recall[:, :, 0, m]) for m in range(len(limits))] + [mean(recall[:, :, a + 1, -1]) for a in range(len(sizes))]
    per_class = {}
    for k, category in enumerate(e.params.catIds):
        row = {"AP": mean(precision[:, :, k, 0, -1])}
        for a, (name, _, _) in enumerate(sizes):
            row["AP" + short(name)] = mean(precision[:, :, k, a + 1, -1])
        for t, key in zip(at, ("AP50", "AP75")):
            if t is not None:
                row[key] = mean(precision[t, :, k, 0, -1])
        for m, limit in enumerate(limits):
            row["AR%d" % limit] = mean(recall[:, k, 0, m])
        per_class[str(category)] = row
    out = {"stats": stats, "per_class": per_class}
    if not rule.get("classes") and not rule.get("ignore"):  # boxscore's arrays have the other classes too, undefined
        for key in ("precision", "recall", "scores"):
            out[key + "_sha256"] = hashlib.sha256(np.ascontiguousarray(e.eval[key]).tobytes()).hexdigest()
    return out


def linspace(a, b, step):
    return [float(t) for t in np.linspace(a, b, int(np.round((b - a) / step)) + 1, endpoint=True)]


TINY = [("tiny", 0, 256), ("small", 256, 1024), ("rest", 1024, INF)]
SIX = TINY + [("medium", 1024, 9216), ("one", 4, 16.5), ("any", 0, INF)]
SHARES = [("mini", 0, 0.01), ("part", 0.01, 0.25), ("most", 0.25, 1)]
# options, what they mean, the protocol's name; %n: the list of images
RULES = [
    ([], {}, "coco/1"),
    (["--max-dets", "1,10,500"], {"limits": [1, 10, 500]}, "coco/1;dets=500"),
    (["--max-dets", "1,10,100,1000"], {"limits": [1, 10, 100, 1000]}, "coco/1;dets=1000"),
    (["--max-dets", "1,3"], {"limits": [1, 3]}, "coco/1;dets=3"),
    (["--sizes", "tiny:0-16^2,small:16^2-32^2,rest:32^2-"], {"sizes": TINY}, "coco/1;sizes=tiny:0-256,small:256-1024,rest:1024-10000000000"),
    (["--sizes", "one:0-1e10"], {"sizes": [("one", 0, INF)]}, "coco/1;sizes=one:0-10000000000"),
    (["--sizes", "tiny:0-256,small:256-1024,rest:1024-,medium:1024-9216,one:4-16.5,any:0-"], {"sizes": SIX},
     "coco/1;sizes=tiny:0-256,small:256-1024,rest:1024-10000000000,medium:1024-9216,one:4-16.5,any:0-10000000000"),
    (["--relative-sizes", "mini:0-0.01,part:0.01-0.25,most:0.25-"], {"sizes": SHARES, "relative": True},
     "coco/1;relative-sizes=mini:0-0.01,part:0.01-0.25,most:0.25-1"),
    (["--iou", "0.5:0.75:0.05"], {"iou": linspace(0.5, 0.75, 0.05)}, "coco/1;iou=0.5,0.55,0.6,0.65,0.7,0.75"),
    (["--iou", "0.3,0.625"], {"iou": [0.3, 0.625]}, "coco/1;iou=0.3,0.625"),
    (["--iou", "0.02:1:0.02"], {"iou": linspace(0.02, 1, 0.02)}, None),
    (["--classes", "cow,cat"], {"classes": ["cat", "cow"]}, "coco/1;classes=cat,cow"),
    (["--classes", "a\\,b"], {"classes": ["a,b"]}, "coco/1;classes=a%2Cb"),
    (["--ignore-classes", "dog"], {"ignore": ["dog"]}, "coco/1;ignore=dog"),
    (["--ignore-classes", "dog,cow", "--max-dets", "1,10,300"], {"ignore": ["dog", "cow"], "limits": [1, 10, 300]}, "coco/1;dets=300;ignore=cow,dog"),
    (["--images-list", "%n"], {"images": True}, None),
    (["--images-list", "%n", "--classes", "dog,cow", "--ignore-classes", "cat", "--max-dets", "1,10,500", "--iou", "0.1,0.5,0.9", "--sizes",
      "tiny:0-256,small:256-1024,rest:1024-,medium:1024-9216,one:4-16.5,any:0-"],
     {"images": True, "classes": ["dog", "cow"], "ignore": ["cat"], "limits": [1, 10, 500], "iou": [0.1, 0.5, 0.9], "sizes": SIX}, None),
]

failed = compared = 0


def differ(where, got, want):
    """How many numbers differ."""
    global compared
    if isinstance(want, dict):
        keys = set(want) if where.endswith("coco") else set(want) | set(got)
        return sum(differ(where + "." + k, got.get(k), want[k]) if k in want else say(where, k, None) for k in sorted(keys))
    if isinstance(want, list):
        return sum(differ("%s[%d]" % (where, i), g, w) for i, (g, w) in enumerate(zip(got, want))) + say(where, len(got), len(want))
    compared += 1
    return say(where, got, want)


def say(where, got, want):
    if got == want:
        return 0
    print("%s: found %r, expected %r" % (where, got, want))
    return 1


def check(name, gt, dt, task, rules):
    global failed
    kind = {"box": "bbox", "mask": "segm"}[task]
    paths = {k: os.path.join(folder, k) for k in ("gt.json", "dt.json", "images.txt")}
    chosen = [m for i, m in enumerate(gt["images"]) if i % 3 != 1]
    json.dump(gt, open(paths["gt.json"], "w"))
    json.dump(dt, open(paths["dt.json"], "w"))
    open(paths["images.txt"], "w").write("\n".join(os.path.basename(m["file_name"]) for m in reversed(chosen)))
    curves = None
    for options, rule, protocol in rules:
        if rule.get("images"):
            rule = {**rule, "images": [m["id"] for m in chosen]}
        options = [paths["images.txt"] if o == "%n" else o for o in options]
        where = "%s %s %s" % (name, task, " ".join(options))
        p = subprocess.run([boxscore, "eval", "-g", paths["gt.json"], "-p", paths["dt.json"], "--task", task, "--json"] + options,
                           capture_output=True, text=True)
        if p.returncode:
            print("%s: exit status %d: %s" % (where, p.returncode, p.stderr.strip()))
            failed += 1
            continue
        got = json.loads(p.stdout)
        wrong = differ(where + " coco", got["coco"], expected(run(gt, dt, kind, rule), rule))
        if protocol:
            wrong += say(where + " protocol", got["protocol"], protocol)
        if rule.get("images"):
            wrong += say(where + " images", [m["image_id"] for m in got["images"]], rule["images"])
        if not options:
            curves = got["confidence_curves"]["0.5"]
        elif not {"images", "classes", "ignore"} & set(rule):  # F1 is at IoU 0.5, of all sizes, without a limit
            wrong += say(where + " F1", got["confidence_curves"]["0.5"] == curves, True)
        failed += wrong > 0


def main():
    r = random.Random(8)
    for seed in range(3):
        check("random %d" % seed, *make(random.Random(seed), False, 30, 700), "box", RULES)
    check("masks", *make(random.Random(9), True, 12, 150), "mask", RULES)
    gt, dt = shaken(shapes, r)
    names = [c["name"] for c in gt["categories"]]
    check("shapes", gt, dt, "box", [x for x in RULES if not {"classes", "ignore"} & set(x[1])] +
          [(["--classes", names[0]], {"classes": names[:1]}, None), (["--ignore-classes", names[1]], {"ignore": names[1:2]}, None)])
    print("%d numbers compared" % compared)
    sys.exit(1 if failed or compared < 3000 else 0)


main()
