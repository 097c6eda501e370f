"""Archives for the tests: a small set in every form, and those that mean harm. make(folder) writes them.

archives.py FOLDER writes small ones of each: what tests/fetch/archive.corpus was packed from, by pack_corpus.py FOLDER archive.corpus 6144. archives.py FOLDER set.zip: the good one alone."""
import bz2
import gzip
import io
import json
import lzma
import os
import random
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib

LICENSE = "CC BY 4.0"


def png(w, h, dice=random.Random(1)):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + dice.randbytes(3 * w) for _ in range(h))  # so that the archive is longer than a few packets
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def the_set(w=64, h=48):
    """What Roboflow's COCO export of two test images holds."""
    dice = random.Random(1)
    files = {"README.roboflow.txt": b"\nhard hats - v3\n==============\n\nProvided by a Roboflow user\nLicense: CC BY 4.0\n",
             "README.dataset.txt": b"# hard hats > 3\nhttps://universe.roboflow.com/acme/hats\n\nProvided by a Roboflow user\nLicense: CC BY 4.0\n"}
    images = [{"id": i, "license": 1, "file_name": "img%d_jpg.rf.0%d.png" % (i, i), "width": w, "height": h} for i in range(2)]
    coco = {"info": {"year": "2026"}, "licenses": [{"id": 1, "url": "https://creativecommons.org/licenses/by/4.0/", "name": LICENSE}],
            "categories": [{"id": 0, "name": "hats", "supercategory": "none"}, {"id": 1, "name": "helmet", "supercategory": "hats"}],
            "images": images,
            "annotations": [{"id": i, "image_id": i, "category_id": 1, "bbox": [4, 4, 20, 20], "area": 400, "segmentation": [], "iscrowd": 0} for i in range(2)]}
    files["test/_annotations.coco.json"] = json.dumps(coco).encode()
    for image in images:
        files["test/" + image["file_name"]] = png(w, h, dice)
    return files


def tar_of(files, extra=(), mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as t:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o6777
            t.addfile(info, io.BytesIO(data))
        for info in extra:
            t.addfile(info, io.BytesIO(b"x" * info.size))
    return out.getvalue()


def zip_of(files, method=zipfile.ZIP_DEFLATED, attributes=None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            if attributes and name in attributes:
                info.create_system, info.external_attr = 3, attributes[name] << 16
            z.writestr(info, data)
    return out.getvalue()


def entry(name, kind, link="", size=0):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


def make(folder, files=None, bombs=300 << 20):
    files = files or the_set()
    good = zip_of(files)
    tar = tar_of(files)
    out = {"set.zip": good, "stored.zip": zip_of(files, zipfile.ZIP_STORED), "set.tar": tar, "set.tar.gz": gzip.compress(tar, mtime=0), "set.tar.xz": lzma.compress(tar),
           "set.tar.bz2": bz2.compress(tar), "wrapped.zip": zip_of({"inside/" + n: d for n, d in files.items()}),
           "mac.zip": zip_of(dict(files, **{"__MACOSX/test/._x.png": b"junk", "test/.DS_Store": b"junk"})),
           "bracket.tar": tar_of(dict({"[0] first.txt": b"x"}, **files)), "names.zip": zip_of(dict(files, **{"test/\u00fc\u4f60.txt": b"x", "windows\\deep\\a.txt": b"x"}))}
    try:
        out["set.tar.zst"] = subprocess.run(["zstd", "-q", "-c"], input=tar, stdout=subprocess.PIPE, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pass  # Python has no such compressor of its own
    # zip64: a stream of unknown length, whose sizes stand in 64 bits behind each file
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files.items():
            with z.open(zipfile.ZipInfo(name), "w", force_zip64=True) as f:
                f.write(data)
    out["zip64.zip"] = stream.getvalue()
    half = list(files)[:len(files) // 2]
    out["joined.tar"] = tar_of({n: files[n] for n in half}) + tar_of({n: d for n, d in files.items() if n not in half})  # cat a.tar b.tar

    out["members.tar.gz"] = gzip.compress(tar[:700], mtime=0) + gzip.compress(tar[700:], mtime=0) + bytes(600)
    out["prefixed.zip"] = b"#!/bin/sh\nexit 1\n" + good + b"behind it"

    bad = {
        "climbs.zip": (zip_of(dict(files, **{"../../escaped.txt": b"x"})), "leads out of its folder"),
        "absolute.zip": (zip_of(dict(files, **{"/tmp/escaped.txt": b"x"})), "is an absolute path"),
        "drive.zip": (zip_of(dict(files, **{"C:\\escaped.txt": b"x"})), "is an absolute path"),
        "backslash.zip": (zip_of(dict(files, **{"a\\..\\..\\escaped.txt": b"x"})), "leads out of its folder"),
        "link.zip": (zip_of(dict(files, **{"test/link": b"/etc/passwd"}), attributes={"test/link": 0o120777}), "is a symbolic link"),
        "control.zip": (zip_of(dict(files, **{"test/a\x1b[2Jb": b"x"})), "has control characters"),
        "link.tar": (tar_of(files, [entry("a", tarfile.SYMTYPE, "/etc"), entry("a/passwd", tarfile.REGTYPE, size=3)]), "is a symbolic link"),
        "hard.tar": (tar_of(files, [entry("a", tarfile.LNKTYPE, "/etc/passwd")]), "is a link"),
        "device.tar": (tar_of(files, [entry("zero", tarfile.CHRTYPE)]), "is a device"),
        "pipe.tar": (tar_of(files, [entry("pipe", tarfile.FIFOTYPE)]), "is a pipe"),
        "deep.tar": (tar_of(dict(files, **{"d/" * 40 + "x": b"x"})), "32 folders"),
        "long.tar": (tar_of(dict(files, **{"n" * 300: b"x"})), "a name of 300 bytes"),
        "both.tar": (tar_of(dict(files, **{"a": b"x", "a/b": b"x"})), "both a file and a folder"),
        "gbk.zip": (zip_of(dict(files, **{"test/aaaa.txt": b"x"})).replace(b"aaaa.txt", b"\xc4\xe3\xba\xc3.txt"), "is not UTF-8"),
        "own.zip": (zip_of(dict(files, **{"source.json": b"{}"})), "source.json of its own"),
        "nothing.tar": (tar_of({}), "there is no file in it"),
        "html.zip": (b"\n <!doctype HTML><html>log in</html>", "HTML page"),
        "json.zip": (b'{"error": "gone"}', "it is JSON"),
        "xml.zip": (b'<?xml version="1.0"?><Error/>', "it is XML"),
        "empty.zip": (b"", "it is empty"),
        "rar.zip": (b"Rar!\x1a\x07\x00" + b"x" * 600, "RAR archive"),
        "noise.zip": (bytes(range(256)) * 8, "no zip or tar"),
        "cut.zip": (good[:len(good) * 2 // 3], "no zip or tar"),
        "cutlist.zip": (good[:-30], "no zip or tar"),
        "cut.tar": (tar[:-(-len(tar.rstrip(b"\0")) // 512) * 512], "truncated"),
        "cut.tar.gz": (gzip.compress(tar, mtime=0)[:-len(tar) // 20], "truncated"),
        "flipped.zip": (None, "CRC"),
        "flipped.tar.gz": (None, "its sum does not match"),
        "locked.zip": (None, "encrypted"),
        "bomb.zip": (zip_of({"zeros": b"\0" * bombs}), "100 times as large"),
        "bomb.tar.gz": (gzip.compress(tar_of({"zeros": b"\0" * bombs}), mtime=0), "100 times as large"),
    }
    at = zip_of(files, zipfile.ZIP_STORED)
    where = at.index(b"CC BY")
    bad["flipped.zip"] = (at[:where] + bytes([at[where] ^ 1]) + at[where + 1:], "CRC")
    squeezed = bytearray(gzip.compress(tar, mtime=0))
    squeezed[-8] ^= 1
    bad["flipped.tar.gz"] = (bytes(squeezed), "its sum does not match")
    locked = bytearray(zip_of({"a.txt": b"x" * 40}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + flags] |= 1
    bad["locked.zip"] = (bytes(locked), "encrypted")
    lying = bytearray(good)  # the second entry of the list is said to begin where the first does
    lying[(second := good.index(b"PK\x01\x02", good.index(b"PK\x01\x02") + 4)) + 42:second + 46] = bytes(4)
    bad["lying.zip"] = (bytes(lying), "another name than stands at the file")
    one, two, end = (good.index(b"PK\x01\x02"), second, good.rindex(b"PK\x05\x06"))
    repeated = bytearray(good[:end] + good[one:two] + good[end:])  # its first entry, once more at the end of the list
    struct.pack_into("<HHI", repeated, len(repeated) - 14, *(n + k for n, k in zip(struct.unpack_from("<HHI", good, len(good) - 14), (1, 1, two - one))))
    bad["repeated.zip"] = (bytes(repeated), "several at one place")
    counted = bytearray(good)
    for count in (8, 10):
        counted[good.rindex(b"PK\x05\x06") + count] += 1
    bad["counted.zip"] = (bytes(counted), "one is missing")
    # What libarchive passes over: a header that is no good, what follows an end, a list that says another thing than the files.
    second = tar.index(list(files)[1].encode())
    junk = b"<html>502</html>".ljust(512, b"x")
    bad["header.tar"] = (tar[:second] + bytes([tar[second] ^ 1]) + tar[second + 1:], "a header is damaged")
    bad["junk.tar"] = (tar + junk + bytes(10240), "Damaged tar")
    bad["junk-within.tar.gz"] = (gzip.compress(tar + junk * 2 + bytes(10240), mtime=0), "a header is damaged")
    bad["junk.tar.gz"] = (gzip.compress(tar, mtime=0) + b"<html>", "follows what is no gzip")
    bad["junk.tar.bz2"] = (bz2.compress(tar) + b"<html>", "what does not belong to it")
    bad["between.tar.gz"] = (gzip.compress(tar[:second], mtime=0), "the mark at its end is missing")
    bad["between.tar.xz"] = (lzma.compress(tar[:second]), "the mark at its end is missing")
    bad["nul.zip"] = (zip_of(dict(files, **{"test/aaaa.txt": b"x"})).replace(b"aaaa.txt", b"aaaa\0txt"), "a NUL behind it")
    names = zip_of(dict(files, **{"test/aaaa.txt": b"x"}))
    at = names.rindex(b"aaaa.txt")
    bad["name.zip"] = (names[:at] + b"b" + names[at + 1:], "another name than stands at the file")
    entry_at = good.index(b"PK\x01\x02")
    for name, field, words in (("sum", 16, "another sum"), ("packed-size", 20, "another size"), ("size", 24, "another size")):
        lying = bytearray(good)
        lying[entry_at + field + 1] ^= 1
        bad["listed-%s.zip" % name] = (bytes(lying), words)
    moved = bytearray(good)  # its second entry begins in the middle of nowhere
    moved[(at := good.index(b"PK\x01\x02", entry_at + 4)) + 42:at + 46] = struct.pack("<I", 5)
    bad["moved.zip"] = (bytes(moved), "")
    with warnings_off():
        twice = io.BytesIO()
        with zipfile.ZipFile(twice, "w") as z:
            for _ in range(2):
                z.writestr(zipfile.ZipInfo("a.txt"), b"x")
        bad["twice.zip"] = (twice.getvalue(), "stands in it twice")
    for name, data in list(out.items()) + [(n, d) for n, (d, _) in bad.items()]:
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
    return list(out), {n: words for n, (_, words) in bad.items()}, files


def warnings_off():
    import warnings
    context = warnings.catch_warnings()
    warnings.simplefilter("ignore")
    return context


if __name__ == "__main__" and sys.argv[2:] == ["set.zip"]:
    with open(os.path.join(sys.argv[1], "set.zip"), "wb") as f:
        f.write(zip_of(the_set()))
elif __name__ == "__main__":
    tarfile.RECORDSIZE = 1024  # no more zeros at the end than there must be
    make(sys.argv[1], {"test/a.txt": b"CC BY 4.0\n" * 3, "data.yaml": b"names: [a]\n"}, 5 << 20)
