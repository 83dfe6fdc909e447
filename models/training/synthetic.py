"""Synthetic in-context tasks: label maps with made-up shapes, painted with made-up appearances.

A task fixes what its labels look like; its images differ by deformation, lighting and noise, so that the supports tell
what the target of the query looks like (Butoi et al. 2023; Billot et al. 2023 for the painting of label maps). All
lengths are in pixels of a 128-pixel image; every number comes from the seed of the task.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Generator, Tensor

from progress import Progress

SIZE = 128
MARGIN = 16
CANVAS = SIZE + 2 * MARGIN
"""Side of the canvas a fixed label map is drawn on; its margin feeds the deformations."""
KINDS = {"noise": 0.40, "voronoi": 0.13, "objects": 0.27, "thin": 0.10, "labelmap": 0.10}
"""Share of the tasks by the kind of their label maps."""
PLACE_ONLY = 0.10
"""Share of the tasks whose intensities are redrawn for every image: only shape and place tell the target."""


@dataclass(frozen=True)
class SyntheticTask:
    """Images [M, H, W] uint8, label maps [M, H, W] uint8 and the labels that can be targets."""

    images: Tensor
    labels: Tensor
    targets: tuple[int, ...]


class Draws:
    """Random numbers of one task."""

    def __init__(self, seed: int) -> None:
        self.generator = Generator().manual_seed(seed)

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(shape, generator=self.generator)

    def number(self, low: float, high: float) -> float:
        return float(self.uniform(low, high))

    def integer(self, low: int, high: int) -> int:
        """Uniform on low..high, both included."""
        return int(torch.randint(low, high + 1, (), generator=self.generator))

    def chance(self, probability: float) -> bool:
        return self.number(0, 1) < probability

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator)

    def choice(self, options: dict[str, float]) -> str:
        at = int(torch.multinomial(torch.tensor(list(options.values())), 1, generator=self.generator))
        return list(options)[at]

    def smooth(self, n: int, size: int, scale: float) -> Tensor:
        """Noise of about unit std that varies over ``scale`` pixels, [n, size, size]."""
        cells = max(2, math.ceil(size / scale) + 1)
        coarse = self.normal(n, 1, cells, cells)
        return F.interpolate(coarse, size=(size, size), mode="bicubic", align_corners=True)[:, 0]


def make_task(seed: int, count: int, labelmaps: list[Tensor]) -> SyntheticTask:
    """
    :param seed: same seed, same task
    :param count: images of the task
    :param labelmaps: groups of real label maps [n, H, W] uint8 of one body part and plane; may be empty
    """
    draws = Draws(seed)
    kind = draws.choice(KINDS if labelmaps else {k: v for k, v in KINDS.items() if k != "labelmap"})
    if kind == "noise":
        labels = deform(draws, noise_map(draws, draws.integer(5, 19)).expand(count, -1, -1))
    elif kind == "voronoi":
        labels = deform(draws, voronoi_map(draws).expand(count, -1, -1))
    elif kind == "labelmap":
        labels = deform(draws, merged_labelmaps(draws, labelmaps, count))
    else:
        background = noise_map(draws, draws.integer(1, 5))
        labels = deform(draws, background.expand(count, -1, -1))
        paint = paint_objects if kind == "objects" else paint_curves
        labels = paint(draws, labels, int(background.max()) + 1)
    images = appearance(draws, labels)
    return SyntheticTask(to_bytes(images), labels.to(torch.uint8), targets_of(labels))


def to_bytes(images: Tensor) -> Tensor:
    """Min-max scales every image of [M, H, W] to 0..255, uint8."""
    low, high = images.amin((1, 2), keepdim=True), images.amax((1, 2), keepdim=True)
    return ((images - low) / (high - low).clamp(min=1e-6) * 255).round().to(torch.uint8)


def targets_of(labels: Tensor) -> tuple[int, ...]:
    """Labels that cover 1% to 60% in at least four of five images of [M, H, W]."""
    found = []
    for label in range(int(labels.max()) + 1):
        area = (labels == label).float().mean((1, 2))
        if ((area >= 0.01) & (area <= 0.6)).float().mean() >= 0.8:
            found.append(label)
    return tuple(found)


def pixel_grid(size: int) -> tuple[Tensor, Tensor]:
    """Coordinates y, x in pixels, each [size, size]."""
    line = torch.arange(size, dtype=torch.float32)
    return torch.meshgrid(line, line, indexing="ij")


def noise_map(draws: Draws, labels: int) -> Tensor:
    """Arg-max of one noise image per label, [CANVAS, CANVAS]."""
    scales = [16.0, 32.0, 64.0]
    noise = sum(draws.number(0.1, 1) * draws.smooth(labels, CANVAS, scale) for scale in scales)
    return noise.argmax(0)


def voronoi_map(draws: Draws) -> Tensor:
    """Cells of 6 to 25 seeds with wavy borders, 30% of the cells merged into a neighbour's label."""
    n = draws.integer(6, 25)
    seeds = draws.uniform(0, CANVAS, n, 2)
    y, x = pixel_grid(CANVAS)
    wave = draws.number(2, 6) * draws.smooth(2, CANVAS, 16)
    points = torch.stack([y + wave[0], x + wave[1]], -1).view(-1, 2)
    owner = torch.arange(n)
    merged = draws.uniform(0, 1, n) < 0.3
    owner[merged] = torch.randint(0, n, (int(merged.sum()),), generator=draws.generator)
    return owner[torch.cdist(points, seeds).argmin(1)].view(CANVAS, CANVAS)


def merged_labelmaps(draws: Draws, labelmaps: list[Tensor], count: int) -> Tensor:
    """Real label maps whose values are thrown together into 4 to 20 labels, [count, H, W]."""
    group = labelmaps[draws.integer(0, len(labelmaps) - 1)]
    chosen = group[torch.randint(0, len(group), (count,), generator=draws.generator)]
    merge = torch.randint(1, draws.integer(5, 21), (256,), generator=draws.generator)
    merge[0] = 0
    return merge[chosen.long()]


def deform(draws: Draws, maps: Tensor) -> Tensor:
    """A rotation, scaling, shift and smooth warp of its own for every label map, [M, h, w] -> [M, SIZE, SIZE]."""
    n, h, _ = maps.shape
    angle = draws.uniform(-20, 20, n) * math.pi / 180
    scale = draws.uniform(0.85, 1.15, n) * (SIZE / CANVAS)
    shift = draws.uniform(-0.12, 0.12, n, 2)
    cos, sin = scale * angle.cos(), scale * angle.sin()
    theta = torch.stack([torch.stack([cos, -sin, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)], 1)
    grid = F.affine_grid(theta, [n, 1, SIZE, SIZE], align_corners=False)
    warp = draws.smooth(2 * n, SIZE, 16) * draws.number(0.2, 1) + draws.smooth(2 * n, SIZE, 32)
    warp = warp / warp.square().mean((1, 2), keepdim=True).sqrt() * draws.number(1, 5)  # rms in pixels
    grid = grid + warp.view(n, 2, SIZE, SIZE).permute(0, 2, 3, 1) * (2 / SIZE)
    sampled = F.grid_sample(maps[:, None].float(), grid, mode="nearest", padding_mode="border", align_corners=False)
    return sampled[:, 0].round().long()


def star_radius(phi: Tensor, draws: Draws, roughness: float) -> Tensor:
    """Radius of a wavy closed curve at the angles ``phi``, about 1."""
    radius = torch.ones_like(phi)
    for n in range(2, 7):
        radius = radius + roughness / n * draws.number(-1, 1) * torch.cos(n * phi + draws.number(0, 2 * math.pi))
    return radius


def paint_objects(draws: Draws, labels: Tensor, first_label: int) -> Tensor:
    """Paints 1 to 3 kinds of wavy ellipses, each with 0 to 2 nested parts, at random places of every image."""
    labels = labels.clone()
    y, x = pixel_grid(SIZE)
    label = first_label
    for _ in range(draws.integer(1, 3)):
        alone = draws.chance(0.4)
        radius = draws.number(0.16, 0.42) * SIZE if alone else draws.number(0.05, 0.2) * SIZE
        most = 1 if alone else draws.integer(1, 6)
        spread = 0.15 if alone else 0.45
        aspect, roughness = draws.number(0.6, 1.0), draws.number(0, 0.5)
        rings = [1.0] + [draws.number(0.35, 0.85) for _ in range(draws.integer(0, 2))]
        offset = draws.number(0, 0.35)
        for image in labels:
            for _ in range(draws.integer(1, most)):
                cy, cx = (0.5 + draws.number(-spread, spread)) * SIZE, (0.5 + draws.number(-spread, spread)) * SIZE
                size = radius * math.exp(0.15 * float(draws.normal()))
                turn = draws.number(0, 2 * math.pi)
                limit = 1.0
                for part, ring in enumerate(rings):
                    limit = limit * ring
                    dy, dx = y - cy, x - cx
                    u = dx * math.cos(turn) + dy * math.sin(turn)
                    v = (dy * math.cos(turn) - dx * math.sin(turn)) / aspect
                    inside = (u * u + v * v).sqrt() < size * limit * star_radius(torch.atan2(v, u), draws, roughness)
                    image[inside] = label + part
                    cy += offset * size * limit * draws.number(-1, 1) * 0.5
                    cx += offset * size * limit * draws.number(-1, 1) * 0.5
        label += len(rings)
    return labels


def paint_curves(draws: Draws, labels: Tensor, first_label: int) -> Tensor:
    """Paints one kind of smooth, sometimes branching curves, 1 to 4 pixels wide."""
    labels = labels.clone()
    y, x = pixel_grid(SIZE)
    points_of_image = torch.stack([y, x], -1).view(-1, 2)
    most, width = draws.integer(2, 6), draws.number(1, 4)
    bend, branches = draws.number(0.02, 0.12), draws.chance(0.5)
    for image in labels:
        start, heading = draws.uniform(0, SIZE, 2), draws.number(0, 2 * math.pi)
        for _ in range(draws.integer(2, most)):
            headings = heading + torch.cumsum(bend * 2 * draws.normal(80), 0)
            steps = 1.6 * torch.stack([headings.sin(), headings.cos()], -1)
            points = start + torch.cumsum(steps, 0)  # [80, 2]
            near = torch.cdist(points_of_image, points).amin(1).view(SIZE, SIZE) < width / 2 * draws.number(0.7, 1.3)
            image[near] = first_label
            if branches:
                at = draws.integer(0, 60)
                start, heading = points[at], float(headings[at]) + draws.number(-1.2, 1.2)
            else:
                start, heading = draws.uniform(0, SIZE, 2), draws.number(0, 2 * math.pi)
    return labels


def appearance(draws: Draws, labels: Tensor) -> Tensor:
    """Paints label maps [M, H, W] with intensities, textures, bias field, blur, noise and gamma, [M, H, W] float."""
    m, size, _ = labels.shape
    n = int(labels.max()) + 1
    evenly = (torch.randperm(n, generator=draws.generator) + draws.uniform(0, 1, n)) / n
    means = evenly if draws.chance(0.5) else draws.uniform(0, 1, n)
    grain, between = draws.uniform(0.01, 0.12, n), draws.number(0.01, 0.1)
    if draws.chance(0.2):
        means[0], grain[0] = 0, 0
    of_image = draws.uniform(0, 1, m, n) if draws.chance(PLACE_ONLY) else means + between * draws.normal(m, n)
    flat = labels.view(m, -1)
    image = of_image.gather(1, flat).view_as(labels)
    image = image + grain[labels] * draws.normal(m, size, size)
    if draws.chance(0.5):
        band = draws.smooth(m, size, draws.number(2, 16)) * (draws.uniform(0, 0.3, n) * (draws.uniform(0, 1, n) < 0.5))[labels]
        image = image + band
    if draws.chance(0.25):
        y, x = pixel_grid(size)
        angle, period = draws.number(0, math.pi), draws.number(4, 16)
        phase = draws.uniform(0, 2 * math.pi, m, 1, 1)
        stripes = torch.sin(2 * math.pi * (x * math.cos(angle) + y * math.sin(angle)) / period + phase)
        image = image + stripes * (draws.uniform(0, 0.3, n) * (draws.uniform(0, 1, n) < 0.4))[labels]
    image = image * torch.exp(draws.number(0, 0.4) * draws.smooth(m, size, 48))
    image = blurred(image, draws.number(0.1, 1.5))
    image = image + draws.number(0, 0.06) * draws.normal(m, size, size)
    low, high = image.amin((1, 2), keepdim=True), image.amax((1, 2), keepdim=True)
    image = (image - low) / (high - low).clamp(min=1e-6)
    return image ** torch.exp(0.25 * draws.normal(m, 1, 1))


def blurred(images: Tensor, sigma: float) -> Tensor:
    """Gaussian blur with a std of ``sigma`` pixels, [M, H, W]."""
    reach = max(1, math.ceil(2.5 * sigma))
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    kernel = (kernel / kernel.sum()).view(1, 1, 1, -1)
    padded = F.pad(images[:, None], (reach,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel), kernel.transpose(2, 3))[:, 0]


def read_labelmaps(folder: Path) -> list[Tensor]:
    """The label maps of a folder grouped by plane (``subject_plane_slice.png``), each [n, H, W] uint8."""
    groups: dict[str, list[Tensor]] = {}
    for path in sorted(folder.glob("*.png")):
        values = torch.from_numpy(np.array(Image.open(path).convert("L")))
        groups.setdefault(path.stem.split("_")[1], []).append(values)
    return [torch.stack(maps) for maps in groups.values()]


def make_tasks(seeds: range, count: int, labelmaps: list[Tensor]) -> list[SyntheticTask]:
    """The tasks of the seeds, without those that have no fitting target."""
    progress = Progress("synthetic tasks", len(seeds))
    tasks = []
    for seed in seeds:
        tasks.append(make_task(seed, count, labelmaps))
        progress.show(len(tasks))
    progress.end()
    return [task for task in tasks if task.targets]
