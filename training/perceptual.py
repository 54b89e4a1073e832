"""How visible a residual is: a differentiable, homogeneous stand-in for Butteraugli's 3-norm, and the projection on it.

The residual is split into a luma and two chroma channels (BT.601) and four Laplacian bands; each band is divided by
the amplitude at which it starts to be seen and by what the picture hides there (its own local deviation: flat skin
hides least); the fourth-power means are summed. Twice the residual gives twice the visibility, so a wanted
visibility is one multiplication away.
"""
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from boxes import box

LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Perception:
    """Constants of the stand-in; all written to network.json for the engine."""
    bands: tuple = (0.0236, 0.0093, 0.0091, 0.009)  # luma thresholds from the finest band to the coarsest
    chroma: tuple = (0.55, 2.5, 1.7, 0.7)  # chroma thresholds of each band as multiples of luma's: coarse ones tint the skin
    mask_floor: float = 0.0042  # amplitude that perfectly flat skin hides
    mask_gain: float = 0.137  # more of it per unit of local deviation
    mask_ceiling: float = 0.0107
    mask_unit: float = 0.010  # the amplitude at which the mask neither helps nor hinders
    scale: float = 4.26


def luma(rgb):
    return (rgb * rgb.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)


def luma_chroma(rgb):
    y = luma(rgb)
    return torch.cat([y, (rgb[:, 2:] - y) * 0.564, (rgb[:, :1] - y) * 0.713], 1)


def local_deviation(y):
    """Standard deviation of the luma over the 3 x 3 box taken twice."""
    mean = box(y, 3, 3)
    return (box(y * y, 3, 3) - mean * mean).clamp(min=0).add(1e-8).sqrt()


def mask_of(picture, p):
    """N x 3 x H x W picture -> N x 1 x H x W: how much higher than usual the thresholds of each place are."""
    return (p.mask_floor + p.mask_gain * local_deviation(luma(picture))).clamp(max=p.mask_ceiling) / p.mask_unit


def visibility(residual, mask, p):
    """N x 3 x H x W residual, N x 1 x H x W mask -> N visibilities (about Butteraugli's 3-norm)."""
    level, hidden, total = luma_chroma(residual), mask, 0
    for i, (base, chroma) in enumerate(zip(p.bands, p.chroma)):
        last = i == len(p.bands) - 1
        low = None if last else box(level, 3, 3)
        threshold = residual.new_tensor([base, base * chroma, base * chroma]).view(1, 3, 1, 1)
        band = (level if last else level - low) / (hidden * threshold)
        total = total + band.pow(4).mean((1, 2, 3)) * 3
        if not last:
            level, hidden = F.avg_pool2d(low, 2), F.avg_pool2d(hidden, 2)
    return p.scale * (total + 1e-12).pow(0.25)
