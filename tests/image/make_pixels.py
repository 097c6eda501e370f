#!/usr/bin/env python3
"""Image files and what Pillow makes of them: make_pixels.py FOLDER [WIDTH HEIGHT]. For test_pillow.c, which decodes the same; small ones of them are what
fuzz_pixels.c starts from (pixels.corpus: pack_corpus.py of such a folder without its *.want).

FOLDER/NAME is the file, FOLDER/NAME.want its pixels: width, height, channels as little-endian u32, then the bytes; or nothing, where it is to be
refused. Pillow's rule for 16 bits is another than the stated one (it clips): there the high byte is taken of the numbers that were written."""
import itertools
import os
import struct
import sys

from PIL import Image, ImageOps

folder = sys.argv[1]
W, H = map(int, sys.argv[2:4] or (37, 23))  # no multiple of a tile


def pixels(mode, w=W, h=H, seed=1):
    """Gradients with some noise, so that lossy coders have something to do."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    out = bytearray()
    for y, x, b in itertools.product(range(h), range(w), range(bands)):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        out.append((x * 5 + y * 3 * b + b * 60 + (seed >> 16) % 9) & 255)
    return Image.frombytes(mode, (w, h), bytes(out))


def want(name, image=None, numbers=None):
    with open(os.path.join(folder, name + ".want"), "wb") as f:
        if numbers:
            f.write(struct.pack("<III", *numbers[:3]) + numbers[3])
        elif image:
            f.write(struct.pack("<III", *image.size, len(image.getbands())) + image.tobytes())


def save(name, image, **options):
    path = os.path.join(folder, name)
    image.save(path, **options)
    back = Image.open(path)
    back = ImageOps.exif_transpose(back)
    alpha = back.mode in ("RGBA", "LA", "PA", "RGBa") or (back.format == "PNG" and "transparency" in back.info)
    want(name, back.convert("RGBA" if alpha else "RGB"))


def write(name, data, w=None, h=None, channels=3, rgb=None):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)
    want(name, numbers=(w, h, channels, rgb) if rgb else None)


def tiff(entries, blocks, big=False, large=False):
    """By hand: tags as (tag, type, values), and the blocks of data, whose places and lengths are added."""
    e, size = (">" if big else "<"), {1: "B", 3: "H", 4: "I", 16: "Q"}
    tiled = any(tag == 322 for tag, _, _ in entries)
    head = 16 if large else 8
    data = b"".join(blocks)
    data += bytes(len(data) % 2)
    starts = [head + sum(map(len, blocks[:i])) for i in range(len(blocks))]
    entries = sorted(entries + [(324 if tiled else 273, 4, starts), (325 if tiled else 279, 4, [len(b) for b in blocks])])
    at = head + len(data)
    room = 8 if large else 4
    more = at + (8 if large else 2) + len(entries) * (20 if large else 12) + room
    body, behind = b"", b""
    for tag, kind, values in entries:
        raw = b"".join(struct.pack(e + size[kind], v) for v in values)
        if len(raw) > room:
            place = struct.pack(e + ("Q" if large else "I"), more + len(behind))
            behind += raw + bytes(len(raw) % 2)
            raw = place
        body += struct.pack(e + ("HHQ" if large else "HHI"), tag, kind, len(values)) + raw.ljust(room, b"\0")
    order = b"MM" if big else b"II"
    start = order + (struct.pack(e + "HHHQ", 43, 8, 0, at) if large else struct.pack(e + "HI", 42, at))
    return start + data + struct.pack(e + ("Q" if large else "H"), len(entries)) + body + bytes(room) + behind


def base(w, h, bits, samples, photometric, **more):
    names = {"planar": 284, "extra": 338, "format": 339, "rows": 278, "orientation": 274, "compression": 259, "inks": 332}
    out = [(256, 3, [w]), (257, 3, [h]), (258, 3, [bits] * samples), (262, 3, [photometric]), (277, 3, [samples])]
    if "tile" in more:
        out += [(322, 3, [more.pop("tile")]), (323, 3, [more.pop("tile_h")])]
    elif "rows" not in more:
        more["rows"] = h
    if "map" in more:
        out.append((320, 3, more.pop("map")))
    return out + [(names[k], 3, v if isinstance(v, list) else [v]) for k, v in more.items()]


rgb, rgba, grey = pixels("RGB"), pixels("RGBA"), pixels("L")
palette = rgb.quantize(200)
few = rgb.quantize(11)
exif = Image.Exif()

for mode, image in (("rgb", rgb), ("rgba", rgba), ("grey", grey), ("palette", palette)):
    save("lossy-%s.webp" % mode, image, quality=80)
    save("lossless-%s.webp" % mode, image, lossless=True, exact=True)
for turn in range(2, 9):
    exif[0x0112] = turn
    save("turned-%d.webp" % turn, rgb, quality=70, exif=exif)
    save("turned-%d.jpg" % turn, rgb, quality=70, exif=exif)
save("animated.webp", rgb, save_all=True, append_images=[pixels("RGB", seed=5)], lossless=True)
save("animated-rgba.webp", rgba, save_all=True, append_images=[pixels("RGBA", seed=5)], quality=70)
save("one.webp", pixels("RGB", 1, 1))
# Pillow has the frame on the whole canvas; here it is put at 4, 2 of a larger one.
one = open(os.path.join(folder, "lossless-rgb.webp"), "rb").read()[12:]
frame = b"ANMF" + struct.pack("<I", 16 + len(one)) + struct.pack("<I", 2)[:3] + struct.pack("<I", 1)[:3]
frame += struct.pack("<I", W - 1)[:3] + struct.pack("<I", H - 1)[:3] + bytes(4) + one
part = b"VP8X" + struct.pack("<I", 10) + b"\x12\0\0\0" + struct.pack("<I", 49)[:3] + struct.pack("<I", 39)[:3]
part += b"ANIM" + struct.pack("<I", 6) + bytes(6) + frame
canvas = Image.new("RGBA", (50, 40))
canvas.paste(rgb, (4, 2))
write("animated-part.webp", b"RIFF" + struct.pack("<I", 4 + len(part)) + b"WEBP" + part, 50, 40, 4, canvas.tobytes())
write("animated-outside.webp", b"RIFF" + struct.pack("<I", 4 + len(part)) + b"WEBP" + part.replace(struct.pack("<I", 49)[:3], struct.pack("<I", 30)[:3], 1))
lossy = open(os.path.join(folder, "lossy-rgb.webp"), "rb").read()
write("cut.webp", lossy[:len(lossy) * 2 // 3])

for compression in ("raw", "tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "packbits", "zstd", "lzma"):
    try:
        save("%s.tif" % compression, rgb, compression=compression)
    except OSError:
        pass  # not compiled in
save("jpeg.tif", rgb, compression="jpeg", quality=80)
for mode, image in (("rgba", rgba), ("grey", grey), ("palette", palette), ("grey-alpha", pixels("LA")), ("bits", rgb.convert("1"))):
    save("mode-%s.tif" % mode, image, compression="tiff_lzw")
save("fax.tif", rgb.convert("1"), compression="group4")
save("strips.tif", rgb, compression="tiff_lzw", tiffinfo={278: 5})
save("two-pages.tif", rgb, save_all=True, append_images=[grey])
save("big.tif", rgb, big_tiff=True)
for turn in range(2, 9):
    save("turned-%d.tif" % turn, rgb, tiffinfo={274: turn})

raw = rgb.tobytes()


def tiles(data, samples, size, tile, tile_h):
    w, h = size
    for y in range(0, h, tile_h):
        for x in range(0, w, tile):
            rows = b""
            for r in range(y, y + tile_h):
                row = data[(r * w + x) * samples:(r * w + min(w, x + tile)) * samples] if r < h else b""
                rows += row.ljust(tile * samples, b"\x77")
            yield rows


write("tiled.tif", tiff(base(W, H, 8, 3, 2, tile=16, tile_h=32), list(tiles(raw, 3, (W, H), 16, 32))), W, H, 3, raw)
write("tiled-big-endian-bigtiff.tif", tiff(base(W, H, 8, 3, 2, tile=16, tile_h=16), list(tiles(raw, 3, (W, H), 16, 16)), True, True), W, H, 3, raw)
bands = [raw[i::3] for i in range(3)]
write("planes.tif", tiff(base(W, H, 8, 3, 2, planar=2), bands), W, H, 3, raw)
write("planes-strips.tif", tiff(base(W, H, 8, 3, 2, planar=2, rows=10), [b[i:i + 10 * W] for b in bands for i in range(0, W * H, 10 * W)]), W, H, 3, raw)
write("planes-tiled.tif", tiff(base(W, H, 8, 3, 2, planar=2, tile=32, tile_h=16), [t for b in bands for t in tiles(b, 1, (W, H), 32, 16)]), W, H, 3, raw)
sixteen = [(i * 977 + 123) & 0xFFFF for i in range(W * H * 3)]
high = bytes(v >> 8 for v in sixteen)
for big in (False, True):
    e = ">" if big else "<"
    packed = struct.pack("%s%dH" % (e, len(sixteen)), *sixteen)
    name = "-big-endian" if big else ""
    write("16%s.tif" % name, tiff(base(W, H, 16, 3, 2), [packed], big), W, H, 3, high)
    write("16-planes%s.tif" % name, tiff(base(W, H, 16, 3, 2, planar=2), [struct.pack("%s%dH" % (e, W * H), *sixteen[i::3]) for i in range(3)], big), W, H, 3, high)
    g = struct.pack("%s%dH" % (e, W * H), *sixteen[:W * H])
    write("16-grey%s.tif" % name, tiff(base(W, H, 16, 1, 1), [g], big), W, H, 3, bytes(b for v in high[:W * H] for b in (v, v, v)))
write("three-bands-called-grey.tif", tiff(base(W, H, 8, 3, 1, extra=[0, 0]), [raw]), W, H, 3, raw)
white = grey.tobytes()
write("white-is-zero.tif", tiff(base(W, H, 8, 1, 0), [white]), W, H, 3, bytes(255 - v for v in white for _ in range(3)))
for bits in (1, 2, 4):
    rows, expected = b"", b""
    for y in range(H):
        values = [(x * 7 + y) % (1 << bits) for x in range(W)]
        number = 0
        for v in values:
            number = number << bits | v
        length = (W * bits + 7) // 8
        rows += (number << (length * 8 - W * bits)).to_bytes(length, "big")
        expected += bytes(v * 255 // ((1 << bits) - 1) for v in values for _ in range(3))
    write("grey-%d-bits.tif" % bits, tiff(base(W, H, bits, 1, 1), [rows]), W, H, 3, expected)
    colours = [(i * 4999 + 1000 * c) & 0xFFFF for c in range(3) for i in range(1 << bits)]
    step = 255 // ((1 << bits) - 1)
    mapped = bytes(colours[c * (1 << bits) + expected[3 * i] // step] >> 8 for i in range(W * H) for c in range(3))
    write("palette-%d-bits.tif" % bits, tiff(base(W, H, bits, 1, 3, map=colours), [rows]), W, H, 3, mapped)
ink = pixels("CMYK").tobytes()
write("cmyk.tif", tiff(base(W, H, 8, 4, 5), [ink]), W, H, 3,
      bytes((255 - ink[4 * i + c]) * (255 - ink[4 * i + 3]) // 255 for i in range(W * H) for c in range(3)))
associated = rgba.tobytes()
write("associated-alpha.tif", tiff(base(W, H, 8, 4, 2, extra=1), [associated]), W, H, 4,
      bytes(b for i in range(0, len(associated), 4) for b in
            [min(255, c * 255 // associated[i + 3]) if associated[i + 3] else c for c in associated[i:i + 3]] + [associated[i + 3]]))

for name, samples, photometric, more in (("four-bands", 4, 2, {"extra": 0}), ("four-bands-unsaid", 4, 2, {}), ("five-bands", 5, 2, {"extra": [2, 0]}),
                                         ("twelve-bands", 12, 1, {"extra": [0] * 11}), ("lab", 3, 8, {}), ("two-inks", 4, 5, {"inks": 2})):
    write("refused-%s.tif" % name, tiff(base(4, 4, 8, samples, photometric, **more), [bytes(16 * samples)]))
write("refused-float.tif", tiff(base(4, 4, 32, 1, 1, format=3), [bytes(64)]))
write("refused-signed.tif", tiff(base(4, 4, 16, 1, 1, format=2), [bytes(32)]))
write("refused-short.tif", tiff(base(W, H, 8, 3, 2), [raw[:len(raw) // 2]]))
write("refused-ycbcr.tif", tiff(base(4, 4, 8, 3, 6), [bytes(48)]))
write("refused-huge-tile.tif", tiff(base(4, 4, 8, 3, 2, tile=65520, tile_h=65520), [bytes(48)]))
write("refused-unknown-compression.tif", tiff(base(4, 4, 8, 3, 2, compression=4711), [bytes(48)]))

for mode, image in (("rgb", rgb), ("rgba", rgba), ("grey", grey), ("palette", palette), ("bits", rgb.convert("1"))):
    save("mode-%s.bmp" % mode, image) if mode != "rgba" else None
    save("mode-%s.png" % mode, image)


def bmp(bits, rows, palette=b"", compression=0, masks=b"", w=W, h=H, header=40):
    head = struct.pack("<IiiHHIIiiII", header, w, h, 1, bits, compression, len(rows), 0, 0, len(palette) // 4, 0) + masks
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(palette) + len(rows), 0, 0, 14 + len(head) + len(palette)) + head + palette + rows


def opened(name, data):
    """As Pillow reads it."""
    write(name, data)
    want(name, Image.open(os.path.join(folder, name)).convert("RGB"))


indices, colours = few.tobytes(), few.getpalette()[:33]
table = b"".join(bytes([colours[i + 2], colours[i + 1], colours[i], 0]) for i in range(0, 33, 3)).ljust(64, b"\0")
lines = [indices[y * W:(y + 1) * W] for y in range(H)][::-1]
pad = lambda row: row + bytes(-len(row) % 4)
half = lambda line: bytes(a << 4 | b for a, b in itertools.zip_longest(line[::2], line[1::2], fillvalue=0))
opened("4-bits.bmp", bmp(4, b"".join(pad(half(l)) for l in lines), table))
runs = b"".join(b"".join(bytes([len(list(g)), k]) for k, g in itertools.groupby(l)) + b"\0\0" for l in lines)
opened("runs-8.bmp", bmp(8, runs + b"\0\1", table, 1))
copies = b"".join(bytes([0, W]) + l + bytes(W % 2) + b"\0\0" for l in lines)
opened("copies-8.bmp", bmp(8, copies + b"\0\1", table, 1))
jumps = b"\x05\x03\0\x02\x04\x02\x03\x07\0\0\0\x01"
jumped = [[0] * W for _ in range(H)]  # Pillow refuses an end before the last row
jumped[H - 1][:5], jumped[H - 3][9:12] = [3] * 5, [7] * 3
write("jumps-8.bmp", bmp(8, jumps, table, 1), W, H, 3, bytes(c for row in jumped for i in row for c in colours[3 * i:3 * i + 3]))
opened("runs-4.bmp", bmp(4, b"".join(bytes([W, 0x12 + y % 3]) + b"\0\0" for y in range(H)) + b"\0\1", table, 2))
opened("copies-4.bmp", bmp(4, b"".join(bytes([0, W]) + half(l) + bytes(len(half(l)) % 2) + b"\0\0" for l in lines) + b"\0\1", table, 2))
words = [(i * 7919) & 0xFFFF for i in range(W * H)]
sixteens = b"".join(pad(struct.pack("<%dH" % W, *words[y * W:(y + 1) * W])) for y in range(H))
opened("555.bmp", bmp(16, sixteens))
opened("565.bmp", bmp(16, sixteens, compression=3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
quads = struct.pack("<%dI" % (W * H), *((i * 2654435761) & 0xFFFFFFFF for i in range(W * H)))
opened("32.bmp", bmp(32, quads))
opened("32-masks.bmp", bmp(32, quads, compression=3, masks=struct.pack("<III", 0xFF000000, 0xFF0000, 0xFF00)))
write("refused-jpeg-within.bmp", bmp(0, b"\xff\xd8\xff", compression=4))
write("refused-runs-cut.bmp", bmp(8, runs[:len(runs) // 2], table, 1))
write("refused-colour-outside.bmp", bmp(8, b"".join(pad(bytes([200]) * W) for _ in range(H)), table))
