"""One process or many: what data-parallel training needs, each a no-op when there is one process.

`torchrun` starts the processes and tells them who they are. Every process holds the same network and takes its share of
the same batch; means that the losses need are means over all of them, gradient included, so that the number of
processes changes nothing but the order of sums.
"""
import os

import torch
import torch.distributed as dist
import torch.nn as nn


def start():
    """Join torchrun's processes, if it started this one -> the device to work on."""
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if torch.cuda.is_available() else torch.device("cpu")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return device


def many():
    return dist.is_available() and dist.is_initialized()


def count():
    return dist.get_world_size() if many() else 1


def first():
    """Is this the process that writes?"""
    return not many() or dist.get_rank() == 0


def share(batch):
    """The rows of a batch of `batch` faces that are this process's own."""
    if batch % count():
        raise ValueError(f"A batch of {batch} cannot be shared evenly by {count()} processes: choose a multiple of {count()}.")
    rows = batch // count()
    begin = rows * (dist.get_rank() if many() else 0)
    return range(begin, begin + rows)


def wait_for_all():
    if many():
        dist.barrier()


class _Average(torch.autograd.Function):
    @staticmethod
    def forward(context, tensor):
        total = tensor.detach().clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total / count()

    @staticmethod
    def backward(context, gradient):
        return _Average.apply(gradient)


def average(tensor):
    """Mean over the processes. Its gradient is averaged too: what comes out is right once `average_gradients` has run."""
    return _Average.apply(tensor) if many() else tensor


def maximum(*numbers):
    """The largest over the processes, of each number."""
    if not many():
        return numbers
    values = torch.tensor(numbers, dtype=torch.float64, device="cuda" if dist.get_backend() == "nccl" else "cpu")
    dist.all_reduce(values, dist.ReduceOp.MAX)
    return values.tolist()


def average_gradients(parameters):
    if not many():
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    for gradient, own in zip(gradients, (flat / count()).split([g.numel() for g in gradients])):
        gradient.copy_(own.view(gradient.shape))


def share_weights(module):
    """Everybody takes the first process's weights."""
    if many():
        for tensor in module.state_dict().values():
            dense = tensor.contiguous()
            dist.broadcast(dense, 0)
            tensor.copy_(dense)


class BatchNorm(nn.BatchNorm2d):
    """Batch norm over the batches of all processes (torch's SyncBatchNorm does not run on processors)."""

    def forward(self, x):
        if not (self.training and many()):
            return super().forward(x)
        values = x.float()
        mean = average(values.mean((0, 2, 3)))
        variance = average((values - mean.view(1, -1, 1, 1)).square().mean((0, 2, 3)))
        with torch.no_grad():
            faces = x.numel() // x.shape[1] * count()
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * faces / (faces - 1), self.momentum)
            self.num_batches_tracked += 1
        scale = self.weight * (variance + self.eps).rsqrt()
        shift = self.bias - mean * scale
        return (values * scale.view(1, -1, 1, 1) + shift.view(1, -1, 1, 1)).to(x.dtype)
