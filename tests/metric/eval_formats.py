# `boxscore eval` reads every label format as a board does: the shipped set in each of its forms, against its COCO annotations as answers. Standard library only.
# Usage: eval_formats.py BOXSCORE SHAPES DIR
import json, os, subprocess, sys

boxscore, shapes, folder = sys.argv[1:]
failed = 0


def run(ground_truth, answers, *options):
    path = os.path.join(folder, "dt.json")
    json.dump(answers, open(path, "w"))
    p = subprocess.run([boxscore, "eval", "-g", ground_truth, "-p", path, "--json", *options], capture_output=True, text=True)
    return json.loads(p.stdout)["coco"]["stats"] if p.returncode == 0 else p.stderr.strip()


def perfect(what, ground_truth, answers, *options):
    """But for the rounding of VOC's corners AP is 1: a pixel to the side it is 0.8."""
    global failed
    stats = run(ground_truth, answers, *options)
    if not isinstance(stats, list) or stats[0] < 0.99 or stats[2] < 0.9999999999:
        print("FAIL: %s: found %r, expected an AP of 1" % (what, stats))
        failed += 1


gt = json.load(open(shapes + "/test/annotations.json"))
names = {c["id"]: c["name"] for c in gt["categories"]}


def answers(images, categories, name):
    """The annotations as answers, with the ids that a reader gives to images and classes; no two of one score."""
    out = []
    for a in gt["annotations"]:
        if a.get("iscrowd"):
            continue
        key = name(next(i["file_name"] for i in gt["images"] if i["id"] == a["image_id"]))
        out.append({"image_id": images[key], "category_id": categories[names[a["category_id"]]], "bbox": a["bbox"], "score": 1 - len(out) / 1e4})
    return out


def by_name(of):
    return {n: i + 1 for i, n in enumerate(sorted({of(i["file_name"]) for i in gt["images"]}))}


base = os.path.basename
perfect("COCO", shapes + "/test/annotations.json",
        answers({base(i["file_name"]): i["id"] for i in gt["images"]}, {n: i for i, n in names.items()}, base))
perfect("YOLO", shapes + "/data.yaml", answers(by_name(base), {n: i for i, n in enumerate(n for _, n in sorted(names.items()))}, base))
p = subprocess.run([boxscore, "eval", "-g", shapes + "/data.yaml", "-p", os.path.join(folder, "dt.json")], capture_output=True, text=True)
if p.returncode or "not polygons" in p.stderr:
    print("FAIL: who scores boxes has no use for polygons: %s" % p.stderr)
    failed += 1
whole = [dict(a, bbox=[round(a["bbox"][0]), round(a["bbox"][1]), round(a["bbox"][0] + a["bbox"][2]) - round(a["bbox"][0]),
                       round(a["bbox"][1] + a["bbox"][3]) - round(a["bbox"][1])])
         for a in answers(by_name(base), {n: i for i, n in enumerate(sorted(names.values()))}, base)]
perfect("VOC", shapes + "/test/voc", whole)


def orientation(path):
    data = open(path, "rb").read()
    for tag, at in ((b"\x12\x01\x03\0\x01\0\0\0", 8), (b"\x01\x12\0\x03\0\0\0\x01", 9)):
        if tag in data:
            return data[data.index(tag) + at]
    return 1


# Annotated before a quarter's turn was applied: the board has them turned, and so has eval.
turned, how = next((i, o) for i in gt["images"] for o in [orientation(shapes + "/test/images/" + base(i["file_name"]))]
                   if o in (6, 8) and i["width"] != i["height"])
width, height = turned["height"], turned["width"]  # as stored
raw = {"images": [dict(turned, width=width, height=height)], "categories": gt["categories"], "annotations": []}
for a in gt["annotations"]:
    if a["image_id"] == turned["id"] and not a.get("iscrowd"):
        x, y, w, h = a["bbox"]
        raw["annotations"].append({**a, "bbox": [y, height - x - w, h, w] if how == 6 else [width - y - h, x, h, w], "segmentation": []})
path = os.path.join(folder, "raw.json")
json.dump(raw, open(path, "w"))
dt = [{"image_id": a["image_id"], "category_id": a["category_id"], "bbox": a["bbox"], "score": 0.5} for a in gt["annotations"]
      if a["image_id"] == turned["id"] and not a.get("iscrowd")]
perfect("COCO, turned", path, dt, "--images", shapes + "/test/images")
away = run(path, dt)
if not isinstance(away, list) or away[0] > 0.9:
    print("FAIL: without its image nobody knows of the turn: found %r" % away)
    failed += 1
wrong = run(path, dt, "--images", os.path.join(folder, "none"))
if not isinstance(wrong, str) or "none of its images is in" not in wrong:
    print("FAIL: a folder was named that has no image: found %r" % wrong)
    failed += 1

# The images beside it turn what they turn, whether the first of them is there or not.
beside = os.path.join(folder, "beside")
os.mkdir(beside)
os.symlink(os.path.abspath(shapes + "/test/images/" + base(turned["file_name"])), os.path.join(beside, "b.jpg"))
gone = dict(turned, id=turned["id"] - 1, file_name="a.jpg")
path = os.path.join(beside, "raw.json")
json.dump(dict(raw, images=[gone, dict(raw["images"][0], file_name="b.jpg")]), open(path, "w"))
perfect("COCO, turned, without its first image", path, dt)
os.mkdir(os.path.join(beside, "images"))
os.rename(os.path.join(beside, "b.jpg"), os.path.join(beside, "images", "b.jpg"))
perfect("COCO, turned, without its first image, in images/", path, dt)

# Images are welcome, not asked for: neither a folder of an image's name, nor a pipe, nor a file of no bytes takes the numbers away.
images = os.path.join(folder, "odd")
os.mkdir(images)
odd = [dict(turned, id=i, file_name="%d.jpg" % i) for i in range(1, 5)]
os.mkdir(os.path.join(images, "1.jpg"))
os.mkfifo(os.path.join(images, "2.jpg"))
open(os.path.join(images, "3.jpg"), "w").close()
json.dump(dict(raw, images=odd, annotations=[dict(a, image_id=1) for a in raw["annotations"]]), open(path, "w"))
perfect("images that cannot be looked at", path,
        [{"image_id": 1, "category_id": a["category_id"], "bbox": a["bbox"], "score": 0.5} for a in raw["annotations"]], "--images", images)
sys.exit(1 if failed else 0)
