"""Iris (Gao et al., "Show and Segment", CVPR 2025), in two and three dimensions.

Dimension legend: B batch, K supports, N classes of one query, C channels, S the sizes (H, W or D, H, W), s = S / r the
coarse sizes, P the number of coarse places, M = m + 1 task tokens.

A support (image, mask) is encoded once, independent of any query, into a task embedding ``T`` [M, C]; a query is
segmented with the weighted mean of the embeddings of its supports. The numbers of the equations are the paper's.

What the paper leaves open, and the choice made here:

* Backbone: the residual U-Net of the first author's Hermes code (pre-activation blocks, max pooling, linear upsampling
  with aligned corners), with one InstanceNorm at the entry of each block instead of one before each convolution, because
  the norm costs more than the convolution on a CPU. Channels are reduced before upsampling, not after.
* Eq. 2: the pool is the mean over the mask. Upsampling is linear, ``sum_p (U F)_p y_p = sum_c F_c (U^T y)_c``, so the mask
  is brought down by the adjoint of the interpolation, and the upsampled features are never made.
* Eq. 3, 4: the 1x1 convolution between pixel shuffle and unshuffle sees each of the r^n places within a coarse cell by
  itself. At coarse resolution it is one small matrix applied to every such place, plus the unshuffled mask times its
  weight. Where C is not a multiple of r^n (always in 3D), a 1x1 convolution first makes r^n channels of it, and another
  leads back to C.
* Eq. 5: the two-way attention runs for every class by itself, tokens and image branch, so the mask of a class does not
  depend on which other classes are asked.
* Eq. 6: the U-Net decoder runs once per query, on the features before the attention. Each class enters by a narrow decoder
  of its own: it starts at the attended coarse features of the class, and at every finer level adds those of the shared
  decoder under a 1x1 convolution whose weights are a fixed part plus a part computed from the class's first token.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

NORM_EPS = 1e-4
TASK_LAYERS = 2
DECODER_LAYERS = 2
FEED_FORWARD = 2
"""Hidden width of the token feed-forward layers, in multiples of C."""
CLASS_WIDTHS = (8, 16, 32)
"""Channels of the class decoder at strides 1, 2, and 4 and more."""
CONVOLUTIONS = {2: nn.Conv2d, 3: nn.Conv3d}
MODES = {2: "bilinear", 3: "trilinear"}


def upsampled(x: Tensor, sizes: list[int]) -> Tensor:
    """Linear interpolation with aligned corners, [B, C, *s] -> [B, C, *sizes]."""
    return F.interpolate(x, size=sizes, mode=MODES[x.ndim - 2], align_corners=True)


@lru_cache(maxsize=64)
def interpolation(fine: int, coarse: int) -> Tensor:
    """Matrix of the linear interpolation with aligned corners, [fine, coarse]."""
    at = torch.arange(fine, dtype=torch.float64) * ((coarse - 1) / max(fine - 1, 1))
    low = at.floor().clamp(max=max(coarse - 2, 0)).long()
    part = at - low
    matrix = torch.zeros(fine, coarse, dtype=torch.float64)
    matrix.scatter_add_(1, low[:, None], (1 - part)[:, None])
    matrix.scatter_add_(1, (low + 1).clamp(max=coarse - 1)[:, None], part[:, None])
    return matrix.float()


def lowered(masks: Tensor, sizes: list[int]) -> Tensor:
    """Adjoint of the interpolation: every mask value is dealt to the coarse places it was interpolated from.

    :param masks: [N, *S]
    :param sizes: the coarse sizes s
    :return: [N, *s], with the same sum
    """
    for axis, coarse in enumerate(sizes, start=1):
        matrix = interpolation(masks.shape[axis], coarse).to(masks.device, masks.dtype)
        masks = torch.movedim(torch.movedim(masks, axis, -1) @ matrix, -1, axis)
    return masks


def unshuffled(masks: Tensor, r: int) -> Tensor:
    """The values within every coarse cell as channels, [N, *S] -> [N, r^n, *s]; offsets run like the sizes."""
    n = masks.ndim - 1
    split = masks.reshape(masks.shape[0], *(part for size in masks.shape[1:] for part in (size // r, r)))
    offsets, places = range(2, 2 * n + 1, 2), range(1, 2 * n, 2)
    return split.permute(0, *offsets, *places).flatten(1, n)


@lru_cache(maxsize=64)
def positions(sizes: tuple[int, ...], channels: int) -> Tensor:
    """Sines and cosines of every axis' place in [0, 1], [P, channels]; from a quarter to eight periods per image."""
    axes = torch.meshgrid(*((torch.arange(size).double() + 0.5) / size for size in sizes), indexing="ij")
    count = channels // (2 * len(sizes))
    frequencies = 0.5 * math.pi * 32.0 ** (torch.arange(count).double() / max(count - 1, 1))
    angles = [axis.flatten()[:, None] * frequencies for axis in axes]
    waves = torch.cat([wave for angle in angles for wave in (angle.sin(), angle.cos())], 1).float()
    return F.pad(waves, (0, channels - waves.shape[1]))


class ResidualBlock(nn.Module):
    """InstanceNorm, ReLU, conv3, ReLU, conv3, and the input added; a 1x1 convolution of it where the channels differ."""

    def __init__(self, dims: int, inputs: int, outputs: int) -> None:
        super().__init__()
        convolution = CONVOLUTIONS[dims]
        self.conv1 = convolution(inputs, outputs, 3, padding=1)
        self.conv2 = convolution(outputs, outputs, 3, padding=1)
        self.shortcut = convolution(inputs, outputs, 1) if inputs != outputs else None
        for conv in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            nn.init.zeros_(conv.bias)
        with torch.no_grad():
            self.conv2.weight.mul_(0.5)

    def forward(self, x: Tensor) -> Tensor:
        active = F.relu(F.instance_norm(x, eps=NORM_EPS))
        return self.conv2(F.relu(self.conv1(active))) + (x if self.shortcut is None else self.shortcut(active))


class Encoder(nn.Module):
    """Image [B, 1, *S] to features at strides 1, 2, ..., r; the last, F, are normalized."""

    def __init__(self, dims: int, widths: list[int]) -> None:
        super().__init__()
        self.stem = CONVOLUTIONS[dims](1, widths[0], 3, padding=1)
        stages = [nn.ModuleList([ResidualBlock(dims, widths[0], widths[0])])]
        for inputs, outputs in zip(widths, widths[1:]):
            stages.append(nn.ModuleList([ResidualBlock(dims, inputs, outputs), ResidualBlock(dims, outputs, outputs)]))
        self.stages = nn.ModuleList(stages)
        self.pool = {2: F.max_pool2d, 3: F.max_pool3d}[dims]

    def forward(self, images: Tensor) -> list[Tensor]:
        x = self.stem(images)
        levels = []
        for i, stage in enumerate(self.stages):
            x = x if i == 0 else self.pool(x, 2)
            for block in stage:
                x = block(x)
            levels.append(x)
        levels[-1] = F.instance_norm(levels[-1], eps=NORM_EPS)
        return levels


class SharedDecoder(nn.Module):
    """U-Net decoder over the encoder's levels; runs once per query, whatever the classes."""

    def __init__(self, dims: int, widths: list[int]) -> None:
        super().__init__()
        pairs = list(zip(widths, widths[1:]))[::-1]  # (fine, coarse), from the coarsest up
        self.reduce = nn.ModuleList(CONVOLUTIONS[dims](coarse, fine, 1) for fine, coarse in pairs)
        self.blocks = nn.ModuleList(ResidualBlock(dims, 2 * fine, fine) for fine, _ in pairs)

    def forward(self, levels: list[Tensor]) -> list[Tensor]:
        """Features [B, C_i, *S_i] of every level but the coarsest, coarse to fine."""
        x, outputs = levels[-1], []
        for reduce, block, skip in zip(self.reduce, self.blocks, reversed(levels[:-1])):
            x = block(torch.cat([skip, upsampled(reduce(x), skip.shape[2:])], 1))
            outputs.append(x)
        return outputs


class Attention(nn.Module):
    """Multi-head attention, queries [B, Q, C] over keys and values [B, L, C]; ``inner`` channels in all heads.

    Either may be of batch 1 and meet all of the other; what is shared is projected once.
    """

    def __init__(self, channels: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(channels, inner)
        self.k = nn.Linear(channels, inner)
        self.v = nn.Linear(channels, inner)
        self.out = nn.Linear(inner, channels)

    def forward(self, queries: Tensor, context: Tensor) -> Tensor:
        q, k, v = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.q(queries), self.k(context), self.v(context))
        )
        batch = max(q.shape[0], k.shape[0])
        q, k, v = (part.expand(batch, -1, -1, -1) for part in (q, k, v))
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


def feed_forward(channels: int) -> nn.Sequential:
    hidden = FEED_FORWARD * channels
    return nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels))


class TaskLayer(nn.Module):
    """Tokens attend the features, then each other; every step normalizes its input and adds to it."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(channels) for _ in range(3))
        self.cross = Attention(channels, channels, heads)
        self.self_attention = Attention(channels, channels, heads)
        self.feed_forward = feed_forward(channels)

    def forward(self, tokens: Tensor, features: Tensor) -> Tensor:
        tokens = tokens + self.cross(self.norm1(tokens), features)
        normal = self.norm2(tokens)
        tokens = tokens + self.self_attention(normal, normal)
        return tokens + self.feed_forward(self.norm3(tokens))


class TaskEncoder(nn.Module):
    """Features F [B, C, *s] and masks [B, *S] of one class to its task embedding T [B, M, C]; ``cell`` is r^n."""

    def __init__(self, channels: int, heads: int, tokens: int, cell: int) -> None:
        super().__init__()
        fine_channels = max(1, channels // cell)
        shuffled = fine_channels * cell
        self.expand = nn.Linear(channels, shuffled) if shuffled != channels else None
        self.contract = nn.Linear(shuffled, channels) if shuffled != channels else None
        self.tokens = nn.Parameter(0.5 * torch.randn(tokens, channels))
        self.fuse = nn.Linear(fine_channels + 1, fine_channels)  # the 1x1 convolution of eq. 4
        self.norm_features = nn.LayerNorm(channels)
        self.layers = nn.ModuleList(TaskLayer(channels, heads) for _ in range(TASK_LAYERS))
        self.norm = nn.LayerNorm(channels)

    def fused(self, features: Tensor, masks: Tensor, r: int) -> Tensor:
        """Eq. 3, 4 without leaving the coarse resolution, [B, c * r^n, *s] and [B, *S] -> [B, c * r^n, *s]."""
        count = self.fuse.out_features
        places = features.unflatten(1, (count, -1))  # [B, c, r^n, *s]
        of_features = torch.einsum("dc,bco...->bdo...", self.fuse.weight[:, :count], places)
        column = (1, count, 1) + (1,) * (features.ndim - 2)
        of_masks = self.fuse.weight[:, count].view(column) * unshuffled(masks, r).unsqueeze(1)
        return (of_features + of_masks + self.fuse.bias.view(column)).flatten(1, 2)

    def forward(self, features: Tensor, masks: Tensor) -> Tensor:
        sizes = features.shape[2:]
        shares = lowered(masks, list(sizes)).flatten(1) / masks.flatten(1).sum(1, keepdim=True).clamp(min=1)  # [B, P]
        foreground = torch.bmm(shares.to(features.dtype)[:, None], features.flatten(2).transpose(1, 2))  # [B, 1, C]
        if self.expand is not None:
            features = self.expand(features.movedim(1, -1)).movedim(-1, 1)
        fused = self.fused(features, masks, masks.shape[-1] // sizes[-1]).flatten(2).transpose(1, 2)  # [B, P, c * r^n]
        if self.contract is not None:
            fused = self.contract(fused)  # [B, P, C]
        fused = self.norm_features(fused) + positions(tuple(sizes), fused.shape[2]).to(fused.device)
        tokens = self.tokens.expand(masks.shape[0], -1, -1)
        for layer in self.layers:
            tokens = layer(tokens, fused)
        return torch.cat([foreground, self.norm(tokens)], 1)


class TwoWayLayer(nn.Module):
    """Tokens attend each other and the image, then the image attends the tokens; eq. 5 for one class."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2, self.norm3, self.norm4 = (nn.LayerNorm(channels) for _ in range(4))
        self.norm_image = nn.LayerNorm(channels)
        self.self_attention = Attention(channels, channels, heads)
        self.to_image = Attention(channels, channels // 2, heads)
        self.feed_forward = feed_forward(channels)
        self.from_tokens = Attention(channels, channels // 2, heads)

    def forward(self, tokens: Tensor, image: Tensor, where: Tensor) -> tuple[Tensor, Tensor]:
        """
        :param tokens: [N, M, C]
        :param image: [N, P, C], or [1, P, C] while all classes still share it
        :param where: the places' positions, [P, C]
        """
        normal = self.norm1(tokens)
        tokens = tokens + self.self_attention(normal, normal)
        places = self.norm_image(image) + where
        tokens = tokens + self.to_image(self.norm2(tokens), places)
        tokens = tokens + self.feed_forward(self.norm3(tokens))
        return tokens, image + self.from_tokens(places, self.norm4(tokens))


class DynamicConv(nn.Module):
    """1x1 convolution whose weights are a fixed matrix plus one computed from a token."""

    def __init__(self, inputs: int, outputs: int, channels: int) -> None:
        super().__init__()
        self.shape = (outputs, inputs)
        self.fixed = nn.Parameter(torch.randn(outputs, inputs) / math.sqrt(inputs))
        self.generate = nn.Linear(channels, outputs * inputs)
        nn.init.normal_(self.generate.weight, std=0.5 / math.sqrt(inputs * channels))
        nn.init.zeros_(self.generate.bias)

    def forward(self, features: Tensor, token: Tensor) -> Tensor:
        """[N, C_in, *S] or [1, C_in, *S], and [N, C] -> [N, C_out, *S]."""
        weights = self.fixed + self.generate(token).unflatten(1, self.shape)
        rows = features.flatten(2).transpose(1, 2)  # [N or 1, P, C_in]
        return torch.matmul(rows, weights.transpose(1, 2).to(rows.dtype)).transpose(1, 2).unflatten(2, features.shape[2:])


class ClassDecoder(nn.Module):
    """The work of one class above the coarse level, eq. 6.

    The first channel of what each level hands on is itself a logit, at that level's resolution.
    """

    def __init__(self, dims: int, widths: list[int]) -> None:
        super().__init__()
        convolution = CONVOLUTIONS[dims]
        channels = widths[-1]
        self.norm_token = nn.LayerNorm(channels)
        self.token = nn.Linear(channels, channels)
        fine = widths[-2::-1]
        narrow = [CLASS_WIDTHS[min(i, len(CLASS_WIDTHS) - 1)] for i in reversed(range(len(fine)))]  # coarse to fine
        self.start = convolution(channels, narrow[0], 1)
        self.dynamic = nn.ModuleList(DynamicConv(i, o, channels) for i, o in zip(fine, narrow))
        kernels = [3] * (len(narrow) - 1) + [1]
        self.convs = nn.ModuleList(
            convolution(i, o, kernel, padding=kernel // 2) for i, o, kernel in zip(narrow, (*narrow[1:], 1), kernels)
        )
        for conv in self.convs:
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            nn.init.zeros_(conv.bias)

    def forward(self, attended: Tensor, token: Tensor, levels: list[Tensor]) -> list[Tensor]:
        """
        :param attended: the coarse features of the classes, [N, C, *s]
        :param token: their first tokens, [N, C]
        :param levels: the shared decoder's features [N, C_i, *S_i] or [1, C_i, *S_i], coarse to fine
        :return: logits [N, 1, *S_i], coarse to fine
        """
        token = F.relu(self.token(self.norm_token(token)))
        x = self.start(attended)
        outputs = [x[:, :1]]
        for features, dynamic, conv in zip(levels, self.dynamic, self.convs):
            x = conv(F.relu(upsampled(x, features.shape[2:]) + dynamic(features, token)))
            outputs.append(x[:, :1])
        return outputs


class Iris(nn.Module):
    """Encoder, task encoder, two-way attention, shared decoder and class decoder.

    The defaults are the 2D recipe of this project, r = 8. The paper's 3D network has four downsamplings from width 32,
    ``dims=3, widths=(32, 64, 128, 256, 320)``.
    """

    def __init__(self, dims: int = 2, widths: tuple[int, ...] = (32, 64, 128, 256), tokens: int = 10, heads: int = 8) -> None:
        super().__init__()
        if len(widths) < 2:
            raise ValueError(f"widths must be at least 2 numbers, got {len(widths)}")
        self.dims, self.widths, self.heads = dims, list(widths), heads
        self.ratio = 2 ** (len(widths) - 1)
        channels, cell = widths[-1], self.ratio**dims
        if channels % (2 * heads):
            raise ValueError(f"the last width must be divisible by {2 * heads}, got {channels}")
        self.encoder = Encoder(dims, self.widths)
        self.task_encoder = TaskEncoder(channels, heads, tokens, cell)
        self.two_way = nn.ModuleList(TwoWayLayer(channels, heads) for _ in range(DECODER_LAYERS))
        self.shared_decoder = SharedDecoder(dims, self.widths)
        self.class_decoder = ClassDecoder(dims, self.widths)

    def task_embeddings(self, features: Tensor, masks: Tensor) -> Tensor:
        """Eq. 2 to 4, features [B, C, *s] and masks [B, *S] -> [B, M, C], float32."""
        return self.task_encoder(features, masks).float()

    def decode(self, levels: list[Tensor], embeddings: Tensor) -> list[Tensor]:
        """Eq. 5, 6 for one class of each of N queries, or for N classes of one query.

        :param levels: the encoder's levels of N queries or of one
        :param embeddings: [N, M, C]
        :return: logits [N, 1, *S_i] of all levels, coarse to fine
        """
        coarse = levels[-1]
        tokens, image = embeddings, coarse.flatten(2).transpose(1, 2)
        where = positions(tuple(coarse.shape[2:]), coarse.shape[1]).to(image.device)
        for layer in self.two_way:
            tokens, image = layer(tokens, image, where)
        attended = image.transpose(1, 2).unflatten(2, coarse.shape[2:])
        return self.class_decoder(attended, tokens[:, 0], self.shared_decoder(levels))

    def encode(self, images: Tensor) -> list[Tensor]:
        """The encoder's levels of [N, 1, *S], fine to coarse."""
        if any(size % self.ratio for size in images.shape[2:]):
            raise ValueError(f"the sizes must be divisible by {self.ratio}, got {tuple(images.shape[2:])}")
        layout = {2: torch.channels_last, 3: torch.channels_last_3d}[self.dims]
        return self.encoder(images.contiguous(memory_format=layout))

    def episode_outputs(self, images: Tensor, labels: Tensor, weights: Tensor) -> list[Tensor]:
        """Every image of an episode asked, with all others as its supports.

        An image is encoded once, whether it asks or supports, so that K + 1 answers cost little more than twice as much
        as one.

        :param images: [B, K + 1, 1, *S]
        :param labels: [B, K + 1, 1, *S]
        :param weights: of the images after the first, [B, K]; the first one counts as much as they do on average
        :return: logits [B * (K + 1), 1, *S_i] of all levels, fine to coarse
        """
        b, n = images.shape[:2]
        levels = self.encode(images.flatten(0, 1))
        embeddings = self.task_embeddings(levels[-1], labels.flatten(0, 1)[:, 0]).unflatten(0, (b, n))
        all_weights = torch.cat([weights.mean(1, keepdim=True), weights], 1).float()
        others = all_weights[:, None] * (1 - torch.eye(n, device=weights.device))  # [B, asking, supporting]
        means = torch.einsum("bij,bjmc->bimc", others / others.sum(2, keepdim=True), embeddings)
        return self.decode(levels, means.flatten(0, 1))[::-1]

    def training_outputs(
        self, query: Tensor, images: Tensor, labels: Tensor, weights: Tensor | None = None
    ) -> list[Tensor]:
        """As forward; the logits of all levels, fine to coarse."""
        b, k = images.shape[:2]
        if weights is None:
            weights = query.new_full((b, k), 1 / k)
        levels = self.encode(torch.cat([query, images.flatten(0, 1)]))
        embeddings = self.task_embeddings(levels[-1][b:], labels.flatten(0, 1)[:, 0]).unflatten(0, (b, k))
        mean = torch.einsum("bk,bkmc->bmc", weights.float(), embeddings)
        return self.decode([level[:b] for level in levels], mean)[::-1]

    def forward(self, query: Tensor, images: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
        """
        :param query: [B, 1, *S], values in [0, 1]; every size divisible by r
        :param images: [B, K, 1, *S], values in [0, 1]
        :param labels: [B, K, 1, *S], values in [0, 1]
        :param weights: [B, K] with rows that sum to one; the plain mean if left out
        :return: logits [B, 1, *S]
        """
        return self.training_outputs(query, images, labels, weights)[0]

    def segment(self, query: Tensor, embeddings: Tensor) -> Tensor:
        """Several classes of one query, [1, 1, *S] and [N, M, C] -> logits [N, *S]; encoder and shared decoder run once."""
        return self.decode(self.encoder(query), embeddings)[-1][:, 0]


def build(**options) -> Iris:
    """Options: ``dims`` (2 or 3), ``widths``, ``tokens`` (m) and ``heads``."""
    return Iris(**options)


def state(network: Iris) -> dict[str, Tensor]:
    return {name: value.detach().float().contiguous() for name, value in network.state_dict().items()}


def from_state(values: dict[str, Tensor], heads: int = 8) -> Iris:
    """Builds the network of a state; sizes are read from the shapes, all but the number of heads."""
    dims = values["encoder.stem.weight"].ndim - 2
    levels = 1 + max(int(name.split(".")[2]) for name in values if name.startswith("encoder.stages."))
    widths = [values[f"encoder.stages.{i}.0.conv1.weight"].shape[0] for i in range(levels)]
    network = Iris(dims, tuple(widths), values["task_encoder.tokens"].shape[0], heads)
    network.load_state_dict(values)
    return network
