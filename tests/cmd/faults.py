"""What `boxscore testset lint` finds in a set of each format that has one of each fault: file, line, severity. Prints what is missing and exits with 1.

A finding is (words, severity, file:line). What a format cannot have is not in its list: YOLO, DOTA, VisDrone and Open Images state no image sizes, and only
YOLO's files mix kinds of labels; VOC, DOTA have no list of classes, so that none is unknown or unused; VOC's boxes of one pixel are never of no area."""
import json
import os
import subprocess
import sys

corpus, out = "image/corpus/", sys.argv[1]
png, turned = (open(corpus + n, "rb").read() for n in ("plain.png", "exif6.jpg"))  # 40 x 20, both
gif = open(corpus + "plain.gif", "rb").read()
failed = 0


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def images(folder):
    """a and twin are one picture, lone has no labels, broken is cut short; a.png is labelled with all that is odd."""
    for name in ("a", "twin", "b", "lone"):
        write("%s/%s.png" % (folder, name), png + (b"" if name in ("a", "twin") else name.encode()))
    write(folder + "/broken.png", png[:20])
    write(folder + "/turned.jpg", turned)
    write(folder + "/odd.heic", open(corpus + "turned-left.heic", "rb").read())
    for i in range(10):  # so that a class is in ten images
        write("%s/n%d.png" % (folder, i), png + b"n%d" % i)


plain = ["n%d" % i for i in range(10)]
# class and corners in pixels: fine, the same again, another class there, outside, no area, beyond the edge, a speck
odd = [("cat", 1, 1, 10, 10), ("cat", 1, 1, 10, 10), ("dog", 1, 1, 10, 10), ("cat", 50, 5, 60, 10), ("cat", 5, 5, 5, 10), ("cat", 30, 5, 60, 10), ("cat", 3, 3, 3.5, 3.5)]
fine = [("cat", 1, 1, 10, 10)]


def findings(label, first, step=1, area=True, speck=True, other="dog", seldom=None):
    """Of the objects of a.png, which stand in label, the first on line `first`, one every `step` lines."""
    at = lambda k: "%s:%d" % (label, first + k * step)
    return [("repeats another", "warning", at(1)), ("has the box of one of another class", "warning", at(2)), ("wholly outside", "error", at(3)),
            ("beyond its image", "warning", at(5)), ("byte for byte", "warning", "'a.png' and 'twin.png'"), ("EXIF orientation", "note", "turned.jpg"),
            ("is broken", "error", "broken.png"), ("pixels are not decoded", "note", "odd.heic"), ("nothing in", "note", "lone.png"),
            ("fewer than 10 images", "warning", seldom)] + ([("no area", "warning", at(4))] if area else []) + (
            [("smaller than a pixel", "warning", at(6))] if speck else [])


def coco(d):
    images(d)
    names = ["a.png", "b.png", "broken.png", "gone.png", "lone.png", "odd.heic", "turned.jpg", "twin.png"] + [n + ".png" for n in plain]
    lines = ['{"images": [']
    for i, n in enumerate(names):
        w, h = {"b.png": (99, 20), "odd.heic": (20, 40), "turned.jpg": (20, 40)}.get(n, (40, 20))
        lines.append('{"id": %d, "file_name": "%s", "width": %d, "height": %d}%s' % (i, n, w, h, "," if n != names[-1] else ""))
    lines += ['], "categories": [', '{"id": 1, "name": "cat"},', '{"id": 2, "name": "dog"},', '{"id": 3, "name": "owl"}', '], "annotations": [']
    first, k = len(lines) + 1, 0

    def annotation(image, category, x, y, X, Y, more=""):
        nonlocal k
        k += 1
        lines.append('{"id": %d, "image_id": %d, "category_id": %d, "bbox": [%g, %g, %g, %g]%s},' % (k, image, category, x, y, X - x, Y - y, more))
    for name, *box in odd:
        annotation(0, 1 if name == "cat" else 2, *box)
    annotation(77, 1, 1, 1, 9, 9)  # of no image
    annotation(0, 9, 1, 1, 9, 8)  # of no category
    annotation(0, 1, 2, 2, 9, 7, ', "segmentation": {"size": [7, 7], "counts": [49]}')
    lines.append('{"id": 90, "image_id": 0, "category_id": 1},')  # nowhere
    annotation(0, 1, 2, 2, 9, 6, ', "area": -1')
    k = 2
    annotation(0, 1, 2, 3, 9, 6)  # an id twice
    for i in range(len(names) - 10, len(names)):
        k += 100
        annotation(i, 1, 1, 1, 9, 9)
    lines[-1] = lines[-1].rstrip(",")
    write(d + "/annotations.json", "\n".join(lines) + "]}\n")
    at = lambda n: "annotations.json:%d" % (first + n)
    return findings("annotations.json", first, seldom="annotations.json:%d" % (first - 3)) + [
        ("does not list", "warning", at(7)), ("does not list", "warning", at(8)), ("cannot be a mask", "warning", at(9)), ("neither 'bbox' nor", "warning", at(10)),
        ("an area below 0", "note", at(11)), ("an id with a later one", "note", at(2)), ("is not there", "error", "gone.png"),
        ("another size", "error", "b.png"), ("never used", "note", "annotations.json:%d" % (first - 2))]


def yolo(d):
    images(d + "/images")
    index = {"cat": 0, "dog": 1}
    line = lambda name, x, y, X, Y: "%d %.6f %.6f %.6f %.6f" % (index[name], (x + X) / 80, (y + Y) / 40, (X - x) / 40, (Y - y) / 20)
    write(d + "/data.yaml", "test: images\nnames: [cat, dog, owl]\n")
    write(d + "/labels/a.txt", "\n".join([line(*o) for o in odd] + ["7 0.5 0.5 0.1 0.1", "0 0.5 0.5 0.1 0.1 0.9", "0 x 0.5 0.1 0.1"]) + "\n")
    write(d + "/labels/b.txt", line(*fine[0]) + "\n0 0.1 0.1 0.9 0.1 0.9 0.9\n")
    write(d + "/labels/stray.txt", line(*fine[0]) + "\n")
    for n in plain:
        write(d + "/labels/%s.txt" % n, line(*fine[0]) + "\n")
    return findings("labels/a.txt", 1, seldom="data.yaml") + [
        ("no image in this split", "warning", "labels/stray.txt"), ("cannot be read", "error", "labels/a.txt:8"), ("cannot be read", "error", "labels/a.txt:9"),
        ("cannot be read", "error", "labels/a.txt:10"), ("mixes boxes", "warning", "labels/b.txt"), ("never used", "note", "data.yaml")]


def voc(d):
    images(d)
    thing = "<object>\n<name>%s</name>\n<bndbox><xmin>%g</xmin><ymin>%g</ymin><xmax>%g</xmax><ymax>%g</ymax></bndbox>\n</object>\n"
    text = lambda name, objects, w=40, h=20: "<annotation>\n<filename>%s</filename>\n<size><width>%d</width><height>%d</height></size>\n%s</annotation>\n" % (
        name, w, h, "".join(objects))
    write(d + "/a.xml", text("a.png", [thing % o for o in odd[:6]] + ["<object>\n<name>cat</name>\n</object>\n", thing.replace("%g</xmax>", "x</xmax>") % ("cat", 1, 1, 2)]))
    write(d + "/b.xml", text("b.png", [thing % fine[0]], w=99))
    for n in plain:
        write(d + "/%s.xml" % n, text(n + ".png", [thing % fine[0]]))
    write(d + "/stray.xml", text("stray.png", [thing % fine[0]]))
    write(d + "/turned.xml", text("turned.jpg", [thing % fine[0]]))
    write(d + "/twin.xml", "<annotation>\n<filename>twin.png</filename>\n<object>")
    return findings("a.xml", 4, 4, area=False, speck=False, seldom="voc") + [
        ("has no image", "error", "stray.xml"), ("another size", "error", "b.png"), ("cannot be read", "error", "a.xml:30"), ("cannot be read", "error", "a.xml:33"),
        ("cannot be read", "error", "twin.xml:3"), ("before its EXIF orientation", "warning", "turned.jpg")]


def texts(d, labels, line, broken, first=1, head=""):
    images(d + "/images")
    write("%s/%s/a.txt" % (d, labels), head + "\n".join(map(line, odd)) + "\n" + broken + "\n")
    for n in plain + ["stray"]:
        write("%s/%s/%s.txt" % (d, labels, n), line(fine[0]) + "\n")
    return findings("a.txt", first, seldom=os.path.basename(d)) + [("has no image", "error", "stray.txt"), ("cannot be read", "error", "a.txt:%d" % (first + len(odd)))]


def dota(d):
    return texts(d, "labelTxt", lambda o: "%g %g %g %g %g %g %g %g %s 0" % (o[1], o[2], o[3], o[2], o[3], o[4], o[1], o[4], o[0]), "1 2 3 4 5 x 7 8 cat 0", 3,
                 "imagesource:x\ngsd:1\n")


def visdrone(d):
    return texts(d, "annotations", lambda o: "%g,%g,%g,%g,1,%d,0,0" % (o[1], o[2], o[3] - o[1], o[4] - o[2], 1 if o[0] == "cat" else 2), "1,2,x,4,1,1,0,0")


def openimages(d):
    images(d)
    rows = ["ImageID,LabelName,Confidence,XMin,XMax,YMin,YMax,IsGroupOf"]
    row = lambda image, o: "%s,/m/%s,1,%.6f,%.6f,%.6f,%.6f,0" % (image, o[0], o[1] / 40, o[3] / 40, o[2] / 20, o[4] / 20)
    rows += [row("a", o) for o in odd] + [row("stray", fine[0]), "a,/m/cat,1,x,0.5,0.1,0.2,0"] + [row(n, fine[0]) for n in plain]
    write(d + "/boxes.csv", "\n".join(rows) + "\n")
    write(d + "/class-descriptions.csv", "/m/cat,cat\n/m/dog,dog\n")
    return findings("boxes.csv", 2, seldom="boxes.csv") + [("image that is not there", "warning", "boxes.csv:9"), ("cannot be read", "error", "boxes.csv:10")]


for make in (coco, yolo, voc, dota, visdrone, openimages):
    folder = os.path.join(out, make.__name__)
    wanted = make(folder)
    p = subprocess.run([os.environ["BOXSCORE"], "testset", "lint", folder, "--json"], stdout=subprocess.PIPE)
    told = json.loads(p.stdout)
    if p.returncode != 1:
        print("lint of %s: exit status %d" % (make.__name__, p.returncode))
        failed += 1
    for words, severity, place in wanted:
        near = [f for f in told["findings"] if words in f["text"].replace("have ", "has ").replace("repeat ", "repeats ").replace("carry", "carries").replace("their image", "its image")]
        at = [p["file"] + (":%d" % p["line"] if p["line"] else "") for f in near if f["severity"] == severity and f["done"] for p in f["places"]]
        if place not in at:
            print("lint of %s: no %s '%s' at %s: %s" % (make.__name__, severity, words, place, near or [f["text"] for f in told["findings"]]))
            failed += 1
sys.exit(1 if failed else 0)
