"""What a training run leaves behind, read again: the cloak with its constants, and where it came from."""
import subprocess
from pathlib import Path

import torch

from cloak import Cloak
from generator import Generator


def load_checkpoint(path):
    """-> (Cloak in evaluation mode, checkpoint). What is seen goes by Perception and Limits as they are now, not as the run had them."""
    state = torch.load(path, map_location="cpu", weights_only=False)  # our own file: it holds its configuration too
    generator = Generator()
    generator.load_state_dict(state["generator"])
    return Cloak(generator).eval(), state


def revision():
    """The short git revision of this folder, or None outside a repository."""
    try:
        return subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True,
                              cwd=Path(__file__).parent).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
