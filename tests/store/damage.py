#!/usr/bin/env python3
"""damage.py BOXSCORE BOARD [--values N] [--pages N] [--seed N]: BOARD's database damaged in one place at a time, and read.

BOARD is a folder with boxscore.json and boxscore.db. Each read must end with exit status 4 and words, or say exactly what it says of the
whole database; a crash, a sanitizer's report or another number is a failure. Without N every value of every column is damaged in every
way (test_damage.sh asks for some of each); --pages is the number of random wounds of the file.
"""
import argparse, hashlib, json, os, random, re, shutil, sqlite3, struct, subprocess, sys, tempfile

ap = argparse.ArgumentParser()
ap.add_argument("boxscore"); ap.add_argument("board")
ap.add_argument("--values", type=int); ap.add_argument("--pages", type=int, default=1000); ap.add_argument("--seed", type=int, default=7)
ap.add_argument("--no-render", action="store_true")
a = ap.parse_args(); a.boxscore = os.path.abspath(a.boxscore)
rng = random.Random(a.seed)
work = tempfile.mkdtemp(prefix="boxscore-damage-")
db = os.path.join(work, "boxscore.db")
good = os.path.join(a.board, "boxscore.db")
settings = json.load(open(os.path.join(a.board, "boxscore.json")))
boards = [b["slug"] for b in settings["boards"]]
evaluation = sqlite3.connect(f"file:{good}?mode=ro", uri=True).execute("SELECT lower(hex(id)) FROM evaluation WHERE status = 0 ORDER BY seq").fetchone()[0]


def site(folder):
    h = hashlib.sha256()
    for d, dirs, files in sorted(os.walk(folder)):
        for f in sorted(files):
            h.update(os.path.relpath(os.path.join(d, f), folder).encode() + b"\0" + open(os.path.join(d, f), "rb").read())
    return h.hexdigest()


def run(*args):
    p = subprocess.run([a.boxscore, *args], cwd=a.board, capture_output=True, timeout=300)
    return p.returncode, p.stdout, p.stderr


def reads():
    """name, exit status, what was said, stderr of each reading verb"""
    for b in boards:
        yield "export --json " + b, *run("export", "-d", db, "-b", b, "--json")
        yield "board " + b, *run("board", "-d", db, "-b", b)
    code, out, err = run("status", "-d", db, "--json")
    if code == 0:
        text = json.loads(out)
        for key in "database", "bytes", "free_bytes":
            text.pop(key)
        out = json.dumps(text).encode()
    yield "status", code, out, err
    to = os.path.join(work, "export")
    code, out, err = run("export", "-d", db, "-b", boards[0], "-o", to, evaluation)
    if code == 0:
        out = site(to).encode()
    shutil.rmtree(to, ignore_errors=True)
    yield "export EVALUATION", code, out, err
    if not a.no_render:
        to = os.path.join(work, "site")
        code, out, err = run("render", "-d", db, "-o", to)
        if code == 0:
            out = site(to).encode()
        for name in os.listdir(work):
            if name.startswith((".site", "site")):
                (shutil.rmtree if os.path.isdir(os.path.join(work, name)) else os.unlink)(os.path.join(work, name))
        yield "render", code, out, err


def fresh():
    for suffix in "", "-wal", "-shm", "-journal":
        if os.path.exists(db + suffix):
            os.unlink(db + suffix)
    shutil.copyfile(good, db)


fresh()
truth = {name: (code, out) for name, code, out, err in reads()}
for name, (code, out) in truth.items():
    if code:
        sys.exit(f"{name} of the whole database: exit status {code}")
counts = {"told": 0, "as ever": 0}
failures = 0


def judge(what):
    global failures
    for name, code, out, err in reads():
        if (code, out) == truth[name]:
            counts["as ever"] += 1
        elif code == 4 and err.strip() and b"Sanitizer" not in err and b"runtime error" not in err:
            counts["told"] += 1
        else:
            failures += 1
            keep = os.path.join(tempfile.gettempdir(), f"boxscore-damaged-{os.getpid()}-{failures}.db")
            shutil.copyfile(db, keep)
            print(f"FAILED: {what}: {name}: exit status {code}{' and something else is said' if code == 0 else ''} ({keep})\n    {err.decode(errors='replace')[:600]}")
            sys.stdout.flush()


def wounds(value):
    """what a value becomes: nothing, a little else, and what cannot be"""
    yield None
    if isinstance(value, int):
        yield value ^ 1
        yield -(2 ** 62)
        yield 2 ** 62
        yield "a text"
    elif isinstance(value, float):
        yield struct.unpack("<d", struct.pack("<Q", struct.unpack("<Q", struct.pack("<d", value))[0] ^ 1))[0]
        yield 1e308
        yield float("inf")
    elif isinstance(value, str):
        yield value[:-1] + ("x" if value[-1:] != "x" else "y")
        yield ""
        yield 7
        yield value + "\0\x1b[2J\u202e"
    elif isinstance(value, bytes):
        yield bytes([value[0] ^ 1]) + value[1:] if value else b"\1"
        yield b""
        yield value + value
        yield 1.5


def cases():
    c = sqlite3.connect(good)
    for table, sql in c.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name").fetchall():
        columns = [r[1] for r in c.execute(f"PRAGMA table_info({table})")]
        key = [r[1] for r in c.execute(f"PRAGMA table_info({table})") if r[5]] if "WITHOUT ROWID" in sql else ["rowid"]
        rows = c.execute(f"SELECT {', '.join(key)}, {', '.join(columns)} FROM {table} ORDER BY {', '.join(key)}").fetchall()
        for i, column in enumerate(columns):
            if column == "sum":
                continue  # without: taken at its word
            picked = [rows[0], rows[-1]] if a.values and rows else rows
            for row in picked[:40]:
                for w in wounds(row[len(key) + i]):
                    if w != row[len(key) + i]:
                        yield table, sql, column, key, row[: len(key)], w
    c.close()


def wound(table, sql, column, key, where, value):
    """written past every constraint, as a disk would"""
    loose = re.sub(r"(?<! IS) NOT NULL", "", sql).replace(") STRICT, WITHOUT", ") WITHOUT").replace(") STRICT", ")")
    for text, change in (loose, True), (sql, False):
        c = sqlite3.connect(db, isolation_level=None)
        c.execute("PRAGMA journal_mode = DELETE"); c.execute("PRAGMA ignore_check_constraints = ON"); c.execute("PRAGMA writable_schema = ON")
        c.execute("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?", (text, table))
        c.close()
        if change:
            c = sqlite3.connect(db, isolation_level=None)
            c.execute("PRAGMA ignore_check_constraints = ON")
            try:
                c.execute(f"UPDATE {table} SET {column} = ? WHERE ({', '.join(key)}) = ({', '.join('?' * len(where))})", (value, *where))
            except (sqlite3.IntegrityError, sqlite3.OperationalError):
                c.close()
                return False  # not even so: another row has it
            c.close()
    return True


todo = list(cases())
if a.values:
    todo = rng.sample(todo, min(a.values, len(todo)))
done = 0
for case in todo:
    fresh()
    if wound(*case):
        done += 1
        judge(f"{case[0]}.{case[2]} of row {str(case[4])[:60]} = {str(case[5])[:40]!r}")
size = os.path.getsize(good)
for k in range(a.pages):
    fresh()
    with open(db, "r+b") as f:
        at = rng.randrange(100, size)
        kind = k % 4
        if kind == 0:
            f.seek(at); byte = f.read(1)[0]; f.seek(at); f.write(bytes([byte ^ 1 << rng.randrange(8)]))
        elif kind == 1:
            f.seek(at); f.write(rng.randbytes(16))
        elif kind == 2:
            at = at // 4096 * 4096 + rng.randrange(16); f.seek(max(at, 100)); f.write(rng.randbytes(1))  # a page's header and first cells
        else:
            at = max(1, at // 4096) * 4096; f.seek(at); f.write(bytes(4096))
    judge(f"wound {k} at byte {at}")
shutil.rmtree(work)
print(f"{done} values and {a.pages} wounds: {counts['told']} reads told it, {counts['as ever']} said what they always say, {failures} did not")
sys.exit(bool(failures))
