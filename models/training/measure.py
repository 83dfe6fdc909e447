"""Measures weights on the evaluation sets: hard Dice at 128 px against two baselines. It never selects anything.

Per seed, the patients of a set are split 70 : 30 into those that may support and those that are queries. The score of a
task is the mean over its queries and seeds; ``mean`` is over tasks, ``set mean`` over sets. The supports of a query are
one random order, of which K come first, so that larger K only add supports.

Two checks at K = 8 tell whether the masks of the supports are used: ``shuffled`` puts the pixels of every support mask in
a random order, ``wrong label`` gives the masks of another label of the same images; both are scored against the true
mask of the query.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from data import RealTask, read_dataset
from parity import read_network
from progress import Progress
from train import hard_dice

PATIENT = {"curvas_ct": r"(\d+)_", "hvsmr": r"(\d+)_", "liver_ct": r"(\d+)_", "hc18": r"(\d+)_"}
"""How an image's id names its patient; elsewhere every image is a patient of its own."""
TWINS = {"139": "112", "171": "166", "158": "157"}
"""Images of wbc1 that are (nearly) identical to another one."""
BINS = 64
THUMBNAIL = 16
SIZES = (1, 2, 4, 8, 16)
"""Support sizes measured on every set."""
CHECKED = 8
"""Support size of the checks and of the means."""
BATCH = 4

Predictor = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Takes queries [B, 1, H, W], support images and labels [B, K, 1, H, W]; returns scores whose sign is the mask."""


def mean_mask(query: Tensor, images: Tensor, labels: Tensor) -> Tensor:
    """Baseline: the pixels that are in more than half of the support masks."""
    return labels.mean(1) - 0.5


def grey_level(query: Tensor, images: Tensor, labels: Tensor) -> Tensor:
    """Baseline: the share of foreground per grey level in the supports, smoothed over neighbouring levels."""
    kernel = torch.exp(-0.5 * (torch.arange(-4, 5) / 1.5) ** 2).view(1, 1, -1)
    found = []
    for one, support, target in zip(query, images, labels):
        level = (support * (BINS - 1)).round().long().flatten()
        counts = torch.zeros(2, BINS)
        counts[0].index_add_(0, level, torch.ones(level.shape))
        counts[1].index_add_(0, level, target.flatten())
        all_pixels, foreground = F.conv1d(counts[:, None], kernel, padding=4)[:, 0]
        share = foreground / all_pixels.clamp(min=1e-6)
        found.append(share[(one * (BINS - 1)).round().long()] - 0.5)
    return torch.stack(found)


BASELINES: dict[str, Predictor] = {"mean mask": mean_mask, "grey level": grey_level}


def of_network(network: nn.Module) -> Predictor:
    """The network with equal weights, in float32."""

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


@dataclass(frozen=True)
class Question:
    """One query: its image and mask [1, H, W], and the supports in their order, images and masks [K, 1, H, W]."""

    image: Tensor
    mask: Tensor
    images: Tensor
    masks: Tensor


def questions(task: RealTask, supports: int, queries: int, seeds: range, similar: bool = False) -> list[Question]:
    """The queries of all seeds with random supports, or with the most similar ones."""
    images = task.images.float() / 255
    masks = (task.masks >= 128).float()
    vectors = thumbnails(images)
    found = []
    for seed in seeds:
        random = np.random.default_rng(seed)
        pool, held_out = split(task.groups, random)
        for query in random.permutation(held_out)[:queries]:
            chosen = random.permutation(pool)[:supports]
            if similar:
                chosen = pool[torch.argsort(vectors[pool] @ vectors[query], descending=True)[:supports].numpy()]
            found.append(Question(images[query, None], masks[query, None], images[chosen, None], masks[chosen, None]))
    return found


def with_shuffled_masks(asked: list[Question]) -> list[Question]:
    """The pixels of every support mask in a random order."""
    generator = Generator().manual_seed(0)

    def shuffled(masks: Tensor) -> Tensor:
        order = torch.rand(masks.flatten(1).shape, generator=generator).argsort(1)
        return masks.flatten(1).gather(1, order).view_as(masks)

    return [replace(one, masks=shuffled(one.masks)) for one in asked]


def with_wrong_label(task: RealTask, other: RealTask, supports: int, queries: int, seeds: range) -> list[Question]:
    """Supports that show both labels, with the masks of the other one; none where fewer than two show both."""
    place = {image.numpy().tobytes(): i for i, image in enumerate(other.images)}
    both = [(i, place[image.numpy().tobytes()]) for i, image in enumerate(task.images) if image.numpy().tobytes() in place]
    images, masks = task.images.float() / 255, (task.masks >= 128).float()
    found = []
    for seed in seeds:
        random = np.random.default_rng(seed)
        pool, held_out = split(task.groups, random)
        pairs = [pair for pair in both if pair[0] in set(pool)]
        for query in random.permutation(held_out)[:queries]:
            chosen = [pairs[i] for i in random.permutation(len(pairs))[:supports]]
            if len(chosen) < 2:
                continue
            mine, theirs = (list(rows) for rows in zip(*chosen))
            wrong = (other.masks[theirs] >= 128).float()
            found.append(Question(images[query, None], masks[query, None], images[mine, None], wrong[:, None]))
    return found


def batches(asked: list[Question], supports: int) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Images, masks of queries with equally many supports, K of them at most, and support images and masks."""
    by_count: dict[int, list[Question]] = {}
    for one in asked:
        by_count.setdefault(min(supports, len(one.images)), []).append(one)
    for count, group in by_count.items():
        for start in range(0, len(group), BATCH):
            part = group[start : start + BATCH]
            yield (
                torch.stack([one.image for one in part]),
                torch.stack([one.mask for one in part]),
                torch.stack([one.images[:count] for one in part]),
                torch.stack([one.masks[:count] for one in part]),
            )


def scores(asked: list[Question], predictors: dict[str, Predictor], supports: int) -> dict[str, float]:
    """Mean Dice over the queries by predictor."""
    found: dict[str, list[float]] = {name: [] for name in predictors}
    for image, mask, images, masks in batches(asked, supports):
        for name, predict in predictors.items():
            found[name] += hard_dice(predict(image, images, masks), mask).tolist()
    return {name: round(float(np.mean(values)), 3) for name, values in found.items()}


def read_evaluation(data: Path, name: str) -> list[RealTask]:
    """The tasks of an evaluation set with its patients; twins of wbc1 count as one patient."""
    tasks = read_dataset(data / "evaluation" / name, PATIENT.get(name, "(.*)"))
    if name != "wbc1":
        return list(tasks)
    return [replace(t, groups=tuple(TWINS.get(g, g) for g in t.groups)) for t in tasks]


def task_rows(task: RealTask, others: list[RealTask], predictors: dict[str, Predictor], options: argparse.Namespace) -> Iterator[dict]:
    """Everything measured on one task."""
    seeds, cells = range(options.seeds), task.dataset == "wbc1"
    queries = options.wbc_queries if cells else options.queries

    def row(asked: list[Question], supports: int, kind: str) -> dict:
        given = {"set": task.dataset, "label": task.label, "K": supports, "supports": kind, "queries": len(asked)}
        return given | scores(asked, predictors, supports)

    asked = questions(task, max(SIZES), queries, seeds)
    for size in SIZES:
        yield row(asked, size, "random")
    if cells:
        yield row(questions(task, max(SIZES), queries, seeds, similar=True), max(SIZES), "similar")
    asked = questions(task, CHECKED, options.queries, seeds)
    yield row(with_shuffled_masks(asked), CHECKED, "shuffled")
    if others:
        other = others[sum(map(ord, task.label)) % len(others)]
        asked = with_wrong_label(task, other, CHECKED, options.queries, seeds)
        if asked:
            yield row(asked, CHECKED, "wrong label")


def means(rows: list[dict], predictors: dict[str, Predictor]) -> list[dict]:
    """Means over the tasks and over the sets, by support size and kind of supports."""
    found = []
    for size, kind in dict.fromkeys((row["K"], row["supports"]) for row in rows):
        of_kind = [row for row in rows if (row["K"], row["supports"]) == (size, kind)]
        sets = sorted({row["set"] for row in of_kind})
        for name in predictors:
            by_set = [np.mean([row[name] for row in of_kind if row["set"] == s]) for s in sets]
            mean = float(np.mean([row[name] for row in of_kind]))
            found.append(
                {"K": size, "supports": kind, "predictor": name, "tasks": len(of_kind)}
                | {"mean": round(mean, 3), "set mean": round(float(np.mean(by_set)), 3)}
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, nargs="+", default=[Path("models/universeg.safetensors")])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--queries", type=int, default=5, help="queries of a task and seed")
    parser.add_argument("--wbc-queries", type=int, default=30, help="queries of a wbc1 task and seed")
    parser.add_argument("--only", default=".*", help="regular expression of the sets to measure")
    parser.add_argument("--threads", type=int, help="of PyTorch; all cores")
    parser.add_argument("--out", type=Path, help="JSON file of the results")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    predictors = dict(BASELINES)
    for path in options.weights:
        name, network = read_network(path)
        predictors[name if name not in predictors else path.stem] = of_network(network)
    names = [f.name for f in sorted((options.data / "evaluation").iterdir()) if re.fullmatch(options.only, f.name)]
    sets = [read_evaluation(options.data, name) for name in names]
    progress, done = Progress("measuring", sum(map(len, sets))), 0
    rows: list[dict] = []
    for tasks in sets:
        for task in tasks:
            for row in task_rows(task, [t for t in tasks if t is not task], predictors, options):
                rows.append(row)
                print(json.dumps(row), flush=True)
            done += 1
            progress.show(done, task.dataset)
    progress.end()
    summary = means(rows, predictors)
    for row in summary:
        print(json.dumps(row))
    if options.out:
        settings = {"seeds": options.seeds, "queries": options.queries, "wbc_queries": options.wbc_queries}
        options.out.write_text(json.dumps({"settings": settings, "means": summary, "tasks": rows}, indent=1))


if __name__ == "__main__":
    main()
