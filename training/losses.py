"""Training losses: small pieces, each a number to minimise, over the batches of all processes where a mean is not enough."""
from collections import deque

import torch
import torch.nn as nn
import torch.nn.functional as F

from fields import without_expression
from processes import average


class DynamicLossWeighting:
    """w_i in proportion to progress_i^beta / (variance_i + epsilon), normalised to mean 1 (paper, section 3.4).

    variance_i: of recogniser i's loss over the last `window` values. progress_i: its loss now over its loss at the
    start of the epoch: those that lag behind weigh more. beta grows linearly from 0.5 to 2. The paper's closed form
    was not to be had; this is a working choice. Weights are held within [1/3, 3] so that no recogniser is forgotten.
    """

    def __init__(self, names, window=30, epsilon=1e-3):
        self.epsilon = epsilon
        self.history = {name: deque(maxlen=window) for name in names}
        self.start = {}

    def observe(self, name, loss):
        self.history[name].append(loss)
        self.start.setdefault(name, loss)

    def begin_epoch(self):
        for name, values in self.history.items():
            if values:
                self.start[name] = sum(values) / len(values)

    def weights(self, done):
        """{name: weight} at `done` in [0,1] of the run."""
        beta, raw = 0.5 + 1.5 * done, {}
        for name, values in self.history.items():
            if len(values) < 2:
                return {n: 1.0 for n in self.history}
            mean = sum(values) / len(values)
            variance = sum((v - mean) ** 2 for v in values) / len(values)
            progress = max(mean, 0.02) / max(self.start[name], 0.02)
            raw[name] = progress ** beta / (variance + self.epsilon)
        mean = sum(raw.values()) / len(raw)
        return {name: min(3.0, max(1 / 3, value / mean)) for name, value in raw.items()}

    def state(self):
        return {"history": {k: list(v) for k, v in self.history.items()}, "start": self.start}

    def restore(self, state):
        for name, values in state["history"].items():
            self.history[name].extend(values)
        self.start = dict(state["start"])


def amplitude(fields):
    """How much of their bounds the fields take: mean square over all but the warp, which its own bounds hold."""
    return torch.stack([torch.tanh(parameters).square().mean() for name, parameters in fields.items() if name != "warp"]).mean()


def universal_part(residual):
    """Share of the paints' energy that is the same for everybody in the batch; 1/N for unrelated residuals."""
    return (average(residual.mean(0)) ** 2).mean() / (average((residual ** 2).mean()) + 1e-9)


def alike(parameters):
    """How much the fields of any two faces of the batch have in common: the mean square of their cosine, 1/N for unrelated ones."""
    directions = F.normalize(parameters.flatten(1), dim=1)
    return average(directions.t() @ directions / len(directions)).square().sum()


def sameness(fields, free=0.18):
    """How alike the fields of different faces are, or their opposites, above `free`: one look for all is seen as such."""
    shapes = {"warp": without_expression(fields["warp"]), **{name: torch.tanh(p) for name, p in fields.items() if name != "warp"}}
    return sum(F.relu(alike(shape) - free) for shape in shapes.values()) / len(shapes)


class PatchDiscriminator(nn.Module):
    """Clean or cloaked, patch by patch (receptive field 22 pixels): N x 3 x 160 x 160 -> N x 1 x 37 x 37.

    It sees the picture's fine structure four times magnified: the residual is a few levels of 255.
    """

    def __init__(self, width=32):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(6, width, 4, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 1, 4, 1, 0))

    def forward(self, picture):
        fine = picture - F.avg_pool2d(picture, 5, 1, 2, count_include_pad=False)
        return self.layers(torch.cat([picture * 2 - 1, fine * 8], 1)).float()


def hinge_discriminator(clean, cloaked):
    return F.relu(1 - clean).mean() + F.relu(1 + cloaked).mean()


def hinge_generator(cloaked):
    return -cloaked.mean()
