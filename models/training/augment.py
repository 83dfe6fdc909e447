"""Random changes of a batch of episodes, at two levels (Butoi et al. 2023).

Task level: one draw for the query and all supports of an episode, which makes new tasks out of old ones. Image level: a
draw of its own for every image, which makes the supports differ from the query. The order is geometry, intensity,
noise. Dimension legend: B episodes, N = K + 1 images of an episode (the query first), S pixels of a side.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

PADDINGS = ("zeros", "border", "reflection")
ALIGNED = 0.4
"""Share of the episodes whose images are displaced by less than a quarter of the usual, as in studies of one protocol:
there the place of a target tells as much as its looks, and images displaced at random would hide it."""

FIELD_OF_VIEW = 0.2
"""Share of the other episodes whose images differ widely in scale: a heart fills a third of one and a tenth of the next."""
SCALES = (-0.5, 0.7)
"""Logarithms of the least and the greatest change of scale there; above zero an image shows more and all of it smaller."""


class Augment:
    """Draws and applies the changes; every random number comes from the generator."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.device = generator.device

    def __call__(self, images: Tensor, masks: Tensor, size: int) -> tuple[Tensor, Tensor]:
        """
        :param images: [B, N, S, S] uint8
        :param masks: [B, N, S, S] uint8, 255 where the target covers the whole pixel
        :param size: side of the result in pixels
        :return: images [B, N, size, size] float32, each min-max scaled to [0, 1], and masks of the same shape, 0 or 1
        """
        b, n, s, _ = images.shape
        fine = min(s, 2 * size)  # the geometry is sampled at twice the size and then averaged
        both = torch.stack([images, masks], 2).flatten(0, 1).float() / 255  # [B*N, 2, S, S]
        if fine < s:
            both = F.avg_pool2d(both, s // fine)
        padding = PADDINGS[int(torch.randint(3, (), generator=self.generator, device=self.device))]
        grid = self._grid(both[:, 1], b, n, fine)
        both = F.grid_sample(both, grid, mode="bilinear", padding_mode=padding, align_corners=False)
        if fine > size:
            both = F.avg_pool2d(both, fine // size)
        images = self._intensities(both[:, :1].contiguous(), b, n)
        masks = self._labels((both[:, 1:] >= 0.5).float(), b, n)
        return images.view(b, n, size, size), masks.view(b, n, size, size)

    def _uniform(self, low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(shape, generator=self.generator, device=self.device)

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator, device=self.device)

    def _chance(self, probability: float, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self.generator, device=self.device) < probability

    def _maybe(self, probability: float, values: Tensor, otherwise: float) -> Tensor:
        """The values, each replaced by ``otherwise`` unless its draw succeeds."""
        return torch.where(self._chance(probability, *values.shape), values, torch.full_like(values, otherwise))

    def _grid(self, masks: Tensor, b: int, n: int, size: int) -> Tensor:
        """Sampling grid [B*N, size, size, 2]: task-level affine change of image-level affine and elastic change."""
        aligned = self._chance(ALIGNED, b, 1)
        part = torch.where(aligned, self._uniform(0, 0.25, b, 1), torch.ones(b, 1, device=self.device))
        turn = self._maybe(0.5, self._uniform(0, 2 * math.pi, b, 1), 0)
        scale = self._maybe(0.5, self._uniform(0.9, 1.25, b, 1), 1)
        stretch = self._maybe(0.3, self._uniform(0.75, 1.33, b, 1), 1)
        flips = torch.where(self._chance(0.5, b, 1), -1.0, 1.0), torch.where(self._chance(0.5, b, 1), -1.0, 1.0)
        zoomed = self._chance(0.3, b, 1)
        zoom = torch.where(zoomed, self._uniform(0.4, 0.9, b, 1), torch.ones(b, 1, device=self.device))
        target = [c.view(b, n) for c in centre(masks)]
        y, x = (torch.where(aligned, c.mean(1, keepdim=True), c) for c in target)
        y, x = (zoomed * (c + part * self._uniform(-0.15, 0.15, b, n) * zoom) for c in (y, x))
        of_task = affine(turn, scale * stretch.sqrt() * zoom, scale / stretch.sqrt() * zoom, 0 * turn, 0 * turn)
        of_task = of_task * torch.stack([*flips, torch.ones_like(turn)], -1)[:, :, :, None]  # rows: x, y, 1
        of_task = of_task.expand(b, n, 3, 3).clone()
        of_task[..., 0, 2], of_task[..., 1, 2] = x, y

        turn = self._maybe(0.5, self._uniform(-20, 20, b, n), 0)
        turn = part * torch.where(self._chance(0.05, b, 1), self._uniform(0, 360, b, n), turn) * (math.pi / 180)
        scale = 1 + part * self._maybe(0.5, self._uniform(-0.15, 0.15, b, n), 0)
        varied = self._chance(FIELD_OF_VIEW, b, 1) & ~aligned
        view = torch.where(varied, self._uniform(*SCALES, b, n), torch.zeros(b, n, device=self.device)).exp()
        here = torch.stack([target[1], target[0], torch.ones_like(target[0])], -1).unsqueeze(-1)  # x, y, 1 of the source
        here = (torch.linalg.inv(of_task) @ here)[..., :2, 0] * (1 - view).unsqueeze(-1)  # the target keeps its place
        shift = (part * self._maybe(0.5, self._uniform(-0.2, 0.2, b, n), 0) for _ in "xy")
        of_image = affine(turn, scale * view, scale * view, *(s + h for s, h in zip(shift, here.unbind(-1))))  # [B, N, 3, 3]

        theta = (of_task @ of_image)[:, :, :2].reshape(b * n, 2, 3)
        grid = F.affine_grid(theta, [b * n, 1, size, size], align_corners=False)
        return grid + part.expand(b, n).reshape(-1, 1, 1, 1) * self._elastic(b, n, size)

    def _elastic(self, b: int, n: int, size: int) -> Tensor:
        """Smooth displacements of 1 to 4 of 128 pixels rms in half of the images, [B*N, size, size, 2]."""
        cells = int(torch.randint(4, 10, (), generator=self.generator, device=self.device))
        warp = F.interpolate(self._normal(b * n, 2, cells, cells), size=(size, size), mode="bicubic")
        warp = warp / warp.square().mean((1, 2, 3), keepdim=True).sqrt()
        rms = self._maybe(0.5, self._uniform(1, 4, b * n), 0) * (2 / 128)
        return (warp * rms.view(-1, 1, 1, 1)).permute(0, 2, 3, 1)

    def _intensities(self, images: Tensor, b: int, n: int) -> Tensor:
        """Task level: random tone curve, gamma, contrast, inversion. Image level: gamma, contrast, bias, blur, noise."""

        def per_image(of_task: Tensor) -> Tensor:
            return of_task.expand(b, n).reshape(-1, 1, 1, 1)

        images = min_max(images)
        curved = per_image(self._chance(0.15, b, 1))
        images = torch.where(curved, self._tone_curve(images, n), images)
        gamma = self._maybe(0.5, self._normal(b, 1) * 0.35, 0) + self._maybe(0.3, self._normal(b, n) * 0.2, 0)
        images = images.clamp(0, 1) ** per_image(gamma.exp())
        inverted = per_image(self._chance(0.4, b, 1))
        images = torch.where(inverted, 1 - images, images)

        size = images.shape[-1]
        bias = F.interpolate(self._normal(b * n, 1, 3, 3), size=(size, size), mode="bicubic")
        bias = bias * self._maybe(0.3, self._uniform(0, 0.3, b * n, 1, 1, 1), 0)
        images = images * bias.exp()
        contrast = self._maybe(0.3, self._uniform(0.6, 1.5, b, 1), 1) * self._maybe(0.3, self._uniform(0.6, 1.5, b, n), 1)
        bright = self._maybe(0.3, self._uniform(-0.1, 0.1, b, n), 0)
        images = ((images - 0.5) * per_image(contrast) + 0.5 + per_image(bright)).clamp(0, 1)
        smooth = F.avg_pool2d(F.avg_pool2d(F.pad(images, (2,) * 4, mode="replicate"), 3, 1), 3, 1)
        sharper = self._maybe(0.3, self._uniform(-1, 1.5, b, 1), 0) + self._maybe(0.2, self._uniform(-0.7, 1, b, n), 0)
        images = images + per_image(sharper.clamp(-1, 2)) * (images - smooth)
        noise = self._maybe(0.3, self._uniform(0, 0.08, b, 1), 0) + self._maybe(0.25, self._uniform(0, 0.05, b, n), 0)
        images = images + per_image(noise) * self._normal(*images.shape)
        return min_max(images.clamp(0, 1))

    def _tone_curve(self, images: Tensor, n: int) -> Tensor:
        """A random piecewise linear map of the grey levels, the same for all images of an episode."""
        b, knots = len(images) // n, 6
        curve = self._uniform(0, 1, b, knots).repeat_interleave(n, 0)  # [B*N, knots]
        place = images.flatten(1).clamp(0, 1) * (knots - 1)
        left = place.floor().clamp(max=knots - 2).long()
        part = place - left
        return (curve.gather(1, left) * (1 - part) + curve.gather(1, left + 1) * part).view_as(images)

    def _labels(self, masks: Tensor, b: int, n: int) -> Tensor:
        """Task level: the complement (10%) or the outline (5%) of the target."""
        kind = self._uniform(0, 1, b, 1).expand(b, n).reshape(-1, 1, 1, 1)
        outline = F.max_pool2d(masks, 3, 1, 1) + F.max_pool2d(-masks, 3, 1, 1)
        return torch.where(kind < 0.10, 1 - masks, torch.where(kind > 0.95, outline, masks))


def affine(turn: Tensor, scale_x: Tensor, scale_y: Tensor, shift_x: Tensor, shift_y: Tensor) -> Tensor:
    """Matrices [..., 3, 3] that take a point of the result to a point of the source, in normalised coordinates."""
    cos, sin, zero, one = turn.cos(), turn.sin(), torch.zeros_like(turn), torch.ones_like(turn)
    rows = [scale_x * cos, -scale_x * sin, shift_x, scale_y * sin, scale_y * cos, shift_y, zero, zero, one]
    return torch.stack(rows, -1).unflatten(-1, (3, 3))


def centre(masks: Tensor) -> tuple[Tensor, Tensor]:
    """Centre of mass y, x of masks [M, S, S] in normalised coordinates, each [M]; the middle where a mask is empty."""
    line = torch.linspace(-1, 1, masks.shape[-1], device=masks.device)
    mass = masks.sum((1, 2)).clamp(min=1e-6)
    return (masks.sum(2) @ line) / mass, (masks.sum(1) @ line) / mass


def min_max(images: Tensor) -> Tensor:
    """Scales each image of [M, 1, S, S] to [0, 1]; a constant image becomes 0."""
    low, high = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
    return (images - low) / (high - low).clamp(min=1e-6)
