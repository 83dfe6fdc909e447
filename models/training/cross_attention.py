"""In-context cross-attention segmentation (Ciusdel, Serban, Passerini, 2025) with weighted supports.

Dimension legend: B batch, K supports, H, W pixels, D channels of a level; N cells of an attention grid, M = 4 N cells
of the grid twice as fine, P refined pairs of a query cell.

Four parts: the attention mapper sees images only and says which support cells a query cell should look at; the support
encoder sees image and mask; the segmentation encoder sees the query; the decoder adds support features, gathered by the
attention, to query features. One attention matrix is computed, at the coarsest grid, and then upsampled twice.

Where the paper leaves a choice, ``Config`` has it. Differences from the paper, each on purpose:

- Support k has a weight w_k and its columns get ``+ log w_k`` before the softmax. The weights of an episode sum to one,
  so a support given twice with half its weight each changes no attention mass.
- The upsampled attention is never formed where only its product with features is needed (``UpsampledAttention``): the
  interpolation is linear and the refinement touches few entries.
- With ``stem_stride`` 1 every map is twice as fine as in the paper, so that an image of 128 px has the paper's grids.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LAYER_SCALE = 0.01
"""First value of the per-channel factor of each residual branch in the encoders."""
STRIPS = (7, 11, 21)
"""Lengths of the strip convolutions of the multi-scale attention."""
TEMPERATURES = (0.05, 20.0)
EPSILON = 1e-8
SMALLEST_SHARE = 1e-6
"""Added to an attention value, as a multiple of the uniform one, before its logarithm is taken."""
MOMENTUM = (0.99, 0.999)
MOMENTUM_STEPS = 2000
"""The momentum of the mapper's copy rises linearly from the first value to the second over these steps."""


@dataclass(frozen=True)
class Config:
    """Sizes of the network; the defaults are those of the shipped weights.

    The encoders have a stem and four stages; ``stem_stride`` 2 is the paper's layout. ``top_k`` is K0 of the paper: per
    query cell 4 K0 pairs are refined at the middle grid and 16 K0 at the fine one.
    """

    mapper_dims: tuple[int, int, int, int] = (16, 32, 64, 128)
    mapper_depths: tuple[int, int, int, int] = (1, 1, 2, 1)
    mapper_ratios: tuple[int, int, int, int] = (4, 4, 4, 4)
    stem: int = 16
    dims: tuple[int, int, int, int] = (32, 48, 64, 96)
    depths: tuple[int, int, int, int] = (1, 1, 2, 1)
    ratios: tuple[int, int, int, int] = (4, 4, 4, 4)
    stem_stride: int = 1
    tokens: int = 8
    hidden: int = 32
    top_k_training: int = 5
    top_k: int = 8


PAPER = Config(
    mapper_dims=(32, 64, 160, 256),
    mapper_depths=(3, 3, 5, 2),
    mapper_ratios=(8, 8, 4, 4),
    stem=32,
    dims=(64, 128, 256, 320),
    depths=(3, 3, 5, 2),
    stem_stride=2,
    hidden=64,
)
"""The paper's 256 px layout with 20.9 M parameters (the paper says about 25 M and gives no widths)."""


def conv(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, gain: float = 1.0, zero: bool = False) -> nn.Conv2d:
    """Same-size (divided by the stride) convolution, normal weights of std ``gain / sqrt(fan_in)`` or zeros."""
    layer = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)
    nn.init.normal_(layer.weight, std=0.0 if zero else gain / math.sqrt(layer.weight[0].numel()))
    nn.init.zeros_(layer.bias)
    return layer


def depthwise(channels: int, height: int, width: int) -> nn.Conv2d:
    """One filter per channel, same size."""
    layer = nn.Conv2d(channels, channels, (height, width), padding=(height // 2, width // 2), groups=channels)
    nn.init.normal_(layer.weight, std=1 / math.sqrt(height * width))
    nn.init.zeros_(layer.bias)
    return layer


def doubling(inputs: int, outputs: int) -> nn.ConvTranspose2d:
    """Transposed convolution, kernel 3, stride 2: [B, C, H, W] -> [B, C', 2H, 2W]."""
    layer = nn.ConvTranspose2d(inputs, outputs, 3, 2, padding=1, output_padding=1)
    nn.init.normal_(layer.weight, std=1 / math.sqrt(inputs * 9 / 4))
    nn.init.zeros_(layer.bias)
    return layer


def norm(channels: int) -> nn.GroupNorm:
    """Z-score over channels, height and width together, per sample, then a factor and a shift per channel."""
    return nn.GroupNorm(1, channels)


def rows(x: Tensor) -> Tensor:
    """A map as a list of cells, [B, D, H, W] -> [B, H*W, D]."""
    return x.permute(0, 2, 3, 1).flatten(1, 2)


class FeedForward(nn.Module):
    """1x1 expansion, depthwise 3x3 (or none: a depthwise 1x1 is already part of the expansion), GELU, 1x1."""

    def __init__(self, dim: int, ratio: int, spatial: bool) -> None:
        super().__init__()
        self.expand = conv(dim, ratio * dim)
        self.spatial = depthwise(ratio * dim, 3, 3) if spatial else None
        self.reduce = conv(ratio * dim, dim, gain=math.sqrt(2))

    def forward(self, x: Tensor) -> Tensor:
        x = self.expand(x)
        return self.reduce(F.gelu(x if self.spatial is None else self.spatial(x)))


@lru_cache(maxsize=64)
def tap_of(size: int, taps: int, device: torch.device) -> Tensor:
    """Which tap joins input cell i with output cell j of a same-size convolution, [size, size]; ``taps`` if none."""
    cells = torch.arange(size, device=device)
    tap = cells.view(-1, 1) - cells + taps // 2
    return torch.where((tap >= 0) & (tap < taps), tap, taps)


def band(filters: Tensor, size: int) -> Tensor:
    """One-dimensional filters as matrices from input to output cells, [C, taps] -> [C, size, size]."""
    return F.pad(filters, (0, 1))[:, tap_of(size, filters.shape[1], filters.device)]


class MultiScaleAttention(nn.Module):
    """Convolutional attention of SegNeXt: a gate of strip convolutions multiplies the features.

    The strips are products with banded matrices, one per channel: libraries are slow at, or take minutes to compile, long
    thin depthwise convolutions.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.enter = conv(dim, dim, gain=math.sqrt(2))
        self.local = depthwise(dim, 5, 5)
        self.strips = nn.ModuleList(
            nn.ModuleDict({"row": depthwise(dim, 1, n), "column": depthwise(dim, n, 1)}) for n in STRIPS
        )
        self.gate = conv(dim, dim)
        self.leave = conv(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        u = F.gelu(self.enter(x))
        a = self.local(u)
        return self.leave(u * self.gate(a + self._strips(a))) + x

    def _strips(self, a: Tensor) -> Tensor:
        """Sum over the lengths n of the n x 1 convolution of the 1 x n convolution, same shape."""
        b, c, h, w = a.shape
        n = len(self.strips)
        of_rows = torch.cat([band(strip["row"].weight.flatten(1), w) for strip in self.strips], 2)  # [C, W, n*W]
        of_columns = torch.cat([band(strip["column"].weight.flatten(1), h) for strip in self.strips], 1)  # [C, n*H, H]
        row_bias = torch.stack([strip["row"].bias for strip in self.strips], 1)  # [C, n]
        column_bias = sum(strip["column"].bias for strip in self.strips)  # [C]
        x = a.permute(1, 0, 2, 3).reshape(c, b * h, w) @ of_rows  # [C, B*H, n*W]
        x = x.view(c, b, h, n, w) + row_bias.to(x.dtype).view(c, 1, 1, n, 1)
        x = of_columns.mT @ x.permute(0, 3, 2, 1, 4).reshape(c, n * h, b * w)  # [C, H, B*W]
        x = x.view(c, h, b, w).permute(2, 0, 1, 3) + column_bias.to(x.dtype).view(c, 1, 1)
        return x.contiguous(memory_format=torch.channels_last)


class MapperBlock(nn.Module):
    """``x + l1 Attn(norm(x))``, then ``x + l2 FFN(norm(x))``."""

    def __init__(self, dim: int, ratio: int) -> None:
        super().__init__()
        self.norm1, self.attention = norm(dim), MultiScaleAttention(dim)
        self.norm2, self.ffn = norm(dim), FeedForward(dim, ratio, spatial=True)
        self.scale1 = nn.Parameter(torch.full((dim, 1, 1), LAYER_SCALE))
        self.scale2 = nn.Parameter(torch.full((dim, 1, 1), LAYER_SCALE))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.scale1 * self.attention(self.norm1(x))
        return x + self.scale2 * self.ffn(self.norm2(x))


class Mapper(nn.Module):
    """MSCAN on one-channel images; strides 2, 4, 8, 16 times ``stem_stride``."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        dims = config.mapper_dims
        half = dims[0] // 2
        self.stem = nn.ModuleDict(
            {
                "conv1": conv(1, half, 3, config.stem_stride),
                "norm1": norm(half),
                "conv2": conv(half, dims[0], 3, 2, math.sqrt(2)),
            }
        )
        self.stages = nn.ModuleList()
        for i, (dim, depth, ratio) in enumerate(zip(dims, config.mapper_depths, config.mapper_ratios)):
            stage = nn.ModuleDict({"down": conv(dims[i - 1], dim, 3, 2)} if i > 0 else {})
            stage["norm"] = norm(dim)
            stage["blocks"] = nn.ModuleList(MapperBlock(dim, ratio) for _ in range(depth))
            if i > 0:
                stage["out"] = norm(dim)
            self.stages.append(stage)

    def forward(self, image: Tensor) -> list[Tensor]:
        """[B, 1, H, W] -> the maps of the last three stages, coarse to fine."""
        x = self.stem["conv2"](F.gelu(self.stem["norm1"](self.stem["conv1"](image))))
        maps = []
        for i, stage in enumerate(self.stages):
            x = stage["norm"](x if i == 0 else stage["down"](x))
            for block in stage["blocks"]:
                x = block(x)
            if "out" in stage:
                maps.append(stage["out"](x))
        return maps[::-1]


class EncoderBlock(nn.Module):
    """``x + l FFN(norm(x))``: the block of the mapper without attention; only the first of a stage looks around."""

    def __init__(self, dim: int, ratio: int, spatial: bool) -> None:
        super().__init__()
        self.norm, self.ffn = norm(dim), FeedForward(dim, ratio, spatial)
        self.scale = nn.Parameter(torch.full((dim, 1, 1), LAYER_SCALE))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.scale * self.ffn(self.norm(x))


class Encoder(nn.Module):
    """Segmentation encoder (1 channel) and support encoder (2 channels), with small fields of view.

    With ``stem_stride`` 2 the fields of view are 7, 19, 43, 91 and 187 px, as in the paper.
    """

    def __init__(self, channels: int, config: Config, maps: int) -> None:
        """``maps`` counts the maps that somebody reads, the coarsest first; only these have an output norm."""
        super().__init__()
        self.stem = nn.ModuleDict(
            {
                "conv1": conv(channels, config.stem, 3, config.stem_stride),
                "norm1": norm(config.stem),
                "conv2": conv(config.stem, config.stem, 3, 1, math.sqrt(2)),
            }
        )
        if maps == 5:
            self.stem["out"] = norm(config.stem)
        inputs = (config.stem, *config.dims)
        self.stages = nn.ModuleList()
        for i, (dim, depth, ratio) in enumerate(zip(config.dims, config.depths, config.ratios)):
            blocks = nn.ModuleList(EncoderBlock(dim, ratio, spatial=j == 0) for j in range(depth))
            stage = nn.ModuleDict({"down": conv(inputs[i], dim, 3, 2), "norm": norm(dim), "blocks": blocks})
            if 4 - i <= maps:
                stage["out"] = norm(dim)
            self.stages.append(stage)

    def forward(self, x: Tensor) -> list[Tensor]:
        """[B, C, H, W] -> the maps that are read, of the stem and of the four stages, coarse to fine."""
        x = self.stem["conv2"](F.gelu(self.stem["norm1"](self.stem["conv1"](x))))
        maps = []
        if "out" in self.stem:
            x = self.stem["out"](x)
            maps.append(x)
        for stage in self.stages:
            x = stage["norm"](stage["down"](x))
            for block in stage["blocks"]:
                x = block(x)
            if "out" in stage:
                maps.append(stage["out"](x))
        return maps[::-1]


class CoarseAttention(nn.Module):
    """One-head attention from query cells to support cells and to synthetic tokens (eq. 1 and 2).

    ``softmax(Xq W_Q W_K^T [Xs; t]^T / (0.1 D T) + log w)`` without the columns of the tokens.
    """

    def __init__(self, dim: int, tokens: int) -> None:
        super().__init__()
        self.query = nn.Linear(dim, dim, bias=False)
        self.key = nn.Linear(dim, dim, bias=False)
        for layer in (self.query, self.key):
            nn.init.trunc_normal_(layer.weight, std=dim**-0.5, a=-2 * dim**-0.5, b=2 * dim**-0.5)
        self.tokens = nn.Parameter(torch.empty(tokens, dim).normal_(std=0.02))
        self.log_temperature = nn.Parameter(torch.zeros(1))

    def forward(self, query: Tensor, support: Tensor, weights: Tensor) -> Tensor:
        """
        :param query: [B, N, D]
        :param support: [B, K*N, D]
        :param weights: [B, K], rows sum to one
        :return: [B, N, K*N] float32, rows sum to at most one
        """
        b, n, d = query.shape
        keys = self.key(torch.cat([support, self.tokens.to(support.dtype).expand(b, -1, -1)], 1))  # [B, K*N + T, D]
        temperature = self.log_temperature.exp().clamp(*TEMPERATURES)
        logits = self.query(query) @ keys.mT
        logits = logits.float() / (0.1 * d * temperature)  # [B, N, K*N + T]
        of_weights = weights.log().repeat_interleave(n, 1)  # [B, K*N]
        logits = logits + F.pad(of_weights, (0, len(self.tokens))).unsqueeze(1)
        return logits.softmax(-1)[..., : support.shape[1]]


@lru_cache(maxsize=32)
def interpolations(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Nearest and bilinear (``align_corners=False``) doubling of a grid as matrices, each [4*H*W, H*W]."""
    cells = torch.eye(height * width, device=device).view(-1, 1, height, width)
    nearest = F.interpolate(cells, scale_factor=2, mode="nearest")
    linear = F.interpolate(cells, scale_factor=2, mode="bilinear", align_corners=False)
    return nearest.flatten(1).T.contiguous(), linear.flatten(1).T.contiguous()


@lru_cache(maxsize=32)
def parents(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """For each fine cell the four coarse cells it is interpolated from and their weights, three tensors [4*H*W, <= 4]."""
    nearest, linear = interpolations(height, width, device)
    share, cells = linear.topk(min(4, height * width), 1)  # fewer have weight at the border, the others have zero
    return cells, nearest.gather(1, cells), share


class UpsampledAttention:
    """An attention matrix [B, M, K*M] held as its interpolation (two axes, four times fewer entries) and refined pairs.

    ``A = r * (s * (U_q A_coarse) U_s^T + refined - values)`` with factors s and r per row and P refined pairs a row.
    """

    def __init__(
        self,
        half: Tensor,
        to_fine: Tensor,
        scale: Tensor,
        pairs: Tensor,
        values: Tensor,
        refined: Tensor,
        mass: Tensor,
    ) -> None:
        """
        :param half: [B, M, K, N], only the query axis upsampled
        :param to_fine: [M, N], the interpolation of the support axis
        :param scale: [B, M] s
        :param pairs: [B, M, P] columns
        :param values: [B, M, P], the pairs' entries before refinement
        :param refined: [B, M, P], those after it
        :param mass: [B, M], the sum of each row
        """
        self.half, self.to_fine, self.scale = half, to_fine, scale
        self.pairs, self.values, self.refined, self.mass = pairs, values, refined, mass
        rest = (4 * mass * scale - values.sum(-1)).clamp(min=0)
        self.renormalize = mass / (rest + refined.sum(-1) + EPSILON)

    def matrix(self) -> Tensor:
        """All entries, [B, M, K*M] float32."""
        with torch.autocast(self.half.device.type, enabled=False):
            dense = (self.half @ self.to_fine.T).flatten(2) * self.scale.unsqueeze(-1)
        return dense.scatter(2, self.pairs, self.refined) * self.renormalize.unsqueeze(-1)

    def __matmul__(self, features: Tensor) -> Tensor:
        """Product with support features without forming the matrix, [B, K*M, D] -> [B, M, D]."""
        b, m, k, _ = self.half.shape
        features = features.float()
        with torch.autocast(features.device.type, enabled=False):
            coarse = self.to_fine.T @ features.unflatten(1, (k, m))  # [B, K, N, D]
            dense = self.half.flatten(2) @ coarse.flatten(1, 2)  # [B, M, D]
        offset = torch.arange(b, device=features.device).view(b, 1, 1) * (k * m)
        refined = F.embedding_bag(
            (self.pairs + offset).flatten(0, 1),
            features.flatten(0, 1),
            per_sample_weights=(self.refined - self.values).flatten(0, 1),
            mode="sum",
        )  # [B*M, D]
        return (dense * self.scale.unsqueeze(-1) + refined.unflatten(0, (b, m))) * self.renormalize.unsqueeze(-1)


class AttentionUpsampler(nn.Module):
    """Doubles the grid of an attention matrix and refines its largest entries by local features (steps 1 to 7)."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.mix_support = nn.Parameter(torch.zeros(1))
        self.mix_query = nn.Parameter(torch.zeros(1))
        self.attention = nn.Linear(1, hidden, bias=False)
        self.query = nn.Linear(dim, hidden)
        self.support = nn.Linear(dim, hidden, bias=False)
        self.out = nn.Linear(hidden, 1)
        nn.init.normal_(self.attention.weight, std=0.1)
        nn.init.normal_(self.query.weight, std=dim**-0.5)
        nn.init.normal_(self.support.weight, std=dim**-0.5)
        for tensor in (self.query.bias, self.out.weight, self.out.bias):
            nn.init.zeros_(tensor)

    def forward(
        self, attention: Tensor, query: Tensor, support: Tensor, weights: Tensor, grid: tuple[int, int], top_k: int
    ) -> UpsampledAttention:
        """
        :param attention: [B, N, K*N] float32 on the grid
        :param query: [B, M, D], the query's mapper features on the grid twice as fine
        :param support: [B, K*M, D], those of the supports by the momentum copy
        :param weights: [B, K]
        :param grid: height and width of the coarse grid
        :param top_k: pairs to refine per query cell
        """
        b, n, _ = attention.shape
        k, m = weights.shape[1], 4 * n
        nearest, linear = interpolations(*grid, attention.device)
        c_support, c_query = self.mix_support.sigmoid(), self.mix_query.sigmoid()
        to_fine = c_support * nearest + (1 - c_support) * linear  # [M, N]
        of_query = c_query * nearest + (1 - c_query) * linear  # [M, N]
        # 1 to 4: interpolate both axes and the mass. Each coarse cell is worth four fine ones, whatever the mix, so the
        # rows of the interpolated matrix sum to four times the interpolated mass.
        mass = attention.sum(-1) @ of_query.float().T  # [B, M]
        # In float32 throughout: the refined entries must cancel the interpolated ones to more than bfloat16's digits, or
        # the middle attention has negative entries.
        with torch.autocast(attention.device.type, enabled=False):
            half = (of_query @ attention).view(b, m, k, n)
        scale = mass / (4 * mass + EPSILON)  # [B, M]
        # 5: the largest entries of each row; which they are is a constant to the gradient, what they are is not
        with torch.no_grad():
            dense = (half @ to_fine.T).view(b, m, k * m)
            pairs = dense.topk(min(top_k, k * m), -1, sorted=False).indices  # [B, M, P]
        cells, share_nearest, share_linear = parents(*grid, attention.device)
        fine = pairs % m
        columns = (pairs - fine).div(4, rounding_mode="floor").unsqueeze(-1) + cells[fine]  # [B, M, P, 4] of the K*N
        share = c_support * share_nearest[fine] + (1 - c_support) * share_linear[fine]
        values = half.flatten(2).gather(2, columns.flatten(2)).view(columns.shape).float()
        values = ((values * share).sum(-1) * scale.unsqueeze(-1)).clamp(min=0)  # [B, M, P] = A_ij
        # 6: refine them
        of_support = weights.gather(1, (pairs // m).flatten(1)).view(pairs.shape).clamp(min=torch.finfo(torch.float32).tiny)
        level = (values / of_support * m + SMALLEST_SHARE).log().unsqueeze(-1)  # a uniform attention has level 0
        offset = torch.arange(b, device=pairs.device).view(b, 1, 1) * (k * m)
        hidden = F.embedding(pairs + offset, self.support(support).flatten(0, 1))  # [B, M, P, hidden]
        hidden = hidden + self.query(query).unsqueeze(2) + self.attention(level)
        y = self.out(F.gelu(hidden)).squeeze(-1).float()  # [B, M, P]
        refined = values * torch.where(y > 0, 1 + y, y.clamp(max=0).exp())  # times 1 + ELU(y), positive in floats too
        # 7: the rows are brought back to their mass
        return UpsampledAttention(half, to_fine, scale, pairs, values, refined, mass)


class DecoderStage(nn.Module):
    """Doubles the grid, merges the query's skip, adds the attended support features (eq. 3) and mixes neighbours."""

    def __init__(self, inputs: int, dim: int, doubles: bool, attends: bool) -> None:
        super().__init__()
        self.up = doubling(inputs, dim) if doubles else None
        self.merge = conv(2 * dim, dim) if doubles else None
        self.norm1 = norm(dim) if doubles else None
        self.project = nn.Linear(dim, dim) if attends else None
        self.norm2 = norm(dim)
        self.conv1 = conv(dim, dim, 3)
        self.conv2 = conv(dim, dim, 3, zero=True)
        if attends:
            nn.init.zeros_(self.project.weight)
            nn.init.zeros_(self.project.bias)

    def forward(self, x: Tensor | None, skip: Tensor, attended: Tensor | None) -> Tensor:
        """
        :param x: [B, C, H/2, W/2], None at the first stage
        :param skip: [B, D, H, W] of the query
        :param attended: [B, H*W, D] support features gathered by the attention, None at the last stages
        :return: [B, D, H, W]
        """
        x = skip if self.up is None else self.norm1(self.merge(torch.cat([self.up(x), skip], 1)))
        if attended is not None:
            x = x + self.project(attended).mT.unflatten(2, x.shape[2:]).to(memory_format=torch.channels_last)
        return x + self.conv2(F.gelu(self.conv1(self.norm2(x))))


class CrossAttention(nn.Module):
    """The whole network; returns logits."""

    def __init__(self, config: Config = Config()) -> None:
        super().__init__()
        self.config = config
        self.mapper = Mapper(config)
        self.mapper_momentum = Mapper(config).requires_grad_(False)
        self.mapper_momentum.load_state_dict(self.mapper.state_dict())
        self.attention = CoarseAttention(config.mapper_dims[3], config.tokens)
        self.upsamplers = nn.ModuleList(AttentionUpsampler(config.mapper_dims[i], config.hidden) for i in (2, 1))
        self.segmentation = Encoder(1, config, 5)
        self.support = Encoder(2, config, 3)
        widths = (*config.dims[::-1], config.stem)
        self.decoder = nn.ModuleList(
            DecoderStage(widths[max(0, i - 1)], widths[i], doubles=i > 0, attends=i < 3) for i in range(5)
        )
        self.head = nn.ModuleDict({"norm": norm(config.stem)})
        if config.stem_stride == 2:
            self.head["up"] = doubling(config.stem, config.stem)
        self.head["conv"] = conv(config.stem, 1, 3)

    @property
    def size_multiple(self) -> int:
        return 16 * self.config.stem_stride

    def forward(self, query: Tensor, images: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
        """
        :param query: [B, 1, H, W], values in [0, 1]; H and W divisible by ``size_multiple``
        :param images: [B, K, 1, H, W], values in [0, 1]
        :param labels: [B, K, 1, H, W], values in [0, 1]
        :param weights: [B, K] with rows that sum to one; equal ones if left out
        :return: logits [B, 1, H, W]
        """
        b, k, _, h, w = images.shape
        if h % self.size_multiple or w % self.size_multiple:
            raise ValueError(f"height and width must be divisible by {self.size_multiple}, got {h} x {w}")
        if weights is None:
            weights = query.new_full((b, k), 1 / k)
        attentions = self.attend(query, images, weights)
        both = torch.cat([images, labels], 2).flatten(0, 1).to(memory_format=torch.channels_last)
        supports = self.support(both)
        skips = self.segmentation(query.to(memory_format=torch.channels_last))
        x = None
        for i, stage in enumerate(self.decoder):
            attended = attentions[i] @ rows(supports[i]).unflatten(0, (b, k)).flatten(1, 2) if i < 3 else None
            x = stage(x, skips[i], attended)
        x = self.head["norm"](x)
        if "up" in self.head:
            x = F.gelu(self.head["up"](x))
        return self.head["conv"](x)

    def attend(self, query: Tensor, images: Tensor, weights: Tensor) -> tuple[Tensor, Tensor, UpsampledAttention]:
        """The attention on the coarse, the middle and the fine grid; masks play no part in it."""
        b, k = weights.shape
        weights = weights.float()
        of_query = self.mapper(query.to(memory_format=torch.channels_last))
        grids = [x.shape[2:] for x in of_query]
        of_query = [rows(x) for x in of_query]
        with torch.no_grad():
            maps = self.mapper_momentum(images.flatten(0, 1).to(memory_format=torch.channels_last))
        of_support = [rows(x).unflatten(0, (b, k)).flatten(1, 2) for x in maps]  # each [B, K*N, D]
        top_k = self.config.top_k_training if self.training else self.config.top_k
        coarse = self.attention(of_query[0], of_support[0], weights)
        middle = self.upsamplers[0](coarse, of_query[1], of_support[1], weights, tuple(grids[0]), 4 * top_k).matrix()
        fine = self.upsamplers[1](middle, of_query[2], of_support[2], weights, tuple(grids[1]), 16 * top_k)
        return coarse, middle, fine

    @torch.no_grad()
    def after_step(self, step: int) -> None:
        """Moves the momentum copy of the mapper towards the mapper."""
        first, last = MOMENTUM
        momentum = first + (last - first) * min(1.0, step / MOMENTUM_STEPS)
        for mean, value in zip(self.mapper_momentum.parameters(), self.mapper.parameters()):
            mean.lerp_(value, 1 - momentum)


def build(**options: object) -> CrossAttention:
    """A network with random weights; options are those of ``Config``."""
    return CrossAttention(Config(**options))


def state(network: CrossAttention) -> dict[str, Tensor]:
    """All tensors, float32, in the order of the file."""
    return {key: value.detach().float().contiguous() for key, value in network.state_dict().items()}


def from_state(tensors: dict[str, Tensor]) -> CrossAttention:
    """Builds the network of a state in evaluation mode; every size is read from the shapes."""

    def stages(prefix: str, expand: str) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        dims = tuple(tensors[f"{prefix}.stages.{i}.norm.weight"].shape[0] for i in range(4))
        depths = tuple(
            sum(key.startswith(f"{prefix}.stages.{i}.blocks.") and key.endswith(expand) for key in tensors)
            for i in range(4)
        )
        ratios = tuple(tensors[f"{prefix}.stages.{i}.blocks.0.{expand}"].shape[0] // dims[i] for i in range(4))
        return dims, depths, ratios

    mapper_dims, mapper_depths, mapper_ratios = stages("mapper", "ffn.expand.weight")
    dims, depths, ratios = stages("segmentation", "ffn.expand.weight")
    config = Config(
        mapper_dims=mapper_dims,
        mapper_depths=mapper_depths,
        mapper_ratios=mapper_ratios,
        stem=tensors["segmentation.stem.conv1.weight"].shape[0],
        dims=dims,
        depths=depths,
        ratios=ratios,
        stem_stride=2 if "head.up.weight" in tensors else 1,
        tokens=tensors["attention.tokens"].shape[0],
        hidden=tensors["upsamplers.0.out.weight"].shape[1],
    )
    network = CrossAttention(config)
    network.load_state_dict(tensors)
    return network.eval()
