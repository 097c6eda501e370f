#!/usr/bin/env python3
"""Processor time beside the peers': beside.py PEERS LAB GT DT [--task box|mask] [--cores 1] [--runs 5] [--only NAME,..] [--boxscore PATH]

PEERS is the path of peers.py, which knows how each is called. The programs take turns, each a whole process from JSON files to printed numbers; what is compared
is user and system time together, the least of all runs, and the peak of memory: on a machine that others use, wall time says little."""
import argparse, importlib.util, os, statistics, subprocess, sys


def once(argv, cores):
    env = dict(os.environ, RAYON_NUM_THREADS=str(cores), OMP_NUM_THREADS=str(cores))
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env,
                             preexec_fn=lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores]))
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit("%s: exit status %d" % (argv[0], child.returncode))
    return used.ru_utime + used.ru_stime, used.ru_stime, used.ru_maxrss / 1024


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("peers", "lab", "gt", "dt"):
        p.add_argument(name)
    p.add_argument("--task", choices=("box", "mask"), default="box")
    p.add_argument("--cores", type=int, default=1)
    p.add_argument("--runs", type=int, default=5)
    p.add_argument("--only", default="vernier-cli,hotcoco-cli,ultrafast")
    p.add_argument("--boxscore", required=True)
    a = p.parse_args()
    spec = importlib.util.spec_from_file_location("peers", a.peers)
    peers = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(peers)
    argv = {n: c for n, c in peers.commands(a.lab, a.gt, a.dt, a.task, a.cores, a.boxscore).items() if n == "boxscore" or n in a.only.split(",")}
    seen = {n: [] for n in argv}
    for _ in range(a.runs):
        for n in argv:
            seen[n].append(once(argv[n], a.cores))
    least = {n: min(r[0] for r in runs) for n, runs in seen.items()}
    memory = {n: max(r[2] for r in runs) for n, runs in seen.items()}
    for n in sorted(seen, key=least.get):
        print("%-14s %5.2fx the time (%.3f s, median %.3f, kernel %.3f)  %5.2fx the memory (%.0f MiB)" % (
            n, least[n] / least["boxscore"], least[n], statistics.median(r[0] for r in seen[n]), statistics.median(r[1] for r in seen[n]),
            memory[n] / memory["boxscore"], memory[n]))
    print("load %.1f" % os.getloadavg()[0])


if __name__ == "__main__":
    main()
