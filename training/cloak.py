"""From the network's output to the cloaked picture; what the browser does, step by step.

    small      = the crop at 160 x 160
    drawn      = generator(small): parameters of the fields, and maps of paint
    bent       = small, each place taken from where the warp says
    retouched  = bent with its detail, shade and tint changed                      (fields.py)
    paint      = touch(maps, small), brought to the visibility of the strength     (touch.py, perceptual.py)
    cloaked    = clamp(retouched + paint)
"""
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn as nn

from fields import mirrored, places_of, retouch
from perceptual import Perception, mask_of, visibility
from touch import touch


@dataclass(frozen=True)
class Limits:
    """Of paint that goes alone; a strength has the share of it that its bounds say."""
    visibility: float = 6.65
    largest: float = 11.6 / 255


class Drawn(NamedTuple):
    fields: dict  # name -> N x channels x side x side (fields.GRIDS)
    maps: torch.Tensor  # N x 4 x 40 x 40


class Cloaked(NamedTuple):
    picture: torch.Tensor  # N x 3 x 160 x 160 in [0,1]
    paint: torch.Tensor
    overshoot: torch.Tensor  # what the largest residual cut off, as a mean in units of it


def project(raw, mask, v, perception, largest):
    """N x 3 x H x W of any scale -> (residual of visibility `v`, what `largest` cut off, as a mean in units of it).

    The cut is straight through: the loss sees the bounded residual, the gradient still reaches what was cut off.
    """
    free = raw * (v / visibility(raw, mask, perception)).view(-1, 1, 1, 1)
    bounded = free.clamp(-largest, largest)
    return free + (bounded - free).detach(), (free - bounded).abs().mean() / largest


class Cloak(nn.Module):
    def __init__(self, generator, perception=Perception(), limits=Limits()):
        super().__init__()
        self.generator, self.perception, self.limits = generator, perception, limits

    def look(self, small, bfloat16=False):
        with torch.autocast(small.device.type, dtype=torch.bfloat16, enabled=bfloat16):
            return self.generator.look(small.contiguous(memory_format=torch.channels_last))

    def draw(self, small, bfloat16=False, looked=None):
        """-> Drawn, its fields the same on the left and on the right; `looked`: what `look` gave for `small`, where it is known."""
        looked = self.look(small, bfloat16) if looked is None else looked
        with torch.autocast(small.device.type, dtype=torch.bfloat16, enabled=bfloat16):
            fields, maps = self.generator.draw(looked)
        whole = torch.ones(len(small), device=small.device)
        return Drawn({name: mirrored(name, parameters.float(), whole) for name, parameters in fields.items()}, maps.float())

    def paint(self, raw, small, share):
        """-> (paint of that share of the visibility, what was cut off)."""
        return project(raw, mask_of(small, self.perception), self.limits.visibility * share, self.perception, self.limits.largest * share)

    def apply(self, small, drawn, bounds, places=None):
        """The network's output alone, no steps of refinement."""
        symmetry = torch.ones(len(small), device=small.device)
        _, retouched = retouch(small, drawn.fields, places or places_of(small), symmetry, bounds)
        paint, overshoot = self.paint(touch(drawn.maps, small), small, bounds.paint)
        return Cloaked((retouched + paint).clamp(0, 1), paint, overshoot)
