"""Writes the reference outputs of two small PatchICL networks that the Java network is compared with.

The weights are formulas and are not stored: v = sin(0.7 (i + 1) + 1.3 t + 0.01 (i^2 mod 97)) for element i of tensor t of
the state, times sqrt(2 / fan in) for matrices and kernels and 0.1 for vectors; the weights of norms and the biases of
``gamma_proj`` are 1 + 0.2 v. The levels, the temperature and the frequencies of the scale vector are those of the network.

Keys, all float32: query [1, 1, H, W], support_images and support_labels [1, K, 1, H, W], weights [K] (sum 1), patches
[K, n] taken from the supports, level by level, sorted within each, and logits [1, 1, H, W].
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import patchicl
from patchicl import PatchIcl, levels_of

SMALL = {"width": 32, "features": 6}
CASES = {
    "": (SMALL | {"levels": ((16, 4), (32, 5), (0, 7))}, (48, 64)),
    "-as-coded": (
        SMALL
        | {
            "levels": ((24, 9), (0, 6)),
            "skips": False,
            "registers": 2,
            "context_layers": 2,
            "pooling": "blurred_max",
            "context_sampling": "foreground",
        },
        (56, 40),
    ),
}
"""Options and size of each case."""
WEIGHTS = (0.6, 0.3, 0.1)
SMALLEST_GAP = 2e-5
"""Between the score of the last patch taken and the first left out: rounding must not decide."""


def golden(network: PatchIcl) -> PatchIcl:
    """The network with the weights of the formula."""
    values = {}
    for t, (name, tensor) in enumerate(network.state_dict().items()):
        i = np.arange(tensor.numel(), dtype=np.int64)
        wave = np.sin(0.7 * (i + 1) + 1.3 * t + 0.01 * ((i * i) % 97))
        if name in ("levels", "_log_temperature", "backbone.scale_encoder.freqs"):
            continue
        if tensor.ndim > 1:
            wave *= math.sqrt(2 / tensor[0].numel())
        elif name.endswith(".weight") or name.endswith("gamma_proj.bias"):
            wave = 1 + 0.2 * wave
        else:
            wave *= 0.1
        values[name] = torch.from_numpy(wave.astype(np.float32)).view(tensor.shape)
    network.load_state_dict(values, strict=False)
    return network.eval()


def inputs(height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    """An ellipse that moves from image to image over waves: query [1, 1, H, W], images and masks [1, K, 1, H, W]."""
    y, x = torch.meshgrid(torch.arange(height).double(), torch.arange(width).double(), indexing="ij")
    images, masks = [], []
    for k in range(len(WEIGHTS) + 1):
        cy, cx = height * (0.35 + 0.09 * k), width * (0.3 + 0.13 * k)
        mask = (((y - cy) / (0.21 * height)) ** 2 + ((x - cx) / (0.26 * width)) ** 2 < 1).double()
        wave = torch.sin(0.31 * x + 0.17 * y + 0.9 * k) * torch.cos(0.05 * x * y / width + k)
        images.append(0.4 + 0.3 * mask + 0.25 * wave)
        masks.append(mask)
    image, mask = torch.stack(images)[None, :, None].float(), torch.stack(masks)[None, :, None].float()
    return image[:, 0], image[:, 1:], mask[:, 1:]


@torch.no_grad()
def case(options: dict, size: tuple[int, int]) -> dict[str, Tensor]:
    network = golden(patchicl.build(None, **options))
    query, images, labels = inputs(*size)
    levels = levels_of(network.config, *size)
    outputs = network.training_outputs(query, images, labels, torch.tensor([WEIGHTS]))
    of_supports = []
    distance = patchicl.boundary_distance(labels[0]) if network.config.context_sampling == "distance" else None
    for i, level in enumerate(levels):
        of_supports.append(network._choose_context(level, labels[0], distance).sort(1).values)
        scores = network._target_scores(level, outputs[i - 1] if i else query)
        ordered = scores[0].sort(descending=True).values
        if level.count < len(ordered):
            gap = float(ordered[level.count - 1] - ordered[level.count])
            print(level, "gap", gap)
            assert gap > SMALLEST_GAP, "the choice of patches hangs on rounding"
    return {
        "query": query,
        "support_images": images,
        "support_labels": labels,
        "weights": torch.tensor(WEIGHTS),
        "patches": torch.cat(of_supports, 1).float(),
        "logits": outputs[-1],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("src/test/resources"))
    folder = parser.parse_args().out
    for name, arguments in CASES.items():
        arrays = {key: tensor.contiguous().numpy() for key, tensor in case(*arguments).items()}
        target = folder / f"patchicl-golden{name}.npz"
        np.savez_compressed(target, **arrays)
        print(target, target.stat().st_size, "bytes, logits", float(arrays["logits"].min()), float(arrays["logits"].max()))


if __name__ == "__main__":
    main()
