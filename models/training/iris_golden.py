"""Writes the reference outputs of small Iris networks, in two and three dimensions, that the Java network is compared with.

The weights are formulas and are not stored: v = sin(0.7 (i + 1) + 1.3 t + 0.01 (i^2 mod 97)) for element i of tensor t of
the state, times sqrt(1 / fan in) for matrices, kernels and the dynamic weights' fixed parts, 0.5 for the tokens and 0.1
for other vectors; the weights of norms are 1 + 0.2 v.

Keys, all float32: query [1, 1, *S], support_images and support_labels [1, K, 1, *S], weights [K] (sum 1), embeddings
[K, m + 1, C] of the supports, and logits [1, 1, *S] of their weighted mean.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import iris

CASES = {
    "2d": ({"widths": (8, 12, 16, 128), "tokens": 3}, (40, 48), (0.6, 0.3, 0.1)),
    "3d": ({"dims": 3, "widths": (4, 8, 16, 32), "tokens": 3}, (16, 24, 16), (0.7, 0.3)),
}
"""Options, sizes and support weights of the networks."""


def golden(network: iris.Iris) -> iris.Iris:
    """The network with the weights of the formula."""
    values = {}
    for t, (name, tensor) in enumerate(network.state_dict().items()):
        i = np.arange(tensor.numel(), dtype=np.int64)
        wave = np.sin(0.7 * (i + 1) + 1.3 * t + 0.01 * ((i * i) % 97))
        if name == "task_encoder.tokens":
            wave *= 0.5
        elif tensor.ndim > 1:
            wave *= math.sqrt(1 / tensor[0].numel())
        elif "norm" in name and name.endswith(".weight"):
            wave = 1 + 0.2 * wave
        else:
            wave *= 0.1
        values[name] = torch.from_numpy(wave.astype(np.float32)).view(tensor.shape)
    network.load_state_dict(values)
    return network.eval()


def inputs(sizes: tuple[int, ...], supports: int) -> tuple[Tensor, Tensor, Tensor]:
    """A ball that moves from image to image over waves: query [1, 1, *S], images and masks [1, K, 1, *S]."""
    axes = torch.meshgrid(*(torch.arange(size).double() for size in sizes), indexing="ij")
    images, masks = [], []
    for k in range(supports + 1):
        distance = sum((axis - size * (0.4 + 0.1 * k)) ** 2 for axis, size in zip(axes, sizes))
        mask = (distance < (0.3 * min(sizes)) ** 2).double()
        wave = torch.sin(sum((0.3 + 0.2 * n) * axis for n, axis in enumerate(axes)) + 0.9 * k)
        images.append(0.4 + 0.3 * mask + 0.2 * wave)
        masks.append(mask)
    image, mask = torch.stack(images)[None, :, None].float(), torch.stack(masks)[None, :, None].float()
    return image[:, 0], image[:, 1:], mask[:, 1:]


@torch.no_grad()
def case(options: dict, sizes: tuple[int, ...], shares: tuple[float, ...]) -> dict[str, Tensor]:
    network = golden(iris.build(**options))
    query, images, labels = inputs(sizes, len(shares))
    weights = torch.tensor([shares])
    return {
        "query": query,
        "support_images": images,
        "support_labels": labels,
        "weights": weights[0],
        "embeddings": network.task_embeddings(network.encoder(images[0])[-1], labels[0, :, 0]),
        "logits": network(query, images, labels, weights),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("src/test/resources"))
    folder = parser.parse_args().out
    for name, arguments in CASES.items():
        arrays = {key: tensor.contiguous().numpy() for key, tensor in case(*arguments).items()}
        target = folder / f"iris-golden-{name}.npz"
        np.savez_compressed(target, **arrays)
        print(target, target.stat().st_size, "bytes, logits", float(arrays["logits"].min()), float(arrays["logits"].max()))


if __name__ == "__main__":
    main()
