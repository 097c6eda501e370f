"""self_test.py: each check is seen to fail: what it looks at is broken on purpose, and mended again."""
import fcntl
import json
import os
import shutil
import sqlite3
import subprocess

from models import Deviation, write


def rewrite(path, change):
    """In place of the old file: its other names keep what they had."""
    with open(path, "rb") as f:
        data = f.read()
    os.unlink(path)
    with open(path, "wb") as f:
        f.write(change(data))


class Trial:
    def __init__(self, w):
        self.w, self.lost = w, 0

    def sql(self, *statements):
        db = sqlite3.connect(self.w.database)
        db.execute("PRAGMA foreign_keys = OFF")
        for s in statements:
            db.execute(s)
        db.commit()
        db.close()

    def page(self, path, change):
        """A page and its line in the manifest: the site looks whole."""
        import hashlib
        w = self.w
        rewrite(os.path.join(w.site, path), change)
        with open(os.path.join(w.site, path), "rb") as f:
            data = f.read()
        def line(text):
            m = json.loads(text)
            for f in m["files"]:
                if f["path"] == path:
                    f.update(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
            return json.dumps(m).encode()
        rewrite(os.path.join(w.site, "boxscore-site.json"), line)

    def program(self, text):
        """Something else in boxscore's place; $real is the program."""
        path = self.w.at("ref", "instead")
        write(path, "#!/bin/sh\nreal='%s'\n%s\n" % (self.real, text))
        os.chmod(path, 0o755)
        self.w.a.boxscore = path

    def run(self):
        w = self.w
        self.real = w.a.boxscore
        for w.night in (1, 2):
            w.now += 86400000
            w.whole_night()
        w.night += 1
        w.now += 86400000
        w.prepare()
        w.saved = w.at("saved")
        shutil.copytree(w.small, w.saved)
        boards = w.last
        top = next(r["slug"] for r in boards["boxes"]["models"] if r["ranked"] and w.by_slug(r["slug"]).mode == "good")
        model, other = w.by_slug(top), next(m for m in w.models if m.mode == "flaky")
        dry = w.dry()
        said = w.check_due(dry)
        site = lambda *p: os.path.join(w.site, *p)
        before = w.snapshot()

        def forced(slug, outcome):
            return [dict(o, outcome=outcome) if o["model"] == slug else o for o in dry]

        def index_without(data):
            return data.replace(b"m/%s.html" % top.encode(), b"m/%s.html" % other.slug.encode())

        def number(data):
            tree = json.loads(data)
            next(r for r in tree["models"] if r["slug"] == top)["metrics"]["map"] += 1e-9
            return json.dumps(tree).encode()

        def damage():
            size = os.path.getsize(w.database)
            with open(w.database, "r+b") as f:
                f.seek(size // 4)
                f.write(b"\xa5" * (size // 2))

        def hold():
            self.held = open(w.database + ".lock", "w")
            fcntl.flock(self.held, fcntl.LOCK_EX)

        def leave():
            self.left = subprocess.Popen(["sleep", "60"], env={"CAMPAIGN": w.root})

        def grow():
            self.sql("CREATE TABLE more (x)", *["INSERT INTO more VALUES (zeroblob(1000000))"] * 2)

        def late():
            self.program('case $1 in nightly) trap "" TERM; sleep 4; exit 130 ;; esac; exec "$real" "$@"')
            w.a.grace, w.took = 1, {"nightly": 0.01, "nightly force": 0.01, "run": 0.01, "run force": 0.01}
            w.rng.choice = lambda of: "nightly" if "nightly" in of else of[0]

        def ask(line, times=1):
            for _ in range(times):
                w.prepare()
                with open(w.at("log", "asked"), "a") as f:
                    f.write(line * times)

        nothing = lambda: None
        cases = (
            ("a number in the database", lambda: self.sql("UPDATE metric SET value = value * (1 + 1e-12) WHERE name = 'map' AND class = -1"), lambda: w.check_numbers(w.boards())),
            ("a class's number", lambda: self.sql("UPDATE metric SET value = value * (1 + 1e-12) WHERE class = 1"), lambda: w.check_numbers(w.boards())),
            ("another model's numbers", lambda: self.sql("UPDATE report SET answers = -answers WHERE answers IN (1, 2)",
                                                         "UPDATE report SET answers = 3 + answers WHERE answers < 0"), lambda: w.check_numbers(w.boards())),
            ("a byte of a page", lambda: rewrite(site("index.html"), lambda d: d[:-2] + b"x" + d[-1:]), w.check_site),
            ("a page gone", lambda: os.unlink(site("faq.html")), w.check_site),
            ("a foreign file", lambda: write(site("notes.txt"), "x"), w.check_site),
            ("a dead link", lambda: self.page("faq.html", lambda d: d.replace(b'href="index.html', b'href="nowhere.html')), w.check_site),
            ("a dead place in a page", lambda: self.page("faq.html", lambda d: d.replace(b"</main>", b'<a href="methodology.html#nowhere">x</a></main>')), w.check_site),
            ("a ranked model without a link", lambda: self.page("b/boxes/index.html", index_without), lambda: w.check_index(boards)),
            ("a number of the site", lambda: rewrite(site("data", "boxes.json"), number), lambda: w.check_index(boards)),
            ("a site that was touched", lambda: self.page("faq.html", lambda d: d + b"\n"), lambda: w.check_untouched(before, "self-test")),
            ("a site that is gone", lambda: shutil.rmtree(w.site), lambda: w.check_untouched(before, "self-test")),
            ("a process left", leave, lambda: w.check_processes(0.1), lambda: (self.left.kill(), self.left.wait())),
            ("a lock held", hold, w.check_lock, lambda: self.held.close()),
            ("a file left", lambda: write(os.path.join(w.small, "boxscore.db.work"), ""), w.check_files),
            ("a temporary file left", lambda: write(os.path.join(w.small, "tmp", "x"), ""), w.check_files),
            ("a file left beside the settings", lambda: write(w.at("x"), ""), w.check_files, lambda: os.unlink(w.at("x"))),
            ("a damaged database", damage, w.check_database),
            ("a dangling row", lambda: self.sql("DELETE FROM maker"), w.check_database),
            ("a database that grew", grow, w.check_growth),
            ("detections beyond retention", lambda: self.sql("INSERT INTO detections (digest, nimages, n, names) SELECT 'bx1-dets-' || value, 0, 0, '[]' FROM "
                                                             "(WITH RECURSIVE n(value) AS (SELECT 1 UNION SELECT value + 1 FROM n WHERE value < 200) SELECT value FROM n)"), w.check_growth),
            ("one asked who was not due", lambda: ask("%s 0 images-0/000001.png\n" % model.seed), lambda: w.check_asked(said, w.asked())),
            ("one asked twice", lambda: ask("%s 0 images-0/000001.png\n" % model.seed, 2),
             lambda: w.check_asked({model.seed: {0: "due"}}, w.asked())),
            ("an answer asked for again", nothing, lambda: w.check_resumed(model, 0, {1, 2}, {1: 1, 3: 1, 4: 1, 5: 1, 6: 1})),
            ("an answer not asked for", nothing, lambda: w.check_resumed(model, 0, {1, 2}, {3: 1, 4: 1, 5: 1})),
            ("one said to be due who is not", nothing, lambda: w.check_due(forced(top, "due"))),
            ("one due who is said not to be", lambda: self.sql("DELETE FROM evaluation WHERE subject IN (SELECT id FROM subject WHERE slug = '%s')" % top),
             lambda: w.check_due(dry)),
            ("one who is not named", nothing, lambda: w.check_due([o for o in dry if o["model"] != top])),
            ("a rank lost", nothing, lambda: w.check_rows({b: dict(e, models=[r for r in e["models"] if r["slug"] != top]) for b, e in boards.items()}, 0)),
            ("another file exported", lambda: self.sql("UPDATE detections SET names = replace(names, 'disc', 'bar')"), lambda: (w.exports.clear(), w.check_export(model))),
            ("exit status 0 with failures", lambda: self.program('"$real" "$@"; s=$?; [ $s = 1 ] || exit $s'), w.whole_night),
            ("a night that asks everybody", lambda: self.program('case $*" " in *--dry-run*) ;; nightly*) set -- "$@" --force ;; esac; exec "$real" "$@"'), w.whole_night),
            ("a night that runs nobody", lambda: self.program('case $1 in nightly) set -- "$@" --dry-run ;; esac; exec "$real" "$@"'), w.whole_night),
            ("a night that ends never", lambda: (self.program('case $*" " in *--dry-run*) exec "$real" "$@" ;; esac; exec sleep 60'), setattr(w.a, "patience", 1)), w.whole_night),
            ("a night deaf to SIGTERM", late, lambda: w.disturbed("term")),
        )
        patience, grace, choice = w.a.patience, w.a.grace, w.rng.choice
        for name, spoil, check, *mend in cases:
            night = w.night
            try:
                spoil()
                check()
                self.lost += 1
                print("NOT SEEN: %s" % name)
            except Deviation as e:
                print("seen: %s: %s" % (name, str(e)[:150].replace("\n", " ")))
            for m in mend:
                m()
            w.a.boxscore, w.a.patience, w.a.grace, w.night = self.real, patience, grace, night
            w.rng.__dict__.pop("choice", None)
            w.at_work.clear()
            for n in os.listdir(w.small):
                path = os.path.join(w.small, n)
                shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
            shutil.copytree(w.saved, w.small, dirs_exist_ok=True)
            w.prepare()
        w.check_site()
        w.check_numbers(w.boards())
        print("%d of %d seen" % (len(cases) - self.lost, len(cases)))
        return 1 if self.lost else 0


def self_test(w):
    return Trial(w).run()
