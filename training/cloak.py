"""From the network's raw output to the residual that is added to the picture; what the browser does, step by step.

    small    = the crop at 160 x 160
    maps     = generator(small)
    mask     = min(ceiling, floor + gain x local deviation of small's luma) / unit
    raw      = touch(maps, small, mask), next to nothing where the picture is smooth
    residual = raw x (v / visibility(raw, mask)), cut at +-largest x (v / default visibility)
    cloaked  = clamp(crop + residual at 256 x 256)
"""
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from generator import to_working_size
from perceptual import Perception, mask_of, visibility
from touch import touch


@dataclass(frozen=True)
class Limits:
    default_visibility: float = 3.2
    largest: float = 7.5 / 255  # of the residual, at the default visibility


def to_crop_size(residual):
    """160 x 160 -> 256 x 256, bilinear between pixel centres."""
    return F.interpolate(residual, size=(256, 256), mode="bilinear", align_corners=False)


def project(raw, mask, v, perception, limits):
    """N x 3 x H x W of any scale -> (residual of visibility `v`, what the largest residual cut off, as a mean in units of it).

    The cut is straight through: the loss sees the bounded residual, the gradient still reaches what was cut off.
    """
    free = raw * (v / visibility(raw, mask, perception)).view(-1, 1, 1, 1)
    largest = limits.largest * v / limits.default_visibility
    bounded = free.clamp(-largest, largest)
    return free + (bounded - free).detach(), (free - bounded).abs().mean() / largest


class Cloak(nn.Module):
    def __init__(self, generator, perception=Perception(), limits=Limits()):
        super().__init__()
        self.generator, self.perception, self.limits = generator, perception, limits

    def maps(self, small, bfloat16=True):
        with torch.autocast(small.device.type, dtype=torch.bfloat16, enabled=bfloat16):
            return self.generator(small.contiguous(memory_format=torch.channels_last))

    def project(self, maps, small, v):
        """-> (residual at 160, what the largest residual cut off, as a mean in units of it)."""
        mask = mask_of(small, self.perception)
        return project(touch(maps, small, mask), mask, v, self.perception, self.limits)

    def residual(self, small, v, bfloat16=True):
        return self.project(self.maps(small, bfloat16), small, v)

    @torch.no_grad()
    def cloaked(self, crop, v, bfloat16=True):
        """N x 3 x 256 x 256 crops -> (cloaked crops, residuals), as deployed."""
        residual = to_crop_size(self.residual(to_working_size(crop), v, bfloat16)[0])
        return (crop + residual).clamp(0, 1), residual
