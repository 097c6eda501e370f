#!/usr/bin/env python3
"""Trains the network of ../shapes-net.json and writes it to OUT: python3 train.py TRAIN OUT [STEPS]

TRAIN is the folder of the shapes' train split (tests/data/shapes/train); OUT the ONNX file. Debian 12's python3-torch, python3-numpy and python3-pil are
enough. The seed is fixed: the same versions on the same processor give the same file. What is shipped took 600 STEPS, minutes on two cores; more are better.

Twelve pictures are few, so each is turned, scaled, mirrored and recoloured anew every time it is shown, and four of them are put into one. One of them is left
out: train-006 is a scene of the test split (see the data set's README).
"""
import json, math, os, random, sys
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image, ImageFilter, ImageOps

NAMES = ["disc", "ring", "square", "triangle", "star"]
SIDE, BATCH, SEED, STRIDES = 224, 12, 20261201, (8, 16, 32)


# ---- the pictures

def load(folder):
    """[(picture, [(class, outline as [n, 2])], [crowd's box])]"""
    told = json.load(open(os.path.join(folder, "annotations.json")))
    names = {c["id"]: NAMES.index(c["name"]) for c in told["categories"]}
    out = []
    for image in told["images"]:
        if image["file_name"].startswith("train-006"):
            continue
        picture = ImageOps.exif_transpose(Image.open(os.path.join(folder, "images", image["file_name"]))).convert("RGB")
        own = [a for a in told["annotations"] if a["image_id"] == image["id"]]
        outlines = [(names[a["category_id"]], np.concatenate([np.reshape(p, (-1, 2)) for p in a["segmentation"]])) for a in own if not a.get("iscrowd")]
        out.append((picture, outlines, [a["bbox"] for a in own if a.get("iscrowd")]))
    return out


def recolour(picture, rng):
    v = np.asarray(picture, np.float32)
    v = v[..., list(rng.choice([(0, 1, 2), (1, 2, 0), (2, 0, 1), (0, 2, 1), (1, 0, 2), (2, 1, 0)]))]
    if rng.random() < 0.3:
        v = 255 - v
    if rng.random() < 0.15:
        v = np.repeat(v.mean(-1, keepdims=True), 3, -1)
    mean = v.mean((0, 1))
    v = (v - mean) * rng.uniform(0.6, 1.3) + mean + np.float32([rng.uniform(-40, 40) for _ in range(3)])
    if rng.random() < 0.3:
        v = v + np.random.RandomState(rng.randrange(2**31)).normal(0, rng.uniform(1, 10), v.shape)
    picture = Image.fromarray(np.clip(v, 0, 255).astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2))) if rng.random() < 0.2 else picture


def place(sample, side, rng):
    """One picture turned and scaled into a square, with what is left of its boxes."""
    picture, outlines, crowds = sample
    picture = recolour(picture, rng)
    w, h = picture.size
    gain = side / max(w, h) * math.exp(rng.uniform(-0.5, 0.5))
    angle = rng.choice([0, 90, 180, 270]) + rng.uniform(-12, 12) if rng.random() < 0.8 else rng.uniform(0, 360)
    turn = gain * np.float64([[math.cos(math.radians(angle)), -math.sin(math.radians(angle))], [math.sin(math.radians(angle)), math.cos(math.radians(angle))]])
    if rng.random() < 0.5:
        turn = turn @ np.diag([-1.0, 1.0])
    turn = turn @ np.diag([math.exp(rng.uniform(-0.15, 0.15)), 1.0])
    to = np.float64([side / 2 + rng.uniform(-0.2, 0.2) * side, side / 2 + rng.uniform(-0.2, 0.2) * side]) - turn @ np.float64([w / 2, h / 2])
    back = np.linalg.inv(turn)
    from_ = -back @ to
    grey = tuple(rng.choice([(114, 114, 114), tuple(rng.randrange(256) for _ in range(3))]))
    square = picture.transform((side, side), Image.Transform.AFFINE, (back[0, 0], back[0, 1], from_[0], back[1, 0], back[1, 1], from_[1]), Image.Resampling.BILINEAR, fillcolor=grey)
    boxes = []
    for kind, outline in outlines:
        p = outline @ turn.T + to
        whole = np.concatenate([p.min(0), p.max(0)])
        box = np.clip(whole, 0, side)
        area = (whole[2] - whole[0]) * (whole[3] - whole[1])
        if (box[2] - box[0]) * (box[3] - box[1]) >= 0.3 * area and min(box[2:] - box[:2]) >= 2:
            boxes.append((kind, *box))
    v = np.array(square)
    for x, y, cw, ch in crowds:  # nobody knows what is in one
        p = np.float64([[x, y], [x + cw, y], [x, y + ch], [x + cw, y + ch]]) @ turn.T + to
        x1, y1, x2, y2 = np.clip(np.concatenate([p.min(0), p.max(0)]), 0, side).astype(int)
        v[y1:y2, x1:x2] = grey
        boxes = [b for b in boxes if not (x1 <= (b[1] + b[3]) / 2 <= x2 and y1 <= (b[2] + b[4]) / 2 <= y2)]
    return v, boxes


def example(samples, rng):
    if rng.random() < 0.6:
        return place(rng.choice(samples), SIDE, rng)
    canvas, boxes, half = np.empty((SIDE, SIDE, 3), np.uint8), [], SIDE // 2
    for y in (0, half):
        for x in (0, half):
            v, own = place(rng.choice(samples), half, rng)
            canvas[y:y + half, x:x + half] = v
            boxes += [(k, x1 + x, y1 + y, x2 + x, y2 + y) for k, x1, y1, x2, y2 in own]
    return canvas, boxes


# ---- the network

def conv(i, o, stride=1, k=3):
    return nn.Sequential(nn.Conv2d(i, o, k, stride, k // 2, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a, self.b = conv(c, c // 2, k=1), conv(c // 2, c)

    def forward(self, x):
        return x + self.b(self.a(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.low = nn.Sequential(conv(3, 16, 2), conv(16, 24, 2), Block(24), conv(24, 48, 2), Block(48), Block(48))
        self.middle = nn.Sequential(conv(48, 64, 2), Block(64), Block(64))
        self.high = nn.Sequential(conv(64, 64, 2), Block(64))
        self.sides = nn.ModuleList(conv(c, 40, k=1) for c in (48, 64, 64))
        self.mix = nn.ModuleList(conv(40, 40) for _ in range(2))
        self.head = nn.Sequential(conv(40, 40), Block(40))
        self.kind, self.box = nn.Conv2d(40, len(NAMES), 1), nn.Conv2d(40, 4, 1)
        nn.init.constant_(self.kind.bias, -4.0)
        nn.init.constant_(self.box.bias, 0.5)
        at, of = [], []
        for s in STRIDES:
            y, x = torch.meshgrid(torch.arange(SIDE // s), torch.arange(SIDE // s), indexing="ij")
            at.append((torch.stack([x, y], -1).reshape(-1, 2).float() + 0.5) * s)
            of.append(torch.full((at[-1].shape[0],), float(s)))
        self.register_buffer("at", torch.cat(at).t().contiguous()[None])
        self.register_buffer("stride", torch.cat(of)[None, None])

    def parts(self, x):
        """Logits [n, classes, cells]; corners in pixels [n, 4, cells]."""
        low = self.low(x)
        middle = self.middle(low)
        high = self.sides[2](self.high(middle))
        middle = self.mix[1](self.sides[1](middle) + F.interpolate(high, scale_factor=2, mode="nearest"))
        low = self.mix[0](self.sides[0](low) + F.interpolate(middle, scale_factor=2, mode="nearest"))
        kinds, reach = [], []
        for level in (low, middle, high):
            h = self.head(level)
            kinds.append(self.kind(h).flatten(2))
            reach.append(self.box(h).flatten(2))
        reach = F.softplus(torch.cat(reach, 2)) * self.stride * 2
        return torch.cat(kinds, 2), torch.cat([self.at - reach[:, :2], self.at + reach[:, 2:]], 1)

    def forward(self, x):
        kinds, corners = self.parts(x)
        a, b = corners[:, :2], corners[:, 2:]
        return torch.cat([(a + b) / 2, b - a, kinds.sigmoid()], 1)


# ---- what it is told

def overlap(a, b):
    """IoU and the generalised one of [.., 4] corners."""
    inner = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    union = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - inner
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).prod(-1)
    iou = inner / (union + 1e-7)
    return iou, iou - (hull - union) / (hull + 1e-7)


def assign(scores, corners, centres, truth):
    """For each cell the object it answers for, or -1, and how well it should be sure of it: the cells that do best so far."""
    n = truth.shape[0]
    iou, _ = overlap(truth[:, None, 1:], corners[None])
    inside = ((centres[None] > truth[:, None, 1:3]) & (centres[None] < truth[:, None, 3:])).all(-1)
    middle = (truth[:, 1:3] + truth[:, 3:]) / 2
    near = (centres[None] - middle[:, None]).pow(2).sum(-1)
    inside[torch.arange(n), near.argmin(1)] = True  # one smaller than a cell
    fit = scores[:, truth[:, 0].long()].t().clamp(min=1e-6).sqrt() * iou.pow(4) * inside + 1e-9 * inside
    best = torch.zeros_like(inside)
    best.scatter_(1, fit.topk(min(10, fit.shape[1]), 1).indices, True)
    best &= inside
    claim = torch.where(best, iou + 1e-6, torch.zeros_like(iou))
    strength, owner = claim.max(0)
    owner = torch.where(strength > 0, owner, torch.full_like(owner, -1))
    fit = torch.where(best, fit, torch.zeros_like(fit))
    sure = fit / (fit.max(1, keepdim=True).values + 1e-12) * torch.where(best, iou, torch.zeros_like(iou)).max(1, keepdim=True).values.clamp(min=0.1)
    return owner, sure.gather(0, owner.clamp(min=0)[None])[0]


def loss_of(net, pictures, truths):
    kinds, corners = net.parts(pictures)
    kinds, corners = kinds.transpose(1, 2), corners.transpose(1, 2)
    centres, total, weight = net.at[0].t(), 0.0, 0.0
    wanted = torch.zeros_like(kinds)
    for i, truth in enumerate(truths):
        if not len(truth):
            continue
        owner, sure = assign(kinds[i].detach().sigmoid(), corners[i].detach(), centres, truth)
        own = owner >= 0
        wanted[i, own, truth[owner[own], 0].long()] = sure[own]
        _, giou = overlap(corners[i][own], truth[owner[own]][:, 1:])
        total = total + ((1 - giou) * sure[own]).sum()
        weight = weight + sure[own].sum()
    p = kinds.detach().sigmoid()
    focus = torch.where(wanted > 0, wanted, 0.75 * p * p)
    return (F.binary_cross_entropy_with_logits(kinds, wanted, reduction="none") * focus).sum() / max(float(weight), 1.0) + 2.5 * total / max(float(weight), 1.0)


# ---- the file

def varint(v):
    out = bytearray()
    while v > 127:
        out.append(v & 127 | 128)
        v >>= 7
    return bytes(out) + bytes([v])


def entry(key, value):
    """A key and its value of ModelProto.metadata_props (field 14), to be put behind a model."""
    body = b"".join(bytes([tag]) + varint(len(t)) + t for tag, t in ((10, key.encode()), (18, value.encode())))
    return bytes([14 << 3 | 2]) + varint(len(body)) + body


def export(net, out):
    net.eval()
    torch.onnx.export(net, torch.zeros(1, 3, SIDE, SIDE), out, opset_version=12, input_names=["images"], output_names=["output0"])
    told = {"description": "boxscore's shapes-net", "license": "Apache-2.0", "task": "detect", "stride": "32", "imgsz": f"[{SIDE}, {SIDE}]",
            "names": str(dict(enumerate(NAMES)))}
    with open(out, "ab") as f:
        f.write(b"".join(entry(k, v) for k, v in told.items()))


def main():
    folder, out = sys.argv[1:3]
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else 600
    rng = random.Random(SEED)
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    samples, net = load(folder), Net()
    print(f"{len(samples)} pictures, {sum(p.numel() for p in net.parameters())} parameters", flush=True)
    mean = Net()
    mean.load_state_dict(net.state_dict())
    optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps, pct_start=0.1)
    for step in range(steps):
        batch = [example(samples, rng) for _ in range(BATCH)]
        pictures = torch.from_numpy(np.stack([v for v, _ in batch])).permute(0, 3, 1, 2).float() / 255
        loss = loss_of(net, pictures, [torch.tensor(b, dtype=torch.float32).reshape(-1, 5) for _, b in batch])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        keep = min(0.998, (1 + step) / (10 + step))
        with torch.no_grad():
            for a, b in zip(mean.state_dict().values(), net.state_dict().values()):
                if a.dtype.is_floating_point:
                    a.mul_(keep).add_(b, alpha=1 - keep)
                else:
                    a.copy_(b)
        if step % 50 == 0:
            print(f"step {step}: {loss.item():.3f}", flush=True)
        if step % 500 == 499:
            export(mean, out)
    export(mean, out)


if __name__ == "__main__":
    main()
