"""The face recognisers as frozen torch modules, read from their ONNX files.

Only the operators those files use are known. At load time everything constant is computed once (fp16 casts, zero
padding merged into the convolution that follows, min/max pairs into one clamp), so a training step pays for
arithmetic only. Judges are refused here: they must never reach a loss, a checkpoint choice or a setting.
"""
import json
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import numpy_helper

CROP_BOX = (-24.0, -24.0, 136.0, 136.0)


def specifications(data_root):
    """extractors.json -> {name: specification}, the `train` recognisers only."""
    listing = json.loads((Path(data_root) / "extractors" / "extractors.json").read_text())
    return {name: spec for name, spec in listing["extractors"].items() if spec["role"] == "train"}


class ChannelPReLU(torch.autograd.Function):
    """PReLU with a frozen slope a channel, as slope x + (1 - slope) relu(x).

    torch's own also computes the slope's gradient, and its `where` and comparisons are not vectorised in bfloat16:
    five times slower than this.
    """

    @staticmethod
    def forward(context, x, slope):
        context.save_for_backward(x, slope)
        return torch.addcmul(x * slope, F.relu(x), 1 - slope)

    @staticmethod
    def backward(context, gradient):
        x, slope = context.saved_tensors
        positive = torch.ops.aten.threshold_backward(gradient, x, 0)
        return torch.addcmul(gradient * slope, positive, 1 - slope), None


class _Clamp(torch.autograd.Function):
    """clamp(x, low, high) whose gradient keeps to vectorised kernels (see above)."""

    @staticmethod
    def forward(context, x, low, high):
        y = x.clamp(low, high)
        context.save_for_backward(y)
        context.bounds = low, high
        return y

    @staticmethod
    def backward(context, gradient):
        (y,), (low, high) = context.saved_tensors, context.bounds
        inside = torch.ops.aten.threshold_backward(gradient, y, low)
        return torch.ops.aten.threshold_backward(inside, -y, -high), None, None


def _prelu(x, slope):
    if slope.numel() == 1:
        return F.leaky_relu(x, float(slope))
    return ChannelPReLU.apply(x, slope)


def _attributes(node):
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def _frozen(operator):
    """A zero-argument-state operator as a graph step."""
    return lambda attributes: operator


def _conv(attributes):
    pads = attributes.get("pads", [0, 0, 0, 0])
    stride, groups = attributes["strides"], attributes["group"]
    symmetric = pads[0] == pads[2] and pads[1] == pads[3]

    def run(x, weight, bias=None):
        x = x.to(weight.dtype)
        if symmetric:
            return F.conv2d(x, weight, bias, stride, pads[:2], 1, groups)
        return F.conv2d(F.pad(x, (pads[1], pads[3], pads[0], pads[2])), weight, bias, stride, 0, 1, groups)
    return run


def _clamp(attributes):
    low, high = attributes["low"], attributes["high"]
    if (low, high) == (0.0, float("inf")):
        return F.relu
    return lambda x: _Clamp.apply(x, low, high)


def _average_pool(attributes):
    kernel, stride = attributes["kernel_shape"], attributes["strides"]

    def run(x):
        if list(x.shape[2:]) == list(kernel):
            return x.mean((2, 3), keepdim=True)
        return F.avg_pool2d(x, kernel, stride)
    return run


def _pad(attributes):
    def run(x, pads, value=None):
        n = len(pads) // 2
        pads = [int(p) for p in pads]
        order = [p for axis in reversed(range(n)) for p in (pads[axis], pads[axis + n])]
        return F.pad(x, order)
    return run


def _gemm(attributes):
    transposed = attributes.get("transB", 0)
    return lambda x, weight, bias=None: F.linear(x, weight if transposed else weight.t(), bias)


OPERATORS = {
    "Add": _frozen(torch.add), "Sub": _frozen(torch.sub), "Mul": _frozen(torch.mul), "Div": _frozen(torch.div),
    "Sigmoid": _frozen(torch.sigmoid), "MatMul": _frozen(torch.matmul),
    "PRelu": _frozen(_prelu),
    "Clamp": _clamp,
    "Conv": _conv, "AveragePool": _average_pool, "Pad": _pad, "Gemm": _gemm,
    "MaxPool": lambda a: (lambda x: F.max_pool2d(x, a["kernel_shape"], a["strides"])),
    "ReduceMean": lambda a: (lambda x: x.mean(a["axes"], keepdim=bool(a.get("keepdims", 1)))),
    "Flatten": lambda a: (lambda x: x.flatten(a.get("axis", 1))),
    "Concat": lambda a: (lambda *parts: torch.cat([p.to(parts[0]) for p in parts], a["axis"])),
    "Shape": _frozen(lambda x: x.shape),
    "ConstantOfShape": _frozen(lambda shape: torch.zeros(shape)),
}


def _bounds(kind, inputs, constants):
    """(low, high) when the step is a plain clamp, else None."""
    limits = [constants[n].item() if n in constants and constants[n].size == 1 else None for n in inputs[1:]]
    if kind == "Relu":
        return 0.0, float("inf")
    if kind == "Clip":
        low, high = (limits + [None, None])[:2]
        return (-float("inf") if low is None else low), (float("inf") if high is None else high)
    if kind in ("Min", "Max") and limits[0] is not None:
        return (-float("inf"), limits[0]) if kind == "Min" else (limits[0], float("inf"))
    return None


def _is_spatial(pads):
    return len(pads) == 8 and pads[0] == pads[1] == pads[4] == pads[5] == 0


def _simplify(graph):
    """ONNX graph -> (constants, [(operator, attributes, inputs, output)]) with casts, pads and clamps folded."""
    constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    consumers = {}
    for node in graph.node:
        for name in node.input:
            consumers.setdefault(name, []).append(node.op_type)
    steps, padding, clamps = [], {}, {}
    for node in graph.node:
        kind, inputs, output = node.op_type, list(node.input), node.output[0]
        attributes = _attributes(node)
        bounds = _bounds(kind, inputs, constants)
        if kind == "Cast" and inputs[0] in constants:
            constants[output] = constants[inputs[0]].astype(np.float32)
        elif kind == "Pad" and consumers[output] == ["Conv"] and _is_spatial(constants[inputs[1]]):
            padding[output] = (inputs[0], constants[inputs[1]][[2, 3, 6, 7]])
        elif kind == "Conv" and inputs[0] in padding:
            source, pads = padding[inputs[0]]
            pads = (np.array(attributes["pads"]) + pads).tolist()
            steps.append((kind, {**attributes, "pads": pads}, [source] + inputs[1:], output))
        elif bounds:
            previous = clamps.get(inputs[0])
            if previous and len(consumers[inputs[0]]) == 1:
                index, low, high = previous
                bounds = max(low, bounds[0]), min(high, bounds[1])
                inputs, place = steps[index][2], index
                steps[index] = ("Clamp", {"low": bounds[0], "high": bounds[1]}, inputs, output)
            else:
                place = len(steps)
                steps.append(("Clamp", {"low": bounds[0], "high": bounds[1]}, inputs[:1], output))
            clamps[output] = (place, *bounds)
        else:
            steps.append((kind, attributes, inputs, output))
    return constants, steps


class Recogniser(nn.Module):
    """crop N x 3 x H x W in [0,1] over the canonical box -> embedding N x D of unit length."""

    def __init__(self, name, spec, folder, dtype=torch.float32):
        super().__init__()
        self.name, self.dtype = name, dtype
        self.size, self.box = spec["input"]["size"], spec["input"]["template_box"]
        self.bgr = spec["input"]["channels"] == "BGR"
        self.register_buffer("mean", torch.tensor(spec["input"]["mean"], dtype=torch.float32).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(spec["input"]["std"], dtype=torch.float32).view(1, 3, 1, 1))
        graph = onnx.load(str(Path(folder) / spec["file"])).graph
        self.source = graph.input[0].name
        constants, steps = _simplify(graph)
        if steps[-1][3] != graph.output[0].name:
            raise ValueError(f"{name}: its last step is not its output")
        self.steps = [(OPERATORS[kind](attributes), kind, inputs, output) for kind, attributes, inputs, output in steps]
        heavy = {n for kind, _, inputs, _ in steps if kind in ("Conv", "Gemm", "MatMul", "PRelu") for n in inputs[1:]}
        self.constants = {key: self._constant(value, key in heavy) for key, value in constants.items()}
        self.last_use = {name: i for i, (_, _, inputs, _) in enumerate(self.steps) for name in inputs}

    def _constant(self, array, heavy):
        tensor = torch.from_numpy(np.array(array))
        if heavy and tensor.is_floating_point():
            tensor = tensor.to(self.dtype)
            if tensor.dim() == 4:
                tensor = tensor.contiguous(memory_format=torch.channels_last)
        return tensor

    def _apply(self, change):
        """Takes the graph's constants along, as `.to(device)` moves the buffers; whole numbers (shapes, pads) stay."""
        self.constants = {key: change(t) if t.is_floating_point() else t for key, t in self.constants.items()}
        return super()._apply(change)

    def sample(self, crop, jitter=None):
        """Cut this recogniser's box out of the canonical crop; `jitter` N x 2 x 3 maps its box coordinates."""
        left, top, right, bottom = self.box
        side = CROP_BOX[2] - CROP_BOX[0]
        centre = [((left + right) / 2 - CROP_BOX[0]) / side * 2 - 1, ((top + bottom) / 2 - CROP_BOX[1]) / side * 2 - 1]
        theta = crop.new_tensor([[(right - left) / side, 0, centre[0]], [0, (bottom - top) / side, centre[1]]])
        theta = theta.expand(len(crop), 2, 3)
        if jitter is not None:
            theta = torch.cat([jitter[:, :, :2] @ theta[:, :, :2],
                               jitter[:, :, :2] @ theta[:, :, 2:] + jitter[:, :, 2:]], 2)
        grid = F.affine_grid(theta, (len(crop), 3, self.size, self.size), align_corners=False)
        return F.grid_sample(crop, grid, mode="bilinear", padding_mode="border", align_corners=False)

    def features(self, crop, jitter, wanted):
        """The outputs of the steps `wanted` (their places in the graph, rising), and no step beyond the last of them."""
        return self.features_of(self.sample(crop, jitter), wanted)

    def features_of(self, face, wanted):
        """The same of faces that are cut already, N x 3 x size x size in [0,1]."""
        if self.bgr:
            face = face.flip(1)
        face = (face * 255 - self.mean) / self.std
        values, found = {self.source: face.contiguous(memory_format=torch.channels_last)}, []
        for i, (run, _, inputs, output) in enumerate(self.steps[:wanted[-1] + 1]):
            arguments = [values[n] if n in values else self.constants[n] for n in inputs if n]
            values[output] = run(*arguments)
            if i in wanted:
                found.append(values[output])
            for name in inputs:
                if self.last_use[name] == i:
                    values.pop(name, None)
        return found

    def forward(self, crop, jitter=None):
        (embedding,) = self.features(crop, jitter, [len(self.steps) - 1])
        return F.normalize(embedding.float(), dim=1)


def draw_jitter(count, deviations, normal=torch.randn):
    """count x 2 x 3 random rotation, scale, shift in normalised crop coordinates; their standard deviations given."""
    rotation, scale, shift = deviations
    angle, size, offset = normal(count) * rotation, (normal(count) * scale).exp(), normal(count, 2) * shift
    cosine, sine = size * angle.cos(), size * angle.sin()
    return torch.stack([torch.stack([cosine, -sine, offset[:, 0]], 1), torch.stack([sine, cosine, offset[:, 1]], 1)], 1)


def load(data_root, names, dtype=torch.float32):
    """Frozen recognisers by name; a judge's name is an error."""
    known = specifications(data_root)
    refused = [name for name in names if name not in known]
    if refused:
        raise ValueError(f"not recognisers to train with: {refused}")
    folder = Path(data_root) / "extractors"
    return {name: Recogniser(name, known[name], folder, dtype).eval() for name in names}
