"""world.py: a board's folders, the program that is tried, and the undisturbed computation beside it."""
import ctypes
import json
import os
import pickle
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
from models import BOARDS, IMAGES, Deviation, expect, forty, painted, test_sets, write


class World:
    def __init__(self, a, root):
        self.a, self.root = a, root
        self.rng = random.Random(a.seed)
        self.models = forty(a.few)
        self.state, self.night, self.now = 0, 0, 1798765200000  # 2027-01-01
        self.small = self.at("small")
        self.settings = self.at("boxscore.json")
        self.database, self.site = os.path.join(self.small, "boxscore.db"), os.path.join(self.small, "site")
        self.log = self.at("log")
        self.refs, self.exports, self.digests, self.sets_of, self.images_of = {}, {}, {}, {}, {}
        self.hashes, self.links = {}, {}
        self.scores_seen = {}
        self.took = {}
        self.mounted = False
        self.grown = None
        self.backup = self.restored = False  # restored: since the last whole night
        self.counts = {}
        self.at_work = set()  # whom a kill met since the last whole night
        self.labels_of = {}  # {(seed, variant): the state of the labels that a whole night read that file with}

    def at(self, *parts):
        return os.path.join(self.root, *parts)

    def count(self, what, n=1):
        self.counts[what] = self.counts.get(what, 0) + n

    def say(self, text):
        if self.a.verbose:
            print("night %d: %s" % (self.night, text), flush=True)

    # -- folders

    def settings_text(self, models, data, database, site, allow):
        boards = []
        for slug, (s, geometry, task, rules) in BOARDS.items():
            board = {"slug": slug, "title": "Board " + slug, "task": task, "geometry": geometry, "test_set": {
                "path": os.path.join(data, "set-%d" % s, "annotations.json"), "format": "coco", "images": os.path.join(data, "set-%d" % s, "images")}}
            board.update(rules)
            boards.append(board)
        text = {"format": 1, "boards": boards, "models": models, "database": database, "site": site, "template": self.a.template,
                "runner_path": [os.path.abspath(self.a.runners)], "allow": [{"models": g, "reason": "a campaign"} for g in allow],
                "limits": {"free_disk": 0, "file_size": 67108864}, "threads": 1}
        text["confine"] = {"devices": [self.log], "temporary": 8388608, "processes": 256} if self.a.confine else False
        return json.dumps(text, indent=1)

    def config(self, m, variant=None, score=None, plain=False):
        variant, score = m.variant if variant is None else variant, m.score if score is None else score
        c = {"format": 1, "name": "Model %s" % m.seed, "task": m.task, "license": "MIT", "boards": m.boards,
             "operating_confidence": 0.5 if score else 0.25}
        if score:
            c["class_map"] = {"bar": "ring"}
        if m.note:
            c["tags"] = ["note %d" % m.note]
        if m.formerly:
            c["formerly"] = m.formerly
        if m.mode == "file":
            c["backend"] = {"type": "predictions", "file": m.seed + "/predictions.json"}
        else:
            args = [m.mode, m.task, m.seed, str(variant), self.log] + ([str(m.argument)] if m.argument else [])
            c["backend"] = {"type": "command", "program": "campaign_runner", "args": args, "files": [m.seed + "/weights.bin"]}
            c["backend"].update({k: v for k, v in m.backend.items() if not (plain and k.endswith("timeout"))})
        return json.dumps(c, indent=1)

    def content(self, m, variant):
        """Of the file it consists of beside its config."""
        if m.mode != "file":
            return m.seed + "/weights.bin", "weights of %s, %d\n" % (m.seed, variant)
        r, found = random.Random("%s/%d" % (m.seed, variant)), []
        for k in range(1, IMAGES[0] + 1):
            for i in range(6):
                (x, y, w, h), c = painted(k, i)
                if r.random() < 0.2:
                    continue
                x, y, c = round(x + r.uniform(-1, 1), 2), round(y + r.uniform(-1, 1), 2), c if r.random() < 0.9 else (c + 1) % 3
                one = {"image_id": k, "category_id": c + 1, "score": round(r.random(), 6), "bbox": [x, y, w, h]}
                if m.task == "segment":
                    one["segmentation"] = [[x, y, x + w, y, x + w, y + h, x, y + h]]
                found.append(one)
        return m.seed + "/predictions.json", json.dumps(found)

    def put(self, m, folder=None, variant=None, score=None, plain=False):
        folder = folder or self.at("models.d")
        name, text = self.content(m, m.variant if variant is None else variant)
        os.makedirs(os.path.join(folder, m.seed), exist_ok=True)
        write(os.path.join(folder, name), text)
        write(os.path.join(folder, m.slug + ".json"), self.config(m, variant, score, plain))

    def build(self):
        for folder in ("models.d", "log", "ref", "small", "other"):
            os.makedirs(self.at(folder), exist_ok=True)
        for state in range(3):
            test_sets(self.at("data-%d" % state), state)
        test_sets(self.at("data"), 0)
        os.chmod(self.log, 0o777)
        self.mount()
        os.makedirs(os.path.join(self.small, "tmp"), exist_ok=True)
        write(self.settings, self.settings_text(self.at("models.d"), self.at("data"), self.database, self.site, ["o*"]))
        for m in self.models:
            self.put(m)
            self.scores_seen[m.seed] = {0}

    def mount(self):
        if os.geteuid() != 0 or self.a.no_mount:
            return
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(0x20000) != 0 or libc.mount(b"none", b"/", None, 0x44000, None) != 0:  # CLONE_NEWNS; MS_REC | MS_PRIVATE
            return
        self.mounted = subprocess.call(["mount", "-t", "tmpfs", "-o", "size=512m", "tmpfs", self.small], stderr=subprocess.DEVNULL) == 0

    # -- a year in several sittings

    KEPT = ("models.d", "data", "small", "other", "backup.db", "allowed.json", "boxscore.json")

    def save(self):
        """All that a night changes, and what is known of it. An undisturbed computation is the same again."""
        here = self.at("state-%d" % self.night)
        shutil.rmtree(here, ignore_errors=True)
        os.makedirs(here)
        for name in self.KEPT:
            if os.path.exists(self.at(name)):
                subprocess.check_call(["cp", "-a", self.at(name), here])
        with open(os.path.join(here, "world.new"), "wb") as f:
            pickle.dump({k: v for k, v in self.__dict__.items() if k not in ("a", "hashes", "links")} | {"seed": self.a.seed}, f)
        os.rename(os.path.join(here, "world.new"), os.path.join(here, "world"))
        for name in os.listdir(self.root):
            if name.startswith("state-") and name != "state-%d" % self.night:
                shutil.rmtree(self.at(name))

    @staticmethod
    def saved(root):
        """What save() left in a folder; None: nothing."""
        nights = [int(n[6:]) for n in (os.listdir(root) if os.path.isdir(root) else []) if n.startswith("state-")]
        whole = [n for n in nights if os.path.exists(os.path.join(root, "state-%d" % n, "world"))]
        if not whole:
            return None
        with open(os.path.join(root, "state-%d" % max(whole), "world"), "rb") as f:
            return pickle.load(f)

    def go_on(self, saved):
        mounted = saved.pop("mounted")
        saved.pop("seed")
        self.__dict__.update(saved)
        self.mount()
        if mounted and not self.mounted:
            raise OSError("the year was begun with a file system of its own, and here there is none")
        shutil.rmtree(self.at("kept"), ignore_errors=True)
        for name in self.KEPT:
            if name != "small":
                subprocess.check_call(["rm", "-rf", self.at(name)])
        for name in os.listdir(self.small):
            subprocess.check_call(["rm", "-rf", os.path.join(self.small, name)])
        subprocess.check_call(["cp", "-a", self.at("state-%d" % self.night, "."), self.root])
        os.unlink(self.at("world"))

    # -- the program

    def environment(self):
        keep = {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
        keep.update(PATH="/usr/local/bin:/usr/bin:/bin", LANG="C.UTF-8", HOME=self.root, TMPDIR=os.path.join(self.small, "tmp"),
                    BOXSCORE_NOW=str(self.now), BOXSCORE_COMMIT_MS="20", CAMPAIGN=self.root)
        return keep

    def start(self, *args, limit=None):
        out = open(self.at("out"), "w")
        before = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None
        p = subprocess.Popen([self.a.boxscore] + list(args), stdout=subprocess.PIPE, stderr=out, stdin=subprocess.DEVNULL, env=self.environment(),
                             start_new_session=True, preexec_fn=before, cwd=self.root)
        out.close()
        return p

    def finish(self, p, what):
        try:
            text = p.communicate(timeout=self.a.patience)[0]
        except subprocess.TimeoutExpired:
            tree = subprocess.run(["ps", "-eo", "pid,ppid,stat,wchan:20,args"], capture_output=True, text=True).stdout
            write(self.at("hung"), tree)
            os.killpg(p.pid, signal.SIGKILL)
            raise Deviation("%s: expected it to end within %d s, found it running (see 'hung')" % (what, self.a.patience))
        self.said = open(self.at("out")).read()
        return p.returncode, text.decode("utf-8", "replace")

    def do(self, *args, ok=(0,)):
        status, text = self.finish(self.start(*args), args[0])
        expect(status in ok, "boxscore %s" % " ".join(args), "exit status %s" % " or ".join(map(str, ok)), "%s: %s" % (status, self.said[-600:]))
        return text

    def dry(self, *names):
        return json.loads(self.do("run", "-s", self.settings, "--dry-run", "--json", *names, ok=(0, 1)))["models"]

    # -- the undisturbed computation

    def ref(self, variant, state, score):
        """A board of its own, run once and without disturbance: {seed: {board: metrics}}."""
        key = (variant, state, score)
        if key in self.refs:
            return self.refs[key]
        here = self.at("ref", "%d-%d-%d" % key)
        shutil.rmtree(here, ignore_errors=True)  # of a night that was not saved
        os.makedirs(os.path.join(here, "models.d"))
        database = os.path.join(here, "boxscore.db")
        settings = os.path.join(here, "boxscore.json")
        write(settings, self.settings_text(os.path.join(here, "models.d"), self.at("data-%d" % state), database, os.path.join(here, "site"), ["*"]))
        then, slugs = open(self.at("log", "night")).read() if os.path.exists(self.at("log", "night")) else None, {}
        write(self.at("log", "night"), "1")
        asked = self.asked_lines()
        for m in self.models:
            if m.comparable:
                slugs[m.seed] = (m.slug, m.formerly, m.note)
                m.slug, m.formerly, m.note = m.seed, [], 0
                self.put(m, os.path.join(here, "models.d"), min(variant, m.variants - 1), min(score, m.scores - 1), plain=True)
                m.slug, m.formerly, m.note = slugs[m.seed]
        report = json.loads(self.do("run", "-s", settings, "--json", ok=(0, 1)))["models"]
        for o in report:
            m = self.by_seed(o["model"])
            expect(o["outcome"] == "done" or m.mode == "rewrite", "the undisturbed run of %s" % o["model"], "done", o)
        db = sqlite3.connect("file:%s?mode=ro" % database, uri=True)
        numbers = self.numbers(db)
        versions = {slug: v for slug, v in db.execute("SELECT slug, lower(hex(version)) FROM model")}
        for board, digest, images in db.execute("SELECT b.slug, b.testset, t.images FROM board b JOIN testset t ON t.digest = b.testset"):
            self.digests.setdefault((board, digest), set()).add(state)
            self.images_of[(BOARDS[board][0], state)] = images
        db.close()
        for seed, v in versions.items():
            self.sets_of.setdefault((seed, v), set()).add(min(variant, self.by_seed(seed).variants - 1))
        self.refs[key] = {"numbers": numbers, "versions": versions, "settings": settings}
        if then is not None:
            write(self.at("log", "night"), then)
        write(self.at("log", "asked"), "".join(asked))
        return self.refs[key]

    @staticmethod
    def numbers(db):
        """{(board, slug): {(name, class): value}}: all that is kept of what each board shows, bit for bit."""
        out = {}
        for board, slug, name, of, value in db.execute("SELECT board, model, name, class, value FROM numbers"):
            out.setdefault((board, slug), {})[(name, of)] = value
        return out

    def by_seed(self, seed):
        return next(m for m in self.models if m.seed == seed)

    def by_slug(self, slug):
        return next((m for m in self.models if m.slug == slug or slug in m.formerly or m.seed == slug), None)

    def version(self, m, variant=None):
        variant = m.variant if variant is None else variant
        return self.ref(variant, self.state, 0)["versions"].get(m.seed)

    # -- what was asked

    def asked_lines(self):
        try:
            with open(self.at("log", "asked")) as f:
                return f.readlines()
        except FileNotFoundError:
            return []

    def asked(self):
        """{(seed, set): {image: times}}"""
        out = {}
        for line in self.asked_lines():
            seed, _, what = line.split(" ", 2)
            place, _, name = what.strip().partition("/")
            times = out.setdefault((seed, int(place.rpartition("-")[2])), {})
            times[int(name[:6])] = times.get(int(name[:6]), 0) + 1
        return out
