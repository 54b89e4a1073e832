"""Box filters as matrix products: on a processor, several times faster than pooling, forward and backward.

box(x, 5, 5) is tf.avgPool(tf.avgPool(x, 5, 1, 'same'), 5, 1, 'same'): beyond the border nothing is counted.
"""
from functools import lru_cache

import torch


@lru_cache(maxsize=None)
def box_matrix(size, sides, device):
    total, place = torch.eye(size), torch.arange(size)
    for side in sides:
        near = ((place[:, None] - place).abs() <= side // 2).float()
        total = (near / near.sum(1, keepdim=True)) @ total
    return total.to(device)


def box(x, *sides):
    """N x C x H x W: means over side x side places, one after the other for every one of the odd `sides`."""
    return box_matrix(x.shape[2], sides, x.device) @ x @ box_matrix(x.shape[3], sides, x.device).t()
