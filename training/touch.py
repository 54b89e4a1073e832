"""The ways in which a face is touched: its own detail made stronger or weaker, moved a little, shaded softly.

The network does not draw pixels. It says, for every place, how much of each of these to add; what is added is then made
of the picture's own brows, lashes, pores and light. Smooth skin has nothing to be strengthened or moved, so nothing
can be drawn on it: a network free to draw put stripes, second brows and wrinkles there.

    way          what a map of ones would add
    fine         x - low1        low1 = box3(x)
    middle       low1 - low2     low2 = box5(box5(low1))
    coarse       low2 - low3     low3 = box9(box9(low2))
    right, down  (low1 one pixel on - low1 one pixel back) / 2, along the columns, along the rows; 0 on the border
    shade        SHADE, grey; its map is first averaged over 4 x 4, so only soft light can come of it
"""
import torch
import torch.nn.functional as F

from boxes import box

WAYS = 6
SHADE = 0.02
SHADE_POOL = 4
# Coarse detail and shade are held at nought: measured, they bought nothing at equal visibility and mottled even skin.
USED = (1.0, 1.0, 0.0, 1.0, 1.0, 0.0)


@torch.no_grad()
def ways(picture):
    """N x 3 x H x W -> N x 5 x 3 x H x W, all but the shade."""
    low1 = box(picture, 3)
    low2 = box(low1, 5, 5)
    low3 = box(low2, 9, 9)
    right = F.pad((low1[..., 2:] - low1[..., :-2]) / 2, (1, 1))
    down = F.pad((low1[..., 2:, :] - low1[..., :-2, :]) / 2, (0, 0, 1, 1))
    return torch.stack([picture - low1, low1 - low2, low2 - low3, right, down], 1)


def touch(maps, picture):
    """Maps N x 6 x H/2 x W/2 (of any scale) and picture N x 3 x H x W -> residual N x 3 x H x W, not projected."""
    size = picture.shape[2:]
    amounts = F.interpolate(maps[:, :5], size=size, mode="bilinear", align_corners=False)
    shade = F.interpolate(F.avg_pool2d(maps[:, 5:], SHADE_POOL), size=size, mode="bilinear", align_corners=False)
    return (amounts.unsqueeze(2) * ways(picture)).sum(1) + SHADE * shade
