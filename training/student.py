"""The student that cloaks are refined through: MobileFaceNet trained on, so that its one embedding answers as several recognisers do.

`python3 student.py train --run NAME` trains it; killed at any moment, the same command goes on. `python3 student.py export --run NAME`
writes what training changed to models/nullswap/student.*; `npm run assets` adds it to the package's weights again.

A recogniser is good to refine through if what misleads it misleads others. So the student learns on faces under attack: a pool of
faces, each with fields and paint that are refined a step whenever the face is drawn (through the student and through MobileFaceNet
in turn, as the browser does it), must look to the student as it looks to each teacher, who did not take part in the attack.
"""
import argparse
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import data
import extractors
import mobilefacenet
from checkpoint import load_checkpoint, revision
from evaluate import as_batch
from export import MODELS
from fields import GRIDS, STRENGTHS
from generator import WORKING_SIZE, to_working_size
from mobilefacenet import NAME, STUDENT, MobileFaceNet, as_stored
from refine import SETTINGS, Subject, random_view, rates_at

HERE = Path(__file__).parent


@dataclass
class Config:
    seed: int = 0
    teachers: tuple = ("dlib_resnet", "espdl_mfn", "faceres", "mobileface_v2", "retail_0095")  # besides MobileFaceNet itself
    width: int = 128  # of each teacher's part of the embedding: its principal directions
    seconds: int = 3000
    batch: int = 24
    rate: float = 4e-4
    rate_floor: float = 0.02
    pool: int = 1536  # faces under attack at a time
    life: int = 32  # steps until a face leaves the pool
    clean: float = 0.25  # share of the steps that are taught on clean faces
    seldom: float = 0.25  # how often faceres is asked, several times as dear as the others
    strength: str = "standard"  # of the attacks
    checkpoint_seconds: int = 120


class Student(MobileFaceNet):
    """MobileFaceNet with weights to train, all but its slopes; one more part of the embedding for every teacher."""

    def __init__(self, parts, dtype=torch.bfloat16):
        super().__init__(torch.float32)
        more = sum(parts) - self.parts[0]
        self.parts, self.dtype = parts, dtype
        self.head_kernel = torch.cat([self.head_kernel, torch.zeros(len(self.head_kernel), more)], 1)
        self.head_bias = torch.cat([self.head_bias, torch.zeros(more)])
        for name, tensor in list(self.named_buffers()):
            if name != "mean" and not name.endswith("_slope"):
                delattr(self, name)
                self.register_parameter(name, nn.Parameter(tensor.clone()))

    def freeze(self, frozen):
        for parameter in self.parameters():
            parameter.requires_grad_(not frozen)

    @torch.no_grad()
    def begin_as(self, other):
        """The weights of another student, but the parts of its head that speak of its own teachers' directions."""
        own = self.parts[0]
        for name, parameter in self.named_parameters():
            theirs = getattr(other, name).float()
            if name.startswith("head"):
                parameter[..., :own] = theirs[..., :own]
            else:
                parameter.copy_(theirs)


class Teachers:
    """What the student is to say: each teacher's embedding, about the mean face, in its principal directions over `faces`."""

    def __init__(self, recognisers, faces, width):
        self.recognisers = recognisers
        with torch.no_grad():
            known = {name: torch.cat([r(part) for part in faces.split(32)]) for name, r in recognisers.items()}
        # strangers' embeddings by dlib and FaceRes share a large common part
        self.centres = {name: e.mean(0) * (name in ("dlib_resnet", "faceres")) for name, e in known.items()}
        self.directions = {name: torch.linalg.svd(e - e.mean(0), full_matrices=False)[2][:width].t() for name, e in known.items()}
        self.known = {name: self._seen_so(name, e) for name, e in known.items()}

    def _seen_so(self, name, embedding):
        return embedding if name == NAME else (embedding - self.centres[name]) @ self.directions[name]

    @torch.no_grad()
    def __call__(self, name, picture, jitter):
        return F.normalize(self._seen_so(name, self.recognisers[name](picture, jitter)), dim=1)

    def widths(self):
        return [e.shape[1] for e in self.known.values()]


class Pool:
    """Faces under attack, at the working size; each with its fields' parameters, its paint, and Adam's two means of all of them."""

    def __init__(self, config, crops, cloak, random):
        self.config, self.crops, self.cloak, self.random = config, crops, cloak, random
        self.pictures = torch.zeros(config.pool, 3, WORKING_SIZE, WORKING_SIZE, dtype=torch.float16)
        self.parameters, self.means, self.squares = [
            {**{name: torch.zeros(config.pool, channels, side, side) for name, (channels, side) in GRIDS.items()}, "paint": torch.zeros_like(self.pictures)}
            for _ in range(3)]
        self.age = np.zeros(config.pool, int)
        for rows in np.array_split(np.arange(config.pool), max(1, config.pool // 32)):
            self.renew(rows)

    def subject(self, small):
        return Subject(small, torch.ones(len(small)), STRENGTHS[self.config.strength], self.cloak.perception, self.cloak.limits)

    @torch.no_grad()
    def renew(self, rows):
        """Other faces, with what the network draws on them."""
        if not len(rows):
            return
        chosen = np.sort(self.random.randint(0, len(self.crops), len(rows)))
        small = to_working_size(as_batch(self.crops[chosen]))
        self.pictures[rows] = small.half()
        for name, start in self.subject(small).start(self.cloak.draw(small)).items():
            self.parameters[name][rows] = start.to(self.parameters[name].dtype)
            self.means[name][rows], self.squares[name][rows] = 0, 0
        self.age[rows] = 0

    def parameters_of(self, rows):
        """Ready for a step."""
        return {name: kept[rows].float().requires_grad_() for name, kept in self.parameters.items()}

    def step(self, rows, parameters, subject):
        """Adam, as refine.py takes it; squares are kept a million times as large, for 16 bits."""
        beta1, beta2 = SETTINGS["betas"]
        age = self.age[rows].reshape(-1, 1, 1, 1)
        rates = rates_at(age, self.config.life, subject.visibility)
        left1, left2 = [torch.from_numpy(1 - beta ** (age + 1)).float() for beta in (beta1, beta2)]
        for name, parameter in parameters.items():
            kept, gradient = self.parameters[name], parameter.grad
            mean = self.means[name][rows].float() * beta1 + (1 - beta1) * gradient
            square = self.squares[name][rows].float() * beta2 + (1 - beta2) * (1e3 * gradient) ** 2
            change = torch.from_numpy(rates[name]).float() * (mean / left1) / ((square / left2).sqrt() / 1e3 + 1e-8)
            changed = parameter.detach() - (change * subject.texture if name == "paint" else change)
            self.parameters[name][rows], self.means[name][rows], self.squares[name][rows] = [x.to(kept.dtype) for x in (changed, mean, square)]
        self.age[rows] += 1
        self.renew(rows[self.age[rows] >= self.config.life])


class Training:
    def __init__(self, config, folder, crops, cloak, recognisers, further=False):
        self.config, self.folder = config, Path(folder)
        self.random = np.random.RandomState(config.seed)
        torch.manual_seed(config.seed)
        self.base = recognisers[NAME]
        self.pool = Pool(config, crops, cloak, self.random)
        pictures = self.pool.pictures.float()
        self.teachers = Teachers(recognisers, pictures, config.width)
        self.names = list(recognisers)
        self.student = Student(self.teachers.widths(), self.base.dtype)
        if further:
            self.student.begin_as(MobileFaceNet(name=STUDENT))
        self.fit_heads(pictures)
        self.optimiser = torch.optim.Adam(self.student.parameters(), config.rate, (0.9, 0.99))
        self.step, self.seconds, self.stopping = 0, 0.0, False

    @torch.no_grad()
    def fit_heads(self, pictures):
        """Least squares with a ridge, on clean faces: where training begins."""
        features = torch.cat([self.student.features(part) for part in pictures.split(32)])
        features = torch.cat([features, torch.ones(len(features), 1)], 1)
        ridge = 3 * features.pow(2).mean() * torch.eye(features.shape[1])
        wanted = torch.cat([self.teachers.known[name] for name in self.names if name != NAME], 1)
        weights = torch.linalg.solve(features.t() @ features + ridge, features.t() @ wanted)
        start = self.student.parts[0]
        self.student.head_kernel[:, start:], self.student.head_bias[start:] = weights[:-1], weights[-1]

    def attack(self, rows, pictures, jitter, view):
        """One step of refinement through whose turn it is -> what the teachers are then shown."""
        asked = self.base if self.step % 2 else self.student
        subject, parameters = self.pool.subject(pictures), self.pool.parameters_of(rows)
        self.student.freeze(True)
        with torch.no_grad():
            known = asked(view(pictures), jitter)
        shown = subject.ask(asked, known, parameters, view, jitter)
        self.student.freeze(False)
        self.pool.step(rows, parameters, subject)
        return shown

    def train_step(self):
        """-> {teacher: one minus the mean cosine of what it says and what the student says it does}."""
        c, random = self.config, self.random
        done = min(1.0, self.seconds / c.seconds)
        for group in self.optimiser.param_groups:
            group["lr"] = c.rate * min(1, (self.step + 1) / 50) * (c.rate_floor + (1 - c.rate_floor) * 0.5 * (1 + np.cos(np.pi * done)))
        rows = np.sort(random.choice(c.pool, c.batch, replace=False))
        pictures = self.pool.pictures[rows].float()
        jitter = extractors.draw_jitter(c.batch, (0.02, SETTINGS["jitter"]["scale"], SETTINGS["jitter"]["shift"]))
        view = random_view(random=random)
        shown = self.attack(rows, pictures, jitter, view)
        if random.random() < c.clean:
            shown = view(pictures)
        answers = dict(zip(self.names, self.student(shown, jitter).split(self.student.parts, 1)))
        asked = [name for name in self.names if name != "faceres" or random.random() < c.seldom]
        losses = {name: 1 - len(self.names) ** 0.5 * (answers[name] * self.teachers(name, shown, jitter)).sum(1).mean() for name in asked}
        self.optimiser.zero_grad()
        sum(losses.values()).backward()
        torch.nn.utils.clip_grad_norm_(self.student.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        return {name: loss.item() for name, loss in losses.items()}

    def save(self):
        partial = self.folder / "checkpoint.partial"
        torch.save({"student": self.student.state_dict(), "optimiser": self.optimiser.state_dict(), "names": self.names,
                    "parts": self.student.parts, "step": self.step, "seconds": self.seconds, "config": asdict(self.config)}, partial)
        os.replace(partial, self.folder / "checkpoint.pt")

    def resume(self):
        """The attacks begin anew; the pool is filled with faces again within its life."""
        state = torch.load(self.folder / "checkpoint.pt", weights_only=False)
        self.student.load_state_dict(state["student"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds = state["step"], state["seconds"]

    def run(self):
        saved, rows = time.time(), []
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "stopping", True))
        while self.seconds < self.config.seconds and not self.stopping:
            began = time.time()
            rows.append(self.train_step())
            self.seconds += time.time() - began
            if self.step % 25 == 0:
                means = {name: round(float(np.mean([r[name] for r in rows if name in r] or [np.nan])), 4) for name in self.names}
                with open(self.folder / "metrics.jsonl", "a") as file:
                    file.write(json.dumps({"step": self.step, "seconds": round(self.seconds), **means}) + "\n")
                rows = []
            if time.time() - saved > self.config.checkpoint_seconds:
                self.save()
                saved = time.time()
        self.save()


def train(options):
    config = Config(seconds=options.seconds)
    folder = HERE / "runs" / options.run_name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({**asdict(config), "revision": revision()}, indent=1) + "\n")
    cloak, _ = load_checkpoint(options.cloak)
    crops, _, _ = data.load_crops()
    recognisers = mobilefacenet.load(data.data_root(), (NAME, *config.teachers), torch.bfloat16 if options.bfloat16 else torch.float32)
    training = Training(config, folder, crops, cloak, recognisers, options.further)
    if (folder / "checkpoint.pt").exists():
        training.resume()
    training.run()


def changes(student, base):
    """[(name as stored, float32 array)] of what the student has other than `base`: differences, and its whole head."""
    _, tensors = mobilefacenet.read()
    own, theirs = dict(student.named_parameters()), dict(base.named_buffers())
    listed = []
    for stored in tensors:
        name = stored.replace(".", "_")
        if name not in own:
            continue
        values = own[name].data if name.startswith("head") else own[name].data - theirs[name].float()
        listed.append((stored, as_stored(stored, values).numpy()))
    return listed


def export(options):
    state = torch.load(HERE / "runs" / options.run_name / "checkpoint.pt", weights_only=False)
    student = Student(state["parts"], torch.float32)
    student.load_state_dict(state["student"])
    listed, entries, offset = changes(student, MobileFaceNet()), [], 0
    for name, array in listed:
        entries.append({"name": name, "shape": list(array.shape), "offset": offset})
        offset += array.size
    weights = np.concatenate([array.ravel() for _, array in listed]).astype("<f2")
    (MODELS / "student.bin").write_bytes(weights.tobytes())
    (MODELS / "student.json").write_text(json.dumps(
        {"format": 1, "about": "what training changed of MobileFaceNet's weights, and a head of its own", "parts": state["parts"],
         "teachers": state["names"], "trained": {"steps": state["step"], "hours": round(state["seconds"] / 3600, 2),
                                                 "date": date.today().isoformat(), "config": state["config"]},
         "tensors": entries}, indent=1) + "\n")
    print(f"{len(listed)} tensors, {weights.nbytes} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    commands = parser.add_subparsers(required=True)
    for name, run in (("train", train), ("export", export)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("--run", dest="run_name", required=True)
        if run is train:
            command.add_argument("--seconds", type=int, default=Config.seconds)
            command.add_argument("--bfloat16", action="store_true", help="much faster where the processor has units for it, many times slower where not")
            command.add_argument("--further", action="store_true", help="begin with the student that ships")
            command.add_argument("--cloak", type=Path, required=True, help="checkpoint of the network whose drawings attacks begin with")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.run(options)


if __name__ == "__main__":
    main()
