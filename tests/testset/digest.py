#!/usr/bin/env python3
"""The digest of a COCO test set by its definition, with the standard library alone: written from the definition, to check the program's.

    digest.py ANNOTATIONS IMAGES        prints {"images": …, "box": …, "mask": …} (mask: null unless every segmentation is a list of run lengths)

SHA-256 over "boxscore testset 1 <geometry>\\n", u32 number of classes, their names, u32 number of images, then for each image in ascending id: the
SHA-256 of its bytes, u32 width, u32 height, u32 number of annotations, and for each, in file order: u32 class index, u8 flags (1 crowd), f64 area, then
4 f64 box, or u32 n and n u32 run lengths. Little-endian; -0 as +0; a string is u32 length and UTF-8.
"""
import hashlib
import json
import os
import struct
import sys


def u32(v):
    return struct.pack("<I", v)


def f64(v):
    return struct.pack("<d", float(v) + 0.0)  # -0.0 + 0.0 is +0.0


def main(path, folder):
    with open(path, encoding="utf-8") as f:
        gt = json.load(f)
    classes = sorted(gt["categories"], key=lambda c: c["id"])
    index = {c["id"]: i for i, c in enumerate(classes)}
    images = sorted(gt["images"], key=lambda m: m["id"])
    of = {m["id"]: [] for m in images}
    for a in gt["annotations"]:
        of[a["image_id"]].append(a)
    sha = {}
    for m in images:
        with open(os.path.join(folder, m["file_name"]), "rb") as f:
            sha[m["id"]] = hashlib.sha256(f.read()).digest()

    def digest(geometry):
        out = [b"boxscore testset 1 " + geometry.encode() + b"\n", u32(len(classes))]
        for c in classes:
            name = c["name"].encode("utf-8")
            out += [u32(len(name)), name]
        out.append(u32(len(images)))
        for m in images:
            out += [sha[m["id"]], u32(m["width"]), u32(m["height"]), u32(len(of[m["id"]]))]
            for a in of[m["id"]]:
                area = a["area"] if "area" in a else a["bbox"][2] * a["bbox"][3]
                out += [u32(index[a["category_id"]]), bytes([a.get("iscrowd", 0)]), f64(area)]
                if geometry == "box":
                    out += [f64(v) for v in a["bbox"]]
                else:
                    counts = a["segmentation"]["counts"]
                    out += [u32(len(counts))] + [u32(c) for c in counts]
        return "bx1-%s-%s" % (geometry, hashlib.sha256(b"".join(out)).hexdigest())

    runs = all(isinstance(a.get("segmentation"), dict) and isinstance(a["segmentation"]["counts"], list) for a in gt["annotations"])
    all_images = hashlib.sha256(b"boxscore images 1\n" + u32(len(images)) + b"".join(sha[m["id"]] for m in images)).hexdigest()
    print(json.dumps({"images": "bx1-images-" + all_images, "box": digest("box"), "mask": digest("mask") if runs else None}))


main(*sys.argv[1:])
