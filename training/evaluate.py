"""Figures on held-out `train` people of the network alone, without any refinement, at the working size.

`python3 evaluate.py --run NAME [--strengths S]` prints them for a checkpoint, for every `train` recogniser whether its
losses saw it or not, and shows the portraits. The judges and the `test` people stay out of this folder.
"""
import argparse
import io
import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import data
import extractors
from checkpoint import load_checkpoint
from fields import STRENGTHS
from generator import to_working_size

SHOWN = ("female-0", "male-94", "female-17")


def as_batch(crops):
    return torch.from_numpy(np.array(crops)).permute(0, 3, 1, 2).float() / 255


def as_image(picture):
    """3 x H x W in [0,1] -> PIL."""
    return Image.fromarray((picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy())


def butteraugli(clean, cloaked):
    """(max, 3-norm) by Debian's butteraugli_main, or None where it is not installed."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("clean.png", "cloaked.png")]
        for picture, file in zip((clean, cloaked), files):
            as_image(picture).save(file)
        try:
            words = subprocess.run(["butteraugli_main", *map(str, files)], capture_output=True, text=True).stdout.split()
        except FileNotFoundError:
            return None
    return float(words[0]), float(words[-1])


@torch.no_grad()
def embed(recogniser, crops, size=32):
    return torch.cat([recogniser(part.to(recogniser.mean.device)).cpu() for part in crops.split(size)])


def half_size(crops):
    """Halved and back: what is left after a website shrinks the photo."""
    side = crops.shape[-1]
    small = F.interpolate(crops, size=(side // 2, side // 2), mode="bilinear", align_corners=False, antialias=True)
    return F.interpolate(small, size=(side, side), mode="bilinear", align_corners=False)


def jpeg(crops, quality=75):
    """Encoded and decoded again, 4:2:0."""
    def again(picture):
        buffer = io.BytesIO()
        as_image(picture).save(buffer, "JPEG", quality=quality, subsampling=2)
        return np.asarray(Image.open(buffer))
    return as_batch([again(picture) for picture in crops])


WAYS = {"jpeg75": jpeg, "half": half_size}


def sheet(clean, cloaked, path):
    """Before, after, difference times ten; one row a face."""
    rows = [torch.cat([a, b, ((b - a) * 10 + 0.5).clamp(0, 1)], 2) for a, b in zip(clean, cloaked)]
    as_image(torch.cat(rows, 1)).save(path)


@torch.no_grad()
def cloaked_by(cloak, crops, bounds):
    """256 x 256 uint8 crops -> (clean, cloaked) at the working size, by the network alone, 8-bit rounding included."""
    clean = to_working_size(as_batch(crops))
    device = next(cloak.parameters()).device
    cloaked = torch.cat([cloak.apply(part, cloak.draw(part), bounds).picture.cpu() for part in clean.to(device).split(32)])
    return clean, (cloaked * 255).round() / 255


@torch.no_grad()
def validate(cloak, crops, bounds, recognisers, picture=None, ways=WAYS):
    """256 x 256 uint8 crops -> {recogniser: mean cosine clean/cloaked, recogniser_WAY: after each of `ways`}."""
    was_training = cloak.training
    cloak.eval()
    clean, cloaked = cloaked_by(cloak, crops, bounds)
    posted = {"": cloaked, **{f"_{way}": change(cloaked) for way, change in ways.items()}}
    figures = {}
    for name, recogniser in recognisers.items():
        known = embed(recogniser, clean)
        figures.update({name + way: (known * embed(recogniser, seen)).sum(1).mean().item() for way, seen in posted.items()})
    if picture:
        shown = cloaked_by(cloak, np.stack(list(data.portrait_crops(SHOWN).values())), bounds)
        sheet(torch.cat([shown[0], clean[:5]]), torch.cat([shown[1], cloaked[:5]]), picture)
    cloak.train(was_training)
    return {k: round(x, 4) for k, x in figures.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", default="first")
    parser.add_argument("--strengths", nargs="*", default=list(STRENGTHS))
    options = parser.parse_args()
    torch.set_num_threads(os.cpu_count() or 1)
    folder = Path(__file__).parent / "runs" / options.run
    cloak, state = load_checkpoint(folder / "checkpoint.pt")
    config = state["config"]
    _, held, _ = data.load_crops(config["seed"], config["validation_photos"])
    recognisers = extractors.load(data.data_root(), extractors.specifications(data.data_root()))
    for strength in options.strengths:
        figures = validate(cloak, held, STRENGTHS[strength], recognisers, folder / "pictures" / f"evaluate-{strength}.png")
        print(json.dumps({"step": state["step"], "strength": strength, **figures}), flush=True)


if __name__ == "__main__":
    main()
