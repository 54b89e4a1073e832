"""Quick checks of the per-picture baseline that need neither photos nor recognisers."""
import sys
import unittest
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent))
import data
import optimise
from cloak import project
from perceptual import Perception, mask_of


class Paste(unittest.TestCase):
    """A face turned by ten degrees, its crop about 230 pixels wide, in a photo of 300 x 300."""

    def setUp(self):
        angle, scale = np.radians(10), 1.4
        rotation = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        self.keypoints = (data.TARGETS - data.TARGETS.mean(0)) @ rotation.T + (150, 150)
        self.photo = Image.new("RGB", (300, 300), (128, 128, 128))

    def test_the_crop_of_the_pasted_photo_holds_the_residual(self):
        y, x = np.mgrid[:256, :256] / 256
        residual = np.stack([0.1 * np.sin(9 * x), 0.1 * np.sin(7 * y), 0.1 * np.cos(8 * (x + y))])
        pasted = optimise.paste(self.photo, self.keypoints, residual)
        difference = (data.canonical_crop(pasted, self.keypoints).astype(float) - 128) / 255
        within = slice(32, -32)  # inside the soft edge
        np.testing.assert_allclose(difference[within, within], residual.transpose(1, 2, 0)[within, within], atol=0.006)

    def test_nothing_outside_the_crop_changes(self):
        pasted = np.asarray(optimise.paste(self.photo, self.keypoints, np.full((3, 256, 256), 0.2)))
        self.assertEqual(pasted[150, 150].tolist(), [179, 179, 179])
        for corner in (pasted[:8, :8], pasted[-8:, -8:]):
            self.assertTrue((corner == 128).all())


class Projection(unittest.TestCase):
    def test_the_residual_keeps_to_its_bound_and_still_has_a_gradient(self):
        torch.manual_seed(0)
        free = torch.randn(2, 3, 160, 160, requires_grad=True)
        mask = mask_of(torch.rand(2, 3, 160, 160), Perception())
        residual, overshoot = project(free, mask, optimise.VISIBILITY, Perception(), 4 / 255)
        self.assertLessEqual(residual.abs().max().item(), 4 / 255 + 1e-6)
        self.assertGreater(overshoot.item(), 0)
        residual.square().sum().backward()
        self.assertGreater(free.grad.abs().max().item(), 0)

    def test_a_face_optimised_is_known_less(self):
        class Coarse(nn.Module):
            def forward(self, crop, jitter=None):
                pixels = F.interpolate(crop, size=(32, 32), mode="area").flatten(1)
                return F.normalize(pixels - pixels.mean(1, keepdim=True), dim=1)
        torch.manual_seed(0)
        clean, recogniser = torch.rand(2, 3, 256, 256), Coarse()
        residual = optimise.optimise(clean, {"coarse": recogniser}, 3, 12 / 255)
        self.assertEqual(residual.shape, clean.shape)
        self.assertLessEqual(residual.abs().max().item(), 12 / 255 + 1e-6)
        noise = residual[:, :, torch.randperm(256)]
        known, hidden, noisy = [recogniser(picture.clamp(0, 1)) for picture in (clean, clean + residual, clean + noise)]
        self.assertLess((known * hidden).sum(), (known * noisy).sum())


if __name__ == "__main__":
    unittest.main()
