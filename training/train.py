"""Train the generator. `python3 train.py --run NAME`; killed at any moment, the same command goes on.

Writes to runs/NAME/: config.json (settings, seed, git revision), metrics.jsonl, checkpoint.pt, pictures/.
"""
import argparse
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import data
import extractors
import losses
import websites
from cloak import Cloak, Limits
from evaluate import validate
from generator import Generator, to_working_size
from perceptual import Perception


@dataclass
class Config:
    seed: int = 0
    steps: int = 3300
    seconds: int = 0  # when set, the run is as long as this, resumed parts together, instead of `steps`
    batch: int = 12
    rate: float = 2.5e-3
    betas: tuple = (0.5, 0.99)
    places_rate: float = 5.0  # times the rate, for the map of places
    rate_floor: float = 0.01  # the rate ends at this share of `rate`, along a cosine
    recognisers: tuple = ("dlib_resnet", "mobileface_v2", "retail_0095", "espdl_mfn", "faceres")
    each_step: int = 2  # recognisers drawn a step
    seldom: float = 0.25  # how often faceres, four times as dear as the others, is drawn beside one of them
    weighting: str = "dynamic"  # or "equal", "fixed"
    visibility: float = 3.0  # of the stand-in at the end of the run; each step draws from 0.75 to 1.3 times this ...
    visibility_start: float = 3.6  # ... from this, linearly over `visibility_steps`
    visibility_steps: int = 1000
    overshoot: float = 4.0  # weight of what the largest residual cuts off
    repetition: float = 3.0  # weight of stripes and teeth
    universal: float = 1.0  # weight of the part common to the batch above ...
    universal_free: float = 0.2
    adversarial: float = 0.02  # weight of the patch discriminator; 0: not trained
    adversarial_rate: float = 4e-4
    jitter: tuple = (0.03, 0.03, 0.02)  # standard deviations: rotation (radian), log scale, shift (half crops)
    untouched: float = 0.3  # share of the steps that no website touches
    validation_photos: int = 200
    validate_every: int = 400
    checkpoint_seconds: int = 120
    perception: Perception = field(default_factory=Perception)
    limits: Limits = field(default_factory=Limits)


def revision():
    try:
        return subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True,
                              cwd=Path(__file__).parent).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def draw_jitter(count, deviations):
    """N x 2 x 3 random rotation, scale, shift in normalised crop coordinates."""
    rotation, scale, shift = deviations
    angle, size = torch.randn(count) * rotation, (torch.randn(count) * scale).exp()
    offset = torch.randn(count, 2) * shift
    cosine, sine = size * angle.cos(), size * angle.sin()
    return torch.stack([torch.stack([cosine, -sine, offset[:, 0]], 1), torch.stack([sine, cosine, offset[:, 1]], 1)], 1)


SELDOM = "faceres"
FIXED_WEIGHTS = {"dlib_resnet": 1.5, "mobileface_v2": 0.8, "retail_0095": 1.0, "espdl_mfn": 1.0, "faceres": 1.2}


class CleanEmbeddings:
    """Embeddings of the untouched crops, computed the first time each is met; and the mean of some, for centring.

    The embeddings of dlib and FaceRes share a large common part (two strangers score .84 and .7): cosines are taken
    about the mean face, where they spread from -1 to 1 as the others' do.
    """

    def __init__(self, recognisers, crops, sample=96):
        self.recognisers, self.known = recognisers, {name: [None] * len(crops) for name in recognisers}
        indices = np.linspace(0, len(crops) - 1, sample).astype(int)
        batch = to_working_size(torch.from_numpy(crops[indices]).permute(0, 3, 1, 2).float() / 255)
        self.centres = {name: self(name, indices, batch).mean(0) for name in recognisers}

    def similarity(self, name, embedding, indices, crops):
        """N cosines about the mean face between `embedding` and the untouched crops' own."""
        centre = self.centres[name]
        return F.cosine_similarity(embedding - centre, self(name, indices, crops) - centre, dim=1)

    @torch.no_grad()
    def __call__(self, name, indices, crops):
        table = self.known[name]
        missing = [i for i, index in enumerate(indices) if table[index] is None]
        if missing:
            for i, embedding in zip(missing, self.recognisers[name](crops[missing])):
                table[indices[i]] = embedding
        return torch.stack([table[index] for index in indices])


class Trainer:
    def __init__(self, config, folder):
        self.config, self.folder = config, Path(folder)
        torch.manual_seed(config.seed)
        np.random.seed(config.seed)
        self.crops, self.held, self.people = data.load_crops(config.seed, config.validation_photos)
        self.recognisers = extractors.load(data.data_root(), config.recognisers, torch.bfloat16)
        self.clean = CleanEmbeddings(self.recognisers, self.crops)
        self.cloak = Cloak(Generator(), config.perception, config.limits).to(memory_format=torch.channels_last)
        self.critic = losses.PatchDiscriminator().to(memory_format=torch.channels_last)
        places = [self.cloak.generator.noise.eta]
        others = [p for p in self.cloak.parameters() if p is not places[0]]
        self.optimiser = torch.optim.Adam([{"params": others, "times": 1.0},
                                           {"params": places, "times": config.places_rate}], config.rate, config.betas)
        self.critic_optimiser = torch.optim.Adam(self.critic.parameters(), config.adversarial_rate, (0.5, 0.9))
        self.weighting = losses.DynamicLossWeighting(config.recognisers)
        self.step, self.seconds, self.stopping = 0, 0.0, False
        self.earlier = 0, 0.0  # steps and seconds of the run this one started from

    # -- checkpoints ---------------------------------------------------------------------------------------------

    def save(self):
        state = {"step": self.step, "seconds": self.seconds, "earlier": self.earlier, "config": asdict(self.config),
                 "generator": self.cloak.generator.state_dict(), "critic": self.critic.state_dict(),
                 "optimiser": self.optimiser.state_dict(), "critic_optimiser": self.critic_optimiser.state_dict(),
                 "weighting": self.weighting.state(), "torch_rng": torch.get_rng_state(),
                 "numpy_rng": np.random.get_state()}
        partial = self.folder / "checkpoint.partial"
        torch.save(state, partial)
        os.replace(partial, self.folder / "checkpoint.pt")

    def resume(self, path, weights_only=False):
        state = torch.load(path)
        self.cloak.generator.load_state_dict(state["generator"])
        self.critic.load_state_dict(state["critic"])
        steps, seconds = state.get("earlier", (0, 0))
        if weights_only:
            self.earlier = steps + state["step"], seconds + state["seconds"]
            return
        self.earlier = steps, seconds
        self.optimiser.load_state_dict(state["optimiser"])
        self.critic_optimiser.load_state_dict(state["critic_optimiser"])
        self.weighting.restore(state["weighting"])
        torch.set_rng_state(state["torch_rng"])
        np.random.set_state(state["numpy_rng"])
        self.step, self.seconds = state["step"], state["seconds"]
        self.forget_later_metrics()

    def forget_later_metrics(self):
        """Rows written after the checkpoint are written again."""
        file = self.folder / "metrics.jsonl"
        if file.exists():
            rows = [line for line in file.read_text().splitlines(True) if json.loads(line)["step"] <= self.step]
            file.write_text("".join(rows))

    def log(self, **row):
        with open(self.folder / "metrics.jsonl", "a") as file:
            file.write(json.dumps({"step": self.step, "seconds": round(self.seconds),
                                   **{k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}}) + "\n")

    # -- one step ------------------------------------------------------------------------------------------------

    def done(self):
        """Share of the run that is behind, 0 to 1."""
        c = self.config
        return min(1.0, self.seconds / c.seconds if c.seconds else self.step / c.steps)

    def visibility(self):
        c = self.config
        left = max(0.0, 1 - self.step / max(1, c.visibility_steps))
        return c.visibility + (c.visibility_start - c.visibility) * left

    def draw_recognisers(self):
        names = [n for n in self.config.recognisers if n != SELDOM]
        count = min(self.config.each_step, len(self.config.recognisers))
        if SELDOM in self.config.recognisers and (not names or np.random.random() < self.config.seldom):
            return [SELDOM, *np.random.choice(names, count - 1, replace=False)] if names else [SELDOM]
        return list(np.random.choice(names, min(count, len(names)), replace=False))

    def recogniser_weights(self):
        if self.config.weighting == "dynamic":
            return self.weighting.weights(self.done())
        return FIXED_WEIGHTS if self.config.weighting == "fixed" else {name: 1.0 for name in self.config.recognisers}

    def draw_batch(self):
        indices = np.random.choice(len(self.crops), self.config.batch, replace=False)
        batch = torch.from_numpy(self.crops[np.sort(indices)]).permute(0, 3, 1, 2).float() / 255
        return np.sort(indices), to_working_size(batch.contiguous())

    def identity_loss(self, indices, crops, cloaked):
        c = self.config
        weights, total, seen = self.recogniser_weights(), 0, {}
        shown, names = websites.pass_through(cloaked, c.untouched), self.draw_recognisers()
        for name in map(str, names):
            embedding = self.recognisers[name](shown, draw_jitter(len(crops), c.jitter))
            similarity = self.clean.similarity(name, embedding, indices, crops)
            loss = F.relu(similarity).mean()  # beyond a right angle a face is hidden: the others need the visibility more
            self.weighting.observe(name, loss.item())
            total = total + weights[name] * loss
            seen[name] = similarity.mean().item()
        seen.update({f"weight_{name}": weights[name] for name in weights})
        return total / len(names), seen

    def train_critic(self, crops, cloaked):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            judged = self.critic(torch.cat([crops, cloaked.detach()]))
        loss = losses.hinge_discriminator(*judged.chunk(2))
        self.critic_optimiser.zero_grad()
        loss.backward()
        self.critic_optimiser.step()
        return loss.item()

    def train_step(self):
        c = self.config
        for group in self.optimiser.param_groups:
            warm = min(1.0, (self.step + 1) / 50)
            group["lr"] = group["times"] * c.rate * warm * (c.rate_floor + (1 - c.rate_floor) * 0.5 * (1 + np.cos(np.pi * self.done())))
        if self.step % (len(self.crops) // c.batch) == 0:
            self.weighting.begin_epoch()
        indices, crops = self.draw_batch()
        residual, overshoot = self.cloak.residual(crops, self.visibility() * np.random.uniform(0.75, 1.3))
        cloaked = (crops + residual).clamp(0, 1)
        identity, seen = self.identity_loss(indices, crops, cloaked)
        parts = {"overshoot": overshoot, "repetition": losses.repetition(residual),
                 "universal": losses.universal_part(residual)}
        loss = (identity + c.overshoot * overshoot + c.repetition * parts["repetition"]
                + c.universal * F.relu(parts["universal"] - c.universal_free))
        if c.adversarial:
            parts["critic"] = torch.tensor(self.train_critic(crops, cloaked))
            with torch.autocast("cpu", dtype=torch.bfloat16):
                parts["adversarial"] = losses.hinge_generator(self.critic(cloaked))
            loss = loss + c.adversarial * parts["adversarial"]
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.cloak.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        return {**seen, **{k: v.item() for k, v in parts.items()}, "largest": residual.abs().max().item() * 255}

    def run(self):
        c, saved, rows, block = self.config, time.time(), [], time.time()
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "stopping", True))  # a polite stop loses nothing
        while self.done() < 1 and not self.stopping:
            began = time.time()
            row = self.train_step()
            self.seconds += time.time() - began
            rows.append(row)
            if self.step % 25 == 0:
                means = {k: float(np.mean([r[k] for r in rows if k in r])) for k in sorted({k for r in rows for k in r})}
                self.log(**means, visibility=self.visibility(), faces_per_second=c.batch * len(rows) / (time.time() - block))
                rows, block = [], time.time()
            if self.step % c.validate_every == 0 or self.done() == 1:
                figures = validate(self.cloak, self.held, c.visibility, self.recognisers,
                                   picture=self.folder / "pictures" / f"{self.step:06d}.png")
                self.log(validation=figures)
                block = time.time()
            if time.time() - saved > c.checkpoint_seconds or self.done() == 1 or self.stopping:
                self.save()
                saved = time.time()


def parse_config(arguments):
    """Every plain value of Config is an option: --steps 100 --weighting equal --recognisers dlib_resnet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", default="first")
    parser.add_argument("--start-from", help="checkpoint whose weights to start from")
    for f in fields(Config):
        if f.type in (int, float, str):
            parser.add_argument(f"--{f.name.replace('_', '-')}", type=f.type, default=f.default)
    parser.add_argument("--recognisers", nargs="+", default=Config.recognisers)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1,
                        help="one is best beside other work: two threads wait for one another")
    options = vars(parser.parse_args(arguments))
    torch.set_num_threads(options.pop("threads"))  # Debian's build takes one thread for two virtual cores
    run, start = options.pop("run"), options.pop("start_from")
    return Config(**{**options, "recognisers": tuple(options["recognisers"])}), Path(__file__).parent / "runs" / run, start


def main(arguments=None):
    config, folder, start = parse_config(arguments)
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    trainer = Trainer(config, folder)
    if (folder / "checkpoint.pt").exists():
        trainer.resume(folder / "checkpoint.pt")
    elif start:
        trainer.resume(start, weights_only=True)
    (folder / "config.json").write_text(json.dumps({**asdict(config), "revision": revision(),
                                                    "resumed_at": trainer.step}, indent=1))
    trainer.run()


if __name__ == "__main__":
    main()
