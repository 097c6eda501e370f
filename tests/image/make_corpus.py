#!/usr/bin/env python3
"""The seeds of the header reader's fuzzer, by the formats' own specifications: python3 make_corpus.py writes corpus/."""
import os
import struct
import zlib

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def tiff(orientation, big=False, kind=3, extra=0):
    e = ">" if big else "<"
    entries = [struct.pack(e + "HHIHH", 0x0100 + i, 3, 1, 7, 0) for i in range(extra)]
    entries.append(struct.pack(e + "HHIHH", 0x0112, kind, 1, orientation, 0))
    return (b"MM\0*" if big else b"II*\0") + struct.pack(e + "IH", 8, len(entries)) + b"".join(entries) + b"\0\0\0\0"


def jpeg(w, h, exif=None, sof=0xC0, before=b""):
    app1 = b"" if exif is None else b"\xff\xe1" + struct.pack(">H", 8 + len(exif)) + b"Exif\0\0" + exif
    frame = b"\xff" + bytes([sof]) + struct.pack(">HBHHB", 17, 8, h, w, 3) + bytes([1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1])
    return b"\xff\xd8" + before + app1 + frame + b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00" + b"\x00\xff\xd9"


def chunk(kind, data, crc=None):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) if crc is None else crc)


def png(w, h, exif=None, after=False, crc=None):
    image = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(w) for _ in range(h))))
    e = b"" if exif is None else chunk(b"eXIf", exif, crc)
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 0, 0, 0, 0))
    return head + (image + e if after else e + image) + chunk(b"IEND", b"")


def webp(body):
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def vp8x(w, h, exif):
    head = b"VP8X" + struct.pack("<I", 10) + bytes([8, 0, 0, 0]) + struct.pack("<I", w - 1)[:3] + struct.pack("<I", h - 1)[:3]
    return webp(head + b"ALPH\x03\0\0\0abc\0" + b"EXIF" + struct.pack("<I", len(exif)) + exif)


def bmp(w, h):
    row = (w * 3 + 3) // 4 * 4
    pixels = bytes(row * abs(h))
    return b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, w, h, 1, 24, 0, len(pixels), 0, 0, 0, 0) + pixels


def tiff_image(tags, big=False, large=False, first=None):
    """tags: (tag, type, value), with types 1, 3, 4, 16 of 1, 2, 4, 8 bytes."""
    e = ">" if big else "<"
    sizes = {1: "B", 3: "H", 4: "I", 16: "Q"}
    width = 8 if large else 4
    body = b""
    for tag, kind, value in tags:
        body += struct.pack(e + ("HHQ" if large else "HHI"), tag, kind, 1) + struct.pack(e + sizes[kind], value).ljust(width, b"\0")
    at = first or (16 if large else 8)
    head = (b"MM" if big else b"II") + (struct.pack(e + "HHHQ", 43, 8, 0, at) if large else struct.pack(e + "HI", 42, at))
    return head + struct.pack(e + ("Q" if large else "H"), len(tags)) + body + bytes(width)


def box(kind, body):
    return struct.pack(">I", 8 + len(body)) + kind + body


def heif(brands, properties, associations, primary=1, wide=False):
    """associations: (item, indices from 1 of the properties)."""
    ipco = box(b"ipco", b"".join(properties))
    one = lambda i: struct.pack(">H", i | 0x8000) if wide else bytes([i | 0x80])
    items = b"".join(struct.pack(">I" if wide else ">H", item) + bytes([len(at)]) + b"".join(map(one, at)) for item, at in associations)
    ipma = box(b"ipma", struct.pack(">BBH", wide, 0, wide) + struct.pack(">I", len(associations)) + items)
    meta = box(b"hdlr", bytes(24)) + box(b"pitm", struct.pack(">IH", 0, primary)) + box(b"iprp", ipco + ipma)
    return box(b"ftyp", brands) + box(b"meta", bytes(4) + meta) + box(b"mdat", bytes(4))


def ispe(w, h):
    return box(b"ispe", struct.pack(">III", 0, w, h))


def irot(quarters):
    return box(b"irot", bytes([quarters]))


def imir(axis):
    return box(b"imir", bytes([axis]))


def clap(w, h):
    return box(b"clap", struct.pack(">8I", 2 * w, 2, h, 1, 0, 1, 0, 1))


JP2 = b"\0\0\0\x0cjP  \r\n\x87\n" + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")

files = {
    "plain.tif": tiff_image([(256, 3, 40), (257, 3, 20), (277, 3, 3)]),
    "big-endian.tif": tiff_image([(256, 4, 40), (257, 4, 20), (258, 3, 16), (274, 3, 1), (322, 3, 16), (323, 3, 16)], big=True),
    "turned6.tif": tiff_image([(256, 4, 40), (257, 3, 20), (274, 3, 6)]),
    "four-bands.tif": tiff_image([(256, 3, 40), (257, 3, 20), (277, 3, 4)]),
    "bigtiff.tif": tiff_image([(256, 16, 40), (257, 16, 20), (274, 3, 3)], large=True),
    "bigtiff-big-endian.tif": tiff_image([(256, 3, 40), (257, 4, 20)], big=True, large=True),
    "no-size.tif": tiff_image([(256, 3, 40), (277, 3, 3)]),
    "outside.tif": tiff_image([(256, 3, 40)], first=4000),
    "thumbnail-first.tif": tiff_image([(254, 4, 1), (256, 3, 4), (257, 3, 2)]),
    "too-large.tif": tiff_image([(256, 16, 1 << 40), (257, 16, 20)], large=True),
    "plain.gif": b"GIF89a" + struct.pack("<HH", 40, 20) + b"\0\0\0;",
    "plain.avif": heif(b"avif\0\0\0\0avifmif1", [ispe(40, 20)], [(1, [1])]),
    "second-item.avif": heif(b"mif1\0\0\0\0mif1avif", [ispe(8, 4), box(b"pixi", bytes(8)), ispe(40, 20)], [(1, [1]), (2, [2, 3])], primary=2),
    "turned-left.heic": heif(b"heic\0\0\0\0mif1heic", [ispe(40, 20), irot(1)], [(1, [1, 2])]),
    "turned-right-mirrored.heic": heif(b"mif1\0\0\0\0heic", [imir(1), irot(3), ispe(40, 20)], [(1, [3, 2, 1])], wide=True),
    "upside-down.avif": heif(b"avif\0\0\0\0", [ispe(40, 20), imir(0)], [(1, [1, 2])]),
    "cropped.heic": heif(b"heic\0\0\0\0", [ispe(64, 64), clap(40, 20), irot(1)], [(1, [1, 2, 3])]),
    "cropped-when-turned.heic": heif(b"heic\0\0\0\0", [ispe(64, 64), clap(20, 40), irot(1)], [(1, [1, 3, 2])]),
    "no-size.heic": heif(b"heic\0\0\0\0", [irot(1)], [(1, [1, 2])]),
    "plain.jp2": JP2 + box(b"jp2h", box(b"ihdr", struct.pack(">IIHBBBB", 20, 40, 3, 7, 7, 0, 0))),
    "codestream.jp2": b"\xff\x4f\xff\x51" + struct.pack(">HHIIII", 47, 0, 45, 22, 5, 2) + bytes(30),
    "no-size.jp2": JP2 + box(b"jp2c", b"\xff\x4f"),
    "two-images.mpo": jpeg(40, 20, tiff(6), before=b"\xff\xe2\0\x08MPF\0ab") + jpeg(8, 4),
    "plain.jpg": jpeg(40, 20),
    "exif6.jpg": jpeg(40, 20, tiff(6)),
    "exif8-big-endian.jpg": jpeg(40, 20, tiff(8, big=True, extra=3)),
    "exif-long-type.jpg": jpeg(40, 20, tiff(6, kind=4)),
    "exif-offset-outside.jpg": jpeg(40, 20, b"II*\0\xff\xff\xff\xff"),
    "progressive-fill-bytes.jpg": jpeg(3, 5, sof=0xC2, before=b"\xff\xff\xff\xff\xe0\0\x04ab\xff\xff"),
    "no-height.jpg": jpeg(40, 0),
    "cut.jpg": jpeg(40, 20, tiff(6))[:30],
    "plain.png": png(40, 20),
    "exif5.png": png(40, 20, tiff(5)),
    "exif7-after-the-image.png": png(40, 20, tiff(7, big=True), after=True),
    "exif-wrong-crc.png": png(40, 20, tiff(6), crc=1),
    "exif-length-2gb.png": png(40, 20, tiff(6)).replace(b"\0\0\0\x1aeXIf", b"\x7e\0\0\0eXIf"),
    "lossy.webp": webp(b"VP8 " + struct.pack("<I", 10) + b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", 40 | 0x4000, 20)),
    "lossless.webp": webp(b"VP8L" + struct.pack("<I", 5) + b"\x2f" + struct.pack("<I", 39 | 19 << 14)),
    "extended-exif6.webp": vp8x(40, 20, tiff(6)),
    "extended-exif8-prefixed.webp": vp8x(40, 20, b"Exif\0\0" + tiff(8)),
    "plain.bmp": bmp(5, 3),
    "from-the-top.bmp": bmp(5, -3),
    "os2.bmp": b"BM" + struct.pack("<IHHI", 26, 0, 0, 26) + struct.pack("<IHHHH", 12, 40, 20, 1, 24),
}
os.makedirs(here, exist_ok=True)
for name, data in files.items():
    with open(os.path.join(here, name), "wb") as f:
        f.write(data)
