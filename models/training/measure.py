"""Measures weights on the evaluation sets: hard Dice at 128 px against two baselines. It never selects anything.

Per seed, the patients of a set are split 70 : 30 into those that may support and those that are queries. The score of a
task is the mean over its queries and seeds; ``mean`` is over tasks, ``set mean`` over sets.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

import safetensors_file
from data import RealTask, read_dataset
from train import hard_dice
from universeg import UniverSeg, from_released_state

PATIENT = {"curvas_ct": r"(\d+)_", "hvsmr": r"(\d+)_", "liver_ct": r"(\d+)_", "hc18": r"(\d+)_"}
"""How an image's id names its patient; elsewhere every image is a patient of its own."""
TWINS = {"139": "112", "171": "166", "158": "157"}
"""Images of wbc1 that are (nearly) identical to another one."""
BINS = 64
THUMBNAIL = 16

Predictor = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Takes a query [1, 1, H, W], support images and labels [1, K, 1, H, W]; returns scores whose sign is the mask."""


def mean_mask(query: Tensor, images: Tensor, labels: Tensor) -> Tensor:
    """Baseline: the pixels that are in more than half of the support masks."""
    return labels.mean(1) - 0.5


def grey_level(query: Tensor, images: Tensor, labels: Tensor) -> Tensor:
    """Baseline: the share of foreground per grey level in the supports, smoothed over neighbouring levels."""
    level = (images * (BINS - 1)).round().long().flatten()
    counts = torch.zeros(2, BINS)
    counts[0].index_add_(0, level, torch.ones(level.shape))
    counts[1].index_add_(0, level, labels.flatten())
    kernel = torch.exp(-0.5 * (torch.arange(-4, 5) / 1.5) ** 2).view(1, 1, -1)
    all_pixels, target = F.conv1d(counts[:, None], kernel, padding=4)[:, 0]
    share = target / all_pixels.clamp(min=1e-6)
    return share[(query * (BINS - 1)).round().long()] - 0.5


def of_network(network: UniverSeg) -> Predictor:
    """The network with equal weights."""

    def predict(query: Tensor, images: Tensor, labels: Tensor) -> Tensor:
        with torch.no_grad():
            return network(query, images, labels)

    return predict


def split(groups: tuple[str, ...], random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Indices that may support (70% of the patients) and indices of queries (the others)."""
    names = sorted(set(groups))
    supporting = {names[i] for i in random.permutation(len(names))[: round(0.7 * len(names))]}
    chosen = np.array([group in supporting for group in groups])
    return np.flatnonzero(chosen), np.flatnonzero(~chosen)


def thumbnails(images: Tensor) -> Tensor:
    """Centred, normalised vectors of [N, H, W] images shrunk to 16 x 16, [N, 256]; their products are cosines."""
    small = F.adaptive_avg_pool2d(images[:, None], THUMBNAIL).flatten(1)
    return F.normalize(small - small.mean(1, keepdim=True), dim=1)


def scores(
    task: RealTask, predictors: dict[str, Predictor], supports: int, queries: int, seeds: range, similar: bool
) -> dict[str, list[float]]:
    """Dice of every query by predictor; the supports are random, or the most similar ones."""
    images = task.images.float() / 255
    masks = (task.masks >= 128).float()
    vectors = thumbnails(images)
    found: dict[str, list[float]] = {name: [] for name in predictors}
    for seed in seeds:
        random = np.random.default_rng(seed)
        pool, held_out = split(task.groups, random)
        for query in random.permutation(held_out)[:queries]:
            chosen = random.permutation(pool)[:supports]
            if similar:
                chosen = pool[torch.argsort(vectors[pool] @ vectors[query], descending=True)[:supports].numpy()]
            given = images[query][None, None], images[chosen][None, :, None], masks[chosen][None, :, None]
            for name, predict in predictors.items():
                found[name].append(float(hard_dice(predict(*given), masks[query][None, None])))
    return found


def read_evaluation(data: Path, name: str) -> list[RealTask]:
    """The tasks of an evaluation set with its patients; twins of wbc1 count as one patient."""
    tasks = read_dataset(data / "evaluation" / name, PATIENT.get(name, "(.*)"))
    if name != "wbc1":
        return list(tasks)
    return [RealTask(t.dataset, t.label, t.images, t.masks, tuple(TWINS.get(g, g) for g in t.groups)) for t in tasks]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, default=Path("models/universeg.safetensors"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--queries", type=int, default=10, help="queries of a task and seed")
    parser.add_argument("--wbc-queries", type=int, default=30, help="queries of a wbc1 task and seed")
    parser.add_argument("--only", default=".*", help="regular expression of the sets to measure")
    parser.add_argument("--out", type=Path, help="JSON file of the results")
    options = parser.parse_args()
    network = from_released_state(safetensors_file.read(options.weights)[0]).eval()
    predictors: dict[str, Predictor] = {"mean mask": mean_mask, "grey level": grey_level, "network": of_network(network)}
    seeds = range(options.seeds)
    rows: list[dict] = []

    def report(task: RealTask, supports: int, queries: int, similar: bool) -> None:
        found = scores(task, predictors, supports, queries, seeds, similar)
        row = {"set": task.dataset, "label": task.label, "K": supports, "supports": "similar" if similar else "random"}
        rows.append(row | {name: round(float(np.mean(values)), 3) for name, values in found.items()})
        print(json.dumps(rows[-1]), flush=True)

    for folder in sorted((options.data / "evaluation").iterdir()):
        if not re.fullmatch(options.only, folder.name):
            continue
        for task in read_evaluation(options.data, folder.name):
            report(task, 8, options.queries, False)
            if folder.name == "wbc1":
                report(task, 16, options.wbc_queries, False)
                report(task, 16, options.wbc_queries, True)
    eight = [row for row in rows if row["K"] == 8]
    sets = sorted({row["set"] for row in eight})
    for name in predictors:
        by_set = [np.mean([row[name] for row in eight if row["set"] == s]) for s in sets]
        rows.append({"predictor": name, "K": 8, "tasks": len(eight), "mean": round(float(np.mean([r[name] for r in eight])), 3),
                     "set mean": round(float(np.mean(by_set)), 3)})
        print(json.dumps(rows[-1]))
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
