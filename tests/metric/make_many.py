#!/usr/bin/env python3
"""Write many-gt.json and many-dt.json to a folder: 3,000 annotations and 25,000 detections in no order of images, with ties, crowds, unknown
categories and polygons. For test_eval.sh. Standard library only, deterministic."""
import json, random, sys

r = random.Random(7)


def box():
    return [r.randrange(600), r.randrange(440), r.randrange(5, 40), r.randrange(5, 40)]


def outline(b, slope):
    return [[b[0], b[1], b[0] + b[2], b[1], b[0] + b[2], b[1] + b[3] / slope, b[0], b[1] + b[3]]]


images = [{"id": i * 3 + 1, "width": 640, "height": 480} for i in range(400)]
annotations, results = [], []
for i in range(3000):
    b = box()
    annotations.append({"id": i + 1, "image_id": r.choice(images)["id"], "category_id": r.randint(1, 5), "bbox": b, "area": b[2] * b[3],
                        "iscrowd": int(r.random() < .02), "segmentation": outline(b, 2)})
for i in range(25000):
    a = r.choice(annotations)
    b = [x + r.randrange(-3, 4) for x in a["bbox"]] if r.random() < .7 else box()
    results.append({"image_id": a["image_id"], "category_id": r.choice([a["category_id"]] * 6 + [9, 2]), "bbox": b,
                    "score": r.randrange(1, 1000) / 1000, "segmentation": outline(b, 1)})
with open(sys.argv[1] + "/many-gt.json", "w") as f:
    json.dump({"images": images, "categories": [{"id": k, "name": "c%d" % k} for k in range(1, 6)], "annotations": annotations}, f)
with open(sys.argv[1] + "/many-dt.json", "w") as f:
    json.dump(results, f)
