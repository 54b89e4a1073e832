"""The NullSwap generator (arXiv 2503.18678, figure 2), sized for a browser.

It looks at one pixel a template unit (160 x 160), as recognisers do, and draws retouch fields on their coarse grids (fields.py)
and a little paint. Every convolution is followed by batch norm, which `folded()` merges
into it, and by ReLU where the table says so; what remains for the browser is convolutions with a bias.

    block                    layers                                                      output at 160
    Identity Extraction      conv 3x3 s2 3-64, max-pool s2, 4 SE residual bottlenecks     40 x 40 x 64
    Perturbation Block       conv 3x3 64-64, 3 SE residual bottlenecks; adaptive noise    40 x 40 x 64
    Feature Block            conv 3x3 s2 3-32, conv s2 32-64, conv 64-64, 5 bottlenecks   40 x 40 x 64
    Cloaking Block           gamma x perturbation beside the features (128), 2 SE
                             residual 128; from there
                               paint: conv 128-4, a map for each way of `touch.py`        40 x 40 x 4
                               conv s2 128-48, SE residual 48                             20 x 20 x 48
                               detail: two conv 3x3 without border                        16 x 16 x 2
                               conv s2 48-64, 2 SE residual 64                            10 x 10 x 64
                               shade and tint: conv 64-3                                  10 x 10 x 3
                               warp: conv 64-32 without border, conv 1x1                  8 x 8 x 2
"""
from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F

from processes import BatchNorm
from touch import WAYS

WORKING_SIZE = 160


class ConvNorm(nn.Module):
    """Convolution, batch norm, ReLU (optional). `fold()` merges the norm into the convolution."""

    def __init__(self, inputs, outputs, kernel=3, stride=1, relu=True, border=True):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2 if border else 0, bias=False)
        self.norm = BatchNorm(outputs)
        self.relu = relu

    def forward(self, x):
        y = self.conv(x) if self.norm is None else self.norm(self.conv(x))
        return F.relu(y) if self.relu else y

    def fold(self):
        if self.norm is None:
            return
        scale = self.norm.weight / (self.norm.running_var + self.norm.eps).sqrt()
        folded = nn.Conv2d(self.conv.in_channels, self.conv.out_channels, self.conv.kernel_size, self.conv.stride,
                           self.conv.padding)
        folded.weight.data = self.conv.weight.data * scale.data.view(-1, 1, 1, 1)
        folded.bias.data = (self.norm.bias - self.norm.running_mean * scale).data
        self.conv, self.norm = folded, None


class SqueezeExcite(nn.Module):
    def __init__(self, channels, reduced):
        super().__init__()
        self.squeeze = nn.Conv2d(channels, reduced, 1)
        self.excite = nn.Conv2d(reduced, channels, 1)

    def forward(self, x):
        gate = torch.sigmoid(self.excite(F.relu(self.squeeze(x.mean((2, 3), keepdim=True)))))
        return x * gate


class Bottleneck(nn.Module):
    """relu(x + SE(conv 1x1 back(conv 3x3(conv 1x1 down(x)))))."""

    def __init__(self, channels):
        super().__init__()
        narrow = channels // 2
        self.down = ConvNorm(channels, narrow, 1)
        self.body = ConvNorm(narrow, narrow, 3)
        self.back = ConvNorm(narrow, channels, 1, relu=False)
        self.se = SqueezeExcite(channels, channels // 8)

    def forward(self, x):
        return F.relu(x + self.se(self.back(self.body(self.down(x)))))


class AdaptiveNoise(nn.Module):
    """beta (alpha n + eta) added to the features: the noise n is drawn in training only, alpha, beta, eta are learned.

    eta is a map, one value a place: crops are aligned, so it tells the network where on the face it draws. Without it
    a short training finds nothing but stripes, the one pattern that needs no place.
    """

    def __init__(self, channels, side=WORKING_SIZE // 4):
        super().__init__()
        self.alpha = nn.Parameter(torch.full((1, channels, 1, 1), 0.02))
        self.beta = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.eta = nn.Parameter(torch.randn(1, channels, side, side) * 0.3)
        self.normal = torch.randn  # where n comes from; the trainer puts its own here

    def forward(self, x):
        offset = (self.beta * self.eta)[:, :, :x.shape[2], :x.shape[3]]
        if self.training:
            offset = offset + self.beta * self.alpha * self.normal(*x.shape).to(x.device)
        return x + offset.to(x.dtype)

    def constant(self):
        """C x H x W: what is added when nothing is drawn."""
        return (self.beta * self.eta).detach()[0]


class Generator(nn.Module):
    """N x 3 x 160 x 160 RGB in [0,1] -> ({field: parameters on its grid}, N x 4 x 40 x 40: how much paint, where, in each way)."""

    def __init__(self, width=64):
        super().__init__()
        half = width // 2
        self.identity = nn.Sequential(OrderedDict(
            stem=ConvNorm(3, width, 3, 2), pool=nn.MaxPool2d(2),
            **{f"block{i}": Bottleneck(width) for i in range(4)}))
        self.perturbation = nn.Sequential(OrderedDict(
            stem=ConvNorm(width, width), **{f"block{i}": Bottleneck(width) for i in range(3)}))
        self.noise = AdaptiveNoise(width)
        self.features = nn.Sequential(OrderedDict(
            stem=ConvNorm(3, half, 3, 2), down=ConvNorm(half, width, 3, 2), mix=ConvNorm(width, width),
            **{f"block{i}": Bottleneck(width) for i in range(5)}))
        self.gamma = nn.Parameter(torch.ones(1, width, 1, 1))
        self.cloak = nn.Sequential(OrderedDict((f"block{i}", Bottleneck(2 * width)) for i in range(2)))
        self.paint = nn.Conv2d(2 * width, WAYS, 3, 1, 1)
        self.middle = nn.Sequential(OrderedDict(down=ConvNorm(2 * width, 48, 3, 2), block0=Bottleneck(48)))
        self.detail = nn.Sequential(OrderedDict(first=ConvNorm(48, 24, border=False), last=nn.Conv2d(24, 2, 3)))
        self.coarse = nn.Sequential(OrderedDict(
            down=ConvNorm(48, width, 3, 2), **{f"block{i}": Bottleneck(width) for i in range(2)}))
        self.light = nn.Conv2d(width, 3, 3, 1, 1)
        self.warp = nn.Sequential(OrderedDict(first=ConvNorm(width, 32, border=False), last=nn.Conv2d(32, 2, 1)))
        for last, scale in ((self.detail.last, 0.3), (self.light, 0.3), (self.warp.last, 0.01)):
            nn.init.normal_(last.weight, std=scale / last.weight[0].numel() ** 0.5)  # next to no field to begin with
            nn.init.zeros_(last.bias)

    def look(self, picture):
        """What the Cloaking Block is given: N x 128 x 40 x 40."""
        centred = picture * 2 - 1
        perturbation = self.noise(self.perturbation(self.identity(centred)))
        features = self.features(centred)
        return torch.cat([self.gamma.to(features.dtype) * perturbation, features], 1)

    def draw(self, looked):
        cloak = self.cloak(looked)
        middle = self.middle(cloak)
        coarse = self.coarse(middle)
        shade, tint = self.light(coarse).split([1, 2], 1)
        return {"warp": self.warp(coarse), "shade": shade, "detail": self.detail(middle), "tint": tint}, self.paint(cloak)

    def forward(self, picture):
        return self.draw(self.look(picture))

    def looking(self):
        """The blocks of `look`."""
        return [self.identity, self.perturbation, self.noise, self.features]

    def fold(self):
        """Merge every batch norm, in place; evaluation only from here on."""
        self.eval()
        for module in self.modules():
            if isinstance(module, ConvNorm):
                module.fold()
        return self


def multiply_accumulates(network, size=WORKING_SIZE):
    """Multiply-accumulates of the convolutions for one face."""
    total = []

    def count(module, _, output):
        total.append(output[0].numel() * module.weight[0].numel())
    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, nn.Conv2d)]
    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, size, size))
    for hook in hooks:
        hook.remove()
    return sum(total)


def to_working_size(crop):
    """256 x 256 -> 160 x 160, bilinear between pixel centres, no antialiasing (tf.image.resizeBilinear, halfPixelCenters)."""
    return F.interpolate(crop, size=(WORKING_SIZE, WORKING_SIZE), mode="bilinear", align_corners=False)
