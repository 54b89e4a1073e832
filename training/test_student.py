"""Quick checks of the student: no photos, no recognisers but the one that `npm run assets` makes."""
import copy
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parent))
import mobilefacenet
from cloak import Cloak
from extractors import Recogniser
from fields import high_mean, strain, STRENGTHS, warp
from generator import Generator
from mobilefacenet import NAME, MobileFaceNet
from refine import SETTINGS, rates_at
from student import Config, Pool, Student, Training, changes

HAS_ASSETS = (mobilefacenet.ASSETS / f"{NAME}.json").exists()


class FewPixels(nn.Module):
    """A stand-in for a teacher: the unit vector of a face shrunk to 6 x 6."""
    size, box = 112, [0, 0, 112, 112]

    def forward(self, crop, jitter=None):
        small = F.interpolate(Recogniser.sample(self, crop, jitter), size=(6, 6), mode="area").flatten(1)
        return F.normalize(small - small.mean(1, keepdim=True), dim=1)


def faces(count):
    random = np.random.default_rng(3)
    coarse = torch.from_numpy(random.random((count, 3, 12, 12), dtype=np.float32))
    smooth = F.interpolate(coarse, size=(256, 256), mode="bilinear", align_corners=False)
    return (smooth * 255).permute(0, 2, 3, 1).byte().numpy()


def new_cloak():
    torch.manual_seed(0)
    return Cloak(Generator()).eval()


def training(folder, pool=8):
    config = Config(teachers=("few",), width=6, batch=4, pool=pool, life=3, seconds=600, rate=1e-3)
    return Training(config, folder, faces(20), new_cloak(), {NAME: MobileFaceNet(), "few": FewPixels()})


class PoolTest(unittest.TestCase):
    def setUp(self):
        self.pool = Pool(Config(pool=4, life=3), faces(6), new_cloak(), np.random.RandomState(0))
        self.rows, self.recogniser = np.array([0, 1, 3]), FewPixels()

    def attack(self):
        pictures = self.pool.pictures[self.rows].float()
        subject, parameters = self.pool.subject(pictures), self.pool.parameters_of(self.rows)
        with torch.no_grad():
            known = self.recogniser(pictures)
        shown = subject.ask(self.recogniser, known, parameters, lambda picture: picture, None)
        self.pool.step(self.rows, parameters, subject)
        return (self.recogniser(shown) * known).sum(1).mean().item(), subject, parameters

    def test_a_step_is_adams(self):
        before = {name: kept[self.rows].float() for name, kept in self.pool.parameters.items()}
        _, subject, asked = self.attack()
        own = {name: p.clone().requires_grad_() for name, p in before.items()}
        rates = rates_at(0, 3, subject.visibility)
        adam = torch.optim.Adam([{"params": [p], "lr": rates[name]} for name, p in own.items()], betas=SETTINGS["betas"])
        for name, p in own.items():
            p.grad = asked[name].grad
        adam.step()
        for name, p in own.items():
            change = p.detach() - before[name]
            if name == "paint":
                change = change * subject.texture
            torch.testing.assert_close(self.pool.parameters[name][self.rows].float() - before[name], change, rtol=1e-2, atol=2e-4, msg=name)

    def test_faces_are_known_less_and_less_within_bounds_and_leave_when_their_time_is_up(self):
        (first, *_), (_, subject, _), (third, *_) = [self.attack() for _ in range(3)]
        self.assertLess(third, first)
        bounds, parameters = STRENGTHS["standard"], self.pool.parameters_of(self.rows)
        self.assertLessEqual(high_mean(strain(warp(parameters["warp"], subject.places, subject.symmetry, bounds))).max().item(), bounds.strain * 1.001)
        self.assertEqual(self.pool.age.tolist(), [0, 0, 0, 0])
        for means in self.pool.means.values():
            self.assertEqual(means.abs().max().item(), 0)

    def test_paint_is_kept_in_16_bits(self):
        for kept in (self.pool.parameters, self.pool.means, self.pool.squares):
            self.assertEqual(kept["paint"].dtype, torch.float16)


@unittest.skipUnless(HAS_ASSETS, "npm run assets has not been run")
class StudentTest(unittest.TestCase):
    def test_begins_as_mobilefacenet_in_its_first_part(self):
        torch.manual_seed(0)
        picture, base = torch.rand(2, 3, 160, 160), MobileFaceNet()
        student = Student([*base.parts, 5], torch.float32)
        with torch.no_grad():
            first = student(picture).split(student.parts, 1)[0]
            torch.testing.assert_close(2 ** 0.5 * first, base(picture), atol=1e-5, rtol=0)

    def test_what_is_exported_and_the_package_add_up_to_it(self):
        base = MobileFaceNet()
        student = Student([*base.parts, 5], torch.float32)
        with torch.no_grad():
            for parameter in student.parameters():
                parameter.add_(0.01 * torch.randn_like(parameter))
        _, package = mobilefacenet.read()
        own = {name: tensor for name, tensor in student.named_parameters()}
        listed = dict(changes(student, base))
        self.assertFalse([name for name in listed if name.endswith(".slope")])
        for name, change in listed.items():
            kernel = own[name.replace(".", "_")].data
            if kernel.dim() == 4:
                kernel = kernel.permute(*((2, 3, 0, 1) if ".places" in name else (2, 3, 1, 0)))
            stored = torch.from_numpy(change) if name.startswith("head") else package[name] + torch.from_numpy(change)
            torch.testing.assert_close(stored, kernel.contiguous(), atol=1e-6, rtol=0)

    def test_two_steps_teach_the_student_and_attack_the_pool_and_it_goes_on_from_its_checkpoint(self):
        with tempfile.TemporaryDirectory() as folder:
            run = training(folder)
            before = copy.deepcopy(run.student.state_dict()), {name: kept.clone() for name, kept in run.pool.parameters.items()}
            for _ in range(2):
                self.assertTrue(0 <= run.train_step()["few"] <= 2)
            self.assertEqual(run.pool.age.sum(), 2 * run.config.batch)
            for name, kept in run.pool.parameters.items():
                self.assertTrue(kept.isfinite().all())
                self.assertFalse(torch.equal(kept, before[1][name]), name)
            for name, parameter in run.student.named_parameters():
                self.assertTrue(parameter.requires_grad and parameter.isfinite().all())
            self.assertFalse(torch.equal(run.student.head_kernel, before[0]["head_kernel"]))
            run.save()
            other = training(folder)
            other.resume()
            self.assertEqual(other.step, 2)
            torch.testing.assert_close(dict(other.student.named_parameters()), dict(run.student.named_parameters()))


if __name__ == "__main__":
    unittest.main()
