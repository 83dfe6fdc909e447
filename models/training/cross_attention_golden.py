"""Writes the reference outputs of small cross-attention networks that the Java network is compared with.

The weights are formulas and are not stored: v = sin(0.7 (i + 1) + 1.3 t + 0.01 (i^2 mod 97)) for element i of tensor t of
the state, times sqrt(2 / fan in) for matrices and kernels, 0.5 for the tokens and for single numbers, 3 for the last layer
of the refinement, 0.1 for biases; the weights of norms are 1 + 0.2 v and the factors of residual branches 0.5 + 0.2 v.

Keys, all float32: query [1, 1, H, W], support_images and support_labels [1, K, 1, H, W], weights [K] (sum 1), logits [1, 1,
H, W], and the attention: coarse [N, K N], middle [4 N, K 4 N] and every 97th row of the fine one, fine [.., K 16 N].

A further case has the gradient of the training loss with equal weights: the mask of the query, target [1, 1, H, W], the
loss, and for every trained tensor of the state, in its order, norms [T] and products [T] with the wave sin(0.7 (i + 1)).
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import cross_attention
from train import loss_of

SMALL = {
    "mapper_dims": (8, 8, 12, 16),
    "mapper_depths": (1, 2, 1, 1),
    "mapper_ratios": (2, 3, 2, 2),
    "stem": 6,
    "dims": (8, 10, 12, 14),
    "depths": (1, 2, 1, 2),
    "ratios": (2, 2, 3, 2),
    "tokens": 3,
    "hidden": 5,
    "top_k": 2,
}
CASES = {"1": ({"stem_stride": 1}, (48, 64), (0.5, 0.3, 0.2)), "2": ({"stem_stride": 2}, (96, 64), (0.6, 0.4))}
"""Options, height and width, and support weights, by the stride of the stem."""


def golden(network: cross_attention.CrossAttention) -> cross_attention.CrossAttention:
    """The network with the weights of the formula."""
    values = {}
    for t, (name, tensor) in enumerate(network.state_dict().items()):
        i = np.arange(tensor.numel(), dtype=np.int64)
        wave = np.sin(0.7 * (i + 1) + 1.3 * t + 0.01 * ((i * i) % 97))
        if tensor.numel() == 1 or name == "attention.tokens":
            wave *= 0.5
        elif name.startswith("upsamplers.") and name.endswith("out.weight"):
            wave *= 3
        elif ".scale" in name:
            wave = 0.5 + 0.2 * wave
        elif tensor.ndim > 1:
            wave *= math.sqrt(2 / tensor[0].numel())
        elif name.endswith(".weight"):
            wave = 1 + 0.2 * wave
        else:
            wave *= 0.1
        values[name] = torch.from_numpy(wave.astype(np.float32)).view(tensor.shape)
    network.load_state_dict(values)
    return network.eval()


def inputs(height: int, width: int, supports: int) -> tuple[Tensor, Tensor, Tensor]:
    """A disc that moves from image to image over waves: query [1, 1, H, W], images and masks [1, K, 1, H, W]."""
    y, x = torch.meshgrid(torch.arange(height).double(), torch.arange(width).double(), indexing="ij")
    images, masks = [], []
    for k in range(supports + 1):
        distance = (y - height * (0.4 + 0.1 * k)) ** 2 + (x - width * (0.35 + 0.1 * k)) ** 2
        mask = (distance < (0.3 * min(height, width)) ** 2).double()
        wave = torch.sin(0.3 * y + 0.5 * x + 0.9 * k) + torch.sin(0.013 * (k + 1) * x * y)
        images.append(0.4 + 0.3 * mask + 0.1 * wave)
        masks.append(mask)
    image, mask = torch.stack(images)[None, :, None].float(), torch.stack(masks)[None, :, None].float()
    return image[:, 0], image[:, 1:], mask[:, 1:]


@torch.no_grad()
def case(options: dict, size: tuple[int, int], shares: tuple[float, ...]) -> dict[str, Tensor]:
    network = golden(cross_attention.build(**SMALL, **options))
    query, images, labels = inputs(*size, len(shares))
    weights = torch.tensor([shares])
    coarse, middle, fine = network.attend(query, images, weights)
    return {
        "query": query,
        "support_images": images,
        "support_labels": labels,
        "weights": weights[0],
        "coarse": coarse[0],
        "middle": middle[0],
        "fine": fine.matrix()[0, ::97],
        "logits": network(query, images, labels, weights),
    }


def gradient_case(size: tuple[int, int], supports: int) -> dict[str, Tensor]:
    network = golden(cross_attention.build(**SMALL, stem_stride=1, top_k_training=SMALL["top_k"])).train()
    query, images, labels = inputs(*size, supports)
    target = labels[:, -1].flip(-1).contiguous()
    loss = loss_of(network(query, images, labels), target, 0.25)
    loss.backward()
    gradients = [p.grad.flatten().double() for p in network.parameters() if p.requires_grad]
    waves = [torch.sin(0.7 * torch.arange(1, len(g) + 1).double()) for g in gradients]
    return {
        "query": query,
        "support_images": images,
        "support_labels": labels,
        "target": target,
        "loss": loss.detach().reshape(1),
        "norms": torch.stack([g.norm() for g in gradients]).float(),
        "products": torch.stack([g @ wave for g, wave in zip(gradients, waves)]).float(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("src/test/resources"))
    folder = parser.parse_args().out
    gradient = {key: tensor.contiguous().numpy() for key, tensor in gradient_case((32, 48), 4).items()}
    np.savez_compressed(folder / "cross-attention-gradient.npz", **gradient)
    for name, arguments in CASES.items():
        arrays = {key: tensor.contiguous().numpy() for key, tensor in case(*arguments).items()}
        target = folder / f"cross-attention-golden-{name}.npz"
        np.savez_compressed(target, **arrays)
        low, high = float(arrays["logits"].min()), float(arrays["logits"].max())
        print(target, target.stat().st_size, "bytes, logits", low, high)


if __name__ == "__main__":
    main()
