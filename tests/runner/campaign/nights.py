"""nights.py: nights that are let alone, nights that are not, and what happens between them."""
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from checks import Checks
from models import DAY, IMAGES, expect, test_sets, write


class Nights(Checks):
    def prepare(self):
        write(self.at("log", "night"), str(self.night))
        write(self.at("log", "asked"), "")
        os.chmod(self.at("log", "asked"), 0o666)

    def whole_night(self):
        """An undisturbed nightly, and everything that must hold after it."""
        self.prepare()
        kept = self.kept()
        said = self.check_due(self.dry())
        begun, before = time.monotonic(), self.snapshot()
        status, text = self.finish(self.start("nightly", "-s", self.settings, "--json"), "nightly")
        self.took["nightly"] = time.monotonic() - begun
        if status == 4 and self.lacks_rows():
            status = self.take_away(before)
        expect(status in (0, 1), "an undisturbed night", "exit status 0 or 1", "%s: %s" % (status, self.said[-600:]))
        models = json.loads(text)["models"]
        bad = [o["model"] for o in models if o["outcome"] in ("failed", "partial")]
        expect(status == 1 or not bad, "an undisturbed night", "exit status 1, for %s failed" % bad[:5], status)
        asked = self.asked()
        self.check_asked(said, asked)
        for o in models:
            m = self.by_slug(o["model"])
            if m.broken or not m.present:
                continue
            s = 1 if o["board"] == "other" else 0
            due = said.get(m.seed, {}).get(s) == "due"
            if due and m.honest:
                expect(o["outcome"] == "done", "%s in an undisturbed night" % m.slug, "done", o)
                m.killed = 0
            if due and m.mode in ("flaky", "one-image"):
                fails = self.night % m.argument == 0
                if not (m.mode == "one-image" and 2 in kept.get((m.seed, s), ())):
                    expect((o["outcome"] in ("failed", "partial")) == fails, "%s in night %d" % (m.slug, self.night), "failed" if fails else "done", o)
            # Whose process dies of each second image has some answers in each night that is killed, and in the end all.
            if due and not m.comparable and not (m.mode == "crash" and kept.get((m.seed, s))):
                expect(o["outcome"] in ("failed", "partial"), "the hostile %s" % m.slug, "failed", o)
            if due and m.honest and m.mode not in ("file", "crash-once", "batch"):
                self.check_resumed(m, s, kept.get((m.seed, s), set()), asked.get((m.seed, s), {}))
            if due and m.seed not in self.at_work and m.honest:
                self.scores_seen[m.seed] = {m.score}
        self.last = self.boards()
        for m in self.models:
            if m.present and not m.broken and m.honest and self.blocked(m) is False:
                self.scores_seen[m.seed] = {m.score}
                self.labels_of[(m.seed, m.variant)] = self.state
        self.check_processes()
        self.check_site()
        self.check_index(self.last)
        self.check_numbers(self.last)
        self.check_rows(self.last, status)
        present = [m for m in self.models if m.present and not m.broken and m.comparable]
        if present:
            self.check_export(self.rng.choice(present))
        self.check_lock()
        self.check_files()
        self.check_database()
        self.check_growth()
        self.at_work.clear()
        self.restored = False
        self.count("nights")
        self.count("evaluations", sum(o["outcome"] == "done" for o in models))
        self.count("images asked", sum(sum(i.values()) for i in asked.values()))

    def lacks_rows(self):
        """An older database was put back, and the site shows what it does not have: it is not published over without a word."""
        return self.restored and "shows numbers that" in self.said

    def take_away(self, before):
        """The site stays. Who could be asked is not missed after a whole night; the rest the operator takes away."""
        self.check_untouched(before, "an older database lacks its rows")
        for slug in re.findall(r"'([^']*)' of board", self.said):
            m = self.by_slug(slug)
            expect(not m.present or m.broken or not m.honest or self.blocked(m) is not False or m.killed >= 3, "a whole night over an older database",
                   "the numbers of %s, whom it could ask" % slug, self.said[-600:])
        self.count("rows taken away")
        status, _ = self.finish(self.start("render", "-s", self.settings, "--allow-removal"), "render --allow-removal")
        expect(status == 0, "render --allow-removal", "exit status 0", "%s: %s" % (status, self.said[-600:]))
        return 1

    def choose_force(self):
        dear = ("crawl", "deaf") + (("hang", "forks", "kill-parent", "fill") if self.rng.random() < 0.9 else ())
        able = [m for m in self.models if m.present and not m.broken and m.mode not in dear and self.blocked(m) is False]
        return self.rng.sample(able, min(len(able), self.rng.randint(2, 6)))

    def disturbed(self, kind):
        """One attempt that is not let alone."""
        r = self.rng
        self.prepare()
        verb = r.choice(("run", "nightly"))
        names, key = [], verb
        if r.random() < 0.7 or kind == "kill-keeper":
            names, key = [m.slug for m in self.choose_force()], verb + " force"
        args = [verb, "-s", self.settings] + (["--force"] if names else []) + names
        said = self.check_due(self.dry(*(["--force"] + names if names else [])), names, bool(names))
        before = self.snapshot()
        took = self.took.get(key, 1.0)
        delay = r.uniform(0, 1.05 * took)
        limit = r.choice((4096, 65536, 262144, 1048576)) if kind == "file-size" else None
        if kind == "read-only":
            subprocess.check_call(["mount", "-o", "remount,ro", self.small])
        if kind == "full" and r.random() < 0.5:
            self.ballast(r.choice((0, 4, 16, 64, 256, 1024, 4096)))
        begun = time.monotonic()
        p = self.start(*args, limit=limit)
        second = None
        if kind in ("kill", "kill-group", "term", "term-twice", "kill-keeper", "two", "full"):
            try:
                p.wait(delay)
            except subprocess.TimeoutExpired:
                pass
        landed = p.poll() is None
        if landed:
            if kind == "kill":
                os.kill(p.pid, signal.SIGKILL)
            elif kind == "kill-group":
                os.killpg(p.pid, signal.SIGKILL)
            elif kind in ("term", "term-twice"):
                os.kill(p.pid, signal.SIGTERM)
                if kind == "term-twice":
                    time.sleep(r.uniform(0, 0.05))
                    if p.poll() is None:
                        os.kill(p.pid, signal.SIGTERM)
            elif kind == "kill-keeper":
                with open("/proc/%d/task/%d/children" % (p.pid, p.pid)) as f:
                    children = f.read().split()
                landed = bool(children)
                for c in children[:1]:
                    try:
                        os.kill(int(c), signal.SIGKILL)
                    except ProcessLookupError:
                        landed = False
            elif kind == "full":
                self.ballast(r.choice((0, 4, 16, 64, 256)))
        if kind == "two":
            second = self.start(*args)
        signalled = time.monotonic()
        status, _ = self.finish(p, "%s (%s)" % (verb, kind))
        after_signal = time.monotonic() - signalled
        statuses = [status]
        if second:
            statuses.append(self.finish(second, "%s (second)" % verb)[0])
        if not landed and kind in ("kill", "kill-group", "term", "term-twice"):
            self.took[key] = time.monotonic() - begun
        self.say("%s %s (%s)%s after %.2f s: %s" % (verb, " ".join(names), kind, "" if landed else ", not in time", delay, statuses))
        # What must hold at once. A process that has just begun hears no signal yet: it dies of it.
        wanted = {"kill": (-9,), "kill-group": (-9,), "term": (130, -15) if delay < 0.5 else (130,), "term-twice": (130, -15), "kill-keeper": (0, 1), "two": (0, 1, 5), "full": (0, 1, 4),
                  "file-size": (0, 1, 4), "read-only": (4,)}[kind]
        if kind in ("kill", "kill-group", "term", "term-twice") and (not landed or status in (0, 1)):
            wanted = (0, 1) if not landed else wanted + (0, 1)
        if verb == "nightly" and self.lacks_rows():
            wanted += (4,)
        for st in statuses:
            expect(st in wanted, "%s (%s at %.3f s)" % (" ".join(args), kind, delay), "exit status %s" % (wanted,), "%s: %s" % (st, self.said[-800:]))
        if kind == "two":
            expect(statuses != [5, 5], "two nights at once", "one of them to hold the store", statuses)
        if kind in ("term", "term-twice") and landed:
            expect(after_signal < self.a.grace, "a night that is sent SIGTERM", "to end within %s s" % self.a.grace, after_signal)
        self.check_processes()
        if kind == "full" and self.mounted:
            self.ballast(None)
        if kind == "read-only":
            subprocess.check_call(["mount", "-o", "remount,rw", self.small])
        self.check_lock()
        self.check_database()
        asked = self.asked()
        self.check_asked(said, asked, twice=kind in ("two", "kill-keeper"))
        # A signal may end nightly right after it has published; and so may a full disk, where models are asked after that.
        published = kind in ("two", "kill", "kill-group", "term", "term-twice") or "taken last" in self.said
        if verb == "run" or (status not in (0, 1) and not published):
            self.check_untouched(before, "%s %s" % (verb, kind))
        elif status in (0, 1) and kind != "two":
            self.check_site()
        else:
            self.check_whole_or_untouched(before, kind)
        if kind in ("kill", "kill-group", "term", "term-twice", "kill-keeper"):
            if landed:
                self.count("kills: " + kind)
                self.count("kills")
        else:
            self.count(kind)
        lines = self.asked_lines()
        if status not in (0, 1) or kind == "kill-keeper":
            if lines:
                m = self.by_seed(lines[-1].split()[0])
                m.killed += 1
            # Whom it met, and whom it may have met between two lines.
            self.at_work.update(m.seed for m in self.models if said.get(m.seed) and "due" in said[m.seed].values())

    def ballast(self, kilobytes):
        """Fill the disk but for so much; None: give it back."""
        path = os.path.join(self.small, "ballast")
        if kilobytes is None:
            if os.path.exists(path):
                os.unlink(path)
            return
        if not self.mounted:
            return
        with open(path, "ab") as f:
            free = os.statvfs(self.small)
            more = free.f_bavail * free.f_frsize - kilobytes * 1024
            if more > 0:
                try:
                    os.posix_fallocate(f.fileno(), os.fstat(f.fileno()).st_size, more)
                except OSError:
                    pass

    # -- what happens between the nights

    def event(self):
        r = self.rng
        kinds = ["variant", "variant", "back", "score", "note", "rename", "retire", "return", "allow", "revoke", "break-config", "break-file", "mend", "mend",
                 "labels", "image", "site-gone", "site-file", "site-extra", "clock", "backup", "restore", "merge", "rescore", "gc", "damaged-image"]
        kind = r.choice(kinds)
        usable = [m for m in self.models if m.present and not m.broken]
        if kind in ("labels", "image", "clock", "restore", "merge") and r.random() < 0.6:  # dear
            return
        if kind in ("variant", "back"):
            m = r.choice([m for m in usable if m.variants > 1] or [None])
            if m:
                m.variant = 0 if kind == "back" else r.randrange(m.variants)
                self.scores_seen[m.seed].add(m.score)
                self.put(m)
                if m.asked and r.random() < 0.5:
                    self.allow(m)
        elif kind == "score":
            m = r.choice([m for m in usable if m.scores > 1] or [None])
            if m:
                m.score = 1 - m.score
                self.scores_seen[m.seed].add(m.score)
                self.put(m)
        elif kind == "note":
            m = r.choice(usable)
            m.note += 1
            self.put(m)
        elif kind == "rename":
            m = r.choice([m for m in usable if m.comparable])
            os.unlink(self.at("models.d", m.slug + ".json"))
            m.formerly = m.formerly + [m.slug]
            m.names += 1
            m.slug = "%s-r%d" % (m.seed, m.names)
            self.put(m)
            if m.asked:
                m.allowed = -1 if m.allowed is not None else None
        elif kind == "retire":
            m = r.choice(usable)
            if sum(not x.present for x in self.models) < 5:
                m.present = False
                os.unlink(self.at("models.d", m.slug + ".json"))
        elif kind == "return":
            for m in self.models:
                if not m.present:
                    m.present = True
                    self.put(m)
                    break
        elif kind == "allow":
            for m in usable:
                if m.asked:
                    self.allow(m)
        elif kind == "revoke":
            m = r.choice([m for m in usable if m.asked] or [None])
            if m and m.allowed is not None:
                self.do("allow", "-s", self.settings, "--remove", m.slug)
                m.allowed = None
        elif kind == "break-config" and sum(bool(m.broken) for m in self.models) < 4:
            m = r.choice(usable)
            text = self.config(m)
            write(self.at("models.d", m.slug + ".json"), text[:r.randrange(1, len(text) - 2)])
            m.broken = "config"
        elif kind == "break-file" and sum(bool(m.broken) for m in self.models) < 4:
            m = r.choice(usable)
            name, text = self.content(m, m.variant)
            if m.mode == "file" and r.random() < 0.5:
                write(self.at("models.d", name), text[:len(text) // 2])
            else:
                os.unlink(self.at("models.d", name))
            m.broken = "file"
        elif kind == "mend":
            for m in self.models:
                if m.broken and r.random() < 0.7:
                    m.broken = None
                    self.put(m)
        elif kind in ("labels", "image"):
            self.state = r.choice((0, 1) if kind == "labels" else (0, 2))
            test_sets(self.at("data"), self.state)
        elif kind == "site-gone":
            shutil.rmtree(self.site, ignore_errors=True)
        elif kind == "site-file" and os.path.isdir(self.site):
            path = os.path.join(self.site, r.choice(sorted(self.snapshot())))
            if r.random() < 0.5:
                os.unlink(path)
            else:
                with open(path, "rb") as f:
                    data = f.read()
                os.unlink(path)  # its other name, in the site before, stays whole
                with open(path, "wb") as f:
                    f.write(data[:len(data) // 2] + b"?" + data[len(data) // 2 + 1:])
            if not os.path.exists(os.path.join(self.site, "boxscore-site.json")) or path.endswith("boxscore-site.json"):
                shutil.rmtree(self.site)  # without its manifest it is not ours any more
        elif kind == "site-extra" and os.path.isdir(self.site):
            write(os.path.join(self.site, "notes.txt"), "somebody's")
            self.prepare()
            before = self.snapshot()
            status, _ = self.finish(self.start("nightly", "-s", self.settings), "nightly over a foreign file")
            expect(status in (3, 4), "a night over a site with a foreign file", "exit status 3 or 4", status)
            self.check_untouched(before, "a foreign file lies in it")
            os.unlink(os.path.join(self.site, "notes.txt"))
        elif kind == "clock":
            self.now += r.choice((40, -20, -3)) * DAY
        elif kind == "backup" and os.path.exists(self.database):
            self.do("backup", "-s", self.settings, self.at("backup.db"))
            verdict = sqlite3.connect(self.at("backup.db")).execute("PRAGMA integrity_check").fetchall()
            expect(verdict == [("ok",)], "a backup", "integrity_check ok", verdict[:3])
            self.backup = True
        elif kind == "restore" and self.backup:
            for end in ("", "-wal", "-shm"):
                if os.path.exists(self.database + end):
                    os.unlink(self.database + end)
            shutil.copyfile(self.at("backup.db"), self.database)
            self.labels_of.clear()  # to it they may be other ones
            self.restored = True
        elif kind == "merge" and os.path.exists(self.database):
            self.merge()
        elif kind in ("rescore", "gc") and os.path.exists(self.database):
            self.do(kind, "-s", self.settings)
            if kind == "rescore":
                for m in self.models:
                    self.scores_seen[m.seed].add(m.score)
        elif kind == "damaged-image":
            self.damaged_image()
            return
        else:
            if kind not in ("restore", "backup", "merge", "revoke"):
                return
        self.say(kind)
        self.count("event " + kind)

    def allow(self, m):
        self.do("allow", "-s", self.settings, m.slug)
        m.allowed = m.variant

    def damaged_image(self):
        """The first test set cannot be read: what its boards score is not run, and their pages stay whole."""
        r = self.rng
        name = "photo-0-%d.png" % r.randint(1, IMAGES[0])
        path = self.at("data", "set-0", "images", name)
        if r.random() < 0.5:
            os.unlink(path)
        else:
            write(path, "no image")
        self.prepare()
        before = self.snapshot()
        status, _ = self.finish(self.start("nightly", "-s", self.settings), "nightly with a damaged image")
        expect(status == 3, "a night with a damaged image", "exit status 3", "%s: %s" % (status, self.said[-300:]))
        self.check_whole_or_untouched(before, "an image is damaged")
        expect(not [k for k in self.asked() if k[1] == 0 and self.by_seed(k[0]).sets == [0]], "a night with a damaged image", "nobody to be asked about it", self.asked())
        test_sets(self.at("data"), self.state)
        self.count("damaged images")

    def merge(self):
        """Another machine's nights over a part of the models come in."""
        here = self.at("other")
        shutil.rmtree(os.path.join(here, "models.d"), ignore_errors=True)
        os.makedirs(os.path.join(here, "models.d"))
        database, settings = os.path.join(here, "boxscore.db"), os.path.join(here, "boxscore.json")
        write(settings, self.settings_text(os.path.join(here, "models.d"), self.at("data"), database, os.path.join(here, "site"), ["*"]))
        part = [m for m in self.models if m.present and not m.broken and m.honest and m.mode != "jitter"]
        for m in self.rng.sample(part, min(5, len(part))):
            self.put(m, os.path.join(here, "models.d"))
            self.scores_seen[m.seed].add(m.score)
        self.prepare()
        self.do("run", "-s", settings, ok=(0, 1))
        self.do("merge", "-s", self.settings, database)
        self.check_database()
        self.count("merges")
