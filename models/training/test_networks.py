"""Sanity checks of every network, on a made-up world small enough to learn in seconds: bright discs and dark squares.

What the checks are and what each guards against is listed in README.md. Checks of the shipped weights are skipped where
a network has none yet.
"""

from __future__ import annotations

import copy
import math
import tempfile
import unittest
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Generator, Tensor, nn

import parity
import safetensors_file
from measure import Question, mean_mask, of_network, scores, with_shuffled_masks
from synthetic import make_task
from train import NETWORKS, VALIDATION_SEEDS, Stage, Trainer, hard_dice, loss_at_all_resolutions, outputs_of
from test_training import toy_episodes

SIZE = 32
MODELS = Path(__file__).resolve().parents[1]
FIXTURES = MODELS.parent / "src/test/resources"
TINY: dict[str, dict] = {
    "universeg": {"width": 8},
    "cross_attention": {
        "mapper_dims": (8, 16, 24, 32),
        "mapper_depths": (1, 1, 1, 1),
        "stem": 8,
        "dims": (16, 16, 24, 32),
        "depths": (1, 1, 1, 1),
        "hidden": 8,
    },
    "iris": {"widths": (8, 16, 32, 64), "tokens": 4},
    "patchicl": {"universeg": None, "features": 8, "width": 64, "levels": ((16, 4), (0, 8))},
}
STEPS = {"universeg": 200, "cross_attention": 250, "iris": 250, "patchicl": 500}
REFINES_SOME = ("cross_attention",)
"""Refines the strongest pairs of a query cell only: the pairs of a support given twice take two of the places each."""
EPISODES, SUPPORTS = 8, 2
PRESENT = [name for name in NETWORKS if Path(__file__).with_name(f"{name}.py").exists()]
SHIPPED = [name for name in NETWORKS if (MODELS / f"{name}.safetensors").exists()]


def tiny(name: str) -> nn.Module:
    torch.manual_seed(1)
    return import_module(name).build(**TINY[name])


def world(seed: int, count: int) -> tuple[Tensor, Tensor]:
    """Images [N, 1, SIZE, SIZE] that show a bright disc and a dark square, and the masks of both [N, 2, SIZE, SIZE]."""
    generator = Generator().manual_seed(seed)
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")

    def place() -> Tensor:
        return 6 + torch.randint(0, SIZE - 12, (count, 2, 1, 1), generator=generator)

    disc_at, square_at = place(), place()
    disc = (y - disc_at[:, 0]) ** 2 + (x - disc_at[:, 1]) ** 2 < 30
    square = ((y - square_at[:, 0]).abs() < 5) & ((x - square_at[:, 1]).abs() < 5) & ~disc
    images = 0.5 + 0.4 * disc.float() - 0.4 * square.float()
    images = (images + 0.05 * torch.randn(images.shape, generator=generator)).clamp(0, 1)
    return images[:, None], torch.stack([disc, square], 1).float()


def episodes(seed: int, target: int | None = None) -> tuple[Tensor, Tensor]:
    """Images and masks [B, K + 1, 1, SIZE, SIZE]; disc and square take turns as the target unless one is given."""
    images, masks = world(seed, EPISODES * (SUPPORTS + 1))
    images = images.unflatten(0, (EPISODES, SUPPORTS + 1))
    masks = masks.unflatten(0, (EPISODES, SUPPORTS + 1))  # [B, K + 1, 2, SIZE, SIZE]
    chosen = torch.arange(EPISODES) % 2 if target is None else torch.full((EPISODES,), target)
    return images, masks[torch.arange(EPISODES), :, chosen].unsqueeze(2)


@torch.enable_grad()
def fit(network: nn.Module, steps: int, draw: int | None = None) -> None:
    """Trains on new episodes of the world at every step, or always on those of one seed."""
    network.train()
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], 3e-3, betas=(0.9, 0.99))
    for step in range(steps):
        images, masks = episodes(1000 + step if draw is None else draw)
        outputs, target = outputs_of(network, images, masks, torch.full((EPISODES, SUPPORTS), 1 / SUPPORTS))
        optimizer.zero_grad()
        loss_at_all_resolutions(outputs, target, 0.5).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * min(1.0, 2 * (1 - step / steps))
        optimizer.step()
        if hasattr(network, "after_step"):
            network.after_step(step)
    network.eval()


@lru_cache
def fitted(name: str) -> nn.Module:
    """A tiny network that has learned the world."""
    network = tiny(name)
    fit(network, STEPS[name])
    return network


@torch.no_grad()
def dice(network: nn.Module, images: Tensor, masks: Tensor, true: Tensor | None = None) -> float:
    """Mean Dice of the queries; against the given masks, or against those of the episodes."""
    return float(hard_dice(network(images[:, 0], images[:, 1:], masks[:, 1:]), masks[:, 0] if true is None else true).mean())


class LearningTest(unittest.TestCase):
    def test_overfits_a_few_episodes(self) -> None:
        for name in PRESENT:
            with self.subTest(network=name):
                network = tiny(name)
                fit(network, STEPS[name], draw=7)
                self.assertGreater(dice(network, *episodes(7)), 0.9)

    def test_learns_the_world_and_not_the_episodes(self) -> None:
        for name in PRESENT:
            with self.subTest(network=name):
                self.assertGreater(dice(fitted(name), *episodes(1)), 0.75)

    def test_support_masks_are_used(self) -> None:
        for name in PRESENT:
            with self.subTest(network=name):
                images, masks = episodes(2)
                right = dice(fitted(name), images, masks)
                order = torch.randperm(SIZE * SIZE, generator=Generator().manual_seed(3))
                shuffled = torch.cat([masks[:, :1], masks[:, 1:].flatten(3)[..., order].view_as(masks[:, 1:])], 1)
                blank = torch.cat([masks[:, :1], torch.zeros_like(masks[:, 1:])], 1)
                self.assertLess(dice(fitted(name), images, shuffled), 0.7 * right)
                self.assertLess(dice(fitted(name), images, blank), 0.7 * right)

    def test_another_label_of_the_same_images_gives_another_mask(self) -> None:
        for name in PRESENT:
            with self.subTest(network=name):
                (images, discs), (_, squares) = episodes(4, 0), episodes(4, 1)
                self.assertGreater(dice(fitted(name), images, discs), 0.6)
                self.assertGreater(dice(fitted(name), images, squares), 0.6)
                self.assertLess(dice(fitted(name), images, squares, true=discs[:, 0]), 0.3)

    def test_the_query_among_its_supports_does_not_hurt(self) -> None:
        for name in PRESENT:
            with self.subTest(network=name):
                images, masks = episodes(5)
                with_itself = torch.cat([images, images[:, :1]], 1), torch.cat([masks, masks[:, :1]], 1)
                self.assertGreater(dice(fitted(name), *with_itself), dice(fitted(name), images, masks) - 0.05)


class ContractTest(unittest.TestCase):
    @torch.no_grad()
    def test_order_of_the_supports_does_not_matter(self) -> None:
        for name in PRESENT:
            with self.subTest(network=name):
                images, masks = world(8, 5)
                network, order = fitted(name), [2, 0, 3, 1]
                weights = torch.tensor([[0.1, 0.2, 0.3, 0.4]])
                one = network(images[:1], images[None, 1:], masks[None, 1:, :1], weights)
                again = network(images[:1], images[None, 1:][:, order], masks[None, 1:, :1][:, order], weights[:, order])
                torch.testing.assert_close(one, again, atol=1e-4, rtol=1e-4)

    @torch.no_grad()
    def test_a_support_of_weight_zero_changes_nothing(self) -> None:
        for name in PRESENT:
            with self.subTest(network=name):
                one, other = self.logits(name, [1, 2], [0.6, 0.4]), self.logits(name, [1, 2, 3], [0.6, 0.4, 0])
                torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3)

    @torch.no_grad()
    def test_a_support_given_twice_counts_once(self) -> None:
        for name in PRESENT:
            with self.subTest(network=name):
                one, other = self.logits(name, [1, 2], [0.6, 0.4]), self.logits(name, [1, 2, 1], [0.3, 0.4, 0.3])
                if name in REFINES_SOME:
                    self.assertGreater(float(hard_dice(one, (other > 0).float())), 0.9)
                else:
                    torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3)

    def logits(self, name: str, rows: list[int], weights: list[float]) -> Tensor:
        images, masks = world(9, 4)
        return fitted(name)(images[:1], images[None, rows], masks[None, rows, :1], torch.tensor([weights]))

    def test_finite_at_the_extremes(self) -> None:
        for name in PRESENT:
            for value in (0.0, 1.0):
                with self.subTest(network=name, value=value):
                    network = tiny(name).train()
                    constant = torch.full((1, 1, SIZE, SIZE), value)
                    given = constant, constant[None], constant[None]
                    outputs = network.training_outputs(*given, None) if hasattr(network, "training_outputs") else [network(*given)]
                    loss = loss_at_all_resolutions(outputs, constant, 0.5)
                    loss.backward()
                    self.assertTrue(math.isfinite(float(loss.detach())))
                    gradients = [p.grad for p in network.parameters() if p.grad is not None]
                    self.assertTrue(all(bool(torch.isfinite(gradient).all()) for gradient in gradients))

    @torch.no_grad()
    def test_state_round_trip(self) -> None:
        for name in PRESENT:
            with self.subTest(network=name), tempfile.TemporaryDirectory() as folder:
                module, network, path = import_module(name), fitted(name), Path(folder) / "weights.safetensors"
                safetensors_file.write(path, module.state(network), {"network": name})
                _, again = parity.read_network(path)
                images, masks = episodes(11)
                one, other = (n(images[:, 0], images[:, 1:], masks[:, 1:]) for n in (network, again))
                torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)

    def test_resume_gives_the_same_next_loss(self) -> None:
        data = toy_episodes()
        for name in PRESENT:
            with self.subTest(network=name), tempfile.TemporaryDirectory() as folder:

                def trainer() -> Trainer:
                    return Trainer(tiny(name), [Stage.parse("32:2:2,3:1e-3:1")], 100, data, 1, torch.device("cpu"))

                straight = trainer()
                for _ in range(3):
                    straight.elapsed += 1
                    straight.train_step()
                path = Path(folder) / "checkpoint.pt"
                straight.save(path, {"name": name, "options": TINY[name]})
                resumed = trainer()
                resumed.load(path)
                self.assertEqual(straight.train_step(), resumed.train_step())
                self.assertEqual(straight.train_step(), resumed.train_step())
                for one, other in zip(straight.average.state_dict().values(), resumed.average.state_dict().values()):
                    self.assertTrue(torch.equal(one, other))

    @unittest.skipUnless(torch.cuda.is_available(), "no GPU")
    def test_processor_and_gpu_agree(self) -> None:
        images, masks = episodes(12)
        for name in PRESENT:
            with self.subTest(network=name), torch.no_grad():
                on_gpu = copy.deepcopy(fitted(name)).cuda()
                one = fitted(name)(images[:, 0], images[:, 1:], masks[:, 1:])
                other = on_gpu(images[:, 0].cuda(), images[:, 1:].cuda(), masks[:, 1:].cuda()).cpu()
                torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3)


@lru_cache
def unseen_questions() -> list[Question]:
    """Queries of made-up tasks that no training drew, at 64 px, with 8 supports."""
    found = []
    for seed in range(VALIDATION_SEEDS + 100, VALIDATION_SEEDS + 110):
        task = make_task(seed, 9, [])
        if not task.targets:
            continue
        images = torch.nn.functional.avg_pool2d(task.images[:, None].float() / 255, 2)
        low, high = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
        target = Random(seed).choice(task.targets)
        masks = (torch.nn.functional.avg_pool2d((task.labels == target)[:, None].float(), 2) >= 0.5).float()
        images = (images - low) / (high - low).clamp(min=1e-6)
        found.append(Question(images[0], masks[0], images[1:], masks[1:]))
    return found


@unittest.skipUnless(SHIPPED, "no shipped weights")
class ShippedTest(unittest.TestCase):
    def predictors(self) -> dict:
        return {name: of_network(parity.read_network(MODELS / f"{name}.safetensors")[1]) for name in SHIPPED}

    def test_dice_on_unseen_tasks_grows_with_the_supports_and_falls_with_shuffled_masks(self) -> None:
        asked = unseen_questions()
        networks = self.predictors()
        one, eight = scores(asked, networks, 1), scores(asked, networks, 8)
        shuffled = scores(with_shuffled_masks(asked), networks, 8)
        baseline = scores(asked, {"mean mask": mean_mask}, 8)["mean mask"]
        for name in SHIPPED:
            with self.subTest(network=name, one=one[name], eight=eight[name], shuffled=shuffled[name], baseline=baseline):
                self.assertGreaterEqual(eight[name], one[name])
                self.assertGreater(eight[name], baseline)
                self.assertLess(shuffled[name], 0.7 * eight[name])

    @torch.no_grad()
    def test_empty_support_masks_give_an_empty_answer(self) -> None:
        asked = unseen_questions()
        for name, predict in self.predictors().items():
            with self.subTest(network=name):
                logits = [predict(q.image[None], q.images[None], torch.zeros_like(q.masks)[None]) for q in asked]
                self.assertLess(float((torch.cat(logits) > 0).float().mean()), 0.05)

    def test_fixtures_hold_the_output_of_the_shipped_weights(self) -> None:
        for name in SHIPPED:
            path = FIXTURES / f"{name.replace('_', '-')}-parity.npz"
            if not path.exists():
                continue
            with self.subTest(network=name):
                fixture = {key: torch.from_numpy(values) for key, values in np.load(path).items()}
                self.assertLess(path.stat().st_size, 200_000)
                for key, tensor in parity.inputs().items():
                    torch.testing.assert_close(fixture[key], tensor, atol=1e-6, rtol=0)
                again = parity.logits_of(MODELS / f"{name}.safetensors", fixture)
                torch.testing.assert_close(again, fixture["logits"], atol=1e-4, rtol=1e-4)


if __name__ == "__main__":
    unittest.main()
