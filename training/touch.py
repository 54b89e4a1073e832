"""The ways in which paint touches a face: its own detail made stronger or weaker, or moved a little.

For every place the network says how much of each of the picture's own layers to add, so that what is added is made of the
picture's own brows, lashes, pores and light.

    way          what a map of ones would add
    fine         x - low1        low1 = box3(x)
    middle       low1 - low2     low2 = box5(box5(low1))
    right, down  (low1 one pixel on - low1 one pixel back) / 2, along the columns, along the rows; 0 on the border

All of it is multiplied by `texture`, which is near nought on smooth skin: what is painted there is seen at once as
blotches or wrinkles, though Butteraugli on a small crop scores it low. A slope of light is no texture, and a lone edge
hides nothing beside it: what counts is the fine detail of the smoothest place near by.
"""
import torch
import torch.nn.functional as F

from boxes import box
from perceptual import luma

WAYS = 4
NEAR = 7  # side of the neighbourhood whose smoothest place counts
HALF = 0.006  # of fine detail there (its deviation), half of a touch is left


@torch.no_grad()
def ways(picture):
    """N x 3 x H x W -> N x 4 x 3 x H x W: the layers of the picture itself."""
    low1 = box(picture, 3)
    low2 = box(low1, 5, 5)
    right = F.pad((low1[..., 2:] - low1[..., :-2]) / 2, (1, 1))
    down = F.pad((low1[..., 2:, :] - low1[..., :-2, :]) / 2, (0, 0, 1, 1))
    return torch.stack([picture - low1, low1 - low2, right, down], 1)


@torch.no_grad()
def texture(picture):
    """N x 3 x H x W -> N x 1 x H x W: the share, 0 to 1, of a touch that each place takes, smooth from place to place."""
    y = luma(picture)
    fine = (box((y - box(y, 3, 3)).square(), 3, 3) + 1e-8).sqrt()
    least = box(-F.max_pool2d(-fine, NEAR, 1, NEAR // 2), 3, 3).square()
    return least / (least + HALF ** 2)


def touch(maps, picture):
    """Maps N x 4 x h x w (of any scale), picture N x 3 x H x W -> paint of the picture's shape, not projected."""
    amounts = F.interpolate(maps, size=picture.shape[2:], mode="bilinear", align_corners=False)
    return (amounts.unsqueeze(2) * ways(picture)).sum(1) * texture(picture)
