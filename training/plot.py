"""metrics.jsonl -> one picture: cosines in training and on held-out people, and what else the losses hold down."""
import argparse
import json

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt

RECOGNISERS = ("mobilefacenet", "dlib_resnet", "mobileface_v2", "retail_0095", "espdl_mfn", "faceres")


def series(rows, name):
    points = [(r["step"], r[name]) for r in rows if name in r]
    return zip(*points) if points else ((), ())


def draw(rows, path):
    training = [r for r in rows if "validation" not in r]
    validation = [{"step": r["step"], **r["validation"]} for r in rows if "validation" in r]
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(15, 4))
    for name in RECOGNISERS:
        left.plot(*series(training, name), label=name, linewidth=0.8)
        middle.plot(*series(validation, name), label=name, marker=".")
    for name in ("calm", "sameness", "overshoot", "universal"):
        right.plot(*series(training, name), label=name, linewidth=0.8)
    for axes, title in ((left, "cosine about the mean face, training"), (middle, "cosine clean/cloaked, held-out people"),
                        (right, "what else is held down")):
        axes.set_title(title)
        axes.set_xlabel("step")
        axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=80)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metrics", nargs="+", help="metrics.jsonl of one run, or of several that follow each other")
    parser.add_argument("-o", "--output", default="metrics.png")
    options = parser.parse_args()
    draw([json.loads(line) for file in options.metrics for line in open(file)], options.output)
