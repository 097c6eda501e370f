#!/usr/bin/env python3
"""Make an oriented-box set of a box set: make_obb.py IN OUT (folders with gt.json and dt.json). Every box is turned about its centre, by an angle that the
annotation or, for a detection, its place in the file decides; detections near an annotation keep its angle. Standard library only, deterministic."""
import json, math, os, sys


def corners(box, degrees):
    x, y, w, h = box
    a, cx, cy = math.radians(degrees), x + w / 2, y + h / 2
    out = []
    for dx, dy in ((-w, -h), (w, -h), (w, h), (-w, h)):
        out += [round(cx + (dx * math.cos(a) - dy * math.sin(a)) / 2, 2), round(cy + (dx * math.sin(a) + dy * math.cos(a)) / 2, 2)]
    return out


def main(source, target):
    os.makedirs(target, exist_ok=True)
    gt = json.load(open(source + "/gt.json"))
    dt = json.load(open(source + "/dt.json"))
    near = {}
    for a in gt["annotations"]:
        a["segmentation"], a["obb"] = [], corners(a["bbox"], a["id"] * 37 % 180)
        near.setdefault((a["image_id"], a["category_id"]), []).append(a)
    for i, d in enumerate(dt):
        x, y = d["bbox"][:2]
        close = [a for a in near.get((d["image_id"], d["category_id"]), ()) if abs(a["bbox"][0] - x) + abs(a["bbox"][1] - y) < 20]
        d["obb"] = corners(d["bbox"], close[0]["id"] * 37 % 180 + i % 5 - 2 if close else i * 53 % 180)
    json.dump(gt, open(target + "/gt.json", "w"))
    json.dump(dt, open(target + "/dt.json", "w"), separators=(",", ":"))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
