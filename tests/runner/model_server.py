"""A server on loopback that plays every protocol a model may be served by, and everything that goes wrong with one.

model_server.py ANNOTATIONS IMAGES KEY: prints its port, and a second one's, and serves until its standard input ends. It knows the images by their bytes and
answers what the annotations say, so whoever reads it rightly has an mAP of 1. The first part of a path is what happens; /log says what was asked for, as lines
`METHOD PATH STATUS`."""
import base64
import hashlib
import http.server
import json
import os
import random
import socket
import sys
import threading
import time
import urllib.parse

annotations, images, KEY = sys.argv[1:4]
coco = json.load(open(annotations))
classes = [c["name"] for c in sorted(coco["categories"], key=lambda c: c["id"])]
index = {c["id"]: classes.index(c["name"]) for c in coco["categories"]}
known, log, counts, lock = {}, [], {}, threading.Lock()
for i in coco["images"]:
    sha = hashlib.sha256(open(os.path.join(images, i["file_name"]), "rb").read()).hexdigest()
    known[sha] = (i, [a for a in coco["annotations"] if a["image_id"] == i["id"]])


def found(data):
    """The image, and its objects as (class index, x1, y1, x2, y2, polygon)."""
    image, objects = known[hashlib.sha256(data).hexdigest()]
    return image, [(index[a["category_id"]], a["bbox"][0], a["bbox"][1], a["bbox"][0] + a["bbox"][2], a["bbox"][1] + a["bbox"][3], a["segmentation"])
                   for a in objects if not a["iscrowd"]]


def rows(data):
    return [{"name": classes[c], "p": 0.9, "box": [x1, y1, x2, y2]} for c, x1, y1, x2, y2, _ in found(data)[1]]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *a):
        pass

    def answer(self, status, body=b"", head=()):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        log.append("%s %s %d" % (self.command, self.path, status))
        self.send_response(status)
        for name, value in head:
            self.send_header(name, value)
        if not any(n in ("Content-Length", "Transfer-Encoding") for n, _ in head):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def turn(self, what):
        with lock:
            counts[what] = counts.get(what, 0) + 1
            return counts[what]

    def do_GET(self):
        self.answer(200, "\n".join(log).encode() if self.path == "/log" else b"")

    def do_POST(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        part = url.path.strip("/").split("/")
        self.part = part[1:]
        try:
            getattr(self, "at_" + part[0].replace("-", "_"))()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_PUT = do_POST

    def json_image(self, *path):
        value = json.loads(self.body)
        for p in path:
            value = value[p]
        return base64.b64decode(value, validate=True)

    def multipart(self, field):
        """The image's part, and the other fields."""
        boundary = self.headers["Content-Type"].split("boundary=")[1].encode()
        image, fields = None, {}
        for part in self.body.split(b"--" + boundary)[1:-1]:
            head, value = part[2:-2].split(b"\r\n\r\n", 1)
            name = head.split(b'name="')[1].split(b'"')[0].decode()
            if name == field:
                assert b"Content-Type: image/jpeg" in head or b"Content-Type: image/png" in head, head
                image = value
            else:
                fields[name] = value.decode()
        return image, fields

    # The protocols.
    def at_huggingface(self):
        if self.headers.get("Authorization") != "Bearer " + KEY:
            return self.answer(401, {"error": "no such token: " + str(self.headers.get("Authorization"))})
        assert json.loads(self.body)["parameters"]["threshold"] < 0.01
        self.answer(200, [{"score": 0.9, "label": classes[c], "box": {"xmin": a, "ymin": b, "xmax": d, "ymax": e}}
                          for c, a, b, d, e, _ in found(self.json_image("inputs"))[1]])

    def at_hub(self):
        if self.headers.get("x-api-key") != KEY:
            return self.answer(403, {"message": "forbidden"})
        data, fields = self.multipart("image")
        assert fields == {"size": "640", "confidence": "0.01", "iou": "0.7"}, fields
        image, objects = found(data)
        w, h = image["width"], image["height"]
        out = [{"class": c, "name": classes[c], "confidence": 0.9, "xcenter": (a + d) / 2 / w, "ycenter": (b + e) / 2 / h, "width": (d - a) / w,
                "height": (e - b) / h, "segment": [v / (h if i % 2 else w) for i, v in enumerate(s[0])]} for c, a, b, d, e, s in objects]
        self.answer(200, {"success": True, "message": "", "data": out})

    def at_ultralytics(self):
        objects = found(self.multipart("file")[0])[1]
        self.answer(200, {"images": [{"results": [
            {"name": classes[c], "class": c, "confidence": 0.9, "box": {"x1": a, "y1": b, "x2": d, "y2": e},
             "segments": {"x": s[0][::2], "y": s[0][1::2]}} for c, a, b, d, e, s in objects]}]})

    def at_tf(self):
        image, objects = found(self.json_image("instances", 0, "b64"))
        w, h = image["width"], image["height"]
        pad = [[0.0] * 4] * 3
        boxes = [[b / h, a / w, e / h, d / w] for _, a, b, d, e, _ in objects] + pad
        text = json.dumps({"predictions": [{"num_detections": float(len(objects)), "detection_boxes": boxes, "detection_scores": [0.9] * len(objects) + [0] * 3,
                                            "detection_classes": [c + 1.0 for c, *_ in objects] + [1.0] * 3, "raw": "NAN"}]})
        self.answer(200, text.replace('"NAN"', "[NaN, -Infinity]").encode())

    def at_torch(self):
        assert self.headers["Content-Type"] in ("image/jpeg", "image/png")
        self.answer(200, [{classes[c]: [a, b, d, e], "score": 0.9} for c, a, b, d, e, _ in found(self.body)[1]])

    def at_kserve(self):
        q = json.loads(self.body)["inputs"][0]
        assert q["datatype"] == "BYTES" and q["name"] == "image"
        objects = found(base64.b64decode(q["data"][0]))[1]
        n = len(objects)
        flat = [v for o in objects for v in o[1:5]]
        nested = [[flat[4 * i:4 * i + 4] for i in range(n)]]
        self.answer(200, {"model_name": "m", "outputs": [
            {"name": "classes", "datatype": "INT64", "shape": [1, n], "data": [c for c, *_ in objects]},
            {"name": "scores", "datatype": "FP32", "shape": [1, n], "data": [0.9] * n},
            {"name": "boxes", "datatype": "FP32", "shape": [1, n, 4], "data": nested if self.part[0] == "nested" else flat}]})

    def at_generic(self):
        """Whatever the config maps: all of it is in each answer."""
        image, objects = found(base64.b64decode(self.body))
        w, h = image["width"], image["height"]
        g = min(320 / w, 256 / h)
        px, py = round((320 - w * g) / 2 - 0.1), round((256 - h * g) / 2 - 0.1)
        self.answer(200, {"meta": {"w": w, "h": h, "us.ms": 7.5}, "groups": [{"rows": [
            {"kind": {"id": c + 1}, "percent": 90, "xywh": [a, b, d - a, e - b], "net": [a / w * 320, d / w * 320, b / h * 256, e / h * 256],
             "letter": [a * g + px, b * g + py, d * g + px, e * g + py], "pairs": [[s[0][i], s[0][i + 1]] for i in range(0, len(s[0]), 2)],
             "obb": [a, b, d, b, d, e, a, e], "turned": [(a + d) / 2, (b + e) / 2, e - b, d - a, 90]}] } for c, a, b, d, e, s in objects]})

    def at_rf(self):
        """Roboflow's server, its own."""
        q = json.loads(self.body) if self.body[:1] == b"{" else {}
        if self.headers.get("Authorization") not in (None, "Bearer " + KEY) or q.get("api_key") not in (None, KEY):
            return self.answer(401, {"message": "Unauthorized"})
        if self.part == ["model", "add"]:
            task = "instance-segmentation" if "seg" in q["model_id"] else "object-detection"
            return self.answer(200, {"models": [{"model_id": "coco/1", "task_type": "classification"},
                                                {"model_id": "shapes/3", "task_type": task, "request_aliases": [q["model_id"]]}]})
        if self.part[0] == "infer":
            if q["model_id"] == "stub/1":
                return self.answer(200, {"is_stub": True, "model_id": "stub/1", "task_type": "object-detection"})
            assert q["confidence"] == 0.001 and q["iou_threshold"] == 0.7 and q["class_agnostic_nms"] is False and q["disable_active_learning"] is True
            data, seg = base64.b64decode(q["image"]["value"]), self.part[1] == "instance_segmentation"
            form = "polygon" if "polygon" in q["model_id"] else q.get("response_mask_format")
        else:
            if self.query.get("api_key") != KEY:
                return self.answer(401, {"message": "Unauthorized"})
            assert self.query["confidence"] == "0.01" and self.query["overlap"] == "0.7" and self.query["format"] == "json"
            data, seg, form = self.multipart("file")[0], False, None
        image, objects = found(data)
        out = []
        for c, a, b, d, e, s in objects:
            p = {"x": (a + d) / 2, "y": (b + e) / 2, "width": d - a, "height": e - b, "confidence": 0.9, "class": classes[c], "class_id": c, "detection_id": "x"}
            if seg and form == "polygon":
                p["points"] = [{"x": s[0][i], "y": s[0][i + 1]} for i in range(0, len(s[0]), 2)]
            elif seg:
                p["mask_format"] = "rle"
                p["rle"] = {"size": [image["height"], image["width"]], "counts": counts_of(s[0], image["width"], image["height"])}
            out.append(p)
        if seg and form == "polygon":
            out += [dict(p, points=[]) for p in out[:1]]
        self.answer(200, {"inference_id": "i", "time": 0.0125, "image": {"width": image["width"], "height": image["height"]}, "predictions": out})

    # What goes wrong. Each is asked with the raw image and answers rows().
    def at_bad(self):
        what = self.part[0]
        n = self.turn(self.path)
        good = json.dumps(rows(self.body)).encode() if self.body[:1] != b"{" else b"[]"
        if what == "late":  # the first request warms up; the second image is the third
            return time.sleep(20) if n == 3 else self.answer(200, good)
        if what in ("stuck", "wedge"):  # at one image; at all but the first
            number = found(self.body)[0]["id"]
            return time.sleep(20) if number == 3 or (what == "wedge" and number > 1) else self.answer(200, good)
        if what == "hang":
            return time.sleep(20)
        if what == "dribble":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(20):
                self.wfile.write(b" ")
                time.sleep(1)
        elif what == "truncate":
            self.answer(200, good[:-20], [("Content-Length", str(len(good)))])
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif what == "short":
            self.answer(200, good, [("Content-Length", str(len(good) // 2)), ("Connection", "close")])
            self.close_connection = True
        elif what == "endless":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            block = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
            for _ in range(10240):
                self.wfile.write(block)
        elif what == "bomb":
            import gzip
            self.answer(200, gzip.compress(b" " * (8 << 20)), [("Content-Encoding", "gzip")])
        elif what == "utf8":
            self.answer(200, good.replace(b"disc", b"di\xff"))
        elif what == "nan":
            self.answer(200, good.replace(b"0.9", b"NaN"))
        elif what == "three":
            self.answer(200, [{"name": "disc", "p": 0.9, "box": [1, 2, 3]}])
        elif what == "twice":
            self.answer(200, b'[{"name": "disc", "p": 0.9, "box": [1, 2, 3, 4], "p": 0.1}]')
        elif what == "deep":
            self.answer(200, b"[" * 100000)
        elif what == "inverted":
            self.answer(200, [{"name": "disc", "p": 0.9, "box": [50, 2, 3, 4]}])
        elif what == "many":
            self.answer(200, [{"name": "disc", "p": 0.9, "box": [1, 2, 3, 4]}] * 1001)
        elif what == "object":
            self.answer(200, {"rows": 3})
        elif what == "html":
            self.answer(200, b"<html>It works!</html>")
        elif what == "flip":
            image = found(self.body)[0]
            self.answer(200, {"w": image["height"] + 1, "h": image["width"], "rows": rows(self.body)})
        elif what == "order":
            time.sleep(random.random() / 5)
            self.answer(200, good)
        elif what == "busy":
            self.answer(*((429, b"", [("Retry-After", "1")]) if n % 5 == 2 else (200, good)))
        elif what == "loading":
            self.answer(*((503, {"error": "loading"}, [("Retry-After", "0")]) if n < 12 else (200, good)))
        elif what == "never":
            self.answer(503, {"error": "Model is temporarily not ready"})
        elif what == "some":  # of one image alone
            self.answer(*((400, {"error": "cannot read the image " + str(self.headers.get("Authorization"))}) if found(self.body)[0]["id"] == 3 else (200, good)))
        elif what == "status":
            self.answer(int(self.part[1]), {"error": "it said: " + str(self.headers.get("Authorization"))})
        elif what == "die":
            if n == 7:
                log.append("died")
                self.connection.close()
                os._exit(0)
            self.answer(200, good)
        elif what == "redirect":
            port = second.server_address[1] if self.part[2] == "away" else first.server_address[1]
            self.answer(int(self.part[1]), b"", [("Location", "http://127.0.0.1:%d/bad/order/redirected" % port)])
        elif what == "scheme":
            self.answer(307, b"", [("Location", "ftp://127.0.0.1/x")])


def counts_of(xy, w, h):
    """Run lengths, column by column, even-odd at pixel centres: near enough to what pycocotools draws for an IoU above 0.5."""
    out, value, run = [], 0, 0
    for x in range(w):
        cuts, cx = [], x + 0.5
        for i in range(0, len(xy), 2):
            x1, y1, x2, y2 = xy[i], xy[i + 1], xy[(i + 2) % len(xy)], xy[(i + 3) % len(xy)]
            if (x1 <= cx) != (x2 <= cx):
                cuts.append(y1 + (cx - x1) * (y2 - y1) / (x2 - x1))
        cuts.sort()
        for y in range(h):
            inside = sum(c <= y + 0.5 for c in cuts) % 2
            if inside != value:
                out.append(run)
                value, run = inside, 0
            run += 1
    return out + [run]


def serve():
    s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    s.daemon_threads = True
    s.handle_error = lambda *a: None
    threading.Thread(target=s.serve_forever, args=(0.05,), daemon=True).start()
    return s


first, second = serve(), serve()
print(first.server_address[1], second.server_address[1], flush=True)
sys.stdin.read()
