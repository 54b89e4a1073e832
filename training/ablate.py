"""What each way of weighing the recognisers is worth: short runs, alike in everything else, side by side.

`python3 ablate.py --start-from CHECKPOINT --steps 100` trains every variant from the same weights on the same faces,
jitters and website transformations, measures all on held-out `train` people, and writes the table into README.md, row by row. A run
that was cut goes on with the variants that are missing (runs/ablation/results.jsonl; --again starts over).
"""
import argparse
import json
import time
from pathlib import Path

import torch

import data
import mobilefacenet
from evaluate import validate
from fields import STRENGTHS
from train import Config, Trainer

FOLDER = Path(__file__).resolve().parent / "runs" / "ablation"
README = Path(__file__).resolve().parent / "README.md"
MARKERS = "<!-- ablation: written by ablate.py -->", "<!-- end of ablation -->"
ALL = Config.recognisers
WEIGHTINGS = {"dynamic (paper)": "dynamic", "equal": "equal", "fixed": "fixed"}
VARIANTS = {**{f"all, {title}": (ALL, weighting) for title, weighting in WEIGHTINGS.items()},
            **{f"{name} alone": ((name,), "equal") for name in ALL}}


def run(config, crops, held, recognisers, start, steps):
    """Train `steps` steps from `start` -> (figures, seconds)."""
    own = {name: recognisers[name] for name in config.recognisers}
    trainer = Trainer(config, FOLDER, crops, held, own)
    trainer.resume(start, weights_only=True)
    began = time.time()
    for _ in range(steps):
        trainer.train_step()
    figures = validate(trainer.cloak, held, STRENGTHS["standard"], recognisers, ways={})
    return figures, round(time.time() - began)


def table(rows, about):
    """[(variant, figures)] -> markdown."""
    lines = ["| trained on | " + " | ".join([*ALL, "mean"]) + " |", "|---" * (len(ALL) + 2) + "|"]
    for title, figures in rows:
        values = [figures[name] for name in ALL]
        lines.append("| " + " | ".join([title, *(f"{value:.3f}" for value in [*values, sum(values) / len(values)])]) + " |")
    return about + "\n\n" + "\n".join(lines)


def write_between_markers(text, file=README):
    before, rest = file.read_text().split(MARKERS[0])
    _, after = rest.split(MARKERS[1])
    file.write_text(f"{before}{MARKERS[0]}\n{text}\n{MARKERS[1]}{after}")


def about(options, missing):
    faces = options.steps * options.batch
    return (f"Cosine clean/cloaked on {options.photos} photos of held-out `train` people (lower is better), raw. Every variant: the same start, {options.steps} "
            f"steps of {options.batch} faces, the same faces, strengths, jitters and website transformations; measured at standard. These runs are very short "
            f"({faces:,} faces, half of the steps with the rate still rising; a real run sees tens of thousands): they show what pulls which recogniser along at the "
            "start, not where a finished run ends, and with one seed a hundredth should be taken for nothing. Equal steps are not equal time: of "
            "several recognisers two are asked a step, a recogniser alone is one." + (f" Not yet run: {', '.join(missing)}." if missing else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--start-from", required=True, help="checkpoint whose weights every variant starts from")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--photos", type=int, default=100, help="held-out photos to measure on")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--again", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / "results.jsonl"
    if options.again:
        file.unlink(missing_ok=True)
    done = {row["variant"]: row["figures"] for row in map(json.loads, open(file))} if file.exists() else {}
    crops, held, _ = data.load_crops()
    held = held[:options.photos]
    recognisers = mobilefacenet.load(data.data_root(), ALL, torch.bfloat16)
    for title, (names, weighting) in {"the start": (ALL, "equal"), **VARIANTS}.items():
        if title not in done:
            steps = 0 if title == "the start" else options.steps
            config = Config(steps=max(1, steps), batch=options.batch, recognisers=names, weighting=weighting)
            done[title], seconds = run(config, crops, held, recognisers, options.start_from, steps)
            with open(file, "a") as results:
                results.write(json.dumps({"variant": title, "steps": steps, "seconds": seconds, "figures": done[title]}) + "\n")
            print(title, f"{seconds} s", json.dumps(done[title]), flush=True)
        write_between_markers(table(list(done.items()), about(options, [v for v in VARIANTS if v not in done])))


if __name__ == "__main__":
    main()
