"""PatchICL: a coarse-to-fine cascade that looks only at the patches that are worth it.

Dimension legend: B batch, K supports, N images of any kind, F features of a UniverSeg block, C = 4F, D patch vector,
P patches taken from one image, L levels, H, W pixels of the image, h, w pixels of a level.

The images shrink to every level's resolution; a level works on patches of 8 x 8 level pixels, which tile it:

    features   the outputs of the four blocks of a frozen UniverSeg encoder, each pooled or sampled to the level
    choose     all patches of the first level; then those of the query whose previous prediction is least certain, and
               those of the supports that lie nearest to the boundary of their mask
    encode     a small convolutional encoder: one vector a patch; the vectors of supports also take in their mask
    attend     support patches among themselves, then together with the query's patches
    decode     8 x 8 logits for every patch of the query
    fuse       P_l = upsample(P_{l-1}) + the patches' logits where there are patches

The weight w_k of a support enters as log w_k on the attention logits of all its patches: a support of weight zero
changes nothing, and a support listed twice with half the weight each counts as once.

Where the paper and its code part, the options say which is which: ``SHIPPED`` follows the paper, ``PUBLISHED`` has the
sizes and the sampler of the code. In both, features are taken at the level's own resolution and at its pixels' centres
(the code: from one 128 x 128 grid, from edge to edge of a patch), masks shrink to the share of a pixel that they cover
(the code: to 1 where they cover any of it), and chosen patches are those of the highest scores unless ``noise`` is
given (the code: Gumbel noise, in tests too).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

import safetensors_file
from universeg import ENCODER_BLOCKS, LEAKY_SLOPE, SIZE_MULTIPLE, CrossBlock

PATCH = 8
"""Side of a patch in level pixels; also what every side must be divisible by."""
HEADS = 4
GROUPS = 8
TEMPERATURE = 0.1
"""Of the Gumbel noise, relative to scores in [0, 1]."""
POSITIONS = 1023
"""Patch corners are placed on a grid of this many steps along the longer side of the image."""
ROPE_BASE = 10_000.0
FAR = 32
"""Pixels farther than this from a boundary count as this far."""
NEAR = 4.0
"""Distance, in pixels, at which the weight of a support's patch falls to 1/e."""
BLUR_SIGMA = 4.0
WEIGHTS = Path(__file__).resolve().parents[1] / "universeg.safetensors"


@dataclass(frozen=True)
class Config:
    """
    :param levels: (resolution of the longer side, patches taken) from coarse to fine; resolution 0 is the image itself,
        and only the last level has it. The first level always takes all its patches
    :param width: length D of a patch vector
    :param features: features F of a block of the UniverSeg encoder
    :param context_layers: attention layers of the supports alone
    :param joint_layers: attention layers of everything
    :param registers: register tokens of a level
    :param skips: whether the decoder also sees what the encoder made of the query's patch, at 2 x 2, 4 x 4 and 8 x 8
        (paper; the code's configuration has none, and then all of a patch must pass through one vector). The patch's
        vector then also goes into the scale and shift of the decoder's norms (neither paper nor code): what attention
        found out says what to look for in the maps. Without it, training falls into the constant answer at rates at
        which it otherwise learns
    :param pooling: how pixels make the score of a query patch: ``mean`` over the patch (paper), or ``blurred_max``
        (code: largest of the window, scaled to [0, 1] within the image, Gaussian blur)
    :param context_sampling: what makes a support patch worth taking: ``distance`` to the mask's boundary (paper) or
        ``foreground`` (code)
    :param score_factor: as the code does, multiply a patch's logits in training by P pi, pi being the softmax of the
        chosen patches' scores. It lets gradients reach the scores, that is the previous level's prediction, but trains
        on other logits than inference gives; every level has a loss of its own, so it is off unless asked for
    """

    levels: tuple[tuple[int, int], ...] = ((16, 4), (32, 12), (64, 16), (0, 24))
    width: int = 128
    features: int = 64
    context_layers: int = 1
    joint_layers: int = 2
    registers: int = 1
    skips: bool = True
    dropout: float = 0.0
    pooling: str = "mean"
    context_sampling: str = "distance"
    score_factor: bool = False

    def __post_init__(self) -> None:
        if not self.levels or any(r < PATCH for r, _ in self.levels[:-1]) or self.levels[-1][0] != 0:
            raise ValueError(f"levels {self.levels}: resolutions of at least {PATCH}, then 0 for the image itself")
        if any(count < 1 for _, count in self.levels):
            raise ValueError(f"levels {self.levels}: at least one patch each")
        if self.width % (4 * HEADS) or self.width % GROUPS:
            raise ValueError(f"width {self.width} must be divisible by {4 * HEADS}")
        if self.pooling not in ("mean", "blurred_max"):
            raise ValueError(f"pooling {self.pooling}: mean or blurred_max")
        if self.context_sampling not in ("distance", "foreground"):
            raise ValueError(f"context_sampling {self.context_sampling}: distance or foreground")


SHIPPED = Config()
PUBLISHED = Config(
    levels=((24, 9), (64, 20), (128, 20), (0, 30)),
    width=256,
    skips=False,
    dropout=0.1,
    pooling="blurred_max",
    context_sampling="foreground",
    score_factor=True,
)


@dataclass(frozen=True)
class Level:
    """One level of one image size: its grid of patches and how many of them are taken."""

    height: int
    width: int
    count: int

    @property
    def grid(self) -> tuple[int, int]:
        return self.height // PATCH, self.width // PATCH

    @property
    def resolution(self) -> int:
        return max(self.height, self.width)


def levels_of(config: Config, height: int, width: int) -> list[Level]:
    """The levels that an image has: those of lower resolution than its own, and itself.

    Sides keep their ratio as far as multiples of the patch allow.
    """
    longer = max(height, width)
    levels = []
    for resolution, count in config.levels:
        if resolution >= longer:
            continue
        if resolution == 0:
            h, w = height, width
        else:  # rounded half up
            h, w = (PATCH * max(1, (2 * resolution * side + PATCH * longer) // (2 * PATCH * longer)) for side in (height, width))
        patches = (h // PATCH) * (w // PATCH)
        levels.append(Level(h, w, min(count, patches) if levels else patches))
    return levels


# Choosing patches


def entropy(p: Tensor) -> Tensor:
    """Of a coin that falls heads with probability p, in bits: in [0, 1]."""
    return -(torch.xlogy(p, p) + torch.xlogy(1 - p, 1 - p)) / math.log(2)


def boundary_distance(masks: Tensor) -> Tensor:
    """Euclidean distance, in pixels, to the nearest boundary pixel of the mask, at most ``FAR``.

    Boundary pixels are those of the mask beside a pixel outside it (4 neighbours; the frame is no boundary).

    :param masks: [N, 1, H, W], foreground where at least one half
    :return: [N, 1, H, W]
    """
    inside = (masks >= 0.5).float()
    padded = F.pad(inside, (1, 1, 1, 1), mode="replicate")
    neighbours = padded[..., :-2, 1:-1] * padded[..., 2:, 1:-1] * padded[..., 1:-1, :-2] * padded[..., 1:-1, 2:]
    squares = torch.where(inside * (1 - neighbours) > 0, 0, FAR * FAR).to(torch.int16)
    for axis in (2, 3):  # exact: the least of squares at an offset plus the offset's square, one axis after the other
        source, size = squares, squares.shape[axis]
        squares = source.clone()
        for d in range(1, min(FAR, size)):
            farther = source + d * d
            for to, at in ((d, 0), (0, d)):
                part = squares.narrow(axis, to, size - d)
                torch.minimum(part, farther.narrow(axis, at, size - d), out=part)
    return squares.float().sqrt()


def gaussian_blur(x: Tensor) -> Tensor:
    """Gaussian blur of standard deviation 4 with zeros outside, [N, 1, H, W]."""
    radius = (int(4 * BLUR_SIGMA + 1) | 1) // 2
    at = torch.arange(-radius, radius + 1, device=x.device, dtype=x.dtype)
    kernel = torch.exp(-(at**2) / (2 * BLUR_SIGMA**2))
    kernel = kernel / kernel.sum()
    x = F.conv2d(x, kernel.view(1, 1, -1, 1), padding=(radius, 0))
    return F.conv2d(x, kernel.view(1, 1, 1, -1), padding=(0, radius))


def zero_to_one(scores: Tensor) -> Tensor:
    """Scales every row [N, ...] to [0, 1]; rows without differences become 0."""
    flat = scores.flatten(1)
    low, high = flat.amin(1, keepdim=True), flat.amax(1, keepdim=True)
    return ((flat - low) / (high - low).clamp_min(1e-8)).view_as(scores)


def patch_scores(weights: Tensor, pooling: str) -> Tensor:
    """Scores of the patches that tile a map of pixel weights, [N, 1, h, w] -> [N, (h / 8) (w / 8)]."""
    if pooling == "mean":
        return F.avg_pool2d(weights, PATCH).flatten(1)
    windows = zero_to_one(F.max_pool2d(weights, PATCH, stride=1))
    return gaussian_blur(windows)[..., ::PATCH, ::PATCH].flatten(1)


def top(scores: Tensor, count: int, temperature: float, noise: Generator | None) -> Tensor:
    """``count`` different patches of every row, the highest scores first, [N, n] -> [N, count].

    Equal scores: patches spread over the image (multiples of the golden ratio) come first, not those at the top.

    :param noise: where given, Gumbel noise is added to the scores scaled to [0, 1] and divided by the temperature: the
        patches are then drawn without replacement with chances softmax(score / temperature)
    """
    if noise is not None:
        uniform = torch.rand(scores.shape, generator=noise, device=scores.device).clamp(1e-6, 1 - 1e-6)
        scores = zero_to_one(scores) / temperature - torch.log(-torch.log(uniform))
    numbers = torch.arange(1, scores.shape[1] + 1, dtype=torch.float64)
    order = torch.argsort(numbers * ((math.sqrt(5) - 1) / 2) % 1).to(scores.device)
    return order[torch.sort(scores[:, order], dim=1, descending=True, stable=True).indices[:, :count]]


# Taking patches


def patch_points(level: Level, chosen: Tensor) -> Tensor:
    """Centres of the pixels of patches, as ``grid_sample`` counts them.

    :param chosen: [N, P] patch numbers, row-major
    :return: [N, 8P, 8, 2] x and y in (-1, 1)
    """
    rows, columns = chosen // level.grid[1], chosen % level.grid[1]
    at = torch.arange(PATCH, device=chosen.device)
    y = (rows[..., None] * PATCH + at + 0.5) * (2 / level.height) - 1  # [N, P, 8]
    x = (columns[..., None] * PATCH + at + 0.5) * (2 / level.width) - 1
    n, p = chosen.shape
    y = y[..., :, None].expand(n, p, PATCH, PATCH)
    return torch.stack([x[..., None, :].expand_as(y), y], -1).view(n, p * PATCH, PATCH, 2)


def take(maps: list[Tensor], level: Level, chosen: Tensor) -> Tensor:
    """Patches of feature maps: each averaged down to the level where it is finer, bilinear where it is coarser.

    :param maps: each [N, c, H', W']
    :param chosen: [N, P] patch numbers
    :return: [N * P, sum of c, 8, 8]
    """
    n, p = chosen.shape
    points = patch_points(level, chosen)
    taken = []
    for x in maps:
        size = min(x.shape[2], level.height), min(x.shape[3], level.width)
        small = F.adaptive_avg_pool2d(x.float(), size) if size != x.shape[2:] else x.float()
        taken.append(F.grid_sample(small, points, mode="bilinear", padding_mode="border", align_corners=False))
    patches = torch.cat(taken, 1).unflatten(2, (p, PATCH))  # [N, C, P, 8, 8]
    return patches.transpose(1, 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)


def place(patches: Tensor, level: Level, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Puts the logits of patches where they belong, averaged where several lie.

    :param patches: [B, P, 8, 8]
    :return: logits [B, 1, h, w], -10 where there is no patch, and 1 where there is one, else 0 [B, 1, h, w]
    """
    b, p = chosen.shape
    rows, columns = level.grid
    index = chosen[..., None].expand(b, p, PATCH * PATCH)
    empty = patches.new_zeros(b, rows * columns, PATCH * PATCH)
    total = empty.scatter_add(1, index, patches.flatten(2))
    count = empty.scatter_add(1, index, torch.ones_like(patches).flatten(2))
    covered = (count > 0).to(patches.dtype)
    tiles = torch.where(count > 0, total / count.clamp_min(1), -10.0)

    def untile(x: Tensor) -> Tensor:
        grid = x.view(b, rows, columns, PATCH, PATCH).transpose(2, 3)  # [B, rows, 8, columns, 8]
        return grid.reshape(b, 1, level.height, level.width)

    return untile(tiles), untile(covered)


def positions(level: Level, chosen: Tensor, height: int, width: int) -> Tensor:
    """x and y of the patches' corners on a grid of 1023 steps along the longer side, [N, P] -> [N, P, 2] integers."""
    longer = max(height, width)
    x = chosen % level.grid[1] * PATCH * width * POSITIONS // (level.width * longer)
    y = chosen // level.grid[1] * PATCH * height * POSITIONS // (level.height * longer)
    return torch.stack([x, y], -1)


# The network


class FrozenEncoder(nn.Module):
    """The encoder of a trained UniverSeg, with one support: the features of an image, never trained."""

    def __init__(self, features: int) -> None:
        super().__init__()
        inputs = [(1, 2)] + [(features, features)] * (ENCODER_BLOCKS - 1)
        last = ENCODER_BLOCKS - 1
        self.enc_blocks = nn.ModuleList(CrossBlock(q, s, features, last=i == last) for i, (q, s) in enumerate(inputs))
        self.requires_grad_(False)

    @torch.no_grad()
    def forward(self, images: Tensor, supports: Tensor) -> list[Tensor]:
        """
        :param images: [N, 1, H, W]
        :param supports: [N, 2, H, W] image and mask: zeros for a query, the image itself for a support
        :return: the query branch after each block, [N, F, H / 2^i, W / 2^i]
        """
        q = images.to(memory_format=torch.channels_last)
        s = supports.to(memory_format=torch.channels_last)
        maps = []
        for i, block in enumerate(self.enc_blocks):
            if i > 0:
                q, s = F.max_pool2d(q, 2), F.max_pool2d(s, 2)
            z = block.cross["cross_conv"](torch.cat([q, s], 1))
            q = F.leaky_relu(block.target["vmapped"]["conv"](z), LEAKY_SLOPE)
            if block.support is not None:
                s = F.leaky_relu(block.support["vmapped"]["conv"](z), LEAKY_SLOPE)
            maps.append(q)
        return maps


class ScaleEncoder(nn.Module):
    """A vector [D] for a resolution: sin and cos of log2(resolution) times learned frequencies."""

    def __init__(self, width: int) -> None:
        super().__init__()
        half = width // 2
        self.freqs = nn.Parameter(ROPE_BASE ** (-torch.arange(half) / half))

    def forward(self, resolution: int) -> Tensor:
        angles = math.log2(resolution) * self.freqs.float()
        return torch.cat([angles.sin(), angles.cos()])


class FilmNorm(nn.Module):
    """Group normalisation whose scale and shift are linear in the scale vector."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma_proj, self.beta_proj = nn.Linear(width, width), nn.Linear(width, width)
        for proj, bias in ((self.gamma_proj, 1.0), (self.beta_proj, 0.0)):
            nn.init.zeros_(proj.weight)
            nn.init.constant_(proj.bias, bias)

    def forward(self, x: Tensor, scale: Tensor) -> Tensor:
        """[N, D, y, x] and [D] or [N, D] -> [N, D, y, x]"""
        gamma, beta = self.gamma_proj(scale), self.beta_proj(scale)
        if scale.ndim == 1:
            return F.group_norm(x, GROUPS, gamma, beta)
        return F.group_norm(x, GROUPS) * gamma[..., None, None] + beta[..., None, None]


class PatchEncoder(nn.Module):
    """Features of a patch [C, 8, 8] -> its vector [D]."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.input_proj = nn.Linear(channels, width)
        self.levels = nn.ModuleList(
            nn.ModuleDict({"conv": nn.Conv2d(width, width, 3, stride=stride, padding=1), "norm": FilmNorm(width)})
            for stride in (1, 2, 2)
        )

    def forward(self, patches: Tensor, scale: Tensor) -> tuple[Tensor, list[Tensor]]:
        """[N, C, 8, 8] -> [N, D], and what it comes from at 8 x 8, 4 x 4 and 2 x 2"""
        x = F.conv2d(patches, self.input_proj.weight[..., None, None], self.input_proj.bias)
        maps = []
        for level in self.levels:
            x = F.gelu(level["norm"](level["conv"](x), scale))
            maps.append(x)
        return x.mean((2, 3)), maps


class PatchDecoder(nn.Module):
    """Vector of a patch [D], with its maps where there are skips -> its logits [8, 8]."""

    def __init__(self, width: int, skips: bool) -> None:
        super().__init__()
        self.levels = nn.ModuleList(
            nn.ModuleDict(
                {
                    "up": nn.ConvTranspose2d(width, width, 2, stride=2),
                    "fuse_conv": nn.Conv2d(2 * width if skips else width, width, 3, padding=1),
                    "fuse_norm": FilmNorm(width),
                }
            )
            for _ in range(3)
        )
        self.seg_head = nn.Sequential(nn.Conv2d(width, width // 2, 3, padding=1), nn.GELU(), nn.Conv2d(width // 2, 1, 1))

    def forward(self, vectors: Tensor, maps: list[Tensor], scale: Tensor) -> Tensor:
        """[N, D] and maps [N, D, y, x], fine to coarse, or none -> [N, 1, 8, 8]"""
        if maps:
            scale = vectors + scale
        x = vectors[..., None, None].contiguous(memory_format=torch.channels_last)
        for i, level in enumerate(self.levels):  # 2 x 2, 4 x 4, 8 x 8
            x = level["up"](x)
            if maps:
                x = torch.cat([x, maps[-1 - i].to(x.dtype)], 1)
            x = F.gelu(level["fuse_norm"](level["fuse_conv"](x), scale))
        return self.seg_head(x)


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of every pixel, [N, C, y, x]."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class MaskEncoder(nn.Module):
    """Mask of a patch [8, 8] -> a vector [D]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, 16, 2, stride=2),
            ChannelNorm(16, eps=1e-6),
            nn.GELU(),
            nn.Conv2d(16, 32, 2, stride=2),
            ChannelNorm(32, eps=1e-6),
            nn.GELU(),
            nn.Conv2d(32, width, 1),
        )

    def forward(self, masks: Tensor) -> Tensor:
        """[N, 1, 8, 8] -> [N, D]"""
        return self.mask_downscaling(masks).mean((2, 3))


def rotation(places: Tensor, width: int) -> Tensor:
    """Cosines and sines of the rotary position code: half of the pairs turn with x, half with y.

    :param places: [B, T, 2] x and y
    :return: [2, B, T, D / 2]
    """
    half = width // 2
    frequencies = ROPE_BASE ** (-torch.arange(0, half, 2, device=places.device, dtype=torch.float64) / half)
    angles = (places.double()[..., None] * frequencies).flatten(2)  # [B, T, 2 * D / 4]
    return torch.stack([angles.cos(), angles.sin()]).float()


def rotate(x: Tensor, turn: Tensor) -> Tensor:
    """Turns neighbouring pairs of numbers, [B, T, D] and [2, B, T, D / 2] -> [B, T, D]."""
    cos, sin = turn
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(2).to(x.dtype)


class AttentionLayer(nn.Module):
    """One pre-norm layer over registers, patches of the query and patches of the supports.

    Registers and patches of the query look at everything, patches of the supports at registers and each other; all may
    look at nothing, that is at a key and value of zeros.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.target_embed = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.context_embed = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.norm1 = nn.LayerNorm(width)
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(4 * width, width), nn.Dropout(dropout)
        )

    def forward(self, tokens: Tensor, sizes: tuple[int, int, int], turn: Tensor, bias: Tensor, last: bool = False) -> Tensor:
        """
        :param tokens: [B, R + P + T, D] registers, patches of the query, patches of the supports
        :param sizes: R, P and T; P may be 0
        :param turn: rotations of the tokens [2, B, R + P + T, D / 2]
        :param bias: [B, R + P + T] added to the attention logits of each token as a key
        :param last: leaves out the patches of the supports, which nothing reads any more
        :return: the tokens after the layer, [B, R + P + T, D], or [B, R + P, D] where it is the last
        """
        r, p, t = sizes
        x = self.norm1(tokens)
        x = torch.cat([x[:, :r], x[:, r : r + p] + self.target_embed, x[:, r + p :] + self.context_embed], 1)
        end = r + p if last else r + p + t
        q = rotate(self.q_proj(x[:, :end]), turn[:, :, :end])
        k, v = F.pad(rotate(self.k_proj(x), turn), (0, 0, 0, 1)), F.pad(self.v_proj(x), (0, 0, 0, 1))
        bias = F.pad(bias, (0, 1))
        attended = [attend(q[:, : r + p], k, v, bias)]
        if not last:
            without = [torch.cat([kept[:, :r], kept[:, r + p :]], 1) for kept in (k, v, bias)]
            attended.append(attend(q[:, r + p :], *without))
        tokens = tokens[:, :end] + self.out_proj(torch.cat(attended, 1))
        return tokens + self.mlp(self.norm2(tokens))


def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
    """Softmax attention with 4 heads, [B, Q, D] over [B, T, D] with [B, T] added to the logits -> [B, Q, D]."""
    q, k, v = (x.unflatten(2, (HEADS, -1)).transpose(1, 2) for x in (q, k, v))
    mask = bias[:, None, None, :].to(q.dtype).expand(-1, -1, q.shape[2], -1)
    return F.scaled_dot_product_attention(q, k, v, mask).transpose(1, 2).flatten(2)


class Attention(nn.Module):
    """The supports among themselves, then everything together."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.register_tokens = nn.Parameter(0.02 * torch.randn(1, config.registers, config.width))
        self.context_layers = nn.ModuleList(
            AttentionLayer(config.width, config.dropout) for _ in range(config.context_layers)
        )
        self.layers = nn.ModuleList(AttentionLayer(config.width, config.dropout) for _ in range(config.joint_layers))
        self.final_norm = nn.LayerNorm(config.width)

    def forward(
        self, carried: Tensor | None, target: Tensor, context: Tensor, places: tuple[Tensor, Tensor], log_weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        """
        :param carried: registers of the level before [B, R, D]
        :param target: patches of the query [B, P, D]
        :param context: patches of the supports [B, T, D]
        :param places: their positions [B, P, 2] and [B, T, 2]
        :param log_weights: [B, T]
        :return: registers [B, R, D] and patches of the query [B, P, D]
        """
        b, p, width = target.shape
        t, r = context.shape[1], self.register_tokens.shape[1]
        turns = [rotation(place, width) for place in places]

        def still(registers: int) -> Tensor:  # registers have no place: angle zero
            return torch.stack([turns[0].new_ones(b, registers, width // 2), turns[0].new_zeros(b, registers, width // 2)])

        tokens = torch.cat([self.register_tokens.expand(b, -1, -1), context], 1)
        for layer in self.context_layers:
            turn = torch.cat([still(r), turns[1]], 2)
            tokens = layer(tokens, (r, 0, t), turn, F.pad(log_weights, (r, 0)))
        registers, context = tokens[:, :r], tokens[:, r:]
        if carried is not None:
            registers = torch.cat([registers, carried], 1)
        all_registers = registers.shape[1]
        tokens = torch.cat([registers, target, context], 1)
        turn = torch.cat([still(all_registers), *turns], 2)
        bias = F.pad(log_weights, (all_registers + p, 0))
        for i, layer in enumerate(self.layers):
            tokens = layer(tokens, (all_registers, p, t), turn, bias, last=i == len(self.layers) - 1)
        tokens = self.final_norm(tokens)
        return tokens[:, :r], tokens[:, all_registers : all_registers + p]


class Backbone(nn.Module):
    """What is trained, shared by all levels."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.scale_encoder = ScaleEncoder(config.width)
        self.encoder = PatchEncoder(ENCODER_BLOCKS * config.features, config.width)
        self.attention = Attention(config)
        self.decoder = PatchDecoder(config.width, config.skips)
        self.mask_encoder = MaskEncoder(config.width)
        self.fusion_proj = nn.Linear(2 * config.width, config.width)


class PatchIcl(nn.Module):
    """The cascade; returns logits.

    ``noise``: where set, patches are drawn with Gumbel noise of this generator instead of taken from the top.
    """

    def __init__(self, config: Config = SHIPPED) -> None:
        super().__init__()
        self.config = config
        self.noise: Generator | None = None
        self.backbone = Backbone(config)
        self.universeg = FrozenEncoder(config.features)
        self.register_buffer("levels", torch.tensor(config.levels, dtype=torch.float32))
        self.register_buffer("_log_temperature", torch.tensor(math.log(TEMPERATURE)))

    def forward(self, query: Tensor, images: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
        """
        :param query: [B, 1, H, W], values in [0, 1]; H and W divisible by 8
        :param images: [B, K, 1, H, W], values in [0, 1]
        :param labels: [B, K, 1, H, W], values in [0, 1]
        :param weights: [B, K] with rows that sum to one; equal if left out
        :return: logits [B, 1, H, W]
        """
        return self.training_outputs(query, images, labels, weights)[-1]

    def training_outputs(self, query: Tensor, images: Tensor, labels: Tensor, weights: Tensor | None = None) -> list[Tensor]:
        """The combined logits of every level [B, 1, h, w], coarse to fine; the last is the image's own size."""
        b, k = images.shape[:2]
        if weights is None:
            weights = query.new_full((b, k), 1 / k)
        supports, masks = images.flatten(0, 1), labels.flatten(0, 1)  # [B*K, 1, H, W]
        own = torch.arange(b * k, device=query.device).view(b, k)
        return self._cascade(query, supports, masks, own, weights)

    def episode_outputs(self, images: Tensor, labels: Tensor, weights: Tensor) -> list[Tensor]:
        """Every image of an episode asked, with all others as its supports, whose patches are encoded once for all askers.

        :param images: [B, K + 1, 1, H, W], values in [0, 1]
        :param labels: [B, K + 1, 1, H, W], values in [0, 1]
        :param weights: of the images after the first, [B, K]; the first one counts as much as they do on average
        :return: combined logits of every level [B * (K + 1), 1, h, w], coarse to fine
        """
        b, n = images.shape[:2]
        others = torch.tensor([[j for j in range(n) if j != i] for i in range(n)], device=images.device)  # [n, K]
        rows = n * torch.arange(b, device=images.device).view(b, 1, 1) + others  # [B, n, K]
        every = torch.cat([weights.mean(1, keepdim=True), weights], 1)[:, others]
        every = every / every.sum(2, keepdim=True)
        images, labels = images.flatten(0, 1), labels.flatten(0, 1)
        return self._cascade(images, images, labels, rows.flatten(0, 1), every.flatten(0, 1))

    def _cascade(self, queries: Tensor, supports: Tensor, masks: Tensor, own: Tensor, weights: Tensor) -> list[Tensor]:
        """
        :param queries: [B, 1, H, W]
        :param supports: [N, 1, H, W]
        :param masks: [N, 1, H, W]
        :param own: numbers of the supports that a query has, [B, K]
        :param weights: of these, [B, K]
        :return: the combined logits of every level [B, 1, h, w], coarse to fine
        """
        b, _, height, width = queries.shape
        if height % SIZE_MULTIPLE or width % SIZE_MULTIPLE:
            raise ValueError(f"height and width must be divisible by {SIZE_MULTIPLE}, got {height} x {width}")
        log_weights = weights.float().clamp_min(1e-30).log()
        pairs = torch.cat([supports, masks], 1)
        unmasked = pairs.new_zeros(b, 2, height, width)
        maps = self.universeg(torch.cat([queries, supports]), torch.cat([unmasked, pairs]))
        of_query, of_supports = [x[:b] for x in maps], [x[b:] for x in maps]
        distance = boundary_distance(masks) if self.config.context_sampling == "distance" else None

        combined: list[Tensor] = []
        registers = None
        for level in levels_of(self.config, height, width):
            resolution = self.backbone.scale_encoder(level.resolution)  # [D]
            with torch.no_grad():
                wanted = self._choose_context(level, masks, distance)  # [N, P]
                context_patches, mask_patches = take(of_supports, level, wanted), take([masks], level, wanted)
            context = self._context_vectors(context_patches, mask_patches, resolution).unflatten(0, wanted.shape)
            scores = self._target_scores(level, combined[-1] if combined else queries)
            chosen = top(scores.detach(), level.count, self._temperature(), self.noise if combined else None)  # [B, P]
            with torch.no_grad():
                target_patches = take(of_query, level, chosen)
            vectors, skipped = self.backbone.encoder(target_patches, resolution)  # [B*P, D]
            places = positions(level, chosen, height, width), positions(level, wanted, height, width)[own].flatten(1, 2)
            registers, attended = self.backbone.attention(
                registers,
                (vectors + resolution).view(b, level.count, -1),
                context[own].flatten(1, 2),  # [B, K*P, D]
                places,
                log_weights.repeat_interleave(level.count, 1),
            )
            logits = self.backbone.decoder(attended.flatten(0, 1), skipped if self.config.skips else [], resolution)
            logits = logits.view(b, level.count, PATCH, PATCH).float()
            if self.config.score_factor and self.training and combined:
                share = torch.softmax(scores.gather(1, chosen) / self._temperature(), 1)
                logits = logits * (level.count * share)[..., None, None]
            placed, covered = place(logits, level, chosen)
            if combined:
                up = F.interpolate(combined[-1], (level.height, level.width), mode="bilinear", align_corners=False)
                placed = up + covered * placed
            combined.append(placed)
        return combined

    def _temperature(self) -> float:
        return math.exp(self._log_temperature.item())

    def _context_vectors(self, patches: Tensor, masks: Tensor, resolution: Tensor) -> Tensor:
        """Vectors of support patches, [N, C, 8, 8] and [N, 1, 8, 8] -> [N, D]."""
        vectors = self.backbone.encoder(patches, resolution)[0] + resolution
        return self.backbone.fusion_proj(torch.cat([vectors, self.backbone.mask_encoder(masks)], 1))

    def _target_scores(self, level: Level, before: Tensor) -> Tensor:
        """Uncertainty of the level before, [B, 1, h', w'] -> [B, patches]; the first level has no choice to make."""
        uncertainty = F.interpolate(
            entropy(torch.sigmoid(before)), (level.height, level.width), mode="bilinear", align_corners=False
        )
        return patch_scores(uncertainty, self.config.pooling)

    def _choose_context(self, level: Level, masks: Tensor, distance: Tensor | None) -> Tensor:
        """Patches of the supports, [N, 1, H, W] -> [N, P]."""
        if distance is not None:
            scores = torch.exp(-F.adaptive_avg_pool2d(distance, level.grid).flatten(1) / NEAR)
        else:
            shrunk = F.adaptive_max_pool2d(masks, (level.height, level.width))
            scores = patch_scores(0.5 * shrunk + 0.5 * entropy(shrunk), "blurred_max")
        return top(scores, level.count, self._temperature(), self.noise)


def build(
    universeg: Path | str | dict[str, Tensor] | None = WEIGHTS, config: Config = SHIPPED, **changes: object
) -> PatchIcl:
    """An untrained network on a trained UniverSeg.

    :param universeg: its weights' file or state dict, from which also the width is read; None leaves the encoder random
    :param changes: fields of the configuration that differ
    """
    if universeg is None:
        return PatchIcl(replace(config, **changes))
    state = universeg if isinstance(universeg, dict) else safetensors_file.read(Path(universeg))[0]
    network = PatchIcl(replace(config, **changes, features=state["out_conv.conv.weight"].shape[1]))
    network.universeg.load_state_dict({key: state[key] for key in network.universeg.state_dict()})
    return network


def state(network: PatchIcl) -> dict[str, Tensor]:
    """All tensors: the backbone, the encoder of UniverSeg, the levels and the temperature."""
    return {key: value.detach().float().contiguous() for key, value in network.state_dict().items()}


def from_state(state: dict[str, Tensor], **options: object) -> PatchIcl:
    """The network of a state dict; its sizes are read from the shapes.

    :param options: fields of the configuration that no tensor shows
    """

    def layers(stack: str) -> int:
        return sum(key.startswith(f"backbone.attention.{stack}.") and key.endswith(".norm1.weight") for key in state)

    config = Config(
        levels=tuple((int(resolution), int(patches)) for resolution, patches in state["levels"].tolist()),
        width=state["backbone.fusion_proj.bias"].numel(),
        features=state["universeg.enc_blocks.0.cross.cross_conv.bias"].numel(),
        context_layers=layers("context_layers"),
        joint_layers=layers("layers"),
        registers=state["backbone.attention.register_tokens"].shape[1],
        skips=state["backbone.decoder.levels.0.fuse_conv.weight"].shape[1] > state["backbone.fusion_proj.bias"].numel(),
    )
    network = PatchIcl(replace(config, **options))
    network.load_state_dict(state)
    return network
