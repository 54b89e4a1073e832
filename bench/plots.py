"""Plots of what `npm run bench:protection` measured: python3 plots.py FOLDER_OF_RESULTS FOLDER_OF_PICTURES"""
import json
import sys
from pathlib import Path

import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

plt.rcParams.update({"svg.hashsalt": "nullswap", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
STRENGTHS = ("gentle", "standard", "strong")
COLOURS = {"gentle": "#7fb3d5", "standard": "#2471a3", "strong": "#1b2631", "paint": "#b03a2e", "clean": "#7d8590",
           "optimised": "#229954", "noise": "#ca8a04", "earlier": "#8e44ad"}
QUALITIES = {"raw": "as it is", "JPEG 90": "90", "JPEG 75": "75", "JPEG 50": "50", "JPEG 30": "30"}


def colour(result):
    return COLOURS.get(result["name"], COLOURS.get(result["kind"]))


def cosine(result, transformation, among):
    """The worst judge's mean over the photos that were judged after all of `among`."""
    scores = [photo["scores"][transformation] for photo in result["photos"]
              if all(name in photo["scores"] for name in among)]
    return max(np.mean([judged[judge]["cosine"] for judged in scores]) for judge in result["thresholds"])


def save(figure, path):
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def against_jpeg(results, path):
    figure, axes = plt.subplots(figsize=(8, 4))
    for result in results:
        if result["kind"] != "noise":
            axes.plot(list(QUALITIES.values()), [cosine(result, name, QUALITIES) for name in QUALITIES], marker="o", markersize=3,
                      color=colour(result), label=result["name"])
    axes.set(xlabel="JPEG quality after upload", ylabel="cosine clean/cloaked, worst judge", ylim=(min(0, axes.get_ylim()[0]), 1.05))
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, path)


def scores(results, path):
    """How the judges' scores lie: one row a judge."""
    clean = next(result for result in results if result["kind"] == "clean")
    shown = [result for result in results if result["kind"] in ("cloaked", "paint")]
    judges = list(clean["thresholds"])
    figure, rows = plt.subplots(len(judges), 1, figsize=(8.5, 2.1 * len(judges)), sharex=True)
    edges = np.linspace(-1, 1, len(clean["histograms"][judges[0]]["genuine"]) + 1)
    for judge, axes in zip(judges, np.atleast_1d(rows)):
        def draw(counts, label, tone, fill):
            share = np.array(counts) / max(1, sum(counts))
            axes.stairs(share, edges, label=label, color=tone, fill=fill, alpha=0.35 if fill else 1, linewidth=1.1)
        draw(clean["histograms"][judge]["impostor"], "two people", COLOURS["clean"], True)
        draw(clean["histograms"][judge]["genuine"], "one person, both clean", COLOURS["optimised"], True)
        for result in shown:
            draw(result["histograms"][judge]["genuine"], f"one person, one cloaked: {result['name']}", colour(result), False)
        axes.axvline(clean["thresholds"][judge], color="black", linestyle=":", linewidth=1)
        axes.set(title=judge, ylabel="share", xlim=(-0.5, 1))
    np.atleast_1d(rows)[0].legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    np.atleast_1d(rows)[-1].set_xlabel("score; dotted: threshold at a false accept rate of 0.001")
    save(figure, path)


def main(folder, pictures):
    results = [json.loads(file.read_text()) for file in sorted(Path(folder).glob("*.json"))]
    results = [result for result in results if result["kind"] != "cloaked" or result["name"] in STRENGTHS]
    order = {name: i for i, name in enumerate(("clean", *STRENGTHS))}
    results.sort(key=lambda result: (order.get(result["name"], len(order)), result["name"]))
    pictures = Path(pictures)
    against_jpeg(results, pictures / "protection-jpeg.svg")
    scores(results, pictures / "protection-scores.svg")


if __name__ == "__main__":
    main(*sys.argv[1:])
