"""Quick checks of the student: no photos, no recognisers but the one that `npm run assets` makes."""
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
from cloak import Cloak, Limits
from extractors import Recogniser
from generator import Generator
from mobilefacenet import NAME, MobileFaceNet
from student import Config, Student, Training, changes

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


def training(folder):
    torch.manual_seed(0)
    config = Config(teachers=("few",), width=8, batch=4, pool=12, life=3, seconds=600, rate=1e-3)
    cloak = Cloak(Generator(), limits=Limits(config.visibility, config.largest / 255)).eval()
    return Training(config, folder, faces(20), cloak, {NAME: MobileFaceNet(torch.bfloat16), "few": FewPixels()})


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

    def test_learns_what_a_teacher_says_of_faces_under_attack(self):
        with tempfile.TemporaryDirectory() as folder:
            run = training(folder)
            start = run.student.parts[0]
            run.student.head_kernel.data[:, start:].normal_(0, 0.01)  # not what the ridge found
            losses = [run.train_step()["few"] for _ in range(40)]
            self.assertLess(np.mean(losses[-8:]), 0.8 * np.mean(losses[:8]))
            self.assertLess(run.pool.age.max(), run.config.life)

    def test_goes_on_from_its_checkpoint(self):
        with tempfile.TemporaryDirectory() as folder:
            run = training(folder)
            run.train_step()
            run.save()
            other = training(folder)
            other.resume()
            self.assertEqual(other.step, 1)
            torch.testing.assert_close(dict(other.student.named_parameters()), dict(run.student.named_parameters()))


if __name__ == "__main__":
    unittest.main()
