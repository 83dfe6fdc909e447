"""Tasks without annotations: one superpixel of an image is the target (ScribblePrompt, Wong et al. 2024).

A superpixel has no twin in another image, so query and supports are the same image, each strongly warped and re-lit on
its own. The superpixels are those of Felzenszwalb and Huttenlocher (IJCV 2004): the edges between neighbouring pixels
join segments in the order of their grey-level difference, as long as it is not larger than the largest difference inside
either segment plus ``scale / size``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from progress import Progress
from synthetic import Draws, blurred, to_bytes

if TYPE_CHECKING:
    from data import Family

SCALES = (0.05, 2.0)
"""Range of ``scale`` for grey levels in [0, 1], drawn log-uniformly for every image."""
SIGMA = 0.5
FEWEST_PIXELS = 32
TARGET_AREA = (0.008, 0.5)
"""A target covers this share of the image."""


@dataclass(frozen=True)
class SegmentedImage:
    """An image [S, S] uint8 and the superpixel of each pixel [S, S] uint8; 0 where no superpixel can be a target."""

    image: Tensor
    segments: Tensor


def felzenszwalb(image: np.ndarray, scale: float, fewest: int = FEWEST_PIXELS) -> np.ndarray:
    """
    :param image: [H, W] float in [0, 1]
    :param scale: the larger, the larger the segments
    :param fewest: smaller segments join the neighbour they differ least from
    :return: segment of each pixel, [H, W] int64, numbered from 0
    """
    h, w = image.shape
    index = np.arange(h * w).reshape(h, w)
    pairs = [(index[:, :-1], index[:, 1:]), (index[:-1], index[1:]), (index[:-1, :-1], index[1:, 1:]), (index[1:, :-1], index[:-1, 1:])]
    a, b = (np.concatenate([pair[i].ravel() for pair in pairs]) for i in range(2))
    flat = image.ravel()
    difference = np.abs(flat[a] - flat[b])
    order = np.argsort(difference, kind="stable")
    edges = list(zip(difference[order].tolist(), a[order].tolist(), b[order].tolist()))
    parent, size, limit = list(range(h * w)), [1] * (h * w), [scale] * (h * w)

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for weight, p, q in edges:
        p, q = root(p), root(q)
        if p != q and weight <= limit[p] and weight <= limit[q]:
            parent[q] = p
            size[p] += size[q]
            limit[p] = weight + scale / size[p]
    for _, p, q in edges:
        p, q = root(p), root(q)
        if p != q and min(size[p], size[q]) < fewest:
            parent[q] = p
            size[p] += size[q]
    roots = np.array([root(i) for i in range(h * w)])
    return np.unique(roots, return_inverse=True)[1].reshape(h, w)


def segment_image(image: Tensor, scale: float) -> SegmentedImage:
    """Cuts an image [S, S] uint8 into superpixels and numbers those of a fitting area from 1; at most 255 fit."""
    smooth = blurred(image[None].float() / 255, SIGMA)[0]
    segments = torch.from_numpy(felzenszwalb(smooth.numpy(), scale))
    area = torch.bincount(segments.flatten()).float() / segments.numel()
    fitting = torch.nonzero((area >= TARGET_AREA[0]) & (area <= TARGET_AREA[1]))[:, 0]
    number = torch.zeros(len(area), dtype=torch.uint8)
    number[fitting] = torch.arange(1, len(fitting) + 1, dtype=torch.uint8)
    return SegmentedImage(image, number[segments])


def segment_families(families: list[Family]) -> list[SegmentedImage]:
    """Every different image of the families cut into superpixels; images without a fitting one are left out."""
    images: dict[bytes, Tensor] = {}
    for family in families:
        for task in (task for dataset in family.datasets for task in dataset):
            images |= {image.numpy().tobytes(): image for image in task.images}
    random = Random(1)
    progress = Progress("superpixels", len(images))
    found = []
    for done, image in enumerate(images.values(), 1):
        scale = math.exp(random.uniform(*map(math.log, SCALES)))
        found.append(segment_image(image.clone(), scale))
        progress.show(done)
    progress.end()
    return [one for one in found if bool(one.segments.any())]


def superpixel_episode(random: Random, source: SegmentedImage, supports: int) -> tuple[Tensor, Tensor]:
    """Images and soft masks [K + 1, S, S] uint8: the image warped and re-lit K + 1 times, one superpixel as target."""
    draws = Draws(random.getrandbits(40))
    target = random.randint(1, int(source.segments.max()))
    both = torch.stack([source.image.float() / 255, (source.segments == target).float()])
    warped = strongly_warped(draws, both, supports + 1)
    return relit(draws, warped[:, 0]), (warped[:, 1] * 255).round().to(torch.uint8)


def strongly_warped(draws: Draws, pictures: Tensor, count: int) -> Tensor:
    """Affine and smooth changes (3 to 8 of 128 pixels rms), one for each copy of [C, S, S]; gives [count, C, S, S]."""
    size = pictures.shape[-1]
    turn = draws.uniform(-30, 30, count) * math.pi / 180
    scale, shift = draws.uniform(0.7, 1.2, count), draws.uniform(-0.15, 0.15, count, 2)
    flip = torch.where(draws.uniform(0, 1, count) < 0.2, -1.0, 1.0)
    cos, sin = scale * turn.cos(), scale * turn.sin()
    rows = [torch.stack([flip * cos, -sin, shift[:, 0]], 1), torch.stack([flip * sin, cos, shift[:, 1]], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), [count, 1, size, size], align_corners=False)
    warp = draws.smooth(2 * count, size, size / 8) * draws.number(0.2, 0.6) + draws.smooth(2 * count, size, size / 4)
    warp = warp / warp.square().mean((1, 2), keepdim=True).sqrt() * draws.uniform(3, 8, 2 * count, 1, 1)
    grid = grid + warp.view(count, 2, size, size).permute(0, 2, 3, 1) * (2 / 128)
    return F.grid_sample(pictures.expand(count, -1, -1, -1), grid, padding_mode="reflection", align_corners=False)


def relit(draws: Draws, images: Tensor) -> Tensor:
    """Gamma, bias field, contrast and noise of its own for every image of [M, S, S] in [0, 1]; gives uint8."""
    m, size, _ = images.shape
    images = images.clamp(0, 1) ** torch.exp(0.35 * draws.normal(m, 1, 1))
    images = images * torch.exp(draws.number(0, 0.4) * draws.smooth(m, size, size / 2))
    images = (images - 0.5) * draws.uniform(0.7, 1.4, m, 1, 1) + 0.5 + draws.uniform(-0.1, 0.1, m, 1, 1)
    return to_bytes(images.clamp(0, 1) + draws.number(0, 0.03) * draws.normal(m, size, size))
