"""What happens to a picture after it is posted, differentiable: JPEG, WebP-like compression, shrinking, blur, colour.

Training asks the recognisers after a random one of these (expectation over transformations), so that the cloak survives.
Shapes N x 3 x H x W, RGB in [0,1], H and W multiples of 16.
"""
import math
from functools import lru_cache

import torch
import torch.nn.functional as F

# Tables K.1 and K.2 of ITU-T T.81.
LUMA_TABLE = torch.tensor([
    [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55], [14, 13, 16, 24, 40, 57, 69, 56],
    [14, 17, 22, 29, 51, 87, 80, 62], [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99]], dtype=torch.float32)
CHROMA_TABLE = torch.full((8, 8), 99.0)
CHROMA_TABLE[:4, :4] = torch.tensor([[17., 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]])
FLAT_TABLE = torch.full((8, 8), 28.0)
TO_YCC = torch.tensor([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])


@lru_cache(maxsize=None)
def cosine_basis():
    k, n = torch.arange(8.)[:, None], torch.arange(8.)[None]
    basis = torch.cos((2 * n + 1) * k * math.pi / 16) / 2
    basis[0] /= math.sqrt(2)
    return basis


def quality_scale(quality):
    """libjpeg's factor on its tables for a quality of 1 to 100."""
    return (5000 / quality if quality < 50 else 200 - 2 * quality) / 100


def _round(x):
    """Rounds; the gradient passes straight through."""
    return x + (x.round() - x).detach()


def _quantise(plane, table):
    """N x C x H x W in 0..255 -> the same after the 8 x 8 cosine transform was rounded to multiples of `table`."""
    n, c, h, w = plane.shape
    basis, table = cosine_basis().to(plane.device), table.to(plane.device)
    blocks = (plane - 128).view(n, c, h // 8, 8, w // 8, 8).transpose(3, 4)
    coefficients = _round((basis @ blocks @ basis.t()) / table) * table
    return (basis.t() @ coefficients @ basis).transpose(3, 4).reshape(n, c, h, w) + 128


def _ycc(picture, matrix):
    return torch.einsum("ij,njhw->nihw", matrix.to(picture.device), picture)


def jpeg(picture, quality, subsampled=True, tables=(LUMA_TABLE, CHROMA_TABLE)):
    """JPEG at `quality`, 4:2:0 or 4:4:4; rounding is straight-through."""
    luma_table, chroma_table = [(t * quality_scale(quality)).round().clamp(1, 255) for t in tables]
    ycc = _ycc(picture * 255, TO_YCC) + picture.new_tensor([0., 128, 128]).view(1, 3, 1, 1)
    y, chroma = _quantise(ycc[:, :1], luma_table), ycc[:, 1:]
    if subsampled:
        chroma = _quantise(F.avg_pool2d(chroma, 2), chroma_table)
        chroma = F.interpolate(chroma, scale_factor=2, mode="bilinear", align_corners=False)
    else:
        chroma = _quantise(chroma, chroma_table)
    back = torch.cat([y, chroma], 1) - picture.new_tensor([0., 128, 128]).view(1, 3, 1, 1)
    return (_ycc(back, torch.linalg.inv(TO_YCC)) / 255).clamp(0, 1)


def shifted_jpeg(picture, quality, subsampled, random, tables=(LUMA_TABLE, CHROMA_TABLE)):
    """As `jpeg`, its blocks starting anywhere: a face lies anywhere in its photo."""
    dy, dx = int(random.randint(16)), int(random.randint(16))
    rolled = jpeg(picture.roll((dy, dx), (2, 3)), quality, subsampled, tables)
    return rolled.roll((-dy, -dx), (2, 3))


def shrink(picture, side, kernel="bilinear"):
    """To side x side and back."""
    small = F.interpolate(picture, size=(side, side), mode=kernel, **({"align_corners": False, "antialias": True}
                                                                     if kernel != "area" else {}))
    return F.interpolate(small, size=picture.shape[2:], mode="bilinear", align_corners=False)


def blur(picture, sigma):
    radius = max(1, math.ceil(2.5 * sigma))
    line = torch.exp(-torch.arange(-radius, radius + 1.) ** 2 / (2 * sigma ** 2))
    line = (line / line.sum()).to(picture.device)
    channels = picture.shape[1]
    across = line.view(1, 1, 1, -1).expand(channels, 1, 1, -1)
    padded = F.pad(picture, (radius,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, across, groups=channels), across.transpose(2, 3), groups=channels)


def colour(picture, amount=0.06, normal=torch.randn):
    """Slight brightness, contrast and white balance, other ones for every picture."""
    balance, gain, shift = [amount * normal(len(picture), channels, 1, 1).to(picture.device) for channels in (3, 1, 1)]
    return ((picture - 0.5) * (1 + 0.5 * balance + gain) + 0.5 + 0.5 * shift).clamp(0, 1)


def pass_through(picture, untouched, random):
    """One way through a website, drawn by `random` (chance.py): perhaps shrunk, perhaps blurred, perhaps compressed."""
    if random.random() < untouched:
        return picture
    if random.random() < 0.5:
        side = int(picture.shape[-1] * random.uniform(0.35, 1.0))
        picture = shrink(picture, side, ("bilinear", "bicubic", "area")[random.randint(3)])
    if random.random() < 0.15:
        picture = blur(picture, random.uniform(0.4, 1.1))
    if random.random() < 0.25:
        picture = colour(picture, normal=random.normal)
    if random.random() < 0.6:
        picture = picture.clamp(0, 1)
        if random.random() < 0.2:  # WebP: flatter tables, always 4:2:0, edges smoothed
            picture = blur(shifted_jpeg(picture, random.uniform(40, 90), True, random, (FLAT_TABLE, FLAT_TABLE)), 0.4)
        else:
            picture = shifted_jpeg(picture, random.uniform(30, 95), random.random() < 0.75, random)
    return picture.clamp(0, 1)
