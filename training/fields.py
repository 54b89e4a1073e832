"""Retouch fields: a cloak as smooth changes over the face, as a retoucher or a phone makes them, instead of painted pixels.

Crops are N x 3 x S x S in [0,1]; the fields' parameters live on coarse grids and are laid over the crop by cubic interpolation:

    warp    2 x 8 x 8     from where each place is taken; bounded by strain and distance
    shade   1 x 10 x 10   logarithm of a gain of light
    detail  2 x 16 x 16   how much of the picture's own fine and middle detail is added or taken away
    tint    2 x 10 x 10   Cb and Cr added

`places_of` says where a face takes them: all end within a soft ellipse over the face; light and colour change on skin, not on
the hair, the glasses or the wall beside it; and detail is not taken from brows, lashes and beards. A warp keeps the expression
(`EXPRESSION`): left to itself it makes everybody frown. Fields are the same on the left and on the
right (a face that became lopsided is seen at once), the less so the more the face is turned away.
"""
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F

from boxes import box
from perceptual import LUMA, luma_chroma

GRIDS = {"warp": (2, 8), "shade": (1, 10), "detail": (2, 16), "tint": (2, 10)}  # channels, places a side
MIRROR_SIGNS = {"warp": (-1.0, 1.0)}  # a displacement to the right is one to the left in a mirror
CENTRE, RADII, SOFT = (0.5, 0.54), (0.34, 0.42), 0.35  # of the ellipse, shares of the side; width of its edge, share of the radius
NORM = 6  # strain and distance are bounded in this norm over the crop


@dataclass(frozen=True)
class Bounds:
    """How far a strength goes. Where the crop is shown small or large, see the engine's allowance."""
    strain: float  # of the warp: Frobenius norm of its gradient
    distance: float  # of the warp, shares of the side
    shade: float  # logarithm of the gain
    detail: float  # share of the picture's own detail
    tint: float  # Cb and Cr
    paint: float  # share of the visibility that paint alone would have


STRENGTHS = {"gentle": Bounds(0.16, 0.0049, 0.042, 0.38, 0.003, 0.23),
             "standard": Bounds(0.26, 0.0092, 0.055, 0.5, 0.004, 0.31),
             "strong": Bounds(0.34, 0.0116, 0.075, 0.55, 0.006, 0.37)}


def between(low, high, share):
    """Bounds on the way from one strength (0) to another (1)."""
    return Bounds(*(a + (b - a) * share for a, b in zip(astuple(low), astuple(high))))


class Places(NamedTuple):
    """N x 1 x S x S each, 0 to 1: the share of its bound that each field has there."""
    face: torch.Tensor
    skin: torch.Tensor
    plain: torch.Tensor


def face_mask(size):
    """1 within the ellipse, falling smoothly to 0 at its edge."""
    e = (torch.arange(size) + 0.5) / size
    r = (((e - CENTRE[1]) / RADII[1])[:, None] ** 2 + ((e - CENTRE[0]) / RADII[0])[None] ** 2).sqrt()
    t = ((1 - r) / SOFT).clamp(0, 1)
    return t * t * (3 - 2 * t)


# Where there is skin on nearly every aligned face: both cheeks and the bridge of the nose, shares of the side
SKIN_AT, SKIN_SPREAD = ((0.375, 0.60), (0.625, 0.60), (0.5, 0.53)), 0.035
SKIN_DEVIATIONS = (0.2, 0.035, 0.035)  # of luma and chroma that still are skin
SKIN_FLOOR, DETAIL_FLOOR = 0.15, 0.3
ROUGH = 0.05  # deviation of middle detail from which on it is hair


def _skin_weights(size):
    e = (torch.arange(size) + 0.5) / size
    total = sum(torch.exp(-((e - y)[:, None] ** 2 + (e - x)[None] ** 2) / (2 * SKIN_SPREAD ** 2)) for x, y in SKIN_AT)
    return total / total.sum()


@torch.no_grad()
def places_of(picture):
    """What of a face is what: 160 x 160 crops -> Places."""
    size = picture.shape[-1]
    face = face_mask(size).to(picture).expand(len(picture), 1, size, size)
    ycc = luma_chroma(box(picture, 5, 5))
    weights = _skin_weights(size).to(picture)
    centre = (ycc * weights).sum((2, 3), keepdim=True)
    away = ((ycc - centre) / ycc.new_tensor(SKIN_DEVIATIONS).view(1, 3, 1, 1)).square().sum(1, keepdim=True)
    skin = torch.exp(-0.5 * (away - 1).clamp(min=0))
    y = (picture * picture.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    rough = box((box(y, 3) - box(y, 9, 9)).square(), 7, 7).sqrt()
    plain = 1 / (1 + (rough / ROUGH) ** 4)
    return Places(face, face * (SKIN_FLOOR + (1 - SKIN_FLOOR) * box(skin, 7, 7)), face * (DETAIL_FLOOR + (1 - DETAIL_FLOOR) * box(plain * skin, 5, 5)))


def new_fields(count, device="cpu", warp=1e-5):
    """Parameters to begin with where there is no network: nothing, but for a trace of warp, whose bound has no gradient at 0."""
    fields = {name: torch.zeros(count, channels, side, side, device=device) for name, (channels, side) in GRIDS.items()}
    fields["warp"] += warp * torch.randn(fields["warp"].shape, generator=torch.Generator().manual_seed(0)).to(device)
    return fields


def mirrored(name, parameters, symmetry):
    """The mean with the mirror image, by as much as `symmetry` (N, 0 to 1) says."""
    flipped = parameters.flip(3)
    if name in MIRROR_SIGNS:
        flipped = flipped * parameters.new_tensor(MIRROR_SIGNS[name]).view(1, -1, 1, 1)
    half = symmetry.view(-1, 1, 1, 1) / 2
    return (1 - half) * parameters + half * flipped


def laid_over(parameters, size):
    return F.interpolate(parameters, size=(size, size), mode="bicubic", align_corners=False)


# What a warp may not move up or down against the other, shares of the side, in the left half of the crop: that would be a frown, a squint or a smile
EXPRESSION = (((0.455, 0.400), (0.315, 0.400)),  # the brow's inner end, its outer end
              ((0.437, 0.473), (0.337, 0.473)),  # the eye's inner corner, its outer corner
              ((0.385, 0.400), (0.389, 0.473)),  # the brow, the eye
              ((0.410, 0.727), (0.500, 0.727)))  # the corner of the mouth, its middle


@lru_cache(maxsize=None)
def expression():
    """Rows x parameters of a warp: an orthonormal basis of what changes an expression, on both sides of the face."""
    side, size = GRIDS["warp"][1], 400
    impulses = laid_over(torch.eye(side * side).view(-1, 1, side, side), size)[:, 0]
    rows = []
    for pair in EXPRESSION:
        one, other = (impulses[:, int(y * size), int(x * size)].view(side, side) for x, y in pair)
        rows += [torch.cat([torch.zeros(side * side), row.flatten()]) for row in (one - other, (one - other).flip(1))]
    return torch.linalg.qr(torch.stack(rows).t())[0].t().contiguous()


def without_expression(parameters):
    """The warp nearest to it, on its grid, that leaves the expression as it is."""
    flat, basis = parameters.flatten(1), expression().to(parameters)
    return (flat - flat @ basis.t() @ basis).view_as(parameters)


def strain(displacement):
    """N x 2 x S x S displacements (shares of the side) -> N x S-1 x S-1: how much a small square is deformed."""
    size = displacement.shape[-1]
    dx = (displacement[..., 1:] - displacement[..., :-1])[:, :, 1:] * size
    dy = (displacement[..., 1:, :] - displacement[..., :-1, :])[..., 1:] * size
    return (dx.square().sum(1) + dy.square().sum(1) + 1e-12).sqrt()


def high_mean(x):
    """N x H x W -> N: the mean in the norm that bounds the warp."""
    return x.pow(NORM).mean((1, 2)).pow(1 / NORM)


def warp(parameters, places, symmetry, bounds):
    """-> N x 2 x S x S: where each place is taken from, relative to itself, shares of the side. Scaled down to its bounds."""
    d = laid_over(without_expression(mirrored("warp", parameters, symmetry)), places.face.shape[-1]) * places.face
    least = torch.minimum(bounds.strain / high_mean(strain(d)), bounds.distance / high_mean((d.square().sum(1) + 1e-12).sqrt()))
    return d * least.clamp(max=1).view(-1, 1, 1, 1)


def bend(picture, displacement):
    grid = F.affine_grid(torch.eye(2, 3, device=picture.device)[None].expand(len(picture), 2, 3), picture.shape, align_corners=False)
    grid = grid + 2 * displacement.permute(0, 2, 3, 1)
    return F.grid_sample(picture, grid, mode="bilinear", padding_mode="border", align_corners=False)


def retouch(picture, fields, places, symmetry, bounds):
    """-> (bent picture, bent and retouched picture); both N x 3 x S x S, not clamped."""
    size = picture.shape[-1]

    def amount(name, where):
        # bounded on the grid, not after: what is laid over bounded values is smooth, a bounded steep slope is an edge
        return getattr(bounds, name) * laid_over(torch.tanh(mirrored(name, fields[name], symmetry)), size) * where

    bent = bend(picture, warp(fields["warp"], places, symmetry, bounds))
    fine = box(bent, 3)
    middle = box(fine, 5, 5)
    detail = amount("detail", places.plain)
    x = bent + detail[:, :1] * (bent - fine) + detail[:, 1:] * (fine - middle)
    x = x * torch.exp(amount("shade", places.skin))
    cb, cr = amount("tint", places.skin).split(1, 1)
    return bent, x + torch.cat([1.402 * cr, -0.344136 * cb - 0.714136 * cr, 1.772 * cb], 1)
