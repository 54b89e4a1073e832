"""Quick checks that need neither photos nor recognisers: python3 -m unittest discover training"""
import copy
import json
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parent))
import data
import export
import losses
import websites
from boxes import box
from cloak import Cloak
from generator import Generator, multiply_accumulates
from perceptual import Perception, mask_of, visibility
from touch import OUTPUTS, WAYS, texture, touch, ways


def trained_like_generator():
    """Random weights with batch statistics that are not the initial ones."""
    torch.manual_seed(1)
    generator = Generator().train()
    with torch.no_grad():
        for _ in range(3):
            generator(torch.rand(4, 3, 64, 64))
        generator.noise.eta.normal_()
        generator.gamma.normal_(1, 0.2)
    return generator.eval()


def depth_to_space(x, block=2):
    """tf.depthToSpace, NHWC, by its definition."""
    n, h, w, c = x.shape
    out = c // block ** 2
    return x.reshape(n, h, w, block, block, out).transpose(0, 1, 3, 2, 4, 5).reshape(n, h * block, w * block, out)


class SimilarityTransform(unittest.TestCase):
    def test_recovers_rotation_scale_and_shift(self):
        angle, scale, shift = 0.4, 2.5, np.array([30.0, -12.0])
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        source = (data.TARGETS - shift) @ rotation / scale
        found = data.similarity_transform(source)
        np.testing.assert_allclose(found, np.hstack([scale * rotation, shift[:, None]]), atol=1e-9)

    def test_does_not_mirror(self):
        found = data.similarity_transform(data.TARGETS * [-1, 1])
        self.assertGreater(np.linalg.det(found[:, :2]), 0)

    def test_crop_puts_the_eye_where_the_template_has_it(self):
        from PIL import Image
        photo = np.zeros((250, 250, 3), np.uint8)
        keypoints = data.TARGETS * 1.25 + [40, 50]
        x, y = keypoints[0]
        photo[int(y) - 2:int(y) + 3, int(x) - 2:int(x) + 3] = 255
        crop = data.canonical_crop(Image.fromarray(photo), keypoints).astype(float)[..., 0]
        rows, columns = np.mgrid[:256, :256] + 0.5
        found = np.array([(crop * columns).sum(), (crop * rows).sum()]) / crop.sum()
        wanted = (data.TARGETS[0] + 24) / 160 * 256
        np.testing.assert_allclose(found, wanted, atol=1.0)


class Boxes(unittest.TestCase):
    def test_is_pooling_that_counts_nothing_beyond_the_border(self):
        x = torch.randn(2, 3, 20, 24)
        pool = lambda t, k: F.avg_pool2d(t, k, 1, k // 2, count_include_pad=False)
        torch.testing.assert_close(box(x, 5, 9), pool(pool(x, 5), 9), rtol=1e-4, atol=1e-6)


class Visibility(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.picture, self.residual = torch.rand(2, 3, 64, 64), torch.randn(2, 3, 64, 64) * 0.02
        p = Perception()
        self.norm = lambda r, picture: visibility(r, mask_of(picture, p), p)

    def test_is_homogeneous(self):
        once, thrice = self.norm(self.residual, self.picture), self.norm(3 * self.residual, self.picture)
        torch.testing.assert_close(thrice, 3 * once, rtol=1e-4, atol=1e-5)

    def test_flat_skin_hides_less_than_texture(self):
        flat = torch.full_like(self.picture, 0.5)
        self.assertTrue((self.norm(self.residual, flat) > self.norm(self.residual, self.picture)).all())

    def test_projection_reaches_the_wanted_visibility_and_scales_with_it(self):
        cloak = Cloak(trained_like_generator())
        small = torch.rand(2, 3, 64, 64)
        maps = cloak.maps(small, bfloat16=False)
        weak, strong = cloak.project(maps, small, 0.4)[0], cloak.project(maps, small, 0.8)[0]
        torch.testing.assert_close(strong, 2 * weak, rtol=1e-4, atol=1e-6)
        self.assertTrue((self.norm(weak, small) <= 0.4 * 1.001).all())

    def test_nothing_exceeds_the_largest_residual_and_the_cut_is_seen(self):
        cloak = Cloak(trained_like_generator())
        maps = torch.zeros(1, OUTPUTS, 32, 32)
        maps[0, 0, 10, 10] = 1
        residual, overshoot = cloak.project(maps, torch.rand(1, 3, 64, 64), cloak.limits.default_visibility)
        self.assertLessEqual(residual.abs().max().item(), cloak.limits.largest + 1e-6)
        self.assertGreater(overshoot.item(), 0)


class Touch(unittest.TestCase):
    def touched(self, maps, picture):
        return touch(maps, picture, mask_of(picture, Perception()))

    def test_even_skin_has_no_detail_to_be_touched_and_hides_little_grain(self):
        maps, even = torch.randn(1, OUTPUTS, 32, 32), torch.full((1, 3, 64, 64), 0.5)
        grain = self.touched(maps, even).abs().mean()
        self.assertLess(grain, 0.25 * self.touched(maps, torch.rand(1, 3, 64, 64)).abs().mean())
        maps[:, WAYS:] = 0
        self.assertLess(self.touched(maps, even).abs().max().item(), 1e-6)

    def test_right_moves_a_slope_by_its_height(self):
        slope = (torch.arange(64.) / 100).expand(1, 3, 64, 64)
        torch.testing.assert_close(ways(slope)[:, 2, ..., 4:-4], torch.full((1, 3, 64, 56), 0.01), rtol=1e-4, atol=1e-6)

    def test_smooth_skin_takes_next_to_nothing_and_hair_most(self):
        even, hair = torch.full((1, 3, 64, 64), 0.5), torch.rand(1, 3, 64, 64)
        slope = (torch.arange(64.) / 100).expand(1, 3, 64, 64)
        edge = (torch.arange(64) > 31).float().expand(1, 3, 64, 64)
        taken = [texture(picture)[..., 4:-4, 4:-4].mean().item() for picture in (even, slope, edge, hair)]
        self.assertLess(max(taken[:2]), 0.01)
        self.assertLess(taken[2], 0.1)
        self.assertGreater(taken[3], 0.5)


class Websites(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.picture = F.interpolate(torch.rand(1, 3, 20, 20), size=(160, 160), mode="bilinear", align_corners=False)

    def test_jpeg_is_near_what_an_encoder_makes(self):
        import io
        from PIL import Image
        eight_bit = (self.picture * 255).round() / 255
        for subsampled in (True, False):
            buffer = io.BytesIO()
            image = Image.fromarray((eight_bit[0] * 255).byte().permute(1, 2, 0).numpy())
            image.save(buffer, "JPEG", quality=60, subsampling=2 if subsampled else 0)
            encoded = torch.from_numpy(np.array(Image.open(buffer))).permute(2, 0, 1)[None] / 255
            found = websites.jpeg(eight_bit, 60, subsampled)
            self.assertLess((found - encoded).abs().mean(), 0.15 * (encoded - eight_bit).abs().mean() + 1 / 255)

    def test_lower_quality_loses_more(self):
        loss = [(websites.jpeg(self.picture, q) - self.picture).pow(2).mean().item() for q in (95, 75, 50, 30)]
        self.assertEqual(loss, sorted(loss))

    def test_gradient_reaches_the_picture_through_everything(self):
        class Always:  # every branch taken
            random = staticmethod(lambda: 0.05)
            uniform = staticmethod(lambda low, high: (low + high) / 2)
            randint = staticmethod(lambda *bounds: 0)
            normal = staticmethod(torch.randn)
        picture = self.picture.clone().requires_grad_()
        shown = websites.pass_through(picture, untouched=0.0, random=Always)
        self.assertEqual(shown.shape, picture.shape)
        shown.mean().backward()
        self.assertGreater(picture.grad.abs().mean().item(), 0)


class Export(unittest.TestCase):
    def test_folded_equals_unfolded(self):
        generator = trained_like_generator()
        folded = copy.deepcopy(generator).fold()
        picture = torch.rand(1, 3, 64, 64)
        with torch.no_grad():
            torch.testing.assert_close(folded(picture), generator(picture), rtol=1e-3, atol=1e-4)

    def test_pixel_shuffle_permutation(self):
        x = torch.randn(1, 12, 5, 5)
        wanted = F.pixel_shuffle(x, 2).permute(0, 2, 3, 1).numpy()
        found = depth_to_space(x[:, export.shuffle_order(12)].permute(0, 2, 3, 1).numpy())
        np.testing.assert_array_equal(found, wanted)

    def test_weights_fit_and_are_described(self):
        generator = trained_like_generator().fold()
        listed = export.tensors(generator)
        names = [name for name, _ in listed]
        self.assertEqual(len(names), len(set(names)))
        self.assertLess(sum(a.size for _, a in listed) * 2, 2 * 1024 * 1024)
        self.assertLess(multiply_accumulates(generator), 4e9)
        self.assertEqual(dict(listed)["draw.first.kernel"].shape[:2], (3, 3))

    def test_committed_weights_match_their_description(self):
        described = json.loads((export.MODELS / "network.json").read_text())
        last = described["tensors"][-1]
        size = (export.MODELS / "weights.bin").stat().st_size
        self.assertEqual((last["offset"] + int(np.prod(last["shape"]))) * 2, size)
        expected = [(n, list(a.shape)) for n, a in export.tensors(Generator().fold())]
        self.assertEqual([(t["name"], t["shape"]) for t in described["tensors"]], expected)


class Losses(unittest.TestCase):
    def test_stripes_repeat_and_noise_does_not(self):
        torch.manual_seed(0)
        noise = torch.randn(2, 3, 96, 96)
        stripes = torch.sin(torch.arange(96.) * 1.5).view(1, 1, 96, 1).expand(2, 3, 96, 96)
        self.assertLess(losses.repetition(noise).item(), 0.05)
        self.assertGreater(losses.repetition(stripes).item(), 1.0)

    def test_one_pattern_for_everybody_is_universal(self):
        pattern = torch.randn(1, 3, 32, 32).expand(8, 3, 32, 32)
        self.assertAlmostEqual(losses.universal_part(pattern).item(), 1, places=3)
        self.assertLess(losses.universal_part(torch.randn(8, 3, 32, 32)).item(), 0.2)

    def test_lagging_recogniser_weighs_more(self):
        weighting = losses.DynamicLossWeighting(["fast", "slow"])
        for i in range(20):
            weighting.observe("fast", 1 - i * 0.04)
            weighting.observe("slow", 1 - i * 0.001)
        weights = weighting.weights(0.5)
        self.assertGreater(weights["slow"], weights["fast"])


if __name__ == "__main__":
    unittest.main()
