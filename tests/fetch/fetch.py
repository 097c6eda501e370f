"""What `boxscore testset fetch` does with a server that is well, slow, broken or hostile. Ends with 1 when anything is not as it should be."""
import glob
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import archives
from server import Server

BOXSCORE = os.environ["BOXSCORE"]
KEY = "k3y/with+odd&chars"
failed = 0
work = tempfile.mkdtemp(prefix="boxscore-fetch-")
store = os.path.join(work, "store")
os.mkdir(store)
good, bad, files = archives.make(store)
server = Server(store, KEY)
clean = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and k not in ("CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")}


def complain(text):
    global failed
    failed += 1
    print("FAIL:", text)


def fetch(what, *options, key=KEY, env=None, cwd=None, output="out", timeout=60):
    environment = dict(clean, BOXSCORE_ROBOFLOW_API=server.origin, **(env or {}))
    if key:
        environment["ROBOFLOW_API_KEY"] = key
    where = ["--output", output] if output else []
    began = time.time()
    p = subprocess.run([BOXSCORE, "testset", "fetch", what, *where, *options], cwd=cwd or work, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       timeout=timeout)
    p.text, p.seconds = p.stdout.decode("utf-8", "replace"), time.time() - began
    if KEY[:3] in p.text:  # not even its beginning
        complain("the key is in what %s says: %s" % (what, p.text))
    return p


def expect(name, p, status, *words):
    for word in words:
        if word not in p.text:
            complain("%s: does not say '%s': %s" % (name, word, p.text))
    if p.returncode != status:
        complain("%s: exit status %d, expected %d: %s" % (name, p.returncode, status, p.text))


def tidy():
    for path in glob.glob(os.path.join(work, "out*")) + glob.glob(os.path.join(work, ".*.fetch")):
        shutil.rmtree(path)


def tree(folder):
    found = {}
    for root, _, names in os.walk(os.path.join(work, folder)):
        for n in names:
            path = os.path.join(root, n)
            found[os.path.relpath(path, os.path.join(work, folder))] = open(path, "rb").read()
    return found


def nothing_left(name, kept=False):
    """After a failure: no set, nothing that was written elsewhere, and no hidden folder unless it can be taken up."""
    if os.path.exists(os.path.join(work, "out")):
        complain("%s: left a folder" % name)
    if not kept and glob.glob(os.path.join(work, ".*.fetch")):
        complain("%s: left %s" % (name, glob.glob(os.path.join(work, ".*.fetch"))))
    for stray in ("escaped.txt", "/tmp/escaped.txt"):
        if os.path.exists(os.path.join(work, stray)):
            complain("%s: wrote %s" % (name, stray))


def is_the_set(name, inside=""):
    found = tree("out")
    for n, data in files.items():
        if found.get(inside + n) != data:
            complain("%s: %s is not what was packed" % (name, n))
    if glob.glob(os.path.join(work, ".*.fetch")):
        complain("%s: the hidden folder stays" % name)
    return found


def url(path):
    return server.origin + path


def test_archives():
    for name in good:
        tidy()
        expect(name, fetch(url("/files/" + name)), 0, "%d files" % (len(files) + {"names.zip": 2, "bracket.tar": 1}.get(name, 0)), "licence CC BY 4.0")
        found = is_the_set(name, "inside/" if name == "wrapped.zip" else "")
        source = json.loads(found["source.json"])
        data = open(os.path.join(store, name), "rb").read()
        if source["archive"]["sha256"] != hashlib.sha256(data).hexdigest() or source["license"] != archives.LICENSE or source["source"] != url("/files/" + name):
            complain("%s: source.json: %s" % (name, source))
        if any(os.stat(p).st_mode & 0o6111 for p in glob.glob(os.path.join(work, "out/**"), recursive=True) if os.path.isfile(p)):
            complain("%s: a file's mode was taken over" % name)
        if name == "names.zip" and not {"test/\u00fc\u4f60.txt", "windows/deep/a.txt"} <= set(found):
            complain("names.zip: %s" % sorted(found))
        if name == "mac.zip" and any("MACOSX" in n or "DS_Store" in n for n in found):
            complain("mac.zip: %s" % sorted(found))
    for name, words in bad.items():
        tidy()
        expect(name, fetch(url("/files/" + name)), 3, words)
        nothing_left(name)


def test_transport():
    tidy()
    expect("a connection that breaks", fetch(url("/cut/set.tar")), 0)
    is_the_set("a connection that breaks")
    if len(server.asked("/cut/")) != 3:
        complain("a connection that breaks: asked %d times" % len(server.asked("/cut/")))
    tidy()
    expect("and knows no ranges", fetch(url("/norange/set.zip")), 0)
    is_the_set("and knows no ranges")
    tidy()
    expect("and then gives a part of another", fetch(url("/heedless/x")), 0)
    is_the_set("and then gives a part of another")
    tidy()
    expect("and never ends", fetch(url("/cutforever/set.zip"), timeout=90), 4, "tried 5 times")
    nothing_left("and never ends", kept=True)
    tidy()
    expect("a length that is too short", fetch(url("/short/set.zip")), 3, "no zip or tar")
    nothing_left("a length that is too short")
    tidy()
    expect("a part nobody asked for", fetch(url("/wrongpart/set.zip")), 4, "a part was answered")
    nothing_left("a part nobody asked for")
    tidy()
    p = fetch(url("/dribble/set.zip"), "--timeout", "3s")
    expect("a dribble", p, 1, "not done in time")
    if p.seconds > 10:
        complain("a dribble took %.1f s" % p.seconds)
    tidy()
    expect("no answer", fetch(url("/hang"), "--timeout", "2s"), 1, "in time")
    tidy()
    expect("nobody listens", fetch("http://127.0.0.1:1/x.zip", "--timeout", "4s"), 4, "127.0.0.1")
    for status, words in ((401, "not authorised"), (402, "payment"), (403, "forbidden"), (404, "not found"), (500, "server error")):
        tidy()
        before = len(server.log)
        expect(str(status), fetch(url("/status/%d" % status)), 4, words)
        if len(server.log) != before + 1:
            complain("%d: asked %d times" % (status, len(server.log) - before))
        nothing_left(str(status))
    for status, times, end in ((429, 2, 0), (503, 2, 0), (504, 1, 0), (502, 1, 0), (502, 2, 4), (503, 9, 4)):
        tidy()
        expect("%d, %d times" % (status, times), fetch(url("/retry/%d/%d/set.zip" % (status, times))), end)
    tidy()
    expect("--sha256", fetch(url("/files/set.zip"), "--sha256", "0" * 64), 3, "found SHA-256", "expected 0000")
    nothing_left("--sha256")
    expect("a status that is no file", fetch(url("/status/202")), 4, "status 202")
    for time_ in ("0s", "99999999999999999999d"):
        expect("--timeout " + time_, fetch(url("/files/set.zip"), "--timeout", time_), 2, "from 1s to 30d")
    expect("no URL", fetch("ftp://127.0.0.1/x.zip"), 2, "neither roboflow:")
    expect("no name", fetch(url("/"), output=None), 2, "--output")
    secret = url("/files/set.zip?token=hunter2secret").replace("http://", "http://me:passw0rd@")
    p = fetch(secret)
    expect("a URL with secrets", p, 0)
    if any(s in p.text or s.encode() in tree("out")["source.json"] for s in ("hunter2secret", "passw0rd")):
        complain("a URL's secrets are shown or kept")


def test_redirects():
    def to(where, **more):
        return fetch(url("/redirect?to=" + where), **more)
    tidy()
    expect("a redirect", to("/files/set.zip"), 0)
    for where, words in (("file:///etc/passwd", "another scheme"), ("ftp://127.0.0.1/x", "another scheme"), (server.other + "/files/set.zip", "private address"),
                         ("http://localhost:9/x", "private address"), ("http://169.254.169.254/latest", "private address"), ("http://[::1]:9/x", "private address"),
                         ("http://2130706433/x", "private address"), ("http://[::ffff:10.0.0.1]/x", "private address")):
        tidy()
        expect("a redirect to " + where, to(where), 4, words)
        nothing_left("a redirect to " + where)
    tidy()
    expect("the same, allowed", fetch(url("/redirect?to=" + server.other + "/files/set.zip"), "--allow-private"), 0)
    tidy()
    expect("a redirect with a long page", to("/files/set.zip&body=200000"), 0)
    tidy()
    expect("a loop", fetch(url("/loop")), 4, "more than 10 redirects")


def test_login():
    """user:password@ goes wherever its own origin leads within itself, and nowhere else."""
    def login(path, at=server.origin):
        return at.replace("://", "://me:pass%3Aw0rd!@") + path
    other = server.second.server_address[1]
    host = server.origin.split("://")[1]
    for to in ("/login/set.zip", server.origin + "/login/set.zip", "//" + host + "/login/set.zip", "set.zip", "/login?to=/login?to=/login/set.zip"):
        tidy()
        expect("a login, redirected to " + to, fetch(login("/login/x?to=" + to)), 0)
        is_the_set("a login, redirected to " + to)
    tidy()
    expect("a wrong login", fetch(url("/login/set.zip").replace("://", "://me:wrong@")), 4, "not authorised")
    for to in (server.other, "//" + server.other.split("://")[1]):
        tidy()
        del server.logins[:]
        expect("a login, redirected away to " + to, fetch(login("/login?to=" + to + "/files/set.zip"), "--allow-private"), 0)
        if [auth for port, auth in server.logins if port == other] != [None]:
            complain("a login was sent elsewhere: %s" % server.logins)
    # There and back: the answer of another does not bring it along.
    tidy()
    expect("there and back", fetch(login("/login?to=" + server.other + "/redirect?to=" + server.origin + "/login/set.zip"), "--allow-private"), 0)
    for p in (fetch(login("/status/404")), fetch("http://me:pass%3Aw0rd!@127.0.0.1:1/x.zip", "--timeout", "2s"), fetch(login("/redirect?to=ftp://x/y"))):
        if "w0rd" in p.text:
            complain("a password is shown: " + p.text)


def test_roboflow():
    tidy()
    p = fetch("roboflow:acme/hats/3")
    expect("a version", p, 0, "licence CC BY 4.0", "next: boxscore testset show")
    is_the_set("a version")
    source = json.loads(tree("out")["source.json"])
    if source["source"] != "roboflow:acme/hats/3" or source["export"] != "coco" or KEY in json.dumps(source) or source["url"] != url("/acme/hats/3/coco"):
        complain("source.json: %s" % source)
    if any("api_key" in path for path in server.asked("/files/")):
        complain("the key went to the store")
    before = len(server.log)
    expect("once more", fetch("roboflow:acme/hats/3", key=None), 0, "unchanged since")
    if len(server.log) != before:
        complain("an unchanged version was asked for")
    expect("another version", fetch("roboflow:acme/hats/4"), 2, "holds roboflow:acme/hats/3", "--force")
    expect("another format", fetch("roboflow:acme/hats/3", "--format", "voc"), 2, "holds it as coco")
    os.remove(os.path.join(work, "out/test/_annotations.coco.json"))
    expect("a damaged one", fetch("roboflow:acme/hats/3"), 3, "is not as it was fetched", "--force")
    expect("--force", fetch("roboflow:acme/hats/3", "--force"), 0)
    shown = subprocess.run([BOXSCORE, "testset", "show", "out"], cwd=work, stdout=subprocess.PIPE).stdout.decode()
    told = json.loads(subprocess.run([BOXSCORE, "testset", "show", "out", "--json"], cwd=work, stdout=subprocess.PIPE).stdout)["origin"]
    if "origin       roboflow:acme/hats/3, fetched 20" not in shown or "licence CC BY 4.0" not in shown or told["source"] != "roboflow:acme/hats/3":
        complain("testset show does not say where it is from: %s %s" % (shown, told))
    is_the_set("--force")
    for what in ("https://universe.roboflow.com/acme/hats/dataset/3", "https://universe.roboflow.com/acme/hats/model/3", "https://app.roboflow.com/acme/hats/3?x=y"):
        expect(what, fetch(what), 0, "unchanged since")
    tidy()
    expect("its type", fetch("roboflow:acme/masks/1"), 0)
    if not server.asked("/acme/masks/1/coco-segmentation"):
        complain("a project of masks was not exported as such")
    for project, status, words in (("401", 4, "does not accept the key"), ("403", 4, "does not accept the key"), ("402", 4, "payment"), ("404", 4, "knows no"),
                                   ("html", 3, "not the JSON"), ("file", 4, "no http"), ("private", 4, "private address"), ("toomuch", 4, "private address"),
                                   ("page", 3, "HTML page"), ("echo", 3, "not the JSON"), ("echopath", 4, "another scheme"), ("echolink", 4, "no http"), ("patience", 4, "86400 s"),
                                   ("broken", 4, 'does not export roboflow:acme/broken/1: "Cannot export ***"')):
        tidy()
        expect(project, fetch("roboflow:acme/%s/1" % project), status, words)
        nothing_left(project)
    for project in ("busy", "stale", "making"):
        tidy()
        expect(project, fetch("roboflow:acme/%s/1" % project), 0)
    tidy()
    expect("never", fetch("roboflow:acme/never/1", "--timeout", "3s"), 1, "not ready after 3 s")
    tidy()
    expect("another key", fetch("roboflow:acme/hats/3", key="wr0ngkey"), 4, "does not accept the key")
    expect("no key", fetch("roboflow:acme/hats/3", key=None), 2, "ROBOFLOW_API_KEY is not set")
    expect("no version", fetch("roboflow:acme/hats"), 2, "names no version")
    expect("a path", fetch("roboflow:acme/../3"), 2, "names no version")
    expect("a format", fetch("roboflow:acme/hats/3", "--format", "coko"), 2, "did you mean 'coco'")
    # Redirected elsewhere, or led there by the link, the key stays at home.
    for project in ("carry", "carried"):
        tidy()
        del server.log[:]
        fetch("roboflow:acme/%s/1" % project, "--allow-private")
        elsewhere = [path for port, path in server.log if port == server.second.server_address[1]]
        if not elsewhere or any("k3y" in path for path in elsewhere):
            complain("%s: the other origin was asked for %s" % (project, elsewhere))


def test_settings():
    folder = os.path.join(work, "board")
    os.mkdir(folder)
    def settings(secrets):
        with open(os.path.join(folder, "boxscore.json"), "w") as f:
            f.write('{"format": 1, %s "boards": [{"slug": "b", "test_set": {"path": "out"}}]}' % secrets)
    tidy()
    settings("")
    expect("no grant", fetch("roboflow:acme/hats/3", cwd=folder), 2, "does not grant ROBOFLOW_API_KEY", '["127.0.0.1"]')
    settings('"secrets": {"ROBOFLOW_API_KEY": {"hosts": ["api.roboflow.com"]}},')
    expect("a grant for another host", fetch("roboflow:acme/hats/3", cwd=folder), 2, "does not grant")
    expect("settings elsewhere", fetch("roboflow:acme/hats/3", "--settings", folder), 2, "does not grant")
    settings('"secrets": {"ROBOFLOW_API_KEY": {"hosts": ["127.0.0.1"]}},')
    expect("a grant", fetch("roboflow:acme/hats/3", cwd=folder), 0)


def test_folders():
    tidy()
    os.mkdir(os.path.join(work, "out"))
    expect("an empty folder", fetch(url("/files/set.zip")), 0)
    before = len(server.asked("/files/set.zip"))
    open(os.path.join(work, "out/test/labels.cache"), "w").close()
    expect("unchanged", fetch(url("/files/set.zip")), 0, "unchanged since")
    told = json.loads(fetch(url("/files/set.zip"), "--json").text)
    if not told["unchanged"] or told["files"] != len(files) or told["set"] != os.path.join(work, "out"):
        complain("--json: %s" % told)
    expect("with its sum", fetch(url("/files/set.zip"), "--sha256", hashlib.sha256(open(store + "/set.zip", "rb").read()).hexdigest()), 0, "unchanged since")
    if len(server.asked("/files/set.zip")) != before + 2:
        complain("an unchanged archive was asked for %d times" % (len(server.asked("/files/set.zip")) - before))
    tidy()
    shutil.copy(store + "/set.zip", store + "/moving.zip")
    expect("an archive without a tag", fetch(url("/plain/moving.zip")), 0)
    expect("unchanged", fetch(url("/plain/moving.zip")), 0, "unchanged since")
    was = tree("out")
    shutil.copy(store + "/names.zip", store + "/moving.zip")
    expect("that changed", fetch(url("/plain/moving.zip")), 3, "another archive than on", "--force")
    if tree("out") != was:
        complain("a changed archive changed the folder without --force")
    expect("with --force", fetch(url("/plain/moving.zip"), "--force"), 0)
    if "windows/deep/a.txt" not in tree("out"):
        complain("--force left the old set")
    shutil.copy(store + "/bomb.zip", store + "/moving.zip")
    was = tree("out")
    expect("a bad one with --force", fetch(url("/plain/moving.zip"), "--force"), 3)
    if tree("out") != was:
        complain("a bad archive took the place of a good set")
    tidy()
    os.mkdir(os.path.join(work, "out"))
    open(os.path.join(work, "out/mine.txt"), "w").close()
    expect("somebody's folder", fetch(url("/files/set.zip"), "--force"), 2, "holds files that were not fetched")
    if not os.path.exists(os.path.join(work, "out/mine.txt")):
        complain("somebody's folder was replaced")
    tidy()
    expect("the folder one is in", fetch(url("/files/set.zip"), output="."), 2, "the folder you are in")
    expect("its own name", fetch(url("/files/set.tar.gz"), output=None), 0)
    if not os.path.exists(os.path.join(work, "set/source.json")):
        complain("set.tar.gz did not become 'set'")


def killed_after(seconds, path, sig, kind):
    p = subprocess.Popen([BOXSCORE, "testset", "fetch", url(path), "--output", "out"], cwd=work, env=clean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    second = fetch(url(path))
    if second.returncode != 5:
        complain("a second fetch beside a running one: status %d: %s" % (second.returncode, second.text))
    p.send_signal(sig)
    p.wait()
    nothing_left(kind, kept=True)


def test_kill():
    """Half of the way, by a signal; then the same command."""
    for sig in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        tidy()
        del server.log[:]
        killed_after(0.8, "/slow/set.tar", sig, "killed")
        size = os.path.getsize(os.path.join(work, ".out.fetch/archive"))
        whole = os.path.getsize(store + "/set.tar")
        if not 0 < size < whole:
            complain("killed at %d of %d bytes" % (size, whole))
        p = fetch(url("/slow/set.tar"))
        expect("taken up", p, 0, "going on at")
        is_the_set("taken up")
    # What came before is of another archive: it begins anew.
    tidy()
    shutil.copy(store + "/set.tar", store + "/moving.tar")
    killed_after(0.8, "/slow/moving.tar", signal.SIGKILL, "killed")
    shutil.copy(store + "/mac.zip", store + "/moving.tar")
    expect("another archive since", fetch(url("/slow/moving.tar")), 0)
    is_the_set("another archive since")


def test_asked():
    """What a URL asks for is not shown, and makes another of it all the same."""
    tidy()
    killed_after(0.8, "/dated?file=set.tar", signal.SIGKILL, "killed")
    if "set.tar" in open(os.path.join(work, ".out.fetch/source.json")).read():
        complain("what a URL asks for is kept")
    expect("another file of the same date", fetch(url("/dated?file=mac.zip")), 0)
    is_the_set("another file of the same date")
    tidy()
    killed_after(0.8, "/dated?file=set.tar", signal.SIGKILL, "killed")
    expect("the same file", fetch(url("/dated?file=set.tar#x").replace("://", "://me:pw@")), 0, "going on at")
    is_the_set("the same file")
    tidy()
    expect("a tag", fetch(url("/tagged?file=set.zip")), 0)
    expect("a tag, once more", fetch(url("/tagged?file=set.zip")), 0, "unchanged since")
    expect("another file of the same tag", fetch(url("/tagged?file=names.zip")), 3, "is another archive than on")


def large_archive():
    dice = random.Random(2)
    large = {"images/%d.bin" % i: dice.randbytes(100000) for i in range(800)}
    with open(store + "/large.zip", "wb") as f:
        f.write(archives.zip_of(large, zipfile.ZIP_STORED))
    return large


def test_random_kills():
    """Killed again and again, wherever it is: what is there in the end is what was packed."""
    dice = random.Random(int(os.environ.get("BOXSCORE_SEED", "7")))
    large = large_archive()
    for path, want, most in (("/slow/set.tar", files, 0.9), ("/files/large.zip", large, 1.6)):
        tidy()
        for kill in range(12):
            p = subprocess.Popen([BOXSCORE, "testset", "fetch", url(path), "--output", "out"], cwd=work, env=clean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                p.wait(timeout=most * (0.05 + 0.95 * dice.random()))
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
            if os.path.exists(os.path.join(work, "out")):  # wholly, or not at all
                found = tree("out")
                if any(found.get(n) != data for n, data in want.items()) or "source.json" not in found:
                    complain("killed %d times: half a set of %s is in place" % (kill + 1, path))
        expect("killed 12 times", fetch(url(path), timeout=120), 0)
        found = tree("out")
        if any(found.get(n) != data for n, data in want.items()) or len(found) != len(want) + 1:
            complain("killed 12 times: %s is not what was packed" % path)
        if glob.glob(os.path.join(work, ".*.fetch")):
            complain("killed 12 times: the hidden folder stays")


def test_full_disk():
    """The disk ends while it unpacks; with more of it the same command goes on with the archive that came."""
    tidy()
    if subprocess.run(["unshare", "-rm", "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        print("no user namespaces: a full disk was not tried")
        return
    large_archive()
    disk = os.path.join(work, "disk")
    os.mkdir(disk)
    script = """
mount -t tmpfs -o size=%s tmpfs "$1" || exit 99
"$2" testset fetch "$3" --output "$1/out"; echo "first: $?"
ls -A "$1" "$1/.out.fetch" 2>/dev/null
mount -o remount,size=3g "$1" || exit 99
"$2" testset fetch "$3" --output "$1/out"; echo "then: $?"
ls "$1/out/images" | wc -l; ls -A "$1"
"""
    for size, first, kept, sent in (("1130m", "less than 1073741824 bytes of disk are left", True, [200, 304]), ("1100m", "would leave less than", False, [200, 200])):
        server.sent.pop("/files/large.zip", None)
        p = subprocess.run(["unshare", "-rm", "sh", "-c", script % size, "sh", disk, BOXSCORE, url("/files/large.zip")], env=clean, cwd=work, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=120)
        p.text = p.stdout.decode("utf-8", "replace")
        if p.returncode == 99:
            print("no tmpfs: a full disk was not tried")
            return
        expect("a full disk", p, 0, first, "first: 4", "then: 0", "\n800\nout\n")
        if ("archive\nsource.json\n" in p.text) != kept or "set\n" in p.text or server.sent.get("/files/large.zip") != sent:
            complain("a full disk: %s %s" % (server.sent.get("/files/large.zip"), p.text))


def test_kill_unpacking():
    """Killed while it unpacks: the archive is there, and is not fetched again. Who unpacks is shut in, and dies with it."""
    tidy()
    del server.log[:]
    large = large_archive()
    server.sent.pop("/files/large.zip", None)
    p = subprocess.Popen([BOXSCORE, "testset", "fetch", url("/files/large.zip"), "--output", "out"], cwd=work, env=dict(clean, ROBOFLOW_API_KEY=KEY),
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    images, status, child = os.path.join(work, ".out.fetch/set/images"), "", 0
    while p.poll() is None and (not os.path.isdir(images) or len(os.listdir(images)) < 20):
        time.sleep(0.002)
    children = open("/proc/%d/task/%d/children" % (p.pid, p.pid)).read().split() if p.poll() is None else []
    for child in map(int, children):
        status = open("/proc/%d/status" % child).read()
    if p.poll() is not None or not status:
        complain("it unpacked faster than it could be killed")
    for line in ("NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000"):
        if line not in status and "Seccomp:" in status:
            complain("who unpacks is not shut in: no '%s' in its status" % line)
    p.kill()
    p.wait()
    nothing_left("killed while it unpacked", kept=True)
    for _ in range(100):
        if not os.path.exists("/proc/%d" % child) or "State:\tZ" in open("/proc/%d/status" % child).read():
            break
        time.sleep(0.05)
    else:
        complain("who unpacks outlives who sent it")
    expect("taken up", fetch(url("/files/large.zip")), 0, "800 files")
    found = tree("out")
    if any(found.get(n) != data for n, data in large.items()):
        complain("taken up: not what was packed")
    expect("once more", fetch(url("/files/large.zip")), 0, "unchanged since 20")
    if server.sent.get("/files/large.zip") != [200, 304, 304]:
        complain("the archive was answered with %s" % server.sent.get("/files/large.zip"))


def test_tls():
    if not shutil.which("openssl"):
        print("openssl not found: TLS was not tried")
        return
    cert, keyfile = os.path.join(work, "cert.pem"), os.path.join(work, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", keyfile, "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
    tls = Server(store, KEY, (cert, keyfile))
    where = tls.origin + "/files/set.zip"
    tidy()
    expect("a certificate nobody knows", fetch(where), 4, "certificate is not trusted", "--ca-file")
    if tls.log:
        complain("an untrusted server was asked")
    expect("--ca-file", fetch(where, "--ca-file", cert), 0)
    tidy()
    expect("SSL_CERT_FILE", fetch(where, env={"SSL_CERT_FILE": cert}), 0)
    tidy()
    expect("SSL_CERT_FILE that is not there", fetch(where, env={"SSL_CERT_FILE": "/nowhere.pem"}), 4, "certificate")
    expect("and is not needed", fetch(url("/files/set.zip"), env={"SSL_CERT_FILE": "/nowhere.pem"}), 0)
    tidy()
    expect("a wrong name", fetch(where.replace("127.0.0.1", "localhost"), "--ca-file", cert), 4, "certificate is not trusted")
    expect("a file that is not there", fetch(where, "--ca-file", "nowhere.pem"), 3, "nowhere.pem")
    expect("from https to http", fetch(tls.origin + "/redirect?to=" + url("/files/set.zip"), "--ca-file", cert), 4, "from https to http")
    expect("a link to http", fetch("roboflow:acme/plain/1", "--ca-file", cert, "--api", tls.origin), 4, "from https to http")
    expect("a link to https", fetch("roboflow:acme/good/1", "--ca-file", cert, "--api", tls.origin), 0)


def test_proxy():
    tidy()
    expect("a proxy", fetch("http://example.invalid/files/set.zip", env={"http_proxy": server.origin}), 0)
    if not any(path.startswith("http://example.invalid/") for _, path in server.log):
        complain("the proxy was not asked")
    tidy()
    expect("no_proxy", fetch(url("/files/set.zip"), env={"http_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1"}), 0)


def test_title():
    """What a URL asks with is not to be seen in the list of processes."""
    tidy()
    p = subprocess.Popen([BOXSCORE, "testset", "fetch", url("/slow/set.tar?key=hunter2secret"), "--output", "out"], cwd=work, env=clean, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    time.sleep(0.7)
    shown = open("/proc/%d/cmdline" % p.pid, "rb").read()
    p.kill()
    p.wait()
    if b"hunter2secret" in shown:
        complain("a key is in the list of processes: %s" % shown)


try:
    tests = [v for k, v in list(globals().items()) if k.startswith("test_") and (len(sys.argv) < 2 or k[5:] in sys.argv[1:])]
    for test in tests:
        began = time.time()
        test()
        print("%s: %.1f s" % (test.__name__, time.time() - began))
finally:
    server.stop.set()
    shutil.rmtree(work, ignore_errors=True)
sys.exit(1 if failed else 0)
