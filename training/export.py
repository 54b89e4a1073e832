"""Checkpoint -> models/nullswap/: fp16 weights with batch norm folded, network.json and parity vectors. Convolutions are written HWIO."""
import argparse
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn

import data
import fields
from checkpoint import load_checkpoint, revision
from generator import ConvNorm, WORKING_SIZE, multiply_accumulates, to_working_size
from perceptual import LUMA
from touch import HALF, NEAR, touch

# The share of the colours' thresholds that paint has at each strength; and of a cloak of paint alone, its share of the visibility, too
COLOUR = {"gentle": 0.62, "standard": 1, "strong": 0.91}
PAINT_ALONE = {"paint": 0.727, "colour": 0.62}
MODELS = Path(__file__).resolve().parent.parent / "models" / "nullswap"


def tensors(generator):
    """Folded generator -> [(name, float32 array)]: conv kernels HWIO, biases, vectors."""
    listed = []

    def convolution(name, conv):
        listed.append((f"{name}.kernel", conv.weight.data.permute(2, 3, 1, 0).contiguous().numpy()))
        listed.append((f"{name}.bias", conv.bias.data.contiguous().numpy()))

    for name, module in generator.named_modules():
        if isinstance(module, ConvNorm):
            convolution(name, module.conv)
        elif isinstance(module, nn.Conv2d) and not name.endswith(".conv"):
            convolution(name, module)
    listed.append(("noise.offset", generator.noise.constant().permute(1, 2, 0).contiguous().numpy()))
    listed.append(("gamma", generator.gamma.data.flatten().numpy()))
    return listed


def round_to_half(generator):
    """Round every folded parameter to fp16, in place: what the browser will compute with."""
    offset = generator.noise.constant().half().float()
    for parameter in generator.parameters():
        parameter.data = parameter.data.half().float()
    generator.noise.beta.data.fill_(1.0)
    generator.noise.eta.data = offset.view_as(generator.noise.eta)


def expression_rows():
    """`fields.expression` as the browser has a warp: side x side x 2, flat."""
    side = fields.GRIDS["warp"][1]
    rows = fields.expression().view(-1, 2, side, side).permute(0, 2, 3, 1).flatten(1)
    return [[round(value, 6) for value in row] for row in rows.tolist()]


def description(cloak, listed, state, commit):
    entries, offset = [], 0
    for name, array in listed:
        entries.append({"name": name, "shape": list(array.shape), "offset": offset})
        offset += array.size
    steps, seconds = state.get("earlier", (0, 0))
    return {
        "format": 7,
        "input": {"size": 256, "working_size": WORKING_SIZE, "range": [0, 1], "centred": "2 x - 1", "channels": "RGB"},
        "perception": {"luma": list(LUMA), "cb": 0.564, "cr": 0.713, **asdict(cloak.perception)},
        "fields": {"grids": {name: {"channels": channels, "side": side} for name, (channels, side) in fields.GRIDS.items()},
                   "centre": fields.CENTRE, "radii": fields.RADII, "soft": fields.SOFT, "skin_at": fields.SKIN_AT,
                   "skin_spread": fields.SKIN_SPREAD, "skin_deviations": fields.SKIN_DEVIATIONS, "skin_floor": fields.SKIN_FLOOR,
                   "detail_floor": fields.DETAIL_FLOOR, "rough": fields.ROUGH, "expression": expression_rows()},
        "touch": {"near": NEAR, "half": HALF},
        "limits": asdict(cloak.limits),
        "strengths": {name: {**asdict(bounds), "colour": COLOUR[name]} for name, bounds in fields.STRENGTHS.items()},
        "paint_alone": PAINT_ALONE,
        "gmac": round(multiply_accumulates(cloak.generator) / 1e9, 3),
        "trained": {"revision": commit, "steps": steps + state["step"],
                    "hours": round((seconds + state["seconds"]) / 3600, 2),
                    "date": date.today().isoformat(), "config": state["config"]},
        "tensors": entries,
    }


def write(folder, name, kind, tensor):
    """N x C x H x W with N = 1, or what has no channels -> a file of 32-bit floats and what it holds."""
    array = (tensor[0].permute(1, 2, 0) if tensor.dim() == 4 else tensor).contiguous().numpy()
    file = f"{name}.{kind}.bin"
    (folder / file).write_bytes(np.ascontiguousarray(array.astype("<f4")).tobytes())
    return {"file": file, "dtype": "float32", "shape": list(array.shape)}


def parity(cloak, crop, name, folder):
    """A canonical crop, what the network draws on it and what comes of that at `strong`, with a field of displacements that reaches its bounds."""
    small = to_working_size(torch.from_numpy(np.array(crop)).permute(2, 0, 1)[None].float() / 255)
    bounds, symmetry = fields.STRENGTHS["strong"], torch.full((1,), 0.6)
    with torch.no_grad():
        drawn = cloak.draw(small)
        places = fields.places_of(small)
        tried = {key: value * 3 + 0.02 * torch.sin(torch.arange(value.numel()).view_as(value) * 1.7) for key, value in drawn.fields.items()}
        _, retouched = fields.retouch(small, tried, places, symmetry, bounds)
        raw = touch(drawn.maps, small)
        paint = cloak.paint(raw, small, 1.0)[0]
    parameters = {key: value.clone().requires_grad_() for key, value in tried.items()}
    counts = torch.cos(torch.arange(small.numel()).view_as(small) * 0.0011)
    (fields.retouch(small, parameters, places, symmetry, bounds)[1] * counts).sum().backward()
    kinds = {"small": small, "skin": places.skin, "plain": places.plain, "maps": drawn.maps, "raw": raw, "paint": paint,
             "displacement": fields.warp(tried["warp"], places, symmetry, bounds), "retouched": retouched,
             **{f"drawn-{key}": value for key, value in drawn.fields.items()}, **{f"tried-{key}": value for key, value in tried.items()},
             **{f"gradient-{key}": value.grad for key, value in parameters.items()}}
    (folder / f"{name}.input.bin").write_bytes(np.ascontiguousarray(crop).tobytes())
    return {"name": name, "working_size": WORKING_SIZE, "strength": "strong", "symmetry": 0.6, "visibility": cloak.limits.visibility,
            "files": {kind: write(folder, name, kind, value) for kind, value in kinds.items()}}


def export(checkpoint, folder=MODELS, commit=None, portrait="female-0"):
    cloak, state = load_checkpoint(checkpoint)
    cloak.generator.fold()
    round_to_half(cloak.generator)
    listed = tensors(cloak.generator)
    (folder / "parity").mkdir(parents=True, exist_ok=True)
    weights = np.concatenate([a.ravel() for _, a in listed]).astype("<f2")
    (folder / "weights.bin").write_bytes(weights.tobytes())
    (folder / "network.json").write_text(json.dumps(description(cloak, listed, state, commit), indent=1) + "\n")
    crop = data.portrait_crops([portrait])[portrait]
    vector = parity(cloak, crop, "crop256", folder / "parity")
    about = ("NHWC without N, little endian; from portrait " + portrait + " (CC0); float32 with fp16-rounded weights. `tried`: fields as drawn, three times as strong, "
             "with a wave; `displacement`, `retouched`: what comes of them; `gradient`: of the sum of `retouched` times cos(.0011 i), i counting values of a C x H x W picture")
    (folder / "parity" / "parity.json").write_text(json.dumps({"about": about, "vectors": [vector]}, indent=1) + "\n")
    print(f"{len(listed)} tensors, {weights.nbytes} bytes, {multiply_accumulates(cloak.generator) / 1e9:.2f} GMAC")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", default="first")
    options = parser.parse_args()
    export(Path(__file__).parent / "runs" / options.run / "checkpoint.pt", commit=revision())
