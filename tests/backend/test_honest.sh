#!/bin/sh
# test_honest.sh: a plain Python runner in a virtual environment, which does what such runners do, notices nothing of being confined. With
# numpy where there is a Python that has it: $BOXSCORE_PYTHON, or python3.
. "$SOURCE/tests/runner/lib.sh"
python=
for one in "${BOXSCORE_PYTHON:-}" python3; do
    [ -n "$one" ] && python=$(command -v "$one") && "$python" -c 'import numpy' 2>/dev/null && break
done
[ -n "$python" ] || { echo "skipped: python3 not found"; exit 77; }
numpy=yes
"$python" -c 'import numpy' 2>/dev/null || { echo "numpy not found: without it"; numpy=; }

board honest
mkdir -p models.d/honest/parts envs
"$python" -m venv --without-pip envs/honest 2>/dev/null || { echo "skipped: no venv in $python"; exit 77; }
# What the environment that has numpy has, this one finds as well; the operator says where that is.
packages=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
echo "$packages" >"$(echo envs/honest/lib/python3*/site-packages)/more.pth"
sed -i "s|\"threads\": 1|\"threads\": 1, \"confine\": {\"read\": [\"$packages\"], \"devices\": []}|" boxscore.json
echo 'def box(n): return [n, n, n + 20, n + 20]' >models.d/honest/parts/boxes.py
: >models.d/honest/parts/__init__.py
echo 0.75 >models.d/honest/weights.txt
{
    echo "#!$PWD/envs/honest/bin/python3"
    cat <<'END'
import ctypes.util, getpass, hashlib, json, locale, multiprocessing, os, queue, shutil, socket, ssl, subprocess, sys, tempfile, threading, time
from concurrent.futures import ThreadPoolExecutor
from parts.boxes import box
try:
    import numpy as np
except ImportError:
    np = None

def square(n):
    return n * n

def talk():  # to itself, as libraries for several processes do
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    server.accept()[0].sendall(b"x")
    return client.recv(1) == b"x"

if __name__ == "__main__":
    assert os.getcwd().endswith("models.d")
    score = float(open("honest/weights.txt").read())
    with multiprocessing.Pool(2) as pool:  # semaphores in /dev/shm
        assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]
    with multiprocessing.Manager() as manager:  # sockets in the temporary folder
        assert manager.list([1, 2])[1] == 2
    with tempfile.TemporaryDirectory() as folder:
        first, second = os.path.join(folder, "a"), os.path.join(folder, "b")
        open(first, "w").write("cache")
        shutil.copy2(first, second)
        os.rename(second, first)
    os.makedirs(os.path.expanduser("~/.cache/honest"))
    open("/dev/null", "w").write("x")
    assert len(os.urandom(8)) == 8 and os.cpu_count() and open("/proc/self/status").read() and open("/proc/cpuinfo").read()
    assert subprocess.run(["sh", "-c", "echo hi | cat"], capture_output=True, check=True).stdout == b"hi\n"
    assert ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6").getpid() == os.getpid()
    assert getpass.getuser() and time.tzname and hashlib.sha256(b"").hexdigest() and ssl.create_default_context()
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(square, range(9))) == 204
    if sys.argv[1] == "talk":
        assert talk()
    if np is not None:
        a = np.random.default_rng(0).random((400, 400))
        assert np.allclose(a @ np.linalg.inv(a), np.eye(400), atol=1e-6)
    elif sys.argv[2:]:
        raise SystemExit("numpy is gone")
    print(json.dumps({"proto": 1, "ready": True, "task": "detect", "names": ["disc", "ring"]}), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        size = len(open(ask["image"], "rb").read())
        assert size > 100
        print(json.dumps({"id": ask["id"], "predictions": [{"class": 0, "score": score, "box": box(10)}]}), flush=True)
END
} >models.d/honest/run.py
chmod +x models.d/honest/run.py
unshare --user --map-root-user --pid --net --fork true 2>/dev/null || echo "user namespaces not found: as without them"
for confine in "" "landlock=2" "namespaces=0" "namespaces=0 landlock=2" "none"; do
    talk='"talk"'
    here=$confine
    unshare --user --map-root-user --pid --net --fork true 2>/dev/null || here="$confine namespaces=0"
    # Without namespaces TCP is closed by Landlock, loopback included, and /dev/shm, which is everybody's, is the operator's to give.
    case $here in *namespaces=0*)
        talk='"quiet"'
        sed -i 's|"devices": \[\]|"devices": ["/dev/shm"]|' boxscore.json
        ;;
    esac
    cat >models.d/honest.json <<END
{"format": 1, "name": "Honest", "task": "detect",
 "backend": {"type": "command", "program": "honest/run.py", "args": [$talk${numpy:+, \"numpy\"}], "files": ["honest/weights.txt"]}}
END
    BOXSCORE_CONFINE=$confine
    export BOXSCORE_CONFINE
    expect 0 "confined by '$confine'" "$BOXSCORE" run --force
    said "1 evaluated"
    equals "ok|0" "SELECT status, coalesce(length(log), 0) FROM evaluations ORDER BY seq DESC LIMIT 1" "confined by '$confine', nothing is said"
done
finish
