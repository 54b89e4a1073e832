"""What a training run leaves behind, read again: the cloak with its constants, and where it came from."""
import subprocess
from pathlib import Path

import torch

from cloak import Cloak, Limits
from generator import Generator
from perceptual import Perception


def load_checkpoint(path, limits=None):
    """-> (Cloak in evaluation mode with the run's limits, or others; checkpoint). What is seen goes by Perception as it is now, not as the run had it."""
    state = torch.load(path, map_location="cpu")
    generator = Generator()
    generator.load_state_dict(state["generator"])
    config = state["config"]
    return Cloak(generator, Perception(), limits or Limits(**config["limits"])).eval(), state


def add_limits(parser):
    """Options for other limits than the run's: the working point is chosen after training, on validation."""
    parser.add_argument("--default-visibility", type=float, help="of the stand-in; what `standard` means")
    parser.add_argument("--largest", type=float, help="of the residual at the default visibility, in 255ths")


def chosen_limits(options):
    if options.default_visibility and options.largest:
        return Limits(options.default_visibility, options.largest / 255)
    return None


def revision():
    """The short git revision of this folder, or None outside a repository."""
    try:
        return subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True,
                              cwd=Path(__file__).parent).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
