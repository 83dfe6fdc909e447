"""Times UniverSeg in PyTorch as its authors released it, for the ratio that bench/README.md explains.

Every support goes through every convolution together with the query, as in the released code; nothing is shared,
split or folded. Needs torch alone. Reads a state dict with the released names, any number of features.
"""

import argparse
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


class CrossBlock(nn.Module):
    """z_k = conv([q; s_k]), q' = mean z_k; then a convolution and LeakyReLU for the query and for each support."""

    def __init__(self, query_channels, support_channels, features):
        super().__init__()
        self.cross = nn.ModuleDict({"cross_conv": nn.Conv2d(query_channels + support_channels, features, 3, padding=1)})
        self.target = nn.ModuleDict({"vmapped": nn.ModuleDict({"conv": nn.Conv2d(features, features, 3, padding=1)})})
        self.support = nn.ModuleDict({"vmapped": nn.ModuleDict({"conv": nn.Conv2d(features, features, 3, padding=1)})})

    def forward(self, query, supports):
        """query [B, C, H, W], supports [B, K, C', H, W] to the same of f channels."""
        b, k = supports.shape[:2]
        pairs = torch.cat([query[:, None].expand(-1, k, -1, -1, -1), supports], dim=2)
        z = self.cross["cross_conv"](pairs.flatten(0, 1)).unflatten(0, (b, k))
        query = F.leaky_relu(self.target["vmapped"]["conv"](z.mean(dim=1)))
        supports = F.leaky_relu(self.support["vmapped"]["conv"](z.flatten(0, 1))).unflatten(0, (b, k))
        return query, supports


class UniverSeg(nn.Module):
    """Four encoder and three decoder blocks, parameters named as in the released file."""

    def __init__(self, features):
        super().__init__()
        f = features
        self.enc_blocks = nn.ModuleList([CrossBlock(1, 2, f)] + [CrossBlock(f, f, f) for _ in range(3)])
        self.dec_blocks = nn.ModuleList([CrossBlock(2 * f, 2 * f, f) for _ in range(3)])
        self.out_conv = nn.ModuleDict({"conv": nn.Conv2d(f, 1, 1)})

    def forward(self, query, images, labels):
        """query [B, 1, H, W], images and labels [B, K, 1, H, W] to logits [B, 1, H, W]."""
        supports = torch.cat([images, labels], dim=2)
        skips = []
        for i, block in enumerate(self.enc_blocks):
            query, supports = block(query, supports)
            if i < 3:
                skips.append((query, supports))
                query = F.max_pool2d(query, 2)
                supports = over_supports(lambda x: F.max_pool2d(x, 2), supports)
        for block in self.dec_blocks:
            query_skip, support_skip = skips.pop()
            query = torch.cat([double(query), query_skip], dim=1)
            supports = torch.cat([over_supports(double, supports), support_skip], dim=2)
            query, supports = block(query, supports)
        return self.out_conv["conv"](query)


def double(x):
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)


def over_supports(layer, supports):
    return layer(supports.flatten(0, 1)).unflatten(0, supports.shape[:2])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True, help="a PyTorch state dict with the released names")
    parser.add_argument("--k", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(7)

    state = torch.load(arguments.weights, map_location="cpu", weights_only=True)
    network = UniverSeg(state["out_conv.conv.weight"].shape[1]).eval()
    network.load_state_dict(state)
    size = arguments.size
    for k in arguments.k:
        query = torch.rand(1, 1, size, size)
        images = torch.rand(1, k, 1, size, size)
        labels = (torch.rand(1, k, 1, size, size) > 0.5).float()
        times = []
        with torch.inference_mode():
            network(query, images, labels)
            for _ in range(arguments.repeats):
                start = time.perf_counter()
                network(query, images, labels)
                times.append(1000 * (time.perf_counter() - start))
        print(
            f"universeg in PyTorch {torch.__version__} as released: K {k}  {size} px  {arguments.threads} threads"
            f"  best {min(times):.1f} ms  median {statistics.median(times):.1f} ms of {len(times)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
