"""Quick checks that need neither photos nor recognisers: python3 -m unittest discover training"""
import copy
import json
import sys
import unittest
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parent))
import data
import export
import losses
import refine
import websites
from boxes import box
from cloak import Cloak
from fields import (EXPRESSION, GRIDS, STRENGTHS, Bounds, between, face_mask, high_mean, laid_over, mirrored, new_fields, places_of,
                    retouch, strain, warp, without_expression)
from generator import Generator, multiply_accumulates
from perceptual import Perception, mask_of, visibility
from test_processes import Recogniser
from touch import WAYS, texture, touch, ways
from train import Looks


def trained_like_generator():
    """Random weights with batch statistics that are not the initial ones."""
    torch.manual_seed(1)
    generator = Generator().train()
    with torch.no_grad():
        for _ in range(3):
            generator(torch.rand(2, 3, 160, 160))
        generator.noise.eta.normal_()
        generator.gamma.normal_(1, 0.2)
    return generator.eval()


GENERATOR = trained_like_generator()


def made_up_faces(count=1):
    """Skin with a little grain; hair with strands above."""
    torch.manual_seed(2)
    picture = torch.tensor([0.8, 0.6, 0.5]).view(1, 3, 1, 1) + 0.01 * torch.randn(count, 3, 160, 160)
    strands = 0.15 + 0.25 * (torch.arange(160) % 8 < 4).float()
    picture[:, :, :60] = strands + 0.05 * torch.randn(count, 3, 60, 160)
    return picture.clamp(0, 1)


def wild_fields(count=1, scale=1.0):
    torch.manual_seed(3)
    return {name: scale * torch.randn(count, channels, side, side) for name, (channels, side) in GRIDS.items()}


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

    def test_paint_reaches_the_wanted_visibility_and_scales_with_it(self):
        cloak, raw = Cloak(GENERATOR), self.residual
        weak, strong = [cloak.paint(raw, self.picture, share)[0] for share in (0.2, 0.4)]
        torch.testing.assert_close(strong, 2 * weak, rtol=1e-4, atol=1e-6)
        self.assertTrue((self.norm(weak, self.picture) <= 0.2 * cloak.limits.visibility * 1.001).all())

    def test_nothing_exceeds_the_largest_residual_and_the_cut_is_seen(self):
        cloak, raw = Cloak(GENERATOR), torch.zeros(1, 3, 64, 64)
        raw[..., 20, 20] = 1
        paint, overshoot = cloak.paint(raw, torch.rand(1, 3, 64, 64), 0.5)
        self.assertLessEqual(paint.abs().max().item(), 0.5 * cloak.limits.largest + 1e-6)
        self.assertGreater(overshoot.item(), 0)


class Touch(unittest.TestCase):
    def test_even_skin_has_no_detail_to_be_touched(self):
        maps, even = torch.randn(1, WAYS, 16, 16), torch.full((1, 3, 64, 64), 0.5)
        self.assertLess(touch(maps, even).abs().max().item(), 1e-6)
        self.assertGreater(touch(maps, torch.rand(1, 3, 64, 64)).abs().mean().item(), 0.01)

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


class Fields(unittest.TestCase):
    def setUp(self):
        self.picture = made_up_faces()
        self.places, self.whole, self.bounds = places_of(self.picture), torch.ones(1), STRENGTHS["standard"]

    def test_warp_keeps_to_its_bounds_however_wild_its_parameters(self):
        for bounds in STRENGTHS.values():
            for scale in (0.01, 1, 100):
                moved = warp(wild_fields(scale=scale)["warp"], self.places, self.whole, bounds)
                self.assertLessEqual(high_mean(strain(moved)).item(), bounds.strain * 1.001)
                self.assertLessEqual(high_mean(moved.square().sum(1).sqrt()).item(), bounds.distance * 1.001)

    def test_warp_is_linear_below_its_bounds_and_ends_within_the_face(self):
        parameters = wild_fields(scale=1e-3)["warp"]
        once, twice = [warp(times * parameters, self.places, self.whole, self.bounds) for times in (1, 2)]
        self.assertGreater(once.abs().max().item(), 1e-4)
        torch.testing.assert_close(twice, 2 * once, rtol=1e-4, atol=1e-8)
        self.assertEqual((once * (face_mask(160) == 0)).abs().max().item(), 0)

    def test_mirrored_fields_are_the_same_on_both_sides_by_as_much_as_is_said(self):
        for name, parameters in wild_fields(2).items():
            sign = torch.tensor([-1.0, 1.0] if name == "warp" else [1.0]).view(1, -1, 1, 1)
            alike, untouched = mirrored(name, parameters, torch.tensor([1.0, 0.0]))
            torch.testing.assert_close(laid_over(alike[None], 160).flip(3) * sign, laid_over(alike[None], 160), rtol=1e-4, atol=1e-5)
            self.assertTrue(torch.equal(untouched, parameters[1]))

    def test_places_are_shares_within_the_face(self):
        outside = face_mask(160) == 0
        for place in self.places:
            self.assertEqual(place.shape, (1, 1, 160, 160))
            self.assertGreaterEqual(place.min().item(), 0)
            self.assertLessEqual(place.max().item(), 1.0001)
            self.assertEqual(place[0, 0, outside].abs().max().item(), 0)

    def test_hair_takes_less_than_skin(self):
        face, skin, plain = [place[0, 0] for place in self.places]
        hair, cheek = (slice(45, 52), slice(70, 90)), (slice(90, 100), slice(60, 100))
        self.assertGreater(face[hair].min().item(), 0.5)
        self.assertLess(skin[hair].max().item(), 0.5 * skin[cheek].min().item())
        self.assertLess(plain[hair].max().item(), 0.5 * plain[cheek].min().item())

    def test_no_fields_give_the_picture_back(self):
        for picture in retouch(self.picture, wild_fields(scale=0.0), self.places, self.whole, self.bounds):
            torch.testing.assert_close(picture, self.picture, rtol=0, atol=1e-4)

    def test_grey_stays_grey_where_nothing_is_tinted(self):
        grey = self.picture.mean(1, keepdim=True).expand(-1, 3, -1, -1)
        fields = {**wild_fields(), "tint": torch.zeros(1, *GRIDS["tint"][:1], 10, 10)}
        retouched = retouch(grey, fields, places_of(grey), self.whole, self.bounds)[1]
        self.assertGreater((retouched - grey).abs().max().item(), 0.01)
        self.assertLess((retouched - retouched.mean(1, keepdim=True)).abs().max().item(), 1e-6)

    def test_every_field_has_a_gradient_at_next_to_nothing_and_none_is_infinite_at_nothing(self):
        for fields in (new_fields(1), wild_fields(scale=0.0)):
            asked = {name: p.requires_grad_() for name, p in fields.items()}
            retouch(self.picture, asked, self.places, self.whole, self.bounds)[1].square().mean().backward()
            for name, p in asked.items():
                self.assertTrue(p.grad.isfinite().all(), name)
                self.assertGreater(p.grad.abs().max().item(), 0, name)

    def test_no_warp_frowns_squints_or_smiles(self):
        for seed in range(3):
            torch.manual_seed(seed)
            field = laid_over(without_expression(torch.randn(1, 2, 8, 8)), 400)[0, 1]
            for (x, y), (u, v) in EXPRESSION:
                for half in (field, field.flip(1)):
                    self.assertAlmostEqual(half[int(y * 400), int(x * 400)].item(), half[int(v * 400), int(u * 400)].item(), places=5)

    def test_all_else_a_warp_may_do(self):
        warp = torch.randn(1, 2, 8, 8)
        kept = without_expression(warp)
        torch.testing.assert_close(kept[:, 0], warp[:, 0])
        self.assertGreater(kept[:, 1].square().sum().item(), 0.7 * warp[:, 1].square().sum().item())
        torch.testing.assert_close(without_expression(kept), kept)

    def test_between_two_strengths(self):
        gentle, strong = STRENGTHS["gentle"], STRENGTHS["strong"]
        self.assertEqual(between(gentle, strong, 0), gentle)
        self.assertAlmostEqual(between(gentle, strong, 0.5).strain, (gentle.strain + strong.strain) / 2)
        self.assertIsInstance(between(gentle, strong, 0.3), Bounds)


class Drawing(unittest.TestCase):
    def setUp(self):
        self.small = made_up_faces(2)

    def test_fields_on_their_grids_and_maps_of_paint(self):
        with torch.no_grad():
            fields, maps = GENERATOR(self.small)
        self.assertEqual({name: tuple(p.shape) for name, p in fields.items()},
                         {name: (2, channels, side, side) for name, (channels, side) in GRIDS.items()})
        self.assertEqual(maps.shape, (2, WAYS, 40, 40))

    def test_what_a_cloak_draws_is_the_same_on_both_sides(self):
        with torch.no_grad():
            drawn = Cloak(GENERATOR).draw(self.small)
        for name, parameters in drawn.fields.items():
            sign = torch.tensor([-1.0, 1.0] if name == "warp" else [1.0]).view(1, -1, 1, 1)
            torch.testing.assert_close(parameters.flip(3) * sign, parameters, rtol=1e-5, atol=1e-7)

    def test_a_stronger_cloak_changes_more_and_is_a_picture(self):
        cloak = Cloak(GENERATOR)
        with torch.no_grad():
            drawn = cloak.draw(self.small)
            changes = []
            for bounds in STRENGTHS.values():
                cloaked = cloak.apply(self.small, drawn, bounds).picture
                self.assertTrue(0 <= cloaked.min() and cloaked.max() <= 1)
                changes.append((cloaked - self.small).square().mean().item())
        self.assertEqual(changes, sorted(changes))

    def test_a_frozen_trunk_draws_as_one_that_is_not(self):
        cloak, indices = Cloak(GENERATOR), [3, 1]
        looks = Looks(cloak, 5)
        with torch.no_grad():
            wanted = cloak.draw(self.small)
            looks([1], self.small[1:])
            found = cloak.draw(self.small, looked=looks(indices, self.small))
        self.assertEqual([i for i, looked in enumerate(looks.known) if looked is not None], [1, 3])
        for one, other in zip([*found.fields.values(), found.maps], [*wanted.fields.values(), wanted.maps]):
            torch.testing.assert_close(one, other, rtol=0, atol=5e-3 * other.abs().max().item())  # kept in 16 bits


class Refinement(unittest.TestCase):
    def test_keeps_to_its_bounds_and_is_known_less(self):
        cloak, small, bounds, symmetry = Cloak(GENERATOR), made_up_faces(2), STRENGTHS["standard"], torch.tensor([1.0, 0.5])
        recognisers = [Recogniser(32, 1), Recogniser(64, 2)]
        np.random.seed(0)
        torch.manual_seed(0)
        with torch.no_grad():
            drawn = cloak.draw(small)
            start = cloak.apply(small, drawn, bounds)
        fields, paint = refine.refine(recognisers, small, drawn, symmetry, bounds, 4, cloak.perception, cloak.limits)
        mask, places = mask_of(small, cloak.perception), places_of(small)
        before, after = [visibility(p, mask, cloak.perception) for p in (start.paint, paint)]
        self.assertTrue((after <= before * 1.001).all())
        self.assertLessEqual(paint.abs().max().item(), cloak.limits.largest * bounds.paint * 1.001)
        moved = warp(fields["warp"], places, symmetry, bounds)
        self.assertTrue((high_mean(strain(moved)) <= bounds.strain * 1.001).all())
        self.assertTrue((high_mean(moved.square().sum(1).sqrt()) <= bounds.distance * 1.001).all())
        self.assertEqual(list(fields), list(GRIDS))
        cloaked = (retouch(small, fields, places, symmetry, bounds)[1] + paint).clamp(0, 1)
        for recogniser in recognisers:
            known = recogniser(small)
            self.assertLess((recogniser(cloaked) * known).sum().item(), (recogniser(start.picture) * known).sum().item())

    def test_rates_fall_and_are_smaller_the_more_steps_there_are(self):
        self.assertGreater(refine.rate_at(0, 14), refine.rate_at(7, 14))
        self.assertAlmostEqual(refine.rate_at(0, 14), 14 ** -0.5)
        self.assertAlmostEqual(refine.rate_at(14, 14), refine.SETTINGS["last_rate"] * 14 ** -0.5)


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
    def drawing(self, generator, picture):
        with torch.no_grad():
            fields, maps = generator(picture)
        return {**fields, "maps": maps}

    def test_folded_equals_unfolded(self):
        folded, picture = copy.deepcopy(GENERATOR).fold(), made_up_faces()
        found, wanted = self.drawing(folded, picture), self.drawing(GENERATOR, picture)
        for name, drawn in wanted.items():
            torch.testing.assert_close(found[name], drawn, rtol=1e-3, atol=1e-3 * drawn.abs().max().item())

    def test_what_is_written_in_16_bits_draws_the_same_when_it_is_read(self):
        rounded, picture = copy.deepcopy(GENERATOR).fold(), made_up_faces()
        export.round_to_half(rounded)
        read, listed = Generator().fold(), dict(export.tensors(rounded))
        for name, array in listed.items():
            np.testing.assert_array_equal(array.astype("<f2").astype(np.float32), array, err_msg=name)
        modules = dict(read.named_modules())
        for name, array in listed.items():
            place, kind = name.rsplit(".", 1) if "." in name else ("", name)
            if kind in ("kernel", "bias"):
                conv = getattr(modules[place], "conv", modules[place])
                tensor = torch.from_numpy(array)
                getattr(conv, "weight" if kind == "kernel" else "bias").data = tensor.permute(3, 2, 0, 1).contiguous() if kind == "kernel" else tensor
        read.gamma.data = torch.from_numpy(listed["gamma"]).view_as(read.gamma)
        read.noise.eta.data = torch.from_numpy(listed["noise.offset"]).permute(2, 0, 1)[None].contiguous()
        found, wanted = self.drawing(read, picture), self.drawing(rounded, picture)
        for name, drawn in wanted.items():
            torch.testing.assert_close(found[name], drawn, rtol=1e-4, atol=1e-5)

    def test_weights_fit_and_are_described(self):
        generator = copy.deepcopy(GENERATOR).fold()
        listed = export.tensors(generator)
        names = [name for name, _ in listed]
        self.assertEqual(len(names), len(set(names)))
        self.assertLess(sum(a.size for _, a in listed) * 2, 2 * 1024 * 1024)
        self.assertLess(multiply_accumulates(generator), 1e9)
        self.assertEqual(dict(listed)["warp.last.kernel"].shape, (1, 1, 32, 2))

    def test_committed_weights_match_their_description(self):
        described = json.loads((export.MODELS / "network.json").read_text())
        last = described["tensors"][-1]
        size = (export.MODELS / "weights.bin").stat().st_size
        self.assertEqual((last["offset"] + int(np.prod(last["shape"]))) * 2, size)
        expected = [(n, list(a.shape)) for n, a in export.tensors(Generator().fold())]
        self.assertEqual([(t["name"], t["shape"]) for t in described["tensors"]], expected)


class Losses(unittest.TestCase):
    def test_amplitude_counts_all_fields_but_the_warp(self):
        nothing = wild_fields(scale=0.0)
        self.assertEqual(losses.amplitude(nothing).item(), 0)
        self.assertEqual(losses.amplitude({**nothing, "warp": nothing["warp"] + 9}).item(), 0)
        self.assertAlmostEqual(losses.amplitude({**nothing, "shade": nothing["shade"] + 9}).item(), 1 / 3, places=3)
        self.assertAlmostEqual(losses.amplitude(wild_fields(scale=1e6)).item(), 1, places=3)

    def test_opposites_are_alike_too(self):
        one = wild_fields(8)
        signs = torch.tensor([1.0, -1.0] * 4).view(8, 1, 1, 1)
        self.assertGreater(losses.sameness({name: p[:1] * signs for name, p in one.items()}), 0.75)

    def test_fields_that_everybody_has_count_and_those_of_strangers_do_not(self):
        alike = {name: p[:1].expand(8, -1, -1, -1) for name, p in wild_fields(8).items()}
        self.assertAlmostEqual(losses.sameness(alike, 0.2).item(), 0.8, places=3)
        self.assertLess(losses.sameness(wild_fields(8), 0.2).item(), 0.05)

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
