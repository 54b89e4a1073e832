"""Refinement, as the browser does it: from the network's residual, steps of gradient descent through recognisers that ship.

`python3 refine.py export` writes models/nullswap/refine.json and the parity vectors of its recognisers;
`python3 refine.py check --run NAME` refines held-out `train` people's faces and asks the recognisers before and after.
"""
import argparse
import json
import os
from pathlib import Path

import numpy as np
import torch

import data
import extractors
import websites
from checkpoint import load_checkpoint
from cloak import project, to_crop_size
from evaluate import as_batch, embed, fidelity, half_size
from export import MODELS
from generator import to_working_size
from mobilefacenet import NAME, STUDENT, MobileFaceNet
from perceptual import mask_of, visibility
from touch import texture

SETTINGS = {"format": 2, "rate": 0.0735, "betas": [0.38, 0.95], "steps": {"gentle": 28, "standard": 28, "strong": 48, "maximum": 64},
            "jitter": {"scale": 0.03, "shift": 0.03}, "resize_share": 0.47, "overshoot": 0.8, "flip": True, "at": .56}
ASKED = ("mobileface_v2", "retail_0095", "espdl_mfn", "dlib_resnet", "faceres")


def rate_at(progress, steps, settings=SETTINGS):
    """Adam's rate when that share of the steps is done, 0 to 1: from the whole of it down to a tenth along half a cosine. The more steps, the smaller."""
    return settings["rate"] / steps ** 0.5 * (0.1 + 0.45 * (1 + np.cos(np.pi * progress)))


def refine(recognisers, small, start, v, steps, perception, limits, settings=SETTINGS):
    """N x 3 x 160 x 160 crops, the residuals to start from -> refined ones, no more visible and of no more energy.

    The recognisers are asked in turn. All of it at a share of the visibility, and enlarged at the end: at full strength they are
    soon wholly misled, and what more they are misled by misleads no other.
    """
    mask, v, start = mask_of(small, perception), v * settings["at"], start * settings["at"]
    raw = start.clone().requires_grad_()
    adam = torch.optim.Adam([raw], settings["rate"], tuple(settings["betas"]))
    with torch.no_grad():
        known = [recogniser(small) for recogniser in recognisers]
    places, jitter = texture(small), settings["jitter"]
    for step in range(steps):
        adam.param_groups[0]["lr"] = rate_at(step / steps, steps, settings)
        residual, overshoot = project(raw, mask, v, perception, limits)
        shown = (small + residual).clamp(0, 1)
        if np.random.random() < settings["resize_share"]:
            shown = websites.shrink(shown, int(np.random.randint(70, 150)))
        if settings["flip"] and np.random.random() < 0.5:
            shown = shown.flip(3)
        turn = step % len(recognisers)
        found = recognisers[turn](shown, extractors.draw_jitter(len(small), (0.0, jitter["scale"], jitter["shift"])))
        adam.zero_grad()
        ((found * known[turn]).sum(1).mean() + settings["overshoot"] * overshoot).backward()
        before = raw.detach().clone()
        adam.step()
        raw.data = before + (raw.data - before) * places  # smooth skin stays as the network left it
    with torch.no_grad():
        refined = project(raw, mask, v, perception, limits)[0]
        visible = visibility(start, mask, perception) / visibility(refined, mask, perception)
        energy = (start.pow(2).sum((1, 2, 3)) / refined.pow(2).sum((1, 2, 3))).sqrt()
        return refined * torch.minimum(visible, energy).clamp(max=1).view(-1, 1, 1, 1) / settings["at"]


def check(options):
    cloak, _ = load_checkpoint(Path(__file__).parent / "runs" / options.run_name / "checkpoint.pt")
    through = [MobileFaceNet(torch.bfloat16, name) for name in (NAME, STUDENT)]
    recognisers = extractors.load(data.data_root(), ASKED, torch.bfloat16)
    _, held, _ = data.load_crops()
    clean = as_batch(held[:options.photos])
    small = to_working_size(clean)
    v = options.visibility or cloak.limits.default_visibility
    with torch.no_grad():
        start = cloak.residual(small, v)[0]
    for steps in options.steps:
        np.random.seed(0)
        torch.manual_seed(0)
        settings = {**SETTINGS, "rate": options.rate}
        residual = refine(through, small, start, v, steps, cloak.perception, cloak.limits, settings) if steps else start
        cloaked = ((clean + to_crop_size(residual)).clamp(0, 1) * 255).round() / 255
        posted = {"": cloaked, "_half": half_size(cloaked)}
        row = {name + way: round((embed(r, clean) * embed(r, picture)).sum(1).mean().item(), 3)
               for name, r in {**recognisers, NAME: through[0]}.items() for way, picture in posted.items()}
        print(json.dumps({"steps": steps, "rate": options.rate, "visibility": v, **row,
                          **{k: round(x, 3) for k, x in fidelity(clean, cloaked).items()}}), flush=True)


def export(_):
    (MODELS / "refine.json").write_text(json.dumps(SETTINGS, indent=1) + "\n")

    def vector(file):
        values = np.fromfile(MODELS / "parity" / file, "<f4").reshape(160, 160, 3)
        return torch.from_numpy(values).permute(2, 0, 1)[None].contiguous()
    small, residual = vector("crop256.small.bin"), vector("crop256.projected.bin")
    for name in (NAME, STUDENT):
        write_parity(name, small, residual)


def write_parity(name, small, residual):
    """What the recogniser of that name makes of a crop at the working size and of the cloaked one, with its gradient."""
    recogniser = MobileFaceNet(name=name)
    with torch.no_grad():
        known = recogniser(small)
    cloaked = (small + residual).clamp(0, 1).requires_grad_()
    found = recogniser(cloaked)
    similarity = (found * known).sum()
    similarity.backward()
    picture = lambda x: x[0].permute(1, 2, 0)
    arrays = {"gradient": picture(cloaked.grad), "clean": known[0], "cloaked": found[0].detach()}
    files = {"small": {"file": "crop256.small.bin"}, "residual": {"file": "crop256.projected.bin"}}
    for kind, tensor in arrays.items():
        files[kind] = {"file": f"{name}.{kind}.bin", "dtype": "float32", "shape": list(tensor.shape)}
        (MODELS / "parity" / files[kind]["file"]).write_bytes(tensor.contiguous().numpy().astype("<f4").tobytes())
    (MODELS / "parity" / f"{name}.json").write_text(json.dumps(
        {"about": "NHWC without N, little endian, float32. `clean`, `cloaked`: embeddings of `small` and of clamp(small + residual); "
                  "`similarity`: their cosine; `gradient`: its gradient with respect to the cloaked crop. No jitter.",
         "working_size": 160, "similarity": similarity.item(), "files": files}, indent=1) + "\n")
    print(f"{name}: similarity of the parity pair {similarity.item():.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    commands = parser.add_subparsers(required=True)
    for name, run in (("export", export), ("check", check)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
    command.add_argument("--run", dest="run_name", default="first")
    command.add_argument("--visibility", type=float)
    command.add_argument("--rate", type=float, default=SETTINGS["rate"])
    command.add_argument("--photos", type=int, default=16)
    command.add_argument("--steps", type=int, nargs="+", default=[0, SETTINGS["steps"]["standard"], SETTINGS["steps"]["maximum"]])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.run(options)


if __name__ == "__main__":
    main()
