"""checks.py: what must hold: of the processes, the files, the database, the site, the numbers, what is due and what was asked."""
import fcntl
import hashlib
import json
import os
import re
import shutil
import sqlite3
import time
from models import BOARDS, DAY, IMAGES, Deviation, differ, expect
from world import World

SHOWN = 20


class Checks(World):
    def processes(self):
        mine, found = {os.getpid(), os.getppid()}, []
        marker = self.root.encode()
        for pid in os.listdir("/proc"):
            if not pid.isdigit() or int(pid) in mine:
                continue
            line = b""
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as f:
                    line = f.read()
                with open("/proc/%s/environ" % pid, "rb") as f:
                    hit = marker in line or b"CAMPAIGN=" + marker in f.read()
            except OSError:
                hit = marker in line  # not everybody may read an environment
            if hit and line:
                found.append("%s %s" % (pid, line.replace(b"\0", b" ").decode("utf-8", "replace")[:200]))
        return found

    def check_processes(self, seconds=6):
        end, clean = time.monotonic() + seconds, 0
        while clean < 2:  # one in the midst of its execve shows neither words nor environment
            left = self.processes()
            clean = 0 if left else clean + 1
            expect(not left or time.monotonic() < end, "processes", "none to be left", left)
            time.sleep(0.02)

    def check_lock(self):
        path = self.database + ".lock"
        if os.path.exists(path):
            with open(path, "r") as f:
                try:
                    fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    raise Deviation("the lock: expected it to be free, found it held: %s" % f.read())

    def facts(self):
        """A copy of the database that may be recovered and looked at."""
        here = self.at("copy")
        shutil.rmtree(here, ignore_errors=True)
        os.makedirs(here)
        for end in ("", "-wal", "-journal"):
            if os.path.exists(self.database + end):
                shutil.copyfile(self.database + end, os.path.join(here, "boxscore.db" + end))
        if not os.path.exists(os.path.join(here, "boxscore.db")):
            return None
        return sqlite3.connect(os.path.join(here, "boxscore.db"))

    def check_database(self):
        db = self.facts()
        if not db:
            return
        try:
            verdict = db.execute("PRAGMA integrity_check").fetchall()
            expect(verdict == [("ok",)], "the database", "integrity_check ok", verdict[:3])
            verdict = db.execute("PRAGMA foreign_key_check").fetchall()
            expect(not verdict, "the database", "foreign keys to hold", verdict[:3])
        except sqlite3.DatabaseError as e:
            raise Deviation("the database: expected it to be readable, found %s" % e)
        finally:
            db.close()

    def digest(self, path):
        s = os.lstat(path)
        key = (s.st_ino, s.st_ctime_ns, s.st_mtime_ns, s.st_size)
        if key not in self.hashes:
            if len(self.hashes) > 20000:
                self.hashes.clear()
            with open(path, "rb") as f:
                self.hashes[key] = hashlib.sha256(f.read()).hexdigest()
        return self.hashes[key]

    def snapshot(self, site=None):
        """{path: sha256}, or None where there is no site."""
        site = site or self.site
        if not os.path.isdir(site):
            return None
        return {os.path.relpath(os.path.join(d, n), site): self.digest(os.path.join(d, n)) for d, _, names in os.walk(site) for n in names}

    def links_of(self, site, path, sha):
        """(targets, ids) of a page; a page's targets are made relative to the site."""
        if (path, sha) not in self.links:
            if len(self.links) > 20000:
                self.links.clear()
            with open(os.path.join(site, path), encoding="utf-8") as f:
                text = f.read()
            targets, here = set(), os.path.dirname(path)
            for name, value in re.findall(r'\s(href|src|srcset|poster|data-src)="([^"]*)"', text):
                for one in ([part.split()[0] for part in value.split(",") if part.strip()] if name == "srcset" else [value]):
                    if re.match(r"[a-z]+:", one):
                        continue
                    file, _, part = one.replace("&amp;", "&").replace("&#x2F;", "/").partition("#")
                    file = file.partition("?")[0]
                    targets.add((os.path.normpath(os.path.join(here, file)) if file else path, part))
            self.links[(path, sha)] = (targets, set(re.findall(r'\sid="([^"]*)"', text)))
        return self.links[(path, sha)]

    def check_site(self, site=None):
        """Whole: every listed file with its hash and nothing else, every link leads somewhere."""
        site = site or self.site
        found = self.snapshot(site)
        if found is None:
            return
        try:
            with open(os.path.join(site, "boxscore-site.json")) as f:
                listed = {f["path"]: f["sha256"] for f in json.load(f)["files"]}
        except (OSError, ValueError, KeyError) as e:
            raise Deviation("the site: expected its manifest, found %s" % e)
        rest = dict(found)
        rest.pop("boxscore-site.json")
        expect(rest == listed, "the site's files", "those of its manifest", sorted(
            p + (" differs" if p in rest and p in listed else " is missing" if p in listed else " is not listed")
            for p in set(rest) | set(listed) if rest.get(p) != listed.get(p))[:SHOWN])
        for path in sorted(listed):
            if not path.endswith(".html"):
                continue
            for target, part in self.links_of(site, path, listed[path])[0]:
                expect(target in found, "a link of %s" % path, "a file of the site", target)
                if part and target.endswith(".html"):
                    expect(part in self.links_of(site, target, listed[target])[1], "a link of %s" % path, "a place in %s" % target, "#" + part)

    def check_untouched(self, before, why):
        after = self.snapshot()
        expect(after == before, "the site, which this night (%s) did not publish" % why, "as it was", "none" if after is None else sorted(
            p for p in set(after) | set(before or {}) if after.get(p) != (before or {}).get(p))[:SHOWN])

    def check_whole_or_untouched(self, before, why):
        after = self.snapshot()
        if after == before:
            return False
        self.check_site()
        return True

    def boards(self):
        return {b: json.loads(self.do("export", "-s", self.settings, "--board", b, "--json")) for b in BOARDS}

    def check_numbers(self, boards):
        """Every number equals that of an undisturbed run of the same version, labels and class map."""
        db = self.facts()
        kept = self.numbers(db)
        db.close()
        for board, export in boards.items():
            states = self.digests.get((board, export["test_set"]), set())
            if not states:
                for state in range(3):
                    self.ref(0, state, 0)
                states = self.digests.get((board, export["test_set"]), set())
            expect(states, "the test set of board %s" % board, "one of the campaign's", export["test_set"])
            last = None
            for row in export["models"]:
                where = "%s on %s" % (row["slug"], board)
                if not row["metrics"]:
                    expect(not row["ranked"], where, "no rank without numbers", row["rank"])
                    continue
                m = self.by_slug(row["slug"])
                expect(m and m.comparable, where, "no numbers of one that never answers well", row["metrics"].get("map"))
                self.variants_known(m, row["version"])
                variants = self.sets_of.get((m.seed, row["version"]))
                expect(variants, where, "a version it had", row["version"])
                found = kept.get((board, row["slug"]), {})
                shown = {k: found.get((k, None)) for k in row["metrics"]}
                expect(row["metrics"] == shown, "what export says of " + where, "the database's numbers", differ(row["metrics"], shown))
                wanted = [self.ref(v, min(states), s)["numbers"].get((board, m.seed)) for v in variants for s in self.scores_seen[m.seed]]
                if m.mode == "rewrite":  # where it could rewrite the images it has none
                    wanted = [w for w in wanted if w] or [found]
                if m.mode == "jitter":
                    found, *wanted = ({k: v for k, v in (n or {}).items() if re.match(r"(map|ar_)", k[0])} for n in [found] + wanted)
                expect(found in wanted, "%s (version %s)" % (where, row["version"][:12]), "the undisturbed numbers", differ(found, wanted[0] if wanted else {}))
                if row["ranked"]:
                    self.count("numbers", len(found))
                    expect(last is None or row["metrics"]["map"] <= last, "the order of board %s" % board, "mAP falling", row["slug"])
                    last = row["metrics"]["map"]

    def variants_known(self, m, version):
        for v in range(m.variants):
            if (m.seed, version) in self.sets_of:
                return
            self.ref(v, self.state, 0)

    def check_export(self, m):
        """gt.json and dt.json, byte for byte, of one model."""
        row = next((r for r in self.last["boxes"]["models"] if r["slug"] == m.slug and r["ranked"]), None)
        if not row or m.mode in ("jitter", "rewrite"):
            return
        here = self.at("exported")
        shutil.rmtree(here, ignore_errors=True)
        self.do("export", "-s", self.settings, "--board", "boxes", "-o", here, m.slug)
        variant = min(self.sets_of[(m.seed, row["version"])])
        key = (m.seed, variant, self.state, m.score)
        if key not in self.exports:
            there = self.at("ref-exported")
            shutil.rmtree(there, ignore_errors=True)
            self.do("export", "-s", self.ref(variant, self.state, m.score)["settings"], "--board", "boxes", "-o", there, m.seed)
            self.exports[key] = {n: self.canonical(os.path.join(there, n)) for n in ("gt.json", "dt.json")}
        for name, wanted in self.exports[key].items():
            expect(self.canonical(os.path.join(here, name)) == wanted, "%s of %s" % (name, m.slug), "that of an undisturbed run", here)

    @staticmethod
    def canonical(path):
        with open(path) as f:
            o = json.load(f)
        if isinstance(o, dict):
            o.pop("info", None)
        return o

    def check_index(self, boards):
        """The pages name each ranked model; the site's data are the board's."""
        for board, export in boards.items():
            page = "b/%s/index.html" % board
            named = {t for t, _ in self.links_of(self.site, page, self.digest(os.path.join(self.site, page)))[0]}
            with open(os.path.join(self.site, "data", board + ".json"), encoding="utf-8") as f:
                data = {r["slug"]: r for r in json.load(f)["models"]}
            expect(set(data) == {r["slug"] for r in export["models"]}, "data/%s.json" % board, "the models of the board", sorted(data))
            for row in export["models"]:
                slug = row["slug"]
                for key in ("ranked", "rank", "version", "status"):
                    expect(data[slug][key] == row[key], "%s of %s in data/%s.json" % (key, slug, board), row[key], data[slug][key])
                expect(data[slug]["metrics"] == row["metrics"], "the numbers of %s in data/%s.json" % (slug, board), "those of export",
                       differ(data[slug]["metrics"], row["metrics"]))
                if row["ranked"]:
                    expect("b/%s/m/%s.html" % (board, slug) in named, page, "a link to the ranked '%s'" % slug, "none")

    def blocked(self, m):
        """True, False or None: not known."""
        if not m.asked or m.mode == "file":
            return False
        if m.allowed is None:
            return True
        return None if m.allowed == -1 else m.allowed != m.variant

    def own_due(self, m, s, db, forced=False):
        """CONTRACTS 5, told once more from what the database says; None where it is not for sure."""
        if forced:
            return True
        version = self.version(m)
        if not version or m.mode == "crawl":
            return None
        images = self.images_of.get((s, self.state))
        slugs = [m.slug] + m.formerly
        marks = ",".join("?" * len(slugs))
        rows = db.execute("SELECT status, finished FROM evaluations WHERE slug IN (%s) AND lower(hex(version)) = ? AND images = ? ORDER BY seq" % marks,
                          slugs + [version, images]).fetchall()
        failures, failed_at, complete_at = 0, 0, None
        for status, finished in rows:
            if status == "ok":
                failures, complete_at = 0, finished
            else:
                failures, failed_at = failures + 1, finished
        left = db.execute("SELECT count(*) FROM partial WHERE slug IN (%s) AND lower(hex(version)) = ? AND failed = 0" % marks, slugs + [version]).fetchone()[0]
        if failures:
            return failures < 3 or failed_at > self.now + 300000 or self.now - failed_at >= 6.5 * DAY
        if left:
            return None if m.other else True
        if complete_at is None:
            return True
        return complete_at > self.now + 300000

    def check_due(self, dry, names=(), forced=False):
        """What the program says is due is what must be."""
        said = {}
        for o in dry:
            m = self.by_slug(o["model"])
            said.setdefault(m.seed, {})[1 if o["board"] == "other" else 0] = o["outcome"]
        db = self.facts()
        if not db:
            return said
        try:
            for m in self.models:
                if not m.present or m.broken or (names and m.slug not in names):
                    continue
                for s in m.sets:
                    if m.seed in self.at_work or not (m.comparable and m.mode != "rewrite"):
                        continue
                    outcome = said.get(m.seed, {}).get(s)
                    expect(outcome is not None, "run --dry-run", "a word of %s" % m.slug, sorted(said))
                    due, blocked = self.own_due(m, s, db, forced), self.blocked(m)
                    if due is None or blocked is None:
                        continue
                    wanted = ("not run",) if due and blocked else ("due",) if due else ("current", "waiting", "to rescore")
                    if m.mode == "file" and not due:
                        wanted += ("due",) if self.labels_of.get((m.seed, m.variant)) != self.state else ()
                    expect(outcome in wanted, "run --dry-run of %s (set %d)" % (m.slug, s), wanted, outcome)
        finally:
            db.close()
        return said

    def check_asked(self, said, asked, twice=False):
        """Nobody was asked who was not due, and nobody more often than retries explain."""
        for (seed, s), images in asked.items():
            m = self.by_seed(seed)
            expect(said.get(seed, {}).get(s) == "due", "images asked of %s (set %d)" % (m.slug, s), "none: it was '%s'" % said.get(seed, {}).get(s), images)
            most = (5 if not m.honest or m.mode in ("crash-once", "batch") else 1) * (2 if twice else 1)
            expect(max(images.values()) <= most, "images asked of %s" % m.slug, "each at most %d times" % most, images)
            expect(not self.blocked(m), "images asked of %s" % m.slug, "none: it is not allowed", images)

    def check_resumed(self, m, s, had, asked):
        """What was answered and committed before is not asked again."""
        want = set(range(1, IMAGES[s] + 1)) - had
        expect(set(asked) == want, "images asked of %s" % m.slug, "those without an answer, %s" % want, asked)

    def kept(self):
        """{seed: names of images whose answers are committed}: as the test set's file names."""
        db = self.facts()
        if not db:
            return {}
        try:
            out = {}
            for slug, version, name in db.execute("SELECT p.slug, lower(hex(p.version)), i.name FROM partial p JOIN image i ON i.sha256 = p.image WHERE p.failed = 0"):
                m = self.by_slug(slug)
                if m and m.honest and (m.seed, version) in self.sets_of and m.variant in self.sets_of[(m.seed, version)]:
                    k = re.search(r"photo-(\d)-(\d)", name)
                    out.setdefault((m.seed, int(k.group(1))), set()).add(int(k.group(2)))
            return out
        finally:
            db.close()

    def check_files(self):
        """Nothing lies about beyond what is documented."""
        known = {"boxscore.db", "boxscore.db.images", "boxscore.db.files", "boxscore.db.lock", "boxscore.db-wal", "boxscore.db-shm", "site", ".site.boxscore-lock", ".site.boxscore-previous", ".site.boxscore-inputs", "boxscore.db.hashes", "tmp"}
        left = set(os.listdir(self.small)) - known
        expect(not left, "the database's folder", "nothing but %s" % sorted(known), sorted(left))
        left = os.listdir(os.path.join(self.small, "tmp"))
        expect(not left, "the temporary folder", "nothing", left)
        left = set(os.listdir(self.root)) - {"boxscore.json", "saved", "models.d", "data", "data-0", "data-1", "data-2", "log", "ref", "small", "out", "copy",
                                            "exported", "ref-exported", "backup.db", "other", "allowed.json", "hung", "kept", "state-%d" % (self.night - 1)}
        expect(not left, "the settings' folder", "nothing new", sorted(left))

    def size(self):
        db = self.facts()
        try:
            (pages,), (free,), (each,) = (db.execute("PRAGMA " + p).fetchone() for p in ("page_count", "freelist_count", "page_size"))
            evaluations = db.execute("SELECT count(*) FROM evaluation").fetchone()[0]
            runs = db.execute("SELECT count(*) FROM run").fetchone()[0]
            sets = db.execute("SELECT count(*) FROM testset").fetchone()[0]
            retained = db.execute("SELECT count(*) FROM detections").fetchone()[0]
            reports = db.execute("SELECT count(DISTINCT report) FROM metric").fetchone()[0]
            logs = db.execute("SELECT coalesce(sum(length(text) + 4096), 0) FROM log").fetchone()[0]
            logs += db.execute("SELECT coalesce(sum(length(bytes) + 400), 0) FROM partial").fetchone()[0]
            # What a version keeps: its newest three, the first, and the first of each month.
            most = db.execute("SELECT coalesce(sum(keep), 0) FROM (SELECT min(count(*), 4 + count(DISTINCT strftime('%Y-%m', finished / 1000, 'unixepoch'))) AS keep"
                              " FROM evaluations WHERE status = 'ok' GROUP BY slug, version, images)").fetchone()[0]
            return {"used": (pages - free) * each, "evaluations": evaluations, "runs": runs, "retained": retained, "reports": reports, "logs": logs,
                    "sets": sets, "most": most}
        finally:
            db.close()

    def check_growth(self):
        """CONTRACTS 4: a few hundred bytes a model-night, and what retention keeps."""
        s = self.size()
        if not self.grown:
            self.grown = s
            return
        first = self.grown
        expect(s["retained"] <= s["most"], "detections kept", "at most %d by retention" % s["most"], s["retained"])
        each = (first["used"] - first["logs"]) / max(1, first["reports"])
        allowed = first["used"] + 1.5 * each * max(0, s["reports"] - first["reports"]) + 700 * (s["evaluations"] + s["runs"] - first["evaluations"]) + \
            8192 * (s["sets"] - first["sets"]) + 2 * max(0, s["logs"] - first["logs"]) + 131072
        expect(s["used"] <= allowed, "the size of the database", "at most %d bytes (%s, at first %s)" % (allowed, s, first), s["used"])

    def check_rows(self, boards, status):
        """After a whole night: whoever can be is ranked, with its version of now; the exit status says whether anybody failed."""
        for m in self.models:
            for board in m.boards:
                row = next((r for r in boards[board]["models"] if r["slug"] == m.slug), None)
                if not m.present:
                    expect(row is None, "the retired %s on %s" % (m.slug, board), "no row", row and row["status"])
                    continue
                if m.broken or not m.honest or self.blocked(m) is not False or m.killed >= 3:
                    continue
                expect(row and row["ranked"] and row["version"] == self.version(m), "%s on %s" % (m.slug, board), "ranked with version %s" % self.version(m)[:12],
                       row and {k: row[k] for k in ("status", "ranked", "version")})
