"""UniverSeg (Butoi et al., ICCV 2023) with a weighted mean over the supports.

Dimension legend: B batch, K supports, C channels, F width (features), H, W pixels.

Every block computes ``z_k = conv([q ; s_k])`` for each support, with no activation. A convolution is linear over its
input channels, so with ``W = [W_q | W_s]``

    z_k             = W_q * q + b + W_s * s_k             (the query half once per block, not once per support)
    sum_k w_k z_k   = W_q * q + b + W_s * sum_k w_k s_k   (for weights that sum to one)

The last block needs only the weighted sum, and its support branch feeds nothing. The network below uses all three
savings; ``test_training.py`` compares it with the plain form and with golden numbers.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ENCODER_BLOCKS = 4
DECODER_BLOCKS = 3
SIZE_MULTIPLE = 2 ** (ENCODER_BLOCKS - 1)
LEAKY_SLOPE = 0.01
DEAD_SUPPORT = f"dec_blocks.{DECODER_BLOCKS - 1}.support.vmapped.conv"
"""Prefix of the convolution that the released files carry although nothing reads its output."""


def he_normal(conv: nn.Conv2d, gain: float) -> nn.Conv2d:
    """Fills a convolution with normal numbers of std ``gain / sqrt(fan_in)`` and zero bias."""
    fan_in = conv.weight[0].numel()
    nn.init.normal_(conv.weight, std=gain / math.sqrt(fan_in))
    nn.init.zeros_(conv.bias)
    return conv


def activated(x: Tensor, conv: nn.Conv2d) -> Tensor:
    """3x3 convolution and LeakyReLU, [N, C, H, W] -> [N, F, H, W]."""
    return F.leaky_relu(conv(x), LEAKY_SLOPE)


def weighted_sum(support: Tensor, weights: Tensor) -> Tensor:
    """Sum over the supports, [B*K, C, H, W] and [B, K] -> [B, C, H, W]."""
    n, c, h, w = support.shape
    b, k = weights.shape
    rows = support.permute(0, 2, 3, 1).reshape(b, k, h * w * c)  # [B, K, H*W*C]
    total = torch.bmm(weights.to(support.dtype).unsqueeze(1), rows)  # [B, 1, H*W*C]
    return total.view(b, h, w, c).permute(0, 3, 1, 2)  # [B, C, H, W]


class CrossBlock(nn.Module):
    """Lets the query see every support and every support see the query.

    The nested names (``cross.cross_conv``, ``target.vmapped.conv``, ``support.vmapped.conv``) are those of the released
    state dict. The last block of the network is built without a support branch.
    """

    def __init__(self, query_channels: int, support_channels: int, width: int, last: bool = False) -> None:
        super().__init__()
        self.query_channels = query_channels
        cross = nn.Conv2d(query_channels + support_channels, width, 3, padding=1)
        self.cross = nn.ModuleDict({"cross_conv": he_normal(cross, gain=1.0)})
        self.target = self._branch(width)
        self.support = None if last else self._branch(width)

    @staticmethod
    def _branch(width: int) -> nn.ModuleDict:
        conv = he_normal(nn.Conv2d(width, width, 3, padding=1), gain=math.sqrt(2))
        return nn.ModuleDict({"vmapped": nn.ModuleDict({"conv": conv})})

    def forward(self, query: Tensor, support: Tensor, weights: Tensor) -> tuple[Tensor, Tensor | None]:
        """
        :param query: [B, C_q, H, W]
        :param support: [B*K, C_s, H, W], the K supports of one query next to each other
        :param weights: [B, K], rows sum to one
        :return: query [B, F, H, W] and supports [B*K, F, H, W] (None from the last block)
        """
        cross = self.cross["cross_conv"]
        of_query = F.conv2d(query, cross.weight[:, : self.query_channels], cross.bias, padding=1)
        support_kernel = cross.weight[:, self.query_channels :]
        if self.support is None:
            mean = of_query + F.conv2d(weighted_sum(support, weights), support_kernel, padding=1)
            return activated(mean, self.target["vmapped"]["conv"]), None
        of_support = F.conv2d(support, support_kernel, padding=1)  # [B*K, F, H, W]
        mean = of_query + weighted_sum(of_support, weights)
        z = (of_support.unflatten(0, weights.shape) + of_query.unsqueeze(1)).flatten(0, 1)  # [B*K, F, H, W]
        return activated(mean, self.target["vmapped"]["conv"]), activated(z, self.support["vmapped"]["conv"])


class UniverSeg(nn.Module):
    """Four encoder blocks, three decoder blocks and a 1x1 head; returns logits.

    Cost at width 64: ``H * W * (280,576 + 96,768 * K)`` multiply-adds.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.width = width
        inputs = [(1, 2)] + [(width, width)] * (ENCODER_BLOCKS - 1)
        self.enc_blocks = nn.ModuleList(CrossBlock(q, s, width) for q, s in inputs)
        self.dec_blocks = nn.ModuleList(
            CrossBlock(2 * width, 2 * width, width, last=i == DECODER_BLOCKS - 1) for i in range(DECODER_BLOCKS)
        )
        self.out_conv = nn.ModuleDict({"conv": he_normal(nn.Conv2d(width, 1, 1), gain=1.0)})

    def forward(self, query: Tensor, images: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
        """
        :param query: [B, 1, H, W], values in [0, 1]; H and W divisible by 8
        :param images: [B, K, 1, H, W], values in [0, 1]
        :param labels: [B, K, 1, H, W], values in [0, 1]
        :param weights: [B, K] with rows that sum to one; the plain mean if left out
        :return: logits [B, 1, H, W]
        """
        b, k, _, h, w = images.shape
        if h % SIZE_MULTIPLE or w % SIZE_MULTIPLE:
            raise ValueError(f"height and width must be divisible by {SIZE_MULTIPLE}, got {h} x {w}")
        if weights is None:
            weights = query.new_full((b, k), 1 / k)
        q = query.to(memory_format=torch.channels_last)
        s = torch.cat([images, labels], 2).flatten(0, 1).to(memory_format=torch.channels_last)  # [B*K, 2, H, W]
        skips = []
        for i, block in enumerate(self.enc_blocks):
            if i > 0:
                q, s = F.max_pool2d(q, 2), F.max_pool2d(s, 2)
            q, s = block(q, s, weights)
            skips.append((q, s))
        skips.pop()
        for block in self.dec_blocks:
            skip_q, skip_s = skips.pop()
            q, s = block(self._join(q, skip_q), self._join(s, skip_s), weights)
        return self.out_conv["conv"](q)

    @staticmethod
    def _join(x: Tensor, skip: Tensor) -> Tensor:
        """Doubles the size and appends the skip, [N, F, H/2, W/2] and [N, F, H, W] -> [N, 2F, H, W]."""
        up = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        return torch.cat([up, skip], 1)


def build(width: int = 64) -> UniverSeg:
    """A network with random weights."""
    return UniverSeg(width)


def state(network: UniverSeg) -> dict[str, Tensor]:
    """The 44 tensors of the released layout, in its order; those of the dead convolution are zeros."""
    tensors = {key: value.detach().float().contiguous() for key, value in network.state_dict().items()}
    width = network.width
    head = {key: tensors.pop(key) for key in ("out_conv.conv.weight", "out_conv.conv.bias")}
    tensors[f"{DEAD_SUPPORT}.weight"] = torch.zeros(width, width, 3, 3)
    tensors[f"{DEAD_SUPPORT}.bias"] = torch.zeros(width)
    return tensors | head


def from_state(tensors: dict[str, Tensor]) -> UniverSeg:
    """Builds the network of a state in the released layout; the width is read from the head."""
    network = UniverSeg(tensors["out_conv.conv.weight"].shape[1])
    network.load_state_dict({key: value for key, value in tensors.items() if not key.startswith(DEAD_SUPPORT)})
    return network.eval()


def widened(network: UniverSeg, width: int) -> UniverSeg:
    """A wider network that computes the same function (Chen et al., Net2Net, ICLR 2016): the features of the given one
    come first in every group of channels; nothing reads the new ones yet, whose own kernels are drawn afresh."""
    old, wide = network.width, UniverSeg(width)
    given = network.state_dict()
    tensors = wide.state_dict()
    for name, kernel in tensors.items():
        before = given[name]
        outputs = before.shape[0]  # all old features, or the one output of the head
        if kernel.ndim == 1 or before.shape[1] % old:  # a bias, or a kernel of the first block, which reads pixels
            kernel[:outputs] = before
            continue
        kernel[:outputs] = 0
        for group in range(before.shape[1] // old):
            kernel[:outputs, group * width : group * width + old] = before[:, group * old : (group + 1) * old]
    wide.load_state_dict(tensors)
    return wide
