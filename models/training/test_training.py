"""Tests of the training program: ``python -m unittest discover -s models/training -p 'test_*.py'``.

Those that need the data or the shipped weights are skipped where these are missing. The folder of the data is taken
from ``PRECEDENT_DATA``, by default ``../shared/data``.
"""

from __future__ import annotations

import math
import os
import tempfile
import unittest
from pathlib import Path
from random import Random

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

import parity
import safetensors_file
from augment import Augment
from data import Episodes, Family, RealTask, pick, task_split
from measure import TWINS, grey_level, mean_mask, split
from synthetic import SIZE, SyntheticTask, make_task
from train import Stage, Trainer, hard_dice, loss_of
from universeg import ENCODER_BLOCKS, UniverSeg, from_released_state, released_state

DATA = Path(os.environ.get("PRECEDENT_DATA", "../shared/data"))
MODELS = Path(__file__).resolve().parents[1]
FIXTURE = MODELS.parent / "src/test/resources/universeg-parity.npz"


def golden_state(width: int = 64) -> dict[str, Tensor]:
    """The formula weights of the golden test: tensor t, element i."""
    state = released_state(UniverSeg(width))
    for t, (name, tensor) in enumerate(state.items()):
        i = np.arange(tensor.numel(), dtype=np.int64)
        scale = 0.1 if tensor.ndim == 1 else math.sqrt(2 / tensor[0].numel())
        values = scale * np.sin(0.7 * (i + 1) + 1.3 * t + 0.01 * ((i * i) % 97))
        state[name] = torch.from_numpy(values.astype(np.float32)).view(tensor.shape)
    return state


def golden_inputs() -> tuple[Tensor, Tensor, Tensor]:
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    query = 0.5 + 0.5 * torch.sin(0.3 * x + 0.2 * y)
    images = [0.5 + 0.5 * torch.sin(0.3 * x + 0.2 * y + 0.9 * (k + 1)) for k in range(3)]
    labels = [((x - 10 - 2 * k) ** 2 + (y - 14 - k) ** 2 < 64).float() for k in range(3)]
    return query[None, None], torch.stack(images)[None, :, None], torch.stack(labels)[None, :, None]


def plain_forward(state: dict[str, Tensor], query: Tensor, images: Tensor, labels: Tensor) -> Tensor:
    """The network as published: every support joined with the query, then the plain mean; one query, [1, 1, H, W]."""
    k = images.shape[1]
    q, s, skips = query, torch.cat([images, labels], 2)[0], []

    def block(prefix: str, q: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
        def conv(name: str, x: Tensor) -> Tensor:
            return F.conv2d(x, state[f"{prefix}.{name}.weight"], state[f"{prefix}.{name}.bias"], padding=1)

        z = conv("cross.cross_conv", torch.cat([q.expand(k, -1, -1, -1), s], 1))
        q = F.leaky_relu(conv("target.vmapped.conv", z.mean(0, keepdim=True)), 0.01)
        return q, F.leaky_relu(conv("support.vmapped.conv", z), 0.01)

    for i in range(ENCODER_BLOCKS):
        if i > 0:
            skips.append((q, s))
            q, s = F.max_pool2d(q, 2), F.max_pool2d(s, 2)
        q, s = block(f"enc_blocks.{i}", q, s)
    for j in range(ENCODER_BLOCKS - 1):
        q, s = (F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True) for x in (q, s))
        skip_q, skip_s = skips.pop()
        q, s = block(f"dec_blocks.{j}", torch.cat([q, skip_q], 1), torch.cat([s, skip_s], 1))
    return F.conv2d(q, state["out_conv.conv.weight"], state["out_conv.conv.bias"])


def random_episode(seed: int, size: int, supports: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor]:
    generator = Generator().manual_seed(seed)
    images = torch.rand(supports + 1, 1, size, size, generator=generator, dtype=dtype)
    labels = (torch.rand(supports, 1, size, size, generator=generator) < 0.3).to(dtype)
    return images[:1], images[None, 1:], labels[None]


class NetworkTest(unittest.TestCase):
    def test_golden_numbers(self) -> None:
        network = from_released_state(golden_state())
        query, images, labels = golden_inputs()
        places = [(0, 0), (0, 31), (5, 7), (16, 16), (31, 31)]
        cases = [
            (3, None, -0.284451, 0.111102, [-0.316127, -0.358335, -0.319438, -0.249586, -0.505793]),
            (1, None, -0.295261, 0.131818, [-0.351618, -0.346110, -0.033560, -0.243988, -0.558862]),
            (3, [0.571198, 0.313480, 0.115323], -0.288351, 0.118011, [-0.330499, -0.350610, -0.262971, -0.237687, -0.523461]),
            (3, [0.745181, 0.224444, 0.030375], -0.290800, 0.122976, [-0.339609, -0.347653, -0.158211, -0.238993, -0.537846]),
            (3, [1.0, 0.0, 0.0], -0.295261, 0.131818, [-0.351618, -0.346110, -0.033560, -0.243988, -0.558863]),
        ]
        for supports, weights, mean, std, values in cases:
            with self.subTest(supports=supports, weights=weights), torch.no_grad():
                given = None if weights is None else torch.tensor([weights])
                logits = network(query, images[:, :supports], labels[:, :supports], given)[0, 0]
                self.assertAlmostEqual(float(logits.mean()), mean, delta=1e-4)
                self.assertAlmostEqual(float(logits.std(correction=0)), std, delta=1e-4)
                for (y, x), value in zip(places, values):
                    self.assertAlmostEqual(float(logits[y, x]), value, delta=1e-4)

    def test_fast_form_equals_plain_form(self) -> None:
        for width, (h, w), supports in ((4, (16, 24), 1), (5, (40, 8), 3), (8, (32, 32), 7)):
            with self.subTest(width=width), torch.no_grad():
                torch.manual_seed(width)
                network = UniverSeg(width)
                query, images, labels = random_episode(width, 64, supports)
                query, images, labels = query[..., :h, :w], images[..., :h, :w], labels[..., :h, :w]
                plain = plain_forward(released_state(network), query, images, labels)
                torch.testing.assert_close(network(query, images, labels), plain, atol=1e-5, rtol=1e-5)

    def test_state_has_the_released_layout(self) -> None:
        state = released_state(UniverSeg(64))
        self.assertEqual(len(state), 44)
        self.assertEqual(sum(t.numel() for t in state.values()), 1_182_785)
        names = list(state)
        self.assertEqual(names[0], "enc_blocks.0.cross.cross_conv.weight")
        self.assertEqual(names[28], "dec_blocks.0.support.vmapped.conv.weight")
        self.assertEqual(names[40], "dec_blocks.2.support.vmapped.conv.weight")
        self.assertEqual(names[43], "out_conv.conv.bias")
        self.assertEqual(tuple(state["dec_blocks.0.cross.cross_conv.weight"].shape), (64, 256, 3, 3))

    def test_gradient_agrees_with_finite_differences(self) -> None:
        torch.manual_seed(3)
        network = UniverSeg(2).double()
        query, images, labels = random_episode(4, 8, 2, torch.float64)
        weights = torch.tensor([[0.7, 0.3]], dtype=torch.float64)
        network(query, images, labels, weights).square().mean().backward()
        for name, parameter in network.named_parameters():
            flat, step = parameter.data.view(-1), 1e-6
            at = len(flat) // 2
            ends = []
            for sign in (1, -1):
                flat[at] += sign * step
                ends.append(float(network(query, images, labels, weights).square().mean().detach()))
                flat[at] -= sign * step
            slope = (ends[0] - ends[1]) / (2 * step)
            self.assertAlmostEqual(float(parameter.grad.view(-1)[at]), slope, delta=1e-5 + 1e-3 * abs(slope), msg=name)

    def test_order_of_the_supports_does_not_matter(self) -> None:
        torch.manual_seed(5)
        network = UniverSeg(8)
        query, images, labels = random_episode(5, 32, 4)
        weights, order = torch.tensor([[0.1, 0.2, 0.3, 0.4]]), [2, 0, 3, 1]
        with torch.no_grad():
            one = network(query, images, labels, weights)
            other = network(query, images[:, order], labels[:, order], weights[:, order])
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)

    def test_overfits_one_episode(self) -> None:
        torch.manual_seed(6)
        network = UniverSeg(16)
        y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
        labels = torch.stack([((x - 10 - 3 * k) ** 2 + (y - 16) ** 2 < 50).float() for k in range(4)])[:, None]
        images = 0.3 + 0.4 * labels + 0.1 * torch.rand(labels.shape, generator=Generator().manual_seed(7))
        optimizer = torch.optim.AdamW(network.parameters(), 3e-3)
        for _ in range(120):
            logits = network(images[:1], images[None, 1:], labels[None, 1:])
            optimizer.zero_grad()
            loss_of(logits, labels[:1], 0.5).backward()
            optimizer.step()
        self.assertGreater(float(hard_dice(logits, labels[:1])), 0.95)

    def test_loss_is_finite_at_the_extremes(self) -> None:
        network = UniverSeg(4)
        for value in (0.0, 1.0):
            constant = torch.full((1, 1, 16, 16), value)
            logits = network(constant, constant[None], constant[None])
            self.assertTrue(math.isfinite(float(loss_of(logits, constant, 0.5).detach())))

    def test_size_must_fit_the_pooling(self) -> None:
        query, images, labels = random_episode(8, 20, 1)
        with self.assertRaisesRegex(ValueError, "divisible by 8"):
            UniverSeg(2)(query, images, labels)

    def test_safetensors_round_trip(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            state, path = released_state(UniverSeg(3)), Path(folder) / "weights.safetensors"
            safetensors_file.write(path, state, {"network": "universeg"})
            read, metadata = safetensors_file.read(path)
            self.assertEqual(metadata, {"network": "universeg"})
            self.assertEqual(list(read), list(state))
            for name in state:
                self.assertTrue(torch.equal(read[name], state[name]), name)


def toy_episodes() -> Episodes:
    """One family of two synthetic sets posing as real, and one synthetic task."""
    tasks = [make_task(seed, 6, []) for seed in (11, 12)]
    real = [
        RealTask(f"set{i}", "label", t.images, (t.labels == t.targets[0]).to(torch.uint8) * 255, tuple("aabbcc"))
        for i, t in enumerate(tasks)
    ]
    return Episodes([Family("toy", "train", 1.0, ((real[0],), (real[1],)))], tasks, 0.5)


class TrainingTest(unittest.TestCase):
    def test_resume_gives_the_same_next_loss(self) -> None:
        episodes = toy_episodes()

        def trainer() -> Trainer:
            torch.manual_seed(1)
            stages = [Stage.parse("32:2:2,3:1e-3:1")]
            return Trainer(UniverSeg(4), stages, 100, episodes, 1, torch.device("cpu"))

        straight = trainer()
        for _ in range(3):
            straight.elapsed += 1
            straight.train_step()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "checkpoint.pt"
            straight.save(path)
            resumed = trainer()
            resumed.load(path)
        self.assertEqual(straight.train_step(), resumed.train_step())
        self.assertEqual(straight.train_step(), resumed.train_step())

    def test_schedule_follows_the_elapsed_time(self) -> None:
        stages = [Stage.parse("32:2:2:1e-3:1"), Stage.parse("64:2:2:1e-4:3")]
        trainer = Trainer(UniverSeg(2), stages, 400, toy_episodes(), 1, torch.device("cpu"))
        self.assertEqual([trainer.stage_at(t)[0] for t in (0, 99, 101, 400)], [0, 0, 1, 1])
        self.assertAlmostEqual(trainer.rate_at(3), 1e-3, delta=1e-6)
        self.assertAlmostEqual(trainer.rate_at(99.999), 2e-5, delta=1e-6)
        self.assertAlmostEqual(trainer.rate_at(400), 2e-6, delta=1e-8)

    def test_augmented_episodes_keep_their_ranges(self) -> None:
        images, masks = toy_episodes().draw(Random(2), 4, 3)
        for size in (32, 64, 128):
            x, y = Augment(Generator().manual_seed(size))(images, masks, size)
            self.assertEqual(x.shape, (4, 4, size, size))
            self.assertTrue(bool(torch.isfinite(x).all()) and 0 <= float(x.min()) and float(x.max()) <= 1)
            self.assertTrue(set(y.unique().tolist()) <= {0.0, 1.0})

    def test_supports_come_from_other_patients(self) -> None:
        task = toy_episodes().families[0].datasets[0][0]
        self.assertEqual(task.supports_for(0), [2, 3, 4, 5])
        few = RealTask("few", "label", task.images, task.masks, tuple("aabbbb"))
        self.assertEqual(few.supports_for(0), [1, 2, 3, 4, 5])

    def test_pick_repeats_only_when_it_must(self) -> None:
        self.assertEqual(sorted(pick(Random(1), [3, 4, 5], 3)), [3, 4, 5])
        self.assertEqual(len(pick(Random(1), [3, 4], 5)), 5)

    def test_synthetic_tasks_follow_their_seed(self) -> None:
        one, same, other = (make_task(seed, 3, []) for seed in (21, 21, 22))
        self.assertTrue(torch.equal(one.images, same.images) and torch.equal(one.labels, same.labels))
        self.assertFalse(torch.equal(one.images, other.images))
        self.assertEqual(one.images.shape, (3, SIZE, SIZE))

    def test_every_kind_of_synthetic_task_is_made(self) -> None:
        brains = [torch.arange(4, dtype=torch.uint8).view(2, 2).repeat_interleave(64, 0).repeat_interleave(64, 1)[None]]
        for seed in range(30, 50):
            task: SyntheticTask = make_task(seed, 3, brains)
            self.assertEqual(task.labels.shape, task.images.shape)


class SplitTest(unittest.TestCase):
    def setUp(self) -> None:
        self.families = task_split()
        self.datasets = [name for entry in self.families.values() for name in entry["datasets"]]

    def test_every_set_belongs_to_one_family_and_one_split(self) -> None:
        self.assertEqual(len(self.datasets), len(set(self.datasets)))
        self.assertEqual({entry["split"] for entry in self.families.values()}, {"train", "validation"})

    def test_no_cells_like_white_blood_cells(self) -> None:
        for name in self.datasets:
            self.assertNotRegex(name, "(?i)wbc|blood|leuk|lizard|dsb_stain")

    @unittest.skipUnless((DATA / "training").is_dir(), "no data")
    def test_training_and_evaluation_are_apart(self) -> None:
        training = {folder.name for folder in (DATA / "training").iterdir()}
        evaluation = {folder.name for folder in (DATA / "evaluation").iterdir()}
        self.assertEqual(set(self.datasets) | {"dsb_stain", "lizard"}, training)
        self.assertFalse(set(self.datasets) & evaluation)

    @unittest.skipUnless((DATA / "training").is_dir(), "no data")
    def test_no_evaluation_picture_is_a_training_picture(self) -> None:
        def pictures(names: list[Path]) -> set[int]:
            return {hash(path.read_bytes()) for folder in names for path in (folder / "images").iterdir()}

        evaluation = pictures(list((DATA / "evaluation").iterdir()))
        self.assertFalse(pictures([DATA / "training" / name for name in self.datasets]) & evaluation)


class MeasureTest(unittest.TestCase):
    def test_split_keeps_patients_together(self) -> None:
        groups = tuple("aabbccddeeff") + (TWINS["139"],) * 2
        pool, queries = split(groups, np.random.default_rng(0))
        self.assertEqual(sorted([*pool, *queries]), list(range(len(groups))))
        self.assertFalse({groups[i] for i in pool} & {groups[i] for i in queries})

    def test_baselines_find_an_easy_target(self) -> None:
        labels = torch.zeros(1, 3, 1, 16, 16)
        labels[..., 4:12, 4:12] = 1
        images = 0.2 + 0.6 * labels
        for baseline in (mean_mask, grey_level):
            self.assertEqual(float(hard_dice(baseline(images[:, 0], images, labels), labels[:, 0])), 1)


@unittest.skipUnless(FIXTURE.exists() and (MODELS / "universeg.safetensors").exists(), "no shipped weights")
class ShippedTest(unittest.TestCase):
    def test_fixture_holds_the_output_of_the_shipped_weights(self) -> None:
        fixture = {name: torch.from_numpy(values) for name, values in np.load(FIXTURE).items()}
        self.assertLess(FIXTURE.stat().st_size, 150_000)
        self.assertAlmostEqual(float(fixture["weights"].sum()), 1, delta=1e-6)
        for name, tensor in parity.inputs().items():
            torch.testing.assert_close(fixture[name], tensor, atol=1e-6, rtol=0)
        again = parity.logits_of(MODELS / "universeg.safetensors", fixture)
        torch.testing.assert_close(again, fixture["logits"], atol=1e-4, rtol=1e-4)


if __name__ == "__main__":
    unittest.main()
