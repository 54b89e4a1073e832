"""Train the generator. `python3 train.py --run NAME`; killed at any moment, the same command goes on.

`torchrun --nproc_per_node 4 train.py --run NAME` shares every batch among four processes (README.md). The first of them
writes to runs/NAME/: config.json (settings, seed, git revision), metrics.jsonl, checkpoint.pt, pictures/.
"""
import argparse
import json
import os
import signal
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import data
import losses
import mobilefacenet
import processes
import websites
from chance import Chance
from checkpoint import revision
from cloak import Cloak, Limits
from evaluate import as_batch, validate
from extractors import draw_jitter
from fields import STRENGTHS, between
from generator import Generator, to_working_size
from perceptual import Perception


@dataclass
class Config:
    seed: int = 0
    steps: int = 3300
    seconds: int = 0  # when set, the run is as long as this, resumed parts together, instead of `steps`
    batch: int = 12  # faces a step, of all processes together
    rate: float = 2.5e-3
    betas: tuple = (0.5, 0.99)
    places_rate: float = 5.0  # times the rate, for the map of places
    rate_floor: float = 0.01  # the rate ends at this share of `rate`, along a cosine
    trunk: str = "trained"  # or "frozen": what comes before the Cloaking Block stays as the start has it, and is computed once a face
    recognisers: tuple = ("mobilefacenet", "dlib_resnet", "mobileface_v2", "retail_0095", "espdl_mfn", "faceres")
    each_step: int = 2  # recognisers drawn a step
    seldom: float = 0.25  # how often faceres, four times as dear as the others, is drawn beside one of them
    weighting: str = "dynamic"  # or "equal", "fixed"
    overshoot: float = 4.0  # weight of what the largest residual of the paint cuts off
    calm: float = 0.03  # weight of the fields' own amplitude, as shares of their bounds: what is not needed is not drawn
    sameness: float = 1.0  # weight of what the fields of a batch have in common
    universal: float = 1.0  # weight of what the paint of a batch has in common ...
    universal_free: float = 0.2  # ... above this share of its energy
    adversarial: float = 0.02  # weight of the patch discriminator; 0: not trained
    adversarial_rate: float = 4e-4
    jitter: tuple = (0.03, 0.03, 0.02)  # standard deviations: rotation (radian), log scale, shift (half crops)
    precision: str = "float32"  # of the networks; or "bfloat16", several times faster where the processor has units for it
    untouched: float = 0.3  # share of the steps that no website touches
    validation_photos: int = 200
    validate_every: int = 400  # steps; 0: never
    checkpoint_seconds: int = 120
    perception: Perception = field(default_factory=Perception)
    limits: Limits = field(default_factory=Limits)


SELDOM = "faceres"
FIXED_WEIGHTS = {"mobilefacenet": 1.0, "dlib_resnet": 1.5, "mobileface_v2": 0.8, "retail_0095": 1.0, "espdl_mfn": 1.0, "faceres": 1.2}


class CleanEmbeddings:
    """Embeddings of the untouched crops, computed the first time each is met; and the mean of some, for centring.

    The embeddings of dlib and FaceRes share a large common part (two strangers score .84 and .7): cosines are taken
    about the mean face, where they spread from -1 to 1 as the others' do.
    """

    def __init__(self, recognisers, crops, device, sample=96):
        self.recognisers, self.known = recognisers, {name: [None] * len(crops) for name in recognisers}
        indices = np.linspace(0, len(crops) - 1, sample).astype(int)
        batch = to_working_size(as_batch(crops[indices]).to(device))
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


class Looks:
    """What the frozen part of the generator makes of the crops, computed the first time each is met."""

    def __init__(self, cloak, count):
        self.cloak, self.known = cloak, [None] * count

    @torch.no_grad()
    def __call__(self, indices, crops):
        missing = [i for i, index in enumerate(indices) if self.known[index] is None]
        if missing:
            for i, looked in zip(missing, self.cloak.look(crops[missing]).half()):
                self.known[indices[i]] = looked
        return torch.stack([self.known[index] for index in indices]).float().contiguous(memory_format=torch.channels_last)


class Trainer:
    """One run. `crops`, `held`: N x 256 x 256 x 3 uint8 to train on and to validate on; `recognisers`: {name: module}."""

    def __init__(self, config, folder, crops, held, recognisers, device=torch.device("cpu")):
        self.config, self.folder, self.device = config, Path(folder), device
        self.crops, self.held = crops, held
        self.rows = processes.share(config.batch)
        torch.manual_seed(config.seed)
        self.recognisers = {name: recogniser.to(device) for name, recogniser in recognisers.items()}
        self.clean = CleanEmbeddings(self.recognisers, crops, device)
        self.cloak = Cloak(Generator(), config.perception, config.limits).to(device, memory_format=torch.channels_last)
        self.critic = losses.PatchDiscriminator().to(device, memory_format=torch.channels_last)
        self.looks = Looks(self.cloak, len(crops)) if config.trunk == "frozen" else None
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
                 "weighting": self.weighting.state()}
        partial = self.folder / "checkpoint.partial"
        torch.save(state, partial)
        os.replace(partial, self.folder / "checkpoint.pt")

    def resume(self, path, weights_only=False):
        state = torch.load(path, map_location="cpu", weights_only=False)  # our own file; what is loaded finds its device
        own = self.cloak.generator.state_dict()
        known = {name: value for name, value in state["generator"].items() if name in own and own[name].shape == value.shape}
        self.cloak.generator.load_state_dict(known, strict=not weights_only)  # a start may have been another kind of network at its end
        self.critic.load_state_dict(state["critic"])
        steps, seconds = state.get("earlier", (0, 0))
        if weights_only:
            self.earlier = steps + state["step"], seconds + state["seconds"]
            return
        self.earlier = steps, seconds
        self.optimiser.load_state_dict(state["optimiser"])
        self.critic_optimiser.load_state_dict(state["critic_optimiser"])
        self.weighting.restore(state["weighting"])
        self.step, self.seconds = state["step"], state["seconds"]
        if processes.first():
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

    def draw_recognisers(self, chance):
        names = [n for n in self.config.recognisers if n != SELDOM]
        count = min(self.config.each_step, len(self.config.recognisers))
        if SELDOM in self.config.recognisers and (not names or chance.random() < self.config.seldom):
            return [SELDOM, *chance.choice(names, count - 1, replace=False)] if names else [SELDOM]
        return list(chance.choice(names, min(count, len(names)), replace=False))

    def recogniser_weights(self):
        if self.config.weighting == "dynamic":
            return self.weighting.weights(self.done())
        return FIXED_WEIGHTS if self.config.weighting == "fixed" else {name: 1.0 for name in self.config.recognisers}

    def draw_batch(self, chance):
        """-> (indices of this process's faces, the faces at the working size)."""
        indices = np.sort(chance.choice(len(self.crops), self.config.batch, replace=False))[self.rows]
        return indices, to_working_size(as_batch(self.crops[indices]).contiguous().to(self.device))

    def half_precision(self):
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.config.precision == "bfloat16")

    def identity_loss(self, indices, crops, cloaked, chance):
        c = self.config
        weights, total, seen = self.recogniser_weights(), 0, {}
        shown, names = websites.pass_through(cloaked, c.untouched, chance), self.draw_recognisers(chance)
        for name in map(str, names):
            embedding = self.recognisers[name](shown, draw_jitter(len(crops), c.jitter, chance.normal).to(self.device))
            similarity = self.clean.similarity(name, embedding, indices, crops)
            # beyond a right angle a face is hidden: the others need the visibility more
            loss = processes.average(F.relu(similarity).mean())
            self.weighting.observe(name, loss.item())
            total = total + weights[name] * loss
            seen[name] = similarity.detach().mean()
        seen.update({f"weight_{name}": torch.tensor(weights[name], device=self.device) for name in weights})
        return total / len(names), seen

    def train_critic(self, crops, cloaked):
        with self.half_precision():
            judged = self.critic(torch.cat([crops, cloaked.detach()]))
        loss = losses.hinge_discriminator(*judged.chunk(2))
        self.critic_optimiser.zero_grad()
        loss.backward()
        processes.average_gradients(self.critic.parameters())
        self.critic_optimiser.step()
        return loss.detach()

    def adversarial_loss(self, cloaked):
        self.critic.requires_grad_(False)  # its own gradients are not wanted here
        with self.half_precision():
            loss = losses.hinge_generator(self.critic(cloaked))
        self.critic.requires_grad_(True)
        return loss

    def set_rate(self):
        c = self.config
        falling = c.rate_floor + (1 - c.rate_floor) * 0.5 * (1 + np.cos(np.pi * self.done()))
        for group in self.optimiser.param_groups:
            group["lr"] = group["times"] * c.rate * min(1.0, (self.step + 1) / 50) * falling

    def train_step(self):
        """-> {name: figure} of this step, over the batches of all processes."""
        c, chance = self.config, Chance(self.config.seed, self.step, self.rows)
        self.set_rate()
        self.cloak.generator.noise.normal = chance.normal
        if self.looks:
            for part in self.cloak.generator.looking():
                part.eval()
        if self.step % max(1, len(self.crops) // c.batch) == 0:
            self.weighting.begin_epoch()
        indices, crops = self.draw_batch(chance)
        drawn = self.cloak.draw(crops, c.precision == "bfloat16", self.looks and self.looks(indices, crops))
        cloaked = self.cloak.apply(crops, drawn, between(STRENGTHS["gentle"], STRENGTHS["strong"], chance.random()))
        identity, seen = self.identity_loss(indices, crops, cloaked.picture, chance)
        parts = {"overshoot": cloaked.overshoot, "universal": losses.universal_part(cloaked.paint), "calm": losses.amplitude(drawn.fields),
                 "sameness": losses.sameness(drawn.fields)}
        loss = (identity + c.overshoot * parts["overshoot"] + c.calm * parts["calm"] + c.sameness * parts["sameness"]
                + c.universal * F.relu(parts["universal"] - c.universal_free))
        if c.adversarial:
            parts["critic"] = self.train_critic(crops, cloaked.picture)
            parts["adversarial"] = self.adversarial_loss(cloaked.picture)
            loss = loss + c.adversarial * parts["adversarial"]
        self.optimiser.zero_grad()
        loss.backward()
        processes.average_gradients(self.cloak.parameters())
        torch.nn.utils.clip_grad_norm_(self.cloak.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        figures = {**seen, **parts}
        means = processes.average(torch.stack([v.detach().float() for v in figures.values()])).tolist()
        return dict(zip(figures, means))

    def run(self):
        c, saved, rows, block = self.config, time.time(), [], time.time()
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "stopping", True))  # a polite stop loses nothing
        processes.share_weights(self.cloak)
        processes.share_weights(self.critic)
        if self.looks:
            for part in self.cloak.generator.looking():
                part.requires_grad_(False)
        while self.done() < 1 and not self.stopping:
            began = time.time()
            rows.append(self.train_step())
            # the rate depends on the time and the end on both: everybody goes by the slowest process's clock
            seconds, stopping = processes.maximum(time.time() - began, float(self.stopping))
            self.seconds, self.stopping = self.seconds + seconds, bool(stopping)
            if not processes.first():
                continue
            if self.step % 25 == 0:
                means = {k: float(np.mean([r[k] for r in rows if k in r])) for k in sorted({k for r in rows for k in r})}
                self.log(**means, faces_per_second=c.batch * len(rows) / (time.time() - block))
                rows, block = [], time.time()
            if c.validate_every and (self.step % c.validate_every == 0 or self.done() == 1):
                figures = validate(self.cloak, self.held, STRENGTHS["standard"], self.recognisers, self.folder / "pictures" / f"{self.step:06d}.png")
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
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)  # Debian's build takes one thread for two virtual cores
    chosen = {f.name: getattr(options, f.name) for f in fields(Config) if hasattr(options, f.name)}
    chosen.update(recognisers=tuple(options.recognisers))
    return Config(**chosen), Path(__file__).parent / "runs" / options.run, options.start_from


def main(arguments=None):
    config, folder, start = parse_config(arguments)
    device = processes.start()
    if processes.first():
        (folder / "pictures").mkdir(parents=True, exist_ok=True)
        data.load_crops(config.seed, config.validation_photos)  # cuts them, the first time
    processes.wait_for_all()
    crops, held, _ = data.load_crops(config.seed, config.validation_photos)
    precision = torch.bfloat16 if config.precision == "bfloat16" else torch.float32
    recognisers = mobilefacenet.load(data.data_root(), config.recognisers, precision)
    trainer = Trainer(config, folder, crops, held, recognisers, device)
    if (folder / "checkpoint.pt").exists():
        trainer.resume(folder / "checkpoint.pt")
    elif start:
        trainer.resume(start, weights_only=True)
    processes.wait_for_all()  # nobody reads what the first process is about to write
    if processes.first():
        (folder / "config.json").write_text(json.dumps({**asdict(config), "revision": revision(),
                                                        "resumed_at": trainer.step}, indent=1))
    trainer.run()


if __name__ == "__main__":
    main()
