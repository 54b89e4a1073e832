"""What one training step leaves to chance, fixed by the run's seed and the step's number.

So a run that was cut goes on as if it had not been, and processes that share a batch draw what one process would
have drawn for it: decisions for the whole batch come from one stream, each face has a stream of its own.
"""
import numpy as np
import torch


class Chance:
    def __init__(self, seed, step, rows):
        """`rows`: the places in the whole batch of the faces this process works on."""
        whole = np.random.RandomState([seed, step])
        self.random, self.uniform, self.randint, self.choice = whole.random, whole.uniform, whole.randint, whole.choice
        self.faces = [torch.Generator().manual_seed(int(np.random.SeedSequence([seed, step, row]).generate_state(1)[0]))
                      for row in rows]

    def normal(self, count, *shape):
        """count x shape standard normal values on the processor, one stream a face; `count` is that of the faces."""
        if count != len(self.faces):
            raise ValueError(f"{len(self.faces)} faces draw, not {count}")
        return torch.stack([torch.randn(shape, generator=face) for face in self.faces])
