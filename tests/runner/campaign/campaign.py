#!/usr/bin/env python3
"""campaign.py: a simulated year of nights over forty models of every kind, with kills, full and read-only disks, damaged and vanished files,
jumping clocks, two nights at once, merges and restored backups. After each night all is compared with what it must be; the first deviation
is printed with its seed and night, the folder is kept, and the exit status is 1.

    campaign.py --boxscore build/boxscore --runners build/tests --nights 365 --kills 1000 --seed 7
    campaign.py --boxscore build/boxscore --runners build/tests --self-test      # each check is seen to fail

With --folder the year is kept there after each night, and the same command goes on with it: a year may be lived in several sittings, and a
night that deviated is lived again by the next program.

Python's standard library alone. As root the database and the site lie on a tmpfs in a mount namespace of its own, which can be filled
and made read-only; else a limit of the size of files is all that stands for a full disk."""
import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True  # the sources stay as they are
from models import DAY, Deviation
from nights import Nights
from self_test import self_test

KILLS = ("kill", "kill", "kill-group", "kill-group", "term", "term-twice", "kill-keeper")


def live(w):
    a = w.a
    w.count("nights", 0)
    begun = time.monotonic()
    while w.night < a.nights and (not a.minutes or time.monotonic() - begun < 60 * a.minutes):
        w.night += 1
        w.now += DAY + w.rng.randint(-600000, 600000)
        w.prepare()
        if w.night == 2:
            for m in w.models:
                if m.asked and m.present:
                    w.allow(m)
        if w.night > 2:
            for _ in range(w.rng.randint(0, 3)):
                w.event()
        if w.night > 1:
            # As many attempts as are still to be met, spread over the nights that are left.
            left = max(0, a.kills - w.counts.get("kills", 0))
            share = left / (a.nights - w.night + 1)
            n = int(share) + (w.rng.random() < share - int(share))
            goal, tries = w.counts.get("kills", 0) + n, 0
            while w.counts.get("kills", 0) < goal and tries < 4 * n + 4:
                tries += 1
                w.now += 60000
                w.disturbed(w.rng.choice(KILLS))
            if w.rng.random() < a.faults:
                w.disturbed(w.rng.choice(("full", "read-only", "file-size", "two", "full") if w.mounted else ("file-size", "two")))
        w.now += 60000
        w.whole_night()
        if a.folder:
            w.save()
        if a.progress and w.night % a.progress == 0:
            print("night %d of %d, %.0f s: %s" % (w.night, a.nights, time.monotonic() - begun, summary(w)), flush=True)


def summary(w):
    return ", ".join("%s %d" % (k, w.counts[k]) for k in sorted(w.counts))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--boxscore", required=True)
    p.add_argument("--runners", required=True, help="the folder of campaign_runner")
    p.add_argument("--template", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../site-template"))
    p.add_argument("--nights", type=int, default=365)
    p.add_argument("--kills", type=int, default=1000)
    p.add_argument("--faults", type=float, default=0.35, help="the share of nights with a disk fault or two at once")
    p.add_argument("--seed", type=int, default=None)
    p.add_argument("--confine", action=argparse.BooleanOptionalAction, default=True)
    p.add_argument("--no-mount", action="store_true")
    p.add_argument("--patience", type=float, default=180, help="seconds that a command may take")
    p.add_argument("--grace", type=float, default=15, help="seconds from SIGTERM to the end, on a busy machine")
    p.add_argument("--progress", type=int, default=0, help="a line every so many nights")
    p.add_argument("--folder", help="where the year is kept, and gone on with")
    p.add_argument("--minutes", type=float, default=0, help="no new night after so many")
    p.add_argument("--few", action="store_true", help="one model of each kind, without those that take long")
    p.add_argument("--self-test", action="store_true", help="is each check seen to fail?")
    p.add_argument("-v", "--verbose", action="store_true")
    a = p.parse_args()
    a.boxscore, a.template = os.path.abspath(a.boxscore), os.path.abspath(a.template)
    saved = a.folder and Nights.saved(os.path.abspath(a.folder))
    if saved and a.seed not in (None, saved["seed"]):
        p.error("%s has a year of seed %d" % (a.folder, saved["seed"]))
    a.seed = saved["seed"] if saved else int.from_bytes(os.urandom(4), "little") if a.seed is None else a.seed
    print("seed %d%s" % (a.seed, ", from night %d" % saved["night"] if saved else ""), flush=True)
    root = os.path.abspath(a.folder) if a.folder else tempfile.mkdtemp(prefix="campaign-")
    os.makedirs(root, exist_ok=True)
    os.chmod(root, 0o755)
    w = Nights(a, root)
    try:
        w.go_on(saved) if saved else w.build()
        if a.self_test:
            return self_test(w)
        live(w)
    except (Deviation, OSError, ValueError, KeyError, TypeError, AttributeError, subprocess.SubprocessError, sqlite3.Error) as e:
        print("DEVIATION: seed %d, night %d: %s" % (a.seed, w.night, e if isinstance(e, Deviation) else repr(e)))
        if not isinstance(e, Deviation):
            traceback.print_exc()
        print(summary(w))
        if w.mounted:  # its namespace ends with us
            shutil.copytree(w.small, w.at("kept"), symlinks=True, dirs_exist_ok=True)
        print("kept: %s" % root)
        return 1
    print("%s: %d deviations" % (summary(w), 0))
    if w.mounted:
        subprocess.call(["umount", w.small])
    if not a.folder:
        shutil.rmtree(root, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
