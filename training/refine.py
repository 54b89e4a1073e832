"""Refinement, as the browser does it: from what the network drew, steps of gradient descent through recognisers that ship.

`python3 refine.py export` writes models/nullswap/refine.json and the parity vectors of its recognisers;
`python3 refine.py check --run NAME` refines held-out `train` people's faces and asks the `train` recognisers before and after.
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
from cloak import project
from evaluate import as_batch, embed, half_size, jpeg, sheet
from export import MODELS
from fields import STRENGTHS, places_of, retouch, warp
from generator import to_working_size
from mobilefacenet import NAME, STUDENT, MobileFaceNet
from perceptual import mask_of, visibility
from touch import texture, touch

SETTINGS = {"format": 3, "rates": {"warp": 0.035, "shade": 5.2, "detail": 5.2, "tint": 5.2, "paint": 0.011}, "betas": [0.38, 0.95], "last_rate": 0.1,
            "steps": {"gentle": 14, "standard": 14, "strong": 28}, "jitter": {"scale": 0.03, "shift": 0.03}, "resize_share": 0.47,
            "overshoot": 0.8, "flip": True, "visibility_share": 0.56, "field_share": 0.12}
ASKED = ("mobileface_v2", "retail_0095", "espdl_mfn", "dlib_resnet", "faceres")


def rate_at(step, steps, settings=SETTINGS):
    """The share of a rate that a step has: from the whole of it down to a tenth along half a cosine. The more steps, the smaller."""
    last = settings["last_rate"]
    return (last + (1 - last) / 2 * (1 + np.cos(np.pi * step / steps))) / steps ** 0.5


def rates_at(step, steps, visibility, settings=SETTINGS):
    """{parameter: rate} of a step; that of paint is in units of the visibility it has where it goes alone."""
    share = rate_at(step, steps, settings)
    return {name: rate * share * (visibility if name == "paint" else 1) for name, rate in settings["rates"].items()}


def random_view(settings=SETTINGS, random=np.random):
    """What happens to the picture in one step, drawn by `random`: perhaps shrunk and enlarged again, perhaps mirrored."""
    side = int(random.randint(70, 150)) if random.random() < settings["resize_share"] else None
    mirrored = settings["flip"] and random.random() < 0.5

    def view(picture):
        picture = websites.shrink(picture, side) if side else picture
        return picture.flip(3) if mirrored else picture
    return view


class Subject:
    """Crops under refinement, N x 3 x 160 x 160, and what holds for them. What is refined are {name: N x ...}: the fields' parameters, and paint.

    Paint is refined at a share of its visibility, and enlarged at the end: at full strength recognisers are soon wholly misled, and
    what more they are misled by misleads no other.
    """

    def __init__(self, small, symmetry, bounds, perception, limits, settings=SETTINGS):
        self.small, self.symmetry, self.bounds, self.perception, self.settings = small, symmetry, bounds, perception, settings
        self.visibility, self.largest, self.share = limits.visibility * bounds.paint, limits.largest * bounds.paint, settings["visibility_share"]
        self.places, self.mask, self.texture = places_of(small), mask_of(small, perception), texture(small)

    def start(self, drawn):
        """What the network drew, to begin with."""
        paint = project(touch(drawn.maps, self.small), self.mask, self.visibility, self.perception, self.largest)[0] * self.share
        return {**{name: p * self.settings["field_share"] for name, p in drawn.fields.items()}, "paint": paint}

    def paint(self, parameters):
        """-> (paint as it is refined, what was cut off)."""
        return project(parameters["paint"], self.mask, self.visibility * self.share, self.perception, self.largest * self.share)

    def ask(self, recogniser, known, parameters, view, jitter):
        """One look of a recogniser that knows the faces as `known` -> what it was shown. The gradients are left in the parameters."""
        paint, overshoot = self.paint(parameters)
        shown = view((retouch(self.small, parameters, self.places, self.symmetry, self.bounds)[1] + paint).clamp(0, 1))
        count = len(shown)  # each face's gradient is its own, whatever the number
        ((recogniser(shown, jitter) * known).sum(1).mean() * count + self.settings["overshoot"] * overshoot * count).backward()
        return shown.detach()

    @torch.no_grad()
    def finished(self, start, parameters):
        """Paint at its whole visibility, no more visible than what was begun with."""
        refined = self.paint(parameters)[0]
        visible = visibility(start, self.mask, self.perception) / visibility(refined, self.mask, self.perception)
        return refined * visible.clamp(max=1).view(-1, 1, 1, 1) / self.share


def refine(recognisers, small, drawn, symmetry, bounds, steps, perception, limits, settings=SETTINGS):
    """N x 3 x 160 x 160 crops, what the network drew -> (fields, paint at the bounds' visibility). The recognisers are asked in turn."""
    subject = Subject(small, symmetry, bounds, perception, limits, settings)
    parameters = subject.start(drawn)
    start, jitter = parameters["paint"].clone(), (0.0, settings["jitter"]["scale"], settings["jitter"]["shift"])
    adam = torch.optim.Adam([{"params": [p.requires_grad_()], "name": name} for name, p in parameters.items()], 1, tuple(settings["betas"]))
    with torch.no_grad():
        known = [recogniser(small) for recogniser in recognisers]
    for step in range(steps):
        rates, turn = rates_at(step, steps, subject.visibility, settings), step % len(recognisers)
        for group in adam.param_groups:
            group["lr"] = rates[group["name"]]
        adam.zero_grad()
        subject.ask(recognisers[turn], known[turn], parameters, random_view(settings), extractors.draw_jitter(len(small), jitter))
        before = parameters["paint"].detach().clone()
        adam.step()
        parameters["paint"].data = before + (parameters["paint"].data - before) * subject.texture  # smooth skin stays as the network left it
    return {name: p.detach() for name, p in parameters.items() if name != "paint"}, subject.finished(start, parameters)


def after_profile(crops):
    """A copy of 128 pixels, JPEG 75: what a small profile picture is."""
    small = torch.nn.functional.interpolate(crops, size=(128, 128), mode="bilinear", align_corners=False, antialias=True)
    return jpeg(small)


def check(options):
    cloak, _ = load_checkpoint(Path(__file__).parent / "runs" / options.run_name / "checkpoint.pt")
    through = [MobileFaceNet(name=name) for name in (NAME, STUDENT)]
    recognisers = extractors.load(data.data_root(), ASKED)
    if options.portraits:
        crops = list(data.portrait_crops().values())[:: max(1, 100 // options.photos)][: options.photos]
    else:
        crops = data.load_crops()[1][: 2 * options.photos : 2]
    clean = to_working_size(as_batch(np.stack(crops)))
    symmetry = torch.ones(len(clean))
    with torch.no_grad():
        drawn = cloak.draw(clean)
    if options.no_network:
        drawn = drawn._replace(fields={name: torch.randn_like(p) * 1e-5 for name, p in drawn.fields.items()})
    for strength in options.strengths:
        bounds = STRENGTHS[strength]
        for steps in options.steps or [SETTINGS["steps"][strength]]:
            np.random.seed(0)
            torch.manual_seed(0)
            fields, paint = refine(through, clean, drawn, symmetry, bounds, steps, cloak.perception, cloak.limits)
            with torch.no_grad():
                places = places_of(clean)
                cloaked = (((retouch(clean, fields, places, symmetry, bounds)[1] + paint).clamp(0, 1) * 255).round() / 255)
                distance = warp(fields["warp"], places, symmetry, bounds).square().sum(1).sqrt().amax((1, 2)).mean().item() * 256
            ways = {"": cloaked, "_profile": after_profile(cloaked), "_half": half_size(cloaked)}
            row = {name + way: round((embed(r, clean) * embed(r, picture)).sum(1).mean().item(), 3)
                   for name, r in recognisers.items() for way, picture in ways.items()}
            mean = {"mean3" + way: round(float(np.mean([row[name + way] for name in ASKED[:3]])), 3) for way in ways}
            print(json.dumps({"strength": strength, "steps": steps, **mean, **row, "distance": round(distance, 2)}), flush=True)
            sheet(clean[:12], cloaked[:12], Path(__file__).parent / "runs" / options.run_name / f"refined-{strength}-{steps}.png")


def export(_):
    (MODELS / "refine.json").write_text(json.dumps(SETTINGS, indent=1) + "\n")

    def vector(file):
        values = np.fromfile(MODELS / "parity" / file, "<f4").reshape(160, 160, 3)
        return torch.from_numpy(values).permute(2, 0, 1)[None].contiguous()
    small, residual = vector("crop256.small.bin"), vector("crop256.paint.bin")
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
    files = {"small": {"file": "crop256.small.bin"}, "residual": {"file": "crop256.paint.bin"}}
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
    command.add_argument("--strengths", nargs="+", default=list(STRENGTHS))
    command.add_argument("--photos", type=int, default=16)
    command.add_argument("--portraits", action="store_true", help="instead of held-out people")
    command.add_argument("--no-network", action="store_true", help="begin with no fields")
    command.add_argument("--steps", type=int, nargs="*", help="those of the strength where not given")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.run(options)


if __name__ == "__main__":
    main()
