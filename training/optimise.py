"""The costly baseline: paint optimised face by face, to see what paint alone can do.

`python3 optimise.py PHOTOS.json --out DIR` takes a list of {"id", "path", "keypoints"} and writes DIR/ID.png, each photo
with its face painted: 40 steps of Adam on 160 x 160 free values through the recognisers of the losses, with jitter between
the crop and the recognisers, held by the projection and the bound that hold a cloak's paint, then scaled to a
wanted Butteraugli 3-norm of its own. Photos that are there already are left alone. The judges are never loaded.
"""
import argparse
import json
import math
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from scipy.ndimage import map_coordinates

import data
import extractors
import websites
from cloak import project
from evaluate import as_batch, butteraugli
from generator import to_working_size
from perceptual import Perception, mask_of

WEIGHTS = {"dlib_resnet": 4.0, "faceres": 2.0}  # their cosines vary less than the others'
JITTER = (0.03, 0.03, 0.02)  # deviations of rotation, scale, shift
FEATHER = 0.075  # soft edge of the crop, as a share of its side; as the engine blends
VISIBILITY = 3.0  # by the stand-in, while optimising
OVERSHOOT_WEIGHT = 4.0  # of what the bound cuts off
BATCH = 8


def optimise(clean, recognisers, steps, largest):
    """N x 3 x 256 x 256 crops -> N residuals at 256."""
    small, perception = to_working_size(clean), Perception()
    mask = mask_of(small, perception)
    with torch.no_grad():
        known = {name: recogniser(clean) for name, recogniser in recognisers.items()}
    free = torch.randn_like(small).mul_(1e-3).requires_grad_()
    optimiser = torch.optim.Adam([free], betas=(0.9, 0.99))
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * (0.1 + 0.45 * (1 + math.cos(math.pi * step / steps)))
        residual, overshoot = project(free, mask, VISIBILITY, perception, largest)
        cloaked = (small + residual).clamp(0, 1)
        if np.random.random() < 1 / 3:
            cloaked = websites.shrink(cloaked, int(np.random.randint(70, 150)))
        loss = OVERSHOOT_WEIGHT * overshoot
        for name, recogniser in recognisers.items():
            seen = recogniser(cloaked, extractors.draw_jitter(len(cloaked), JITTER))
            loss = loss + WEIGHTS.get(name, 1.0) * (seen * known[name]).sum(1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        return F.interpolate(project(free, mask, VISIBILITY, perception, largest)[0], size=clean.shape[2:], mode="bilinear", align_corners=False)


def at_visibility(crop, residual, wanted, largest):
    """The residual scaled to a Butteraugli 3-norm of `wanted` on this 3 x 256 x 256 crop, within the bound."""
    scale = 1.0
    for _ in range(6):
        scaled = (scale * residual).clamp(-largest, largest)
        measured = butteraugli(crop, crop + scaled)
        if measured is None:
            raise SystemExit("butteraugli_main is needed (on Debian: apt-get install libjxl-devtools).")
        if abs(measured[1] / wanted - 1) < 0.02:
            break
        scale = min(8.0, scale * (wanted / measured[1]) ** 0.9)
    return scaled


def feather(u, v):
    edge = np.clip(np.minimum.reduce([u, 1 - u, v, 1 - v]) / FEATHER, 0, 1)
    return edge * edge * (3 - 2 * edge)


def paste(photo, keypoints, residual):
    """PIL photo, its keypoints, 3 x 256 x 256 residual -> PIL photo with the residual added, as the engine's blend does."""
    pixels = np.asarray(photo.convert("RGB"), float)
    to_template = data.similarity_transform(np.asarray(keypoints)[:4])
    y, x = np.mgrid[:pixels.shape[0], :pixels.shape[1]] + 0.5
    u, v = [(row[0] * x + row[1] * y + row[2] - data.BOX_START) / data.BOX_SIDE for row in to_template]
    places = np.stack([v, u]) * data.CROP_SIZE - 0.5
    added = np.stack([map_coordinates(channel, places, order=1, mode="nearest") for channel in residual], -1)
    return Image.fromarray((pixels + 255 * feather(u, v)[..., None] * added).clip(0, 255).round().astype(np.uint8))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--butteraugli", type=float, default=2.5)
    parser.add_argument("--largest", type=float, default=12, help="of the residual, of 255")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(os.cpu_count() or 1)
    photos = [p for p in json.loads(options.photos.read_text()) if not (options.out / f"{p['id']}.png").exists()]
    names = list(extractors.specifications(data.data_root()))
    recognisers = extractors.load(data.data_root(), names, torch.bfloat16)
    largest = options.largest / 255
    for start in range(0, len(photos), BATCH):
        torch.manual_seed(start)
        np.random.seed(start)
        batch = photos[start:start + BATCH]
        pictures = [Image.open(photo["path"]) for photo in batch]
        points = [[(p["x"], p["y"]) for p in photo["keypoints"]] for photo in batch]
        clean = as_batch([data.canonical_crop(picture, own) for picture, own in zip(pictures, points)])
        residuals = optimise(clean, recognisers, options.steps, largest)
        with ThreadPoolExecutor(2) as pool:
            residuals = list(pool.map(lambda pair: at_visibility(*pair, options.butteraugli, largest), zip(clean, residuals)))
        for photo, picture, own, residual in zip(batch, pictures, points, residuals):
            unfinished = options.out / f"{photo['id']}.unfinished"
            paste(picture, own, residual.numpy()).save(unfinished, "PNG")
            unfinished.rename(options.out / f"{photo['id']}.png")
        print(start + len(batch), flush=True)


if __name__ == "__main__":
    main()
