#!/usr/bin/env python3
"""Repeat a network's own detections until they take long enough to be timed: make_real.py GT DT OUT [COPIES] [--file-names]. Copies of the images, with whole
numbers as ids, have the same annotations and detections, spelled as DT spells them; with --file-names each has a "file_name" too, as Ultralytics writes it.
Standard library only."""
import json, os, sys


def main(gt, dt, out, copies, names):
    os.makedirs(out, exist_ok=True)
    gt, dt = json.load(open(gt)), json.load(open(dt))
    place = {image["id"]: i for i, image in enumerate(gt["images"])}
    n, m = len(place), len(gt["annotations"])

    def moved(x, k):
        image = place[x["image_id"]] + k * n + 1
        first = {"image_id": image, "file_name": "%012d.jpg" % image} if names else {"image_id": image}
        return {**first, **{key: value for key, value in x.items() if key != "image_id"}}

    images = [dict(image, id=i + k * n + 1) for k in range(copies) for i, image in enumerate(gt["images"])]
    annotations = [dict(moved(x, k), id=i + k * m + 1) for k in range(copies) for i, x in enumerate(gt["annotations"])]
    with open(out + "/gt.json", "w") as f:
        json.dump({"images": images, "categories": gt["categories"], "annotations": annotations}, f)
    with open(out + "/dt.json", "w") as f:
        json.dump([moved(x, k) for k in range(copies) for x in dt], f)


if __name__ == "__main__":
    args = [x for x in sys.argv[1:] if x != "--file-names"]
    if len(args) not in (3, 4):
        sys.exit(__doc__)
    main(*args[:3], int(args[3]) if len(args) == 4 else 40, len(args) < len(sys.argv) - 1)
