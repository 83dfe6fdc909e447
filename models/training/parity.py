"""Writes the reference input and output that the Java network is compared with.

Keys, all float32: query [1, 1, H, W], support_images and support_labels [1, K, 1, H, W], weights [K] (sum 1) and the
logits [1, 1, H, W] of the shipped weights. The inputs are formulas, not data.
"""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

import safetensors_file

HEIGHT, WIDTH, SUPPORTS = 48, 64, 5
"""Divisible by the size multiple of every network."""


def inputs() -> dict[str, Tensor]:
    """A dark wavy disc on a striped ground, elsewhere in every image, and unequal weights."""
    y, x = torch.meshgrid(torch.arange(HEIGHT).double(), torch.arange(WIDTH).double(), indexing="ij")
    images, labels = [], []
    for k in range(SUPPORTS + 1):
        cy, cx = 20 + 1.5 * k, 22 + 3.0 * k
        radius = 11 + 2 * torch.sin(3 * torch.atan2(y - cy, x - cx) + k)
        label = ((x - cx) ** 2 + (y - cy) ** 2 < radius**2).double()
        ground = 0.7 + 0.2 * torch.sin(0.3 * x + 0.2 * y + 0.9 * k)
        images.append(ground * (1 - 0.7 * label) + 0.05 * torch.cos(1.7 * x - 1.1 * y))
        labels.append(label)
    image, label = torch.stack(images)[:, None].float(), torch.stack(labels)[:, None].float()  # [K + 1, 1, H, W]
    low, high = image.amin((1, 2, 3), keepdim=True), image.amax((1, 2, 3), keepdim=True)
    image = (image - low) / (high - low)
    weights = torch.tensor([0.4, 0.25, 0.2, 0.1, 0.05])
    return {"query": image[:1], "support_images": image[None, 1:], "support_labels": label[None, 1:], "weights": weights}


def read_network(weights_file: Path) -> tuple[str, nn.Module]:
    """The name and the network of a weights file, in evaluation mode; its metadata names the module."""
    tensors, metadata = safetensors_file.read(weights_file)
    return metadata["network"], import_module(metadata["network"]).from_state(tensors).eval()


def logits_of(weights_file: Path, given: dict[str, Tensor]) -> Tensor:
    """Logits [1, 1, H, W] of the weights on the inputs."""
    _, network = read_network(weights_file)
    with torch.no_grad():
        return network(given["query"], given["support_images"], given["support_labels"], given["weights"][None])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=Path("models/universeg.safetensors"))
    parser.add_argument("--out", type=Path, help="src/test/resources/NETWORK-parity.npz")
    options = parser.parse_args()
    name, _ = read_network(options.weights)
    target = options.out or Path("src/test/resources") / f"{name.replace('_', '-')}-parity.npz"
    given = inputs()
    arrays = {name: tensor.contiguous().numpy() for name, tensor in given.items()}
    arrays["logits"] = logits_of(options.weights, given).contiguous().numpy()
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    with partial.open("wb") as out:
        np.savez_compressed(out, **arrays)
    os.replace(partial, target)
    print(target, target.stat().st_size, "bytes, mean logit", float(arrays["logits"].mean()))


if __name__ == "__main__":
    main()
