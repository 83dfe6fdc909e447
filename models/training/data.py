"""Real and synthetic tasks, and the episodes drawn from them.

An episode is one query and K supports of one task: [K + 1, SIZE, SIZE], the query first. Real tasks are drawn by modality
and source family, then set, then label, so that neither large sets nor the many labels of one subject dominate.
Where the family names its patients (``group`` in ``tasks.json``), the supports come from other patients.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from superpixels import SegmentedImage, superpixel_episode
from synthetic import SIZE, SyntheticTask

TASK_FILE = Path(__file__).with_name("tasks.json")
FEWEST_GROUPS = 3
"""Families with fewer patients than this draw query and supports from the same patients."""
SEVERAL_LABELS = 0.15
"""Share of the synthetic episodes whose target is the union of two or three labels."""
EMPTY_ALLOWED = 0.03
"""Share of the synthetic episodes that may hold images without the target."""
SMALLEST_AREA = 0.003
ABSENT = 0.2
"""Share of the real episodes with images without the target, where the set has such images: half of the time the query,
else up to half of the supports. Of all episodes it is near a tenth."""


@dataclass(frozen=True)
class RealTask:
    """One label of one set: images and soft masks [N, SIZE, SIZE] uint8 and the patient of each image."""

    dataset: str
    label: str
    images: Tensor
    masks: Tensor
    groups: tuple[str, ...]
    absent: Tensor = field(default_factory=lambda: torch.empty(0, SIZE, SIZE, dtype=torch.uint8))
    """Images of the set that do not show the label, [M, SIZE, SIZE] uint8."""

    def supports_for(self, query: int) -> list[int]:
        """The images that may support a query: those of other patients, or else all others."""
        others = [i for i in range(len(self.groups)) if i != query]
        if len(set(self.groups)) < FEWEST_GROUPS:
            return others
        return [i for i in others if self.groups[i] != self.groups[query]]


@dataclass(frozen=True)
class Family:
    """The sets of one source. ``share`` scales how often it is drawn among those of its modality."""

    name: str
    split: str
    modality: str
    share: float
    datasets: tuple[tuple[RealTask, ...], ...]


def task_split(path: Path = TASK_FILE) -> dict[str, dict]:
    """The families of ``tasks.json`` by name."""
    return json.loads(path.read_text())["families"]


def left_out(path: Path = TASK_FILE) -> dict[str, str]:
    """The sets that nothing is trained on or chosen by, with the reason."""
    return json.loads(path.read_text())["left_out"]


def grey_square(image: Image.Image) -> Image.Image:
    """Grey level (ITU-R 601) picture, zero-padded to a square with the picture in the middle."""
    grey = image.convert("L")
    side = max(grey.size)
    square = Image.new("L", (side, side))
    square.paste(grey, ((side - grey.width) // 2, (side - grey.height) // 2))
    return square


def read_image(path: Path) -> np.ndarray:
    """Preprocessed image [SIZE, SIZE] float32 in [0, 1]: grey, square, min-max, antialiased bilinear resize."""
    values = np.asarray(grey_square(Image.open(path)), np.float32)
    values = (values - values.min()) / max(float(values.max() - values.min()), 1e-6)
    return np.asarray(Image.fromarray(values).resize((SIZE, SIZE), Image.Resampling.BILINEAR))


def read_mask(path: Path) -> np.ndarray:
    """Share of each pixel that the mask covers, [SIZE, SIZE] float32; a mask is where it is at least one half."""
    covered = np.asarray(grey_square(Image.open(path)), np.float32) / 255
    return np.asarray(Image.fromarray(covered).resize((SIZE, SIZE), Image.Resampling.BOX))


def as_bytes(pictures: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(pictures) * 255).round().clamp(0, 255).to(torch.uint8)


def read_dataset(folder: Path, group: str = "(.*)") -> tuple[RealTask, ...]:
    """All tasks of one set.

    :param group: regular expression whose first group is the patient in an image's id
    """
    names = sorted(path.stem for path in (folder / "images").glob("*.png"))
    images = dict(zip(names, as_bytes([read_image(folder / "images" / f"{name}.png") for name in names])))
    tasks = []
    for label_folder in sorted((folder / "masks").iterdir()):
        ids = sorted(path.stem for path in label_folder.glob("*.png"))
        shown = torch.stack([images[i] for i in ids])
        masks = as_bytes([read_mask(label_folder / f"{i}.png") for i in ids])
        groups = tuple(re.match(group, i)[1] for i in ids)
        absent = torch.stack([images[name] for name in names if name not in ids] or [torch.empty(0, SIZE)])
        absent = absent.view(-1, SIZE, SIZE).to(torch.uint8)
        tasks.append(RealTask(folder.name, label_folder.name, shown, masks, groups, absent))
    return tuple(tasks)


def read_families(data: Path, split: str) -> list[Family]:
    """
    :param data: folder that holds ``training``
    :param split: ``train`` or ``validation``
    """
    return [
        Family(
            name,
            split,
            entry["modality"],
            entry.get("share", 1.0),
            tuple(read_dataset(data / "training" / d, entry.get("group", "(.*)")) for d in entry["datasets"]),
        )
        for name, entry in task_split().items()
        if entry["split"] == split
    ]


def pick(random: Random, candidates: list[int], count: int) -> list[int]:
    """``count`` different candidates; the whole list repeats where it is too short."""
    chosen: list[int] = []
    while len(chosen) < count:
        chosen += random.sample(candidates, min(len(candidates), count - len(chosen)))
    return chosen


def real_episode(random: Random, task: RealTask, supports: int) -> tuple[Tensor, Tensor]:
    """Images and soft masks [K + 1, SIZE, SIZE] uint8."""
    query = random.randrange(len(task.groups))
    rows = [query, *pick(random, task.supports_for(query), supports)]
    images, masks = task.images[rows], task.masks[rows]
    if len(task.absent) and random.random() < ABSENT:
        of_query = random.random() < 0.5 or supports == 1
        places = [0] if of_query else random.sample(range(1, supports + 1), random.randint(1, supports // 2))
        images[places] = task.absent[pick(random, list(range(len(task.absent))), len(places))]
        masks[places] = 0
    return images, masks


def synthetic_episode(random: Random, task: SyntheticTask, supports: int) -> tuple[Tensor, Tensor]:
    """Images and masks [K + 1, SIZE, SIZE] uint8 of one label, or of a union of labels."""
    targets = [random.choice(task.targets)]
    if random.random() < SEVERAL_LABELS and len(task.targets) > 2:
        targets = random.sample(task.targets, random.choice((2, 3)))
    masks = torch.stack([task.labels == target for target in targets]).any(0)
    rows = list(range(len(masks)))
    if random.random() >= EMPTY_ALLOWED:
        rows = torch.nonzero(masks.float().mean((1, 2)) >= SMALLEST_AREA)[:, 0].tolist()
    chosen = pick(random, rows, supports + 1)
    return task.images[chosen], masks[chosen].to(torch.uint8) * 255


@dataclass(frozen=True)
class Episodes:
    """Draws training episodes from real families, synthetic tasks and superpixels of single images."""

    families: list[Family]
    synthetic: list[SyntheticTask]
    synthetic_share: float
    superpixels: list[SegmentedImage] = field(default_factory=list)
    superpixel_share: float = 0.0

    def shares(self) -> list[float]:
        """How often each family is drawn: by the root of what the families of its modality have together, so that neither
        many sets of one modality nor a modality of few sets dominates."""
        of_modality = Counter()
        for family in self.families:
            of_modality[family.modality] += family.share
        return [family.share / math.sqrt(of_modality[family.modality]) for family in self.families]

    def draw(self, random: Random, count: int, supports: int) -> tuple[Tensor, Tensor]:
        """Images and soft masks, each [count, K + 1, SIZE, SIZE] uint8."""
        shares = self.shares()
        drawn = []
        for _ in range(count):
            source = random.random()
            if source < self.synthetic_share:
                drawn.append(synthetic_episode(random, random.choice(self.synthetic), supports))
            elif source < self.synthetic_share + self.superpixel_share:
                drawn.append(superpixel_episode(random, random.choice(self.superpixels), supports))
            else:
                family = random.choices(self.families, shares)[0]
                drawn.append(real_episode(random, random.choice(random.choice(family.datasets)), supports))
        images, masks = zip(*drawn)
        return torch.stack(images), torch.stack(masks)
