"""A server on loopback that plays Roboflow's REST interface, a store of archives, and everything that goes wrong with either.

Server(folder, key).origin is http://127.0.0.1:PORT; .other another port of it, another origin. What was asked for is in .log as (port, path). With cert and
keyfile it speaks TLS. server.py FOLDER KEY prints its origin and serves until its standard input ends."""
import hashlib
import http.server
import json
import os
import ssl
import sys
import threading
import time
import urllib.parse


class Server:
    def __init__(self, folder, key, cert=None):
        self.folder, self.key, self.log, self.counts, self.lock = folder, key, [], {}, threading.Lock()
        self.logins = []  # (port, Authorization)
        self.sent = {}  # path: statuses
        self.stop = threading.Event()
        self.main, self.second = self.listen(cert), self.listen(cert)
        scheme = "https" if cert else "http"
        self.origin, self.other = ("%s://127.0.0.1:%d" % (scheme, s.server_address[1]) for s in (self.main, self.second))

    def listen(self, cert):
        http_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("H", (Handler,), {"s": self}))
        http_server.daemon_threads = True
        http_server.handle_error = lambda *a: None
        if cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*cert)
            http_server.socket = context.wrap_socket(http_server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=http_server.serve_forever, args=(0.05,), daemon=True).start()
        return http_server

    def turn(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1
            return self.counts[what]

    def asked(self, part):
        return [path for _, path in self.log if part in path]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    s = None

    def log_message(self, *a):
        pass

    def send_response(self, status, message=None):
        self.s.sent.setdefault(self.path, []).append(status)
        super().send_response(status, message)

    def answer(self, status, body=b"", **headers):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        s = self.s
        s.log.append((self.server.server_address[1], self.path))
        s.logins.append((self.server.server_address[1], self.headers.get("Authorization")))
        url = urllib.parse.urlsplit(self.path)
        part = url.path.strip("/").split("/")
        query = dict(urllib.parse.parse_qsl(url.query))
        if hasattr(self, "at_" + part[0]):
            return getattr(self, "at_" + part[0])(part[1:], query)
        return self.api(part, query)

    # Roboflow: /workspace/project/version[/format]; what happens is the project's name.
    def api(self, part, query):
        s = self.s
        if query.get("api_key") != s.key:
            return self.answer(401, {"error": {"message": "This API key does not exist: %s" % query.get("api_key"), "status": 401}})
        project = part[1]
        if project in ("401", "402", "403", "404"):
            return self.answer(int(project), {"message": "no: your key %s will not do" % s.key})
        turn = s.turn("/".join(part))
        if project == "html":
            return self.answer(200, b"<html>maintenance</html>")
        if project == "echo":
            return self.answer(200, ('{"version": %s}' % s.key).encode())
        if project == "echopath":
            return self.answer(302, Location="ftp://x/%s%s" % ("a" * 184, s.key))
        if project == "busy" and turn <= 2:
            return self.answer(429, {"message": "slow down"}, Retry_After=1)
        if project == "patience":
            return self.answer(429, {"message": "slow down"}, Retry_After=86400)
        if project == "carry" and turn == 1:
            return self.answer(302, Location=s.other + self.path)
        if project == "broken" and len(part) == 4:
            return self.answer(200, {"error": {"message": "Cannot export %s" % s.key}})
        if len(part) == 3:
            made = turn > 1 or project != "making"
            kind = "instance-segmentation" if project == "masks" else "object-detection"
            return self.answer(200, {"workspace": {"name": part[0]}, "project": {"id": "x", "type": kind},
                                     "version": {"id": "x", "generating": not made, "progress": 1 if made else 0.5, "images": 2 if made else 0}})
        if project == "never" or (project == "hats" and turn <= 2):
            return self.answer(202, {"progress": None if turn == 1 else 0.42})
        if project == "hats" and turn == 3:
            return self.answer(200, {"version": {}})
        link = {"file": "file:///etc/passwd", "echolink": "ftp://x/" + s.key, "private": s.other + "/files/set.zip", "toomuch": "http://10.0.0.1:1/x.zip",
                "page": s.origin + "/page", "carried": s.other + "/files/set.zip?x=y&api_key=" + urllib.parse.quote(s.key, safe=""),
                "plain": "http://127.0.0.1:1/x.zip",
                "stale": s.origin + "/status/403" if turn == 1 else s.origin + "/files/set.zip"}.get(project, s.origin + "/files/set.zip?sig=abc")
        return self.answer(200, {"export": {"format": part[3], "link": link, "size": 0.1}})

    # Files, with ETag and ranges, and what becomes of them on the way.
    def at_files(self, part, query, etag=True, cut=None, ranges=True, slow=None, heedless=False):
        data = open(os.path.join(self.s.folder, part[-1]), "rb").read()
        tag = '"%s"' % hashlib.md5(data).hexdigest()
        headers = {"ETag": tag} if etag else {}
        if etag and self.headers.get("If-None-Match") == tag:
            return self.answer(304, **headers)
        begin, status = 0, 200
        wanted = self.headers.get("Range")
        if ranges and wanted and (heedless or self.headers.get("If-Range", tag) == tag):
            begin, status = int(wanted[6:].rstrip("-")), 206
            if begin >= len(data):
                return self.answer(416)
            headers["Content-Range"] = "bytes %d-%d/%d" % (begin, len(data) - 1, len(data))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        body = data[begin:]
        if slow:
            for i in range(0, len(body), slow):
                self.wfile.write(body[i:i + slow])
                self.wfile.flush()
                if self.s.stop.wait(0.1):
                    return
        else:
            self.wfile.write(body[:cut])
        if cut:
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)

    def at_plain(self, part, query):  # nothing to know it again by
        self.at_files(part, query, etag=False)

    def at_dated(self, part, query):  # /dated?file=NAME: known again by a date alone, which is everybody's; breaks off once
        data = open(os.path.join(self.s.folder, query["file"]), "rb").read()
        date = "Mon, 05 Oct 2026 10:00:00 GMT"
        begin = 0
        if self.headers.get("If-Range") == date:
            begin = int(self.headers["Range"][6:].rstrip("-"))
        self.send_response(206 if begin else 200)
        self.send_header("Last-Modified", date)
        self.send_header("Content-Length", str(len(data) - begin))
        if begin:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (begin, len(data) - 1, len(data)))
        self.end_headers()
        body = data[begin:]
        for i in range(0, len(body), 2000):
            self.wfile.write(body[i:i + 2000])
            self.wfile.flush()
            if self.s.stop.wait(0.1):
                return

    def at_tagged(self, part, query):  # /tagged?file=NAME: whatever it is, by the same tag
        tag = '"same"'
        if self.headers.get("If-None-Match") == tag:
            return self.answer(304, ETag=tag)
        self.answer(200, open(os.path.join(self.s.folder, query["file"]), "rb").read(), ETag=tag)

    def at_cut(self, part, query):  # breaks off twice, each time 2000 bytes further
        self.at_files(part, query, cut=2000 if self.s.turn(self.path) <= 2 else None)

    def at_cutforever(self, part, query):  # more than a MiB each time, and always the same
        self.close_connection = True
        self.answer(200, bytes(1200000), Content_Length=5000000, ETag='"x"')

    def at_heedless(self, part, query):  # breaks off, and goes on with a part of what has come into its place since
        first = self.s.turn(self.path) == 1
        self.at_files(["set.tar" if first else "mac.zip"], query, cut=2000 if first else None, heedless=True)

    def at_norange(self, part, query):  # breaks off once, and knows no ranges
        self.at_files(part, query, cut=2000 if self.s.turn(self.path) == 1 else None, ranges=False)

    def at_slow(self, part, query):
        self.at_files(part, query, slow=2000)

    def at_dribble(self, part, query):
        self.at_files(part, query, slow=1)

    def at_short(self, part, query):  # says a length that is shorter than what comes
        data = open(os.path.join(self.s.folder, part[-1]), "rb").read()
        self.close_connection = True
        self.answer(200, data, Content_Length=len(data) // 2)

    def at_wrongpart(self, part, query):  # answers a part that was not asked for
        data = open(os.path.join(self.s.folder, part[-1]), "rb").read()
        self.answer(206, data[100:], Content_Range="bytes 100-%d/%d" % (len(data) - 1, len(data)))

    def at_status(self, part, query):
        self.answer(int(part[0]), b"no")

    def at_retry(self, part, query):  # /retry/CODE/TIMES/FILE
        if self.s.turn(self.path) <= int(part[1]):
            return self.answer(int(part[0]), b"later", Retry_After=0)
        self.at_files(part, query)

    def at_login(self, part, query):  # /login/FILE, or /login?to=
        if self.headers.get("Authorization") != "Basic bWU6cGFzczp3MHJkIQ==":  # me:pass:w0rd!
            return self.answer(401, b"who are you?", WWW_Authenticate='Basic realm="x"')
        if "to" in query:
            return self.at_redirect(part, query)
        self.at_files(part, query)

    def at_redirect(self, part, query):
        self.answer(302, bytes(int(query.get("body", 0))), Location=query["to"])

    def at_loop(self, part, query):
        self.answer(302, Location="/loop/%d" % self.s.turn("loop"))

    def at_page(self, part, query):
        self.answer(200, b"<!DOCTYPE html>\n<html><title>Sign in</title></html>", Content_Type="text/html")

    def at_json(self, part, query):
        self.answer(200, {"error": "no such file"})

    def at_hang(self, part, query):
        self.s.stop.wait(30)


if __name__ == "__main__":
    print(Server(*sys.argv[1:3]).origin, flush=True)
    sys.stdin.read()
