"""Two processes must train as one does, and a run that was cut as one that was not; stand-ins for photos and recognisers.

`torchrun ... test_processes.py FOLDER` is what the test starts: the trainer's own steps, figures and weights left in FOLDER.
"""
import copy
import json
import socket
import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn as nn
import torch.nn.functional as F

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent))
import processes
from chance import Chance
from train import Config, Trainer

# float32, so that what differs is the order of sums alone; every recogniser, the critic and the universal part at work
CONFIG = Config(steps=4, batch=4, recognisers=("coarse", "fine"), precision="float32", validate_every=0, untouched=0.2,
                universal_free=0.0)


class Recogniser(nn.Module):
    """A small random network that embeds the jittered crop."""

    def __init__(self, size, seed):
        super().__init__()
        self.size = size
        random = torch.Generator().manual_seed(seed)
        self.register_buffer("first", torch.randn(8, 3, 5, 5, generator=random) / 8)
        self.register_buffer("second", torch.randn(16, 8, 3, 3, generator=random) / 8)

    def forward(self, crop, jitter=None):
        theta = torch.eye(2, 3).expand(len(crop), 2, 3) if jitter is None else jitter
        grid = F.affine_grid(theta, (len(crop), 3, self.size, self.size), align_corners=False)
        seen = F.grid_sample(crop, grid, padding_mode="border", align_corners=False)
        features = F.conv2d(torch.tanh(F.conv2d(seen, self.first, stride=2)), self.second, stride=2)
        return F.normalize(F.adaptive_avg_pool2d(features, 3).flatten(1), dim=1)


def new_trainer(folder, config=CONFIG):
    coarse = np.random.default_rng(0).integers(0, 256, (10, 32, 32, 3), np.uint8)
    crops = coarse.repeat(8, 1).repeat(8, 2)
    return Trainer(config, folder, crops, crops[:0], {"coarse": Recogniser(32, 1), "fine": Recogniser(64, 2)})


def train(trainer, steps):
    return [trainer.train_step() for _ in range(steps)]


def weights(trainer):
    return {**trainer.cloak.state_dict(), **{f"critic.{k}": v for k, v in trainer.critic.state_dict().items()}}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


class Processes(unittest.TestCase):
    def setUp(self):
        self.threads = torch.get_num_threads()
        torch.set_num_threads(1)
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def tearDown(self):
        torch.set_num_threads(self.threads)

    def test_two_processes_train_as_one(self):
        launched = subprocess.run(
            [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--redirects", "1", "--tee", "1", "--log_dir", str(self.folder), "--master_addr", "127.0.0.1",
             "--master_port", free_port(), str(HERE), str(self.folder)], capture_output=True, text=True)
        self.assertEqual(launched.returncode, 0, launched.stderr)
        together = json.loads((self.folder / "figures.json").read_text())
        alone = new_trainer(self.folder)
        figures = train(alone, len(together))
        self.assertEqual([set(row) for row in together], [set(row) for row in figures])
        # sums in another order: nothing to be seen in the first step; then Adam, whose first steps go by signs, makes it larger
        for step, (found, wanted) in enumerate(zip(together, figures)):
            for name in wanted:  # weights divide by the variance of the few losses so far
                allowed = (4e-2 if name.startswith("weight") else 5e-3) if step else 2e-4
                self.assertAlmostEqual(found[name], wanted[name], delta=allowed * max(1, abs(wanted[name])), msg=f"{name}, step {step}")
        first, second = [torch.load(self.folder / f"weights-{rank}.pt") for rank in range(2)]
        for name, tensor in first.items():
            self.assertTrue(torch.equal(tensor, second[name]), f"{name}: the processes' networks went apart")
        start, alone = weights(new_trainer(self.folder)), weights(alone)

        def distance(one, other):
            return sum((one[name] - other[name]).double().square().sum().item() for name in start if "running" not in name) ** 0.5
        self.assertLess(distance(first, alone), 0.15 * distance(start, alone))

    def test_a_run_that_was_cut_goes_on_as_if_it_had_not_been(self):
        whole = train(new_trainer(self.folder), 3)
        cut = new_trainer(self.folder)
        train(cut, 2)
        cut.save()
        resumed = new_trainer(self.folder)
        resumed.resume(self.folder / "checkpoint.pt")
        self.assertEqual(resumed.step, 2)
        self.assertEqual(train(resumed, 1), whole[2:])

    def test_a_frozen_trunk_stays_while_the_rest_learns_and_goes_on_from_its_checkpoint(self):
        config = replace(CONFIG, trunk="frozen")
        trainer = new_trainer(self.folder, config)
        start = copy.deepcopy(trainer.cloak.generator.state_dict())
        train(trainer, 1)
        trainer.save()
        for name, tensor in trainer.cloak.generator.state_dict().items():
            if name.startswith(("identity", "perturbation", "noise", "features", "gamma")):
                self.assertTrue(torch.equal(tensor, start[name]), name)
            elif name.endswith("conv.weight"):
                self.assertFalse(torch.equal(tensor, start[name]), name)
        resumed = new_trainer(self.folder, config)
        resumed.resume(self.folder / "checkpoint.pt")
        (found,), (wanted,) = train(resumed, 1), train(trainer, 1)
        self.assertEqual(set(found), set(wanted))
        for name in wanted:  # what the trunk makes of a face is kept, be it computed beside other faces or not
            self.assertAlmostEqual(found[name], wanted[name], delta=1e-3 * max(1, abs(wanted[name])), msg=name)

    def test_a_stop_is_saved_where_it_came_and_the_run_ends_where_it_should(self):
        trainer = new_trainer(self.folder)
        trainer.stopping, taken = False, trainer.train_step

        def step():
            trainer.stopping = trainer.step == 1
            return taken()
        trainer.train_step = step
        trainer.run()
        self.assertEqual(trainer.step, 2)
        resumed = new_trainer(self.folder)
        resumed.resume(self.folder / "checkpoint.pt")
        resumed.run()
        self.assertEqual(resumed.step, CONFIG.steps)
        self.assertEqual(torch.load(self.folder / "checkpoint.pt", weights_only=False)["step"], CONFIG.steps)

    def test_faces_draw_the_same_whoever_has_them(self):
        whole, half = Chance(3, 7, range(6)), Chance(3, 7, range(3, 6))
        self.assertEqual(whole.random(), half.random())
        for _ in range(2):
            torch.testing.assert_close(whole.normal(6, 2, 5)[3:], half.normal(3, 2, 5), rtol=0, atol=0)
        self.assertFalse(torch.equal(Chance(3, 8, range(1)).normal(1, 5), Chance(3, 7, range(1)).normal(1, 5)))


def worker(folder):
    torch.set_num_threads(1)
    processes.start()
    trainer = new_trainer(folder)
    figures = train(trainer, 3)
    if processes.first():
        (folder / "figures.json").write_text(json.dumps(figures))
    torch.save(weights(trainer), folder / f"weights-{dist.get_rank()}.pt")
    processes.wait_for_all()


if __name__ == "__main__":
    worker(Path(sys.argv[1])) if len(sys.argv) > 1 else unittest.main()
