"""Trains a network; see README.md for the recipe and for how to run it.

Every step draws its episodes and its augmentation from (seed, step), and every learning rate follows from the elapsed
seconds, so a run fits its time budget on any machine and a resumed run sees the episodes it would have seen.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from random import Random
from types import ModuleType

import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw
from torch import Generator, Tensor, nn

import safetensors_file
from augment import Augment, min_max
from data import Episodes, Family, RealTask, pick, read_families
from progress import Progress
from superpixels import SegmentedImage, segment_families
from synthetic import SyntheticTask, make_tasks, read_labelmaps

NETWORKS = ("universeg", "cross_attention", "iris", "patchicl")
"""Each is a module of this folder with ``build``, ``state`` and ``from_state``; see README.md."""
SMALLEST_QUERY = 0.0015
"""Episodes whose query mask covers less of the image are replaced where spare ones exist; not those that are to show that
a target can be absent."""
SPARE = 0.25
"""Spare episodes drawn for each step, as a share of the batch."""
RANDOM_WEIGHTS = 0.2
"""Share of the steps trained with random instead of equal support weights."""
SYNTHETIC_IMAGES = 20
VALIDATION_SEEDS = 10_000_000
"""Synthetic validation tasks take their seeds from here on, far from those of training."""
CHECKPOINT_SECONDS = 300
VALIDATION_QUERIES = 6
VALIDATION_SUPPORTS = 8
FAILURES_IN_A_ROW = 20
"""Steps whose gradient is not finite are left out; this many of them end the run."""


@dataclass(frozen=True)
class Stage:
    """One part of the curriculum."""

    size: int
    batch: int
    supports: tuple[int, ...]
    rate: float
    share: float

    @staticmethod
    def parse(text: str) -> Stage:
        """``SIZE:BATCH:K,K,...:RATE:SHARE``, where the share of the time counts relative to the other stages."""
        size, batch, supports, rate, share = text.split(":")
        return Stage(int(size), int(batch), tuple(int(k) for k in supports.split(",")), float(rate), float(share))


DEFAULT_STAGES = (
    "32:8:4,6,8:1.5e-3:0.30",
    "64:8:4,6,8:1.2e-3:0.40",
    "128:4:4,6,8,12:8e-4:0.30",
    "128:4:4,6,8,12,16:6e-4:0.27",
)


def soft_dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """One minus the soft Dice of each image, [B, 1, H, W] -> [B]; smooth 1."""
    p, t = torch.sigmoid(logits).flatten(1), target.flatten(1)
    return 1 - (2 * (p * t).sum(1) + 1) / (p.sum(1) + t.sum(1) + 1)


def loss_of(logits: Tensor, target: Tensor, entropy_weight: float) -> Tensor:
    """Soft Dice plus weighted binary cross-entropy, mean over the batch."""
    logits = logits.float()
    return soft_dice_loss(logits, target).mean() + entropy_weight * F.binary_cross_entropy_with_logits(logits, target)


def outputs_of(network: nn.Module, images: Tensor, labels: Tensor, weights: Tensor) -> tuple[list[Tensor], Tensor]:
    """What the loss looks at, and its target: the logits of the query, or of every image of an episode where the network
    gives them, and of several resolutions where it does.

    :param images: [B, K + 1, 1, H, W], the query first
    :param labels: [B, K + 1, 1, H, W]
    :param weights: [B, K]
    """
    if hasattr(network, "episode_outputs"):
        return network.episode_outputs(images, labels, weights), labels.flatten(0, 1)
    given = images[:, 0], images[:, 1:], labels[:, 1:], weights
    if hasattr(network, "training_outputs"):
        return network.training_outputs(*given), labels[:, 0]
    return [network(*given)], labels[:, 0]


def loss_at_all_resolutions(outputs: list[Tensor], target: Tensor, entropy_weight: float) -> Tensor:
    """Mean of the losses of logits [B, 1, h, w] of several sizes; the target is shrunk to each by area."""
    losses = [
        loss_of(logits, F.adaptive_avg_pool2d(target, logits.shape[-2:]), entropy_weight) for logits in outputs
    ]
    return torch.stack(losses).mean()


def hard_dice(logits: Tensor, target: Tensor) -> Tensor:
    """Dice of the mask ``logits > 0``, [B, 1, H, W] -> [B]; 1 where both masks are empty."""
    p, t = (logits > 0).float().flatten(1), target.flatten(1)
    return (2 * (p * t).sum(1) + 1e-6) / (p.sum(1) + t.sum(1) + 1e-6)


class Validation:
    """Fixed episodes of held-out families and of held-out synthetic tasks, scored by hard Dice per family.

    One query of each training family is scored beside them, as ``train``: the gap tells how much is learned by heart.
    """

    def __init__(self, families: list[Family], synthetic: list[SyntheticTask], seen: list[Family]) -> None:
        self.episodes: list[tuple[str, Tensor, Tensor]] = []  # images and masks [1, K + 1, SIZE, SIZE] uint8
        random = Random(1)
        for family in families:
            for task in (task for dataset in family.datasets for task in dataset):
                self._add(random, family.name, task, VALIDATION_QUERIES)
        for family in seen:
            self._add(Random(family.name), "train", family.datasets[0][0], 1)
        for task in synthetic:
            masks = (task.labels == random.choice(task.targets)).to(torch.uint8) * 255
            rows = slice(0, VALIDATION_SUPPORTS + 1)
            self.episodes.append(("synthetic", task.images[None, rows], masks[None, rows]))

    def _add(self, random: Random, name: str, task: RealTask, queries: int) -> None:
        for query in random.sample(range(len(task.groups)), queries):
            rows = [query, *pick(random, task.supports_for(query), VALIDATION_SUPPORTS)]
            self.episodes.append((name, task.images[None, rows], task.masks[None, rows]))

    @torch.no_grad()
    def score(self, network: nn.Module, size: int, device: torch.device) -> dict[str, float]:
        """Mean Dice by family; ``mean`` is the mean over the real, held-out families."""
        scores: dict[str, list[float]] = {}
        for name, images, masks in self.episodes:
            both = torch.cat([images, masks]).float() / 255
            both = F.avg_pool2d(both, both.shape[-1] // size).to(device)
            x, y = min_max(both[0, :, None]), (both[1, :, None] >= 0.5).float()
            with torch.autocast(device.type, torch.bfloat16):
                logits = network(x[:1], x[None, 1:], y[None, 1:])
            scores.setdefault(name, []).append(float(hard_dice(logits, y[:1])))
        means = {name: sum(values) / len(values) for name, values in scores.items()}
        real = [value for name, value in means.items() if name not in ("synthetic", "train")]
        return {"mean": sum(real) / len(real)} | means


class Trainer:
    """The network, its average, the optimizer and the schedule."""

    def __init__(
        self, network: nn.Module, stages: list[Stage], seconds: float, episodes: Episodes, seed: int, device: torch.device
    ) -> None:
        self.stages, self.seconds, self.episodes, self.seed, self.device = stages, seconds, episodes, seed, device
        self.network = network.to(device, memory_format=torch.channels_last).train()
        self.average = copy.deepcopy(self.network).eval()
        self.trained = [p for p in self.network.parameters() if p.requires_grad]
        matrices = [p for p in self.trained if p.ndim > 1]
        vectors = [p for p in self.trained if p.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": 1e-4}, {"params": vectors, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99))
        self.step = 0
        self.elapsed = 0.0
        self.steps_of_stage = [0] * len(stages)
        self.failures = 0

    def stage_at(self, elapsed: float) -> tuple[int, float]:
        """Index of the stage and the part of it that is over, in [0, 1]."""
        total = sum(stage.share for stage in self.stages)
        start = 0.0
        for i, stage in enumerate(self.stages):
            length = self.seconds * stage.share / total
            if elapsed < start + length or i == len(self.stages) - 1:
                return i, min(1.0, (elapsed - start) / length)
            start += length
        raise ValueError("no stages")

    def rate_at(self, elapsed: float) -> float:
        """Three percent warm-up, then a cosine down to a fiftieth, within the stage."""
        i, part = self.stage_at(elapsed)
        peak, floor = self.stages[i].rate, self.stages[i].rate / 50
        if part < 0.03:
            return floor + (peak - floor) * part / 0.03
        return floor + (peak - floor) * 0.5 * (1 + math.cos(math.pi * (part - 0.03) / 0.97))

    def batch(self, stage: Stage) -> tuple[Tensor, Tensor, Tensor]:
        """Images and masks [B, K + 1, size, size] of this step and the support weights [B, K]."""
        random = Random(self.seed * 1_000_003 + self.step)
        supports = random.choice(stage.supports)
        drawn = stage.batch + math.ceil(SPARE * stage.batch)
        images, masks = self.episodes.draw(random, drawn, supports)
        without_target = masks[:, 0].flatten(1).amax(1) == 0
        generator = Generator(self.device).manual_seed(random.getrandbits(40))
        augment = Augment(generator)
        images, masks = augment(images.to(self.device), masks.to(self.device), stage.size)
        good = (masks[:, 0].mean((1, 2)) >= SMALLEST_QUERY) | without_target.to(self.device)
        rows = torch.argsort(good.int(), descending=True, stable=True)[: stage.batch]
        weights = torch.full((stage.batch, supports), 1 / supports, device=self.device)
        if random.random() < RANDOM_WEIGHTS:
            spread = random.uniform(0, 2)
            weights = torch.softmax(spread * torch.randn(weights.shape, generator=generator, device=self.device), 1)
        return images[rows], masks[rows], weights

    def train_step(self) -> float:
        """One optimizer step; returns its loss."""
        index, _ = self.stage_at(self.elapsed)
        stage = self.stages[index]
        images, masks, weights = self.batch(stage)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate_at(self.elapsed)
        x, y = images.unsqueeze(2), masks.unsqueeze(2)  # [B, K + 1, 1, H, W]
        entropy_weight = 0.5 if self.elapsed < 0.2 * self.seconds else 0.25
        torch.manual_seed(self.seed * 1_000_003 + self.step)  # of what the network draws itself
        with torch.autocast(self.device.type, torch.bfloat16):
            outputs, target = outputs_of(self.network, x, y, weights)
        loss = loss_at_all_resolutions(outputs, target, entropy_weight)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.update(torch.nn.utils.clip_grad_norm_(self.trained, 1.0))
        n = self.steps_of_stage[index]
        self.move_average(min(0.998, (1 + n) / (10 + n)))  # looks back over a ninth of the stage
        self.step += 1
        self.steps_of_stage[index] += 1
        return loss.item()

    def update(self, gradient_norm: Tensor) -> None:
        """Applies the gradient if it is finite."""
        if not torch.isfinite(gradient_norm):
            self.failures += 1
            if self.failures == FAILURES_IN_A_ROW:
                raise ArithmeticError(f"the gradient was not finite in {self.failures} steps in a row, up to step {self.step}")
            return
        self.failures = 0
        self.optimizer.step()
        if hasattr(self.network, "after_step"):
            self.network.after_step(self.step)

    @torch.no_grad()
    def move_average(self, decay: float) -> None:
        """Moves the averaged parameters and buffers towards those of the network; counters are copied."""
        for mean, value in zip(self.average.state_dict().values(), self.network.state_dict().values()):
            if mean.is_floating_point():
                mean.lerp_(value, 1 - decay)
            else:
                mean.copy_(value)

    def save(self, path: Path, description: dict) -> None:
        """Writes everything a resumed run and an export need; the file appears whole or not at all."""
        state = description | {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "elapsed": self.elapsed,
            "seed": self.seed,
            "seconds": self.seconds,
            "steps_of_stage": self.steps_of_stage,
            "stages": [vars(stage) for stage in self.stages],
            "synthetic_share": self.episodes.synthetic_share,
            "superpixel_share": self.episodes.superpixel_share,
        }
        partial = path.with_name(path.name + ".part")
        torch.save(state, partial)
        os.replace(partial, path)

    def load(self, path: Path) -> None:
        """Goes on from a checkpoint of a run with the same stages, or with fewer of the same lengths."""
        state = torch.load(path, map_location=self.device)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.elapsed, self.seed = state["step"], state["elapsed"], state["seed"]
        taken = state["steps_of_stage"]
        self.steps_of_stage = taken + [0] * (len(self.stages) - len(taken))


def draw_curve(log: Path, picture: Path) -> None:
    """Draws the training loss (grey) and the validation Dice (blue: real, orange: synthetic) over the elapsed time."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    width, height, left, bottom = 900, 420, 40, 24
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    last = max((line["elapsed"] for line in lines), default=0) or 1
    for i in range(6):
        y = height - bottom - i / 5 * (height - bottom - 8)
        draw.line([(left, y), (width - 8, y)], fill="#dddddd")
        draw.text((8, y - 6), f"{i / 5:.1f}", fill="black")
    draw.text((left, height - 18), f"0 to {last / 60:.0f} min; grey: loss, blue: validation Dice, orange: synthetic", fill="black")

    def curve(key: str, colour: str) -> None:
        points = [
            (left + line["elapsed"] / last * (width - left - 8), height - bottom - min(1, line[key]) * (height - bottom - 8))
            for line in lines
            if key in line
        ]
        if len(points) > 1:
            draw.line(points, fill=colour, width=2)

    curve("loss", "#999999")
    curve("mean", "#2060c0")
    curve("synthetic", "#e08020")
    image.save(picture)


def synthetic_tasks(cache: Path, seeds: range, labelmaps: Path) -> list[SyntheticTask]:
    """The tasks of the seeds, kept in a file between runs."""
    path = cache / f"synthetic-{seeds.start}-{seeds.stop}.pt"
    if not path.exists():
        tasks = make_tasks(seeds, SYNTHETIC_IMAGES, read_labelmaps(labelmaps))
        torch.save([(task.images, task.labels, task.targets) for task in tasks], path)
    return [SyntheticTask(*parts) for parts in torch.load(path)]


def superpixels(cache: Path, families: list[Family]) -> list[SegmentedImage]:
    """The training images cut into superpixels, kept in a file between runs."""
    path = cache / "superpixels.pt"
    if not path.exists():
        torch.save([(one.image, one.segments) for one in segment_families(families)], path)
    return [SegmentedImage(*parts) for parts in torch.load(path)]


def first_network(module: ModuleType, options: dict, start: Path | None) -> nn.Module:
    """The network of the options, or of given weights; UniverSeg's may be narrower than the ``width`` asked for."""
    if start is None:
        return module.build(**options)
    network = module.from_state(safetensors_file.read(start)[0])
    return module.widened(network, options["width"]) if hasattr(module, "widened") and "width" in options else network


def option(text: str) -> tuple[str, object]:
    """``NAME=VALUE``; the value is JSON, or else a text."""
    name, value = text.split("=", 1)
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", choices=NETWORKS, default="universeg")
    parser.add_argument("--option", action="append", type=option, default=[], metavar="NAME=VALUE", help="of the network")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="holds training/ and labelmaps/")
    parser.add_argument("--out", type=Path, help="checkpoints, log and curve; target/training/NETWORK")
    parser.add_argument("--cache", type=Path, default=Path("target/training/cache"), help="made tasks, shared by runs")
    parser.add_argument("--minutes", type=float, default=104)
    parser.add_argument("--start", type=Path, help="weights to start from, safetensors")
    parser.add_argument("--stage", action="append", metavar="SIZE:BATCH:K,K:RATE:SHARE", help="repeat for a curriculum")
    parser.add_argument("--synthetic-tasks", type=int, default=1000)
    parser.add_argument("--synthetic-share", type=float, default=0.35)
    parser.add_argument("--superpixel-share", type=float, default=0.1)
    parser.add_argument("--validate-seconds", type=float, default=240)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, help="of PyTorch on the CPU; all cores")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    return parser.parse_args()


def main() -> None:
    options = parse_arguments()
    module = import_module(options.network)
    out = options.out or Path("target/training") / options.network
    for folder in (out, options.cache):
        folder.mkdir(parents=True, exist_ok=True)
    if options.threads:
        torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    torch.manual_seed(options.seed)
    stages = [Stage.parse(text) for text in options.stage or DEFAULT_STAGES]
    labelmaps = options.data / "labelmaps"
    families = read_families(options.data, "train")
    episodes = Episodes(
        families,
        synthetic_tasks(options.cache, range(options.synthetic_tasks), labelmaps),
        options.synthetic_share,
        superpixels(options.cache, families) if options.superpixel_share else [],
        options.superpixel_share,
    )
    validation = Validation(
        read_families(options.data, "validation"),
        synthetic_tasks(options.cache, range(VALIDATION_SEEDS, VALIDATION_SEEDS + 20), labelmaps),
        families,
    )
    network = first_network(module, dict(options.option), options.start)
    trainer = Trainer(network, stages, 60 * options.minutes, episodes, options.seed, device)
    if options.resume:
        trainer.load(out / "checkpoint.pt")
    started_from = options.start.name if options.start else None
    description = {"name": options.network, "options": dict(options.option), "started_from": started_from}
    run(trainer, validation, out, description, options.validate_seconds)


def run(trainer: Trainer, validation: Validation, out: Path, description: dict, validate_seconds: float) -> None:
    """Trains until the time is over; keeps the last state and the average that validates best at the last size."""
    log, last_size = out / "log.jsonl", trainer.stages[-1].size
    before, began = trainer.elapsed, time.monotonic()
    saved = validated = trainer.elapsed
    losses: list[float] = []
    best = -1.0

    def report(extra: dict[str, float]) -> None:
        stage = trainer.stages[trainer.stage_at(trainer.elapsed)[0]]
        line = {"step": trainer.step, "elapsed": round(trainer.elapsed, 1), "size": stage.size} | {
            key: round(value, 5) for key, value in extra.items()
        }
        with log.open("a") as lines:
            lines.write(json.dumps(line) + "\n")

    progress = Progress("training", trainer.seconds)
    while trainer.elapsed < trainer.seconds:
        losses.append(trainer.train_step())
        trainer.elapsed = before + time.monotonic() - began
        progress.show(trainer.elapsed, f"step {trainer.step}, loss {losses[-1]:.3f}")
        over = trainer.elapsed >= trainer.seconds
        if len(losses) == 50 or over:
            report({"loss": sum(losses) / len(losses), "rate": trainer.rate_at(trainer.elapsed)})
            losses = []
        if trainer.elapsed - validated > validate_seconds or over:
            size = trainer.stages[trainer.stage_at(trainer.elapsed)[0]].size
            scores = validation.score(trainer.average, size, trainer.device)
            report(scores)
            draw_curve(log, out / "curve.png")
            validated = trainer.elapsed
            if size == last_size and scores["mean"] > best:
                best = scores["mean"]
                trainer.save(out / "best.pt", description | {"validation": scores})
        if trainer.elapsed - saved > CHECKPOINT_SECONDS or over:
            trainer.save(out / "checkpoint.pt", description)
            saved = trainer.elapsed
    progress.end()
    trainer.network.eval()
    report({"raw mean": validation.score(trainer.network, last_size, trainer.device)["mean"]})


if __name__ == "__main__":
    main()
