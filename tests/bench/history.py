#!/usr/bin/env python3
"""What a long history costs: a board of many models, then as if they had been asked every night.

  history.py BOXSCORE [--models 500] [--nights 365] [--answers same|distinct] [--with OTHER-BOXSCORE] [--dir DIR]

The board is made by the program itself (prediction files over a few small images), the nights by copying its rows in SQL: `same` answers share one
report, `distinct` ones have a report each and are beyond retention (their detections gone, their scalars kept). Then each program's
wall and CPU seconds and peak memory of a night with nothing due, of the same with its site, and of reading the board. --with: an older
program on its own board of the same size, for comparison: schema 1 is known here as well.
"""
import argparse, json, os, resource, shutil, sqlite3, struct, subprocess, sys, tempfile, time, zlib

ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("boxscore")
ap.add_argument("--models", type=int, default=500)
ap.add_argument("--nights", type=int, default=365)
ap.add_argument("--answers", choices=["same", "distinct"], default="same")
ap.add_argument("--with", dest="other")
ap.add_argument("--dir")
args = ap.parse_args()
DAY = 86400000
TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../site-template")


def png(path, i):
    chunk = lambda k, d: struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress((b"\0" + bytes([i]) * 64) * 64)) + chunk(b"IEND", b""))


def make(folder, program):
    os.makedirs(folder + "/images"); os.makedirs(folder + "/models.d/p")
    images = [{"id": i + 1, "width": 64, "height": 64, "file_name": f"{i:02}.png"} for i in range(8)]
    for i, image in enumerate(images):
        png(folder + "/images/" + image["file_name"], i)
    boxes = [{"id": k + 1, "image_id": k % 8 + 1, "category_id": k % 4 + 1, "bbox": [3 * (k % 7), 2 * (k % 9), 20, 24], "area": 480, "iscrowd": 0} for k in range(40)]
    json.dump({"images": images, "annotations": boxes, "categories": [{"id": c + 1, "name": f"class {c}"} for c in range(4)]}, open(folder + "/gt.json", "w"))
    for m in range(args.models):
        json.dump([{"image_id": b["image_id"], "category_id": b["category_id"], "score": .5 + (k * 37 + m) % 50 / 100, "bbox": [b["bbox"][0] + (k + m) % 5] + b["bbox"][1:]} for k, b in enumerate(boxes)],
                  open(f"{folder}/models.d/p/{m}.json", "w"))
        json.dump({"format": 1, "name": f"Model {m}", "task": "detect", "backend": {"type": "predictions", "file": f"p/{m}.json"}}, open(f"{folder}/models.d/m{m:04}.json", "w"))
    json.dump({"format": 1, "boards": [{"slug": "many", "test_set": {"path": "gt.json", "images": "images"}}], "limits": {"free_disk": 0}}, open(folder + "/boxscore.json", "w"))
    subprocess.run([program, "run", "-q"], cwd=folder, check=True)


def multiply(folder):
    """The one night that was is the newest; the others before it."""
    db = sqlite3.connect(folder + "/boxscore.db", isolation_level=None)
    cols = lambda t: [c[1] for c in db.execute(f"pragma table_info({t})")]
    rows = lambda t: [dict(zip(cols(t), r)) for r in db.execute(f"select * from {t}")]
    put = lambda t, r: db.execute(f"insert into {t} ({','.join(r)}) values ({','.join('?' * len(r))})", list(r.values()))
    old = "slug" in cols("evaluation")
    ident = 0
    db.execute("pragma foreign_keys=off"); db.execute("begin")
    run, evaluations, reports = rows("run")[0], rows("evaluation"), rows("report")
    of = {r["detections" if old else "answers"]: r for r in reports}
    whole = {t: {} for t in ("metric", "curve")}
    for t in whole:
        for r in rows(t):
            whole[t].setdefault(r["report"], []).append(r)
    n = args.nights
    db.execute("update run set seq = seq + ?", (n,)); db.execute("update evaluation set seq = seq + ?", (n * len(evaluations),))
    for k in range(1, n):
        when = (n - k) * DAY
        r = dict(run, id=os.urandom(16), seq=k, started=run["started"] - when, finished=run["finished"] - when)
        r.pop("n", None)
        put("run", r)
        number = db.execute("select last_insert_rowid()").fetchone()[0]
        for e in evaluations:
            ident += 1
            x = dict(e, id=os.urandom(16), seq=ident, run=r["id"] if old else number, started=e["started"] - when, finished=e["finished"] - when)
            if args.answers == "distinct":
                source = of[e["detections" if old else "answers"]]
                copy = dict(source, made=source["made"] - when); copy.pop("id")
                if old:
                    x["detections"] = copy["detections"] = "bx1-dets-" + os.urandom(32).hex()
                else:
                    put("answers", {"digest": os.urandom(32), "n": 40})
                    x["answers"] = copy["answers"] = db.execute("select last_insert_rowid()").fetchone()[0]
                put("report", copy)
                if old:
                    report = db.execute("select last_insert_rowid()").fetchone()[0]
                    for t in whole:
                        for v in whole[t][source["id"]]:
                            put(t, dict(v, report=report))
            put("evaluation", x)
    for t in ("run", "evaluation", "answers", "report"):  # rows made by hand have no checksum
        for c in {"sum", "whole"} & set(cols(t)):
            db.execute(f"update {t} set {c} = null")
    db.execute("commit"); db.execute("pragma wal_checkpoint(truncate)")


def measure(what, argv, folder):
    t = time.time()
    p = subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(p.pid, 0)
    print(f"  {what:34} {time.time() - t:6.2f} s wall {used.ru_utime + used.ru_stime:6.2f} s CPU {used.ru_maxrss / 1024:7.1f} MB" + (f"  exit status {os.waitstatus_to_exitcode(status)}" if status else ""), flush=True)


def bench(program):
    folder = tempfile.mkdtemp(dir=args.dir)
    try:
        make(folder, program)
        one = os.path.getsize(folder + "/boxscore.db")
        multiply(folder)
        size = os.path.getsize(folder + "/boxscore.db")
        print(f"{program}: {args.models} models, {args.nights} nights of {args.answers} answers")
        print(f"  {'database':34} {size / 1e6:6.1f} MB, {(size - one) / (args.models * max(args.nights - 1, 1)):.0f} bytes a model-night")
        measure("run, nothing due", [program, "run", "-q"], folder)
        measure("board", [program, "export", "--json"], folder)
        measure("nightly, nothing due, first site", [program, "nightly", "-q", "--template", TEMPLATE], folder)
        measure("nightly, nothing due", [program, "nightly", "-q", "--template", TEMPLATE], folder)
    finally:
        shutil.rmtree(folder)


for program in filter(None, (args.other, args.boxscore)):
    bench(os.path.abspath(program))
