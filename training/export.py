"""Checkpoint -> models/nullswap/: fp16 weights with batch norm folded, network.json and parity vectors.

Convolutions are written HWIO. torch's pixel shuffle and tf.depthToSpace order channels differently; the weights are
permuted here so that the browser calls tf.depthToSpace / tf.spaceToDepth as they are.
"""
import argparse
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn

import data
from checkpoint import add_limits, chosen_limits, load_checkpoint, revision
from generator import ConvNorm, WORKING_SIZE, multiply_accumulates
from perceptual import LUMA, mask_of
from touch import GRAIN, HALF, NEAR, WAYS, touch

# Visibility of each strength, that of the default being 1, and its share of the colours: set on validation photos through the engine, visibility by fidelity alone.
STRENGTHS = {"gentle": (0.727, 0.62), "standard": (1, 1), "strong": (1.288, 0.91), "maximum": (1.025, 0.9)}
MODELS = Path(__file__).resolve().parent.parent / "models" / "nullswap"


def shuffle_order(channels, block=2):
    """torch channel c r r + i r + j  ->  position (i r + j) C + c that tf.depthToSpace and tf.spaceToDepth use."""
    c = channels // block ** 2
    return [k * block ** 2 + ij for ij in range(block ** 2) for k in range(c)]


def tensors(generator):
    """Folded generator -> [(name, float32 array)] in browser order: conv kernels HWIO, biases, vectors."""
    listed = []

    def convolution(name, conv, outputs=None, inputs=None):
        kernel, bias = conv.weight.data, conv.bias.data
        if outputs:
            kernel, bias = kernel[outputs], bias[outputs]
        if inputs:
            kernel = kernel[:, inputs]
        listed.append((f"{name}.kernel", kernel.permute(2, 3, 1, 0).contiguous().numpy()))
        listed.append((f"{name}.bias", bias.contiguous().numpy()))

    wide = generator.up.conv.out_channels // 4
    special = {"up": {"outputs": shuffle_order(4 * wide)},
               "draw.first": {"inputs": list(range(wide)) + [wide + i for i in shuffle_order(12)]},
               "draw.last": {"outputs": list(range(WAYS)) + [WAYS + i for i in shuffle_order(12)]}}
    for name, module in generator.named_modules():
        if isinstance(module, ConvNorm):
            convolution(name, module.conv, **special.get(name, {}))
        elif isinstance(module, nn.Conv2d) and not name.endswith(".conv"):
            convolution(name, module, **special.get(name, {}))
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


def description(cloak, listed, state, commit):
    entries, offset = [], 0
    for name, array in listed:
        entries.append({"name": name, "shape": list(array.shape), "offset": offset})
        offset += array.size
    p, limits = cloak.perception, cloak.limits
    steps, seconds = state.get("earlier", (0, 0))
    return {
        "format": 5,
        "input": {"size": 256, "working_size": WORKING_SIZE, "range": [0, 1], "centred": "2 x - 1", "channels": "RGB"},
        "output": "residual, 256 x 256 x 3, to be added to the crop",
        "perception": {"luma": list(LUMA), "cb": 0.564, "cr": 0.713, **asdict(p)},
        "touch": {"ways": ["fine", "middle", "right", "down"], "grain": GRAIN, "near": NEAR, "half": HALF},
        "limits": asdict(limits),
        "strengths": {name: {"visibility": share * limits.default_visibility, "colour": colour} for name, (share, colour) in STRENGTHS.items()},
        "gmac": round(multiply_accumulates(cloak.generator) / 1e9, 3),
        "trained": {"revision": commit, "steps": steps + state["step"],
                    "hours": round((seconds + state["seconds"]) / 3600, 2),
                    "date": date.today().isoformat(), "config": state["config"]},
        "tensors": entries,
    }


def parity(cloak, crop, name, folder):
    """Input and expected outputs of one square crop, 64 or 256 pixels; 64 works on 40 x 40."""
    picture = torch.from_numpy(np.array(crop)).permute(2, 0, 1)[None].float() / 255
    size = picture.shape[-1]
    working = size * WORKING_SIZE // 256
    small = nn.functional.interpolate(picture, size=(working, working), mode="bilinear", align_corners=False)
    v = cloak.limits.default_visibility
    with torch.no_grad():
        maps = cloak.maps(small, bfloat16=False)
        raw = touch(maps, small, mask_of(small, cloak.perception))
        projected = cloak.project(maps, small, v)[0]
        residual = nn.functional.interpolate(projected, size=(size, size), mode="bilinear", align_corners=False)
    files = {"input": crop, "small": small, "maps": maps, "raw": raw, "projected": projected, "residual": residual}
    entry = {"name": name, "size": size, "working_size": working, "visibility": v, "files": {}}
    for kind, value in files.items():
        array = np.asarray(value) if kind == "input" else value[0].permute(1, 2, 0).contiguous().numpy()
        dtype = "uint8" if kind == "input" else "float32"
        file = f"{name}.{kind}.bin"
        (folder / file).write_bytes(np.ascontiguousarray(array.astype(np.dtype(dtype).newbyteorder("<"))).tobytes())
        entry["files"][kind] = {"file": file, "dtype": dtype, "shape": list(array.shape)}
    return entry


def export(checkpoint, folder=MODELS, commit=None, portrait="female-0", limits=None):
    cloak, state = load_checkpoint(checkpoint, limits)
    cloak.generator.fold()
    round_to_half(cloak.generator)
    listed = tensors(cloak.generator)
    (folder / "parity").mkdir(parents=True, exist_ok=True)
    weights = np.concatenate([a.ravel() for _, a in listed]).astype("<f2")
    (folder / "weights.bin").write_bytes(weights.tobytes())
    (folder / "network.json").write_text(json.dumps(description(cloak, listed, state, commit), indent=1) + "\n")
    crop = data.portrait_crops([portrait])[portrait]
    vectors = [parity(cloak, crop[96:160, 80:144], "crop64", folder / "parity"),
               parity(cloak, crop, "crop256", folder / "parity")]
    (folder / "parity" / "parity.json").write_text(json.dumps(
        {"about": f"NHWC without N, little endian; from portrait {portrait} (CC0); float32 with fp16-rounded weights",
         "vectors": vectors}, indent=1) + "\n")
    print(f"{len(listed)} tensors, {weights.nbytes} bytes, {multiply_accumulates(cloak.generator) / 1e9:.2f} GMAC")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", default="first")
    add_limits(parser)
    options = parser.parse_args()
    export(Path(__file__).parent / "runs" / options.run / "checkpoint.pt", commit=revision(),
           limits=chosen_limits(options))
