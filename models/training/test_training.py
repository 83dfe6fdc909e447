"""Tests of the training program: ``python -m unittest discover -s models/training -p 'test_*.py'``.

Those that need the data or the shipped weights are skipped where these are missing. The folder of the data is taken
from ``PRECEDENT_DATA``, by default ``../shared/data``.
"""

from __future__ import annotations

import copy
import math
import os
import unittest
from pathlib import Path
from random import Random

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from augment import ALIGNED, Augment
from card import card, renewed
from data import Episodes, Family, RealTask, left_out, pick, real_episode, task_split
from measure import TWINS, grey_level, mean_mask, split
from progress import Progress
from superpixels import SegmentedImage, felzenszwalb, superpixel_episode
from synthetic import SIZE, SyntheticTask, make_task
from train import FAILURES_IN_A_ROW, Stage, Trainer, hard_dice, loss_at_all_resolutions
from universeg import ENCODER_BLOCKS, UniverSeg, from_state, state, widened

DATA = Path(os.environ.get("PRECEDENT_DATA", "../shared/data"))


def golden_state(width: int = 64) -> dict[str, Tensor]:
    """The formula weights of the golden test: tensor t, element i."""
    tensors = state(UniverSeg(width))
    for t, (name, tensor) in enumerate(tensors.items()):
        i = np.arange(tensor.numel(), dtype=np.int64)
        scale = 0.1 if tensor.ndim == 1 else math.sqrt(2 / tensor[0].numel())
        values = scale * np.sin(0.7 * (i + 1) + 1.3 * t + 0.01 * ((i * i) % 97))
        tensors[name] = torch.from_numpy(values.astype(np.float32)).view(tensor.shape)
    return tensors


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
        network = from_state(golden_state())
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
                plain = plain_forward(state(network), query, images, labels)
                torch.testing.assert_close(network(query, images, labels), plain, atol=1e-5, rtol=1e-5)

    def test_state_has_the_released_layout(self) -> None:
        tensors = state(UniverSeg(64))
        self.assertEqual(len(tensors), 44)
        self.assertEqual(sum(t.numel() for t in tensors.values()), 1_182_785)
        names = list(tensors)
        self.assertEqual(names[0], "enc_blocks.0.cross.cross_conv.weight")
        self.assertEqual(names[28], "dec_blocks.0.support.vmapped.conv.weight")
        self.assertEqual(names[40], "dec_blocks.2.support.vmapped.conv.weight")
        self.assertEqual(names[43], "out_conv.conv.bias")
        self.assertEqual(tuple(tensors["dec_blocks.0.cross.cross_conv.weight"].shape), (64, 256, 3, 3))

    def test_widened_network_computes_the_same(self) -> None:
        torch.manual_seed(2)
        narrow = UniverSeg(5)
        query, images, labels = random_episode(3, 32, 3)
        with torch.no_grad():
            torch.testing.assert_close(
                widened(narrow, 8)(query, images, labels), narrow(query, images, labels), atol=1e-5, rtol=1e-5
            )

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

    def test_size_must_fit_the_pooling(self) -> None:
        query, images, labels = random_episode(8, 20, 1)
        with self.assertRaisesRegex(ValueError, "divisible by 8"):
            UniverSeg(2)(query, images, labels)



def toy_episodes() -> Episodes:
    """One family of two synthetic sets posing as real, and one synthetic task."""
    tasks = [make_task(seed, 6, []) for seed in (11, 12)]
    real = [
        RealTask(f"set{i}", "label", t.images, (t.labels == t.targets[0]).to(torch.uint8) * 255, tuple("aabbcc"))
        for i, t in enumerate(tasks)
    ]
    return Episodes([Family("toy", "train", "ct", 1.0, ((real[0],), (real[1],)))], tasks, 0.5)


class TrainingTest(unittest.TestCase):
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

    def test_some_episodes_stay_aligned_and_the_others_do_not(self) -> None:
        y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
        disc = ((y - 50) ** 2 + (x - 70) ** 2 < 20**2).to(torch.uint8) * 255
        same = disc.expand(200, 5, SIZE, SIZE)
        _, masks = Augment(Generator().manual_seed(3))(same, same, 64)
        kept = 0
        for episode in masks:  # the same disc five times: how far do the changes of single images take it?
            dice = 2 * (episode[:1] * episode[1:]).sum((1, 2)) / (episode[:1] + episode[1:]).sum((1, 2)).clamp(min=1)
            kept += float(dice.min()) > 0.9
        self.assertGreater(kept, 200 * ALIGNED * 0.7)
        self.assertLess(kept, 200 * ALIGNED * 1.3)

    def test_some_episodes_vary_the_field_of_view_and_keep_the_target_in_it(self) -> None:
        y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
        disc = ((y - 50) ** 2 + (x - 70) ** 2 < 12**2).to(torch.uint8) * 255
        same = disc.expand(300, 6, SIZE, SIZE)
        grid = Augment(Generator().manual_seed(5))._grid(same.flatten(0, 1).float(), 300, 6, 64)
        seen = F.grid_sample(same.reshape(-1, 1, SIZE, SIZE).float(), grid, align_corners=False).view(300, 6, -1)
        area = (seen > 127).float().mean(2)
        spread = area.amax(1) / area.amin(1).clamp(min=1e-6)
        wide = float((spread > 2.5).float().mean())
        self.assertTrue(0.05 < wide < 0.35, wide)
        self.assertGreater(float((area > 0).float().mean()), 0.95)

    def test_superpixels_tile_the_image_along_its_edges(self) -> None:
        image = np.full((24, 24), 0.2, np.float32)
        image[:, 10:] = 0.8
        image[3, 3] = 0.9  # too small to stand alone
        segments = felzenszwalb(image, 0.5)
        self.assertEqual(segments.max(), 1)
        self.assertTrue((segments[:, :10] == segments[0, 0]).all() and (segments[:, 10:] == segments[0, 23]).all())

    def test_superpixel_episode_keeps_image_and_target_together(self) -> None:
        y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
        disc = (y - 60) ** 2 + (x - 64) ** 2 < 30**2
        source = SegmentedImage((40 + 180 * disc).to(torch.uint8), disc.to(torch.uint8))
        images, masks = superpixel_episode(Random(4), source, 3)
        again, _ = superpixel_episode(Random(4), source, 3)
        self.assertTrue(torch.equal(images, again))
        self.assertEqual(images.shape, (4, SIZE, SIZE))
        self.assertFalse(torch.equal(masks[0], masks[1]))
        for image, mask in zip(images.float(), masks):
            self.assertGreater(float(image[mask > 200].mean()), float(image[mask < 50].mean()) + 50)

    def test_shares_of_the_sources(self) -> None:
        toy = toy_episodes()
        blank = SegmentedImage(torch.zeros(SIZE, SIZE, dtype=torch.uint8), torch.ones(SIZE, SIZE, dtype=torch.uint8))
        episodes = Episodes(toy.families, toy.synthetic, 0.0, [blank], 1.0)
        _, masks = episodes.draw(Random(1), 3, 2)
        self.assertTrue(bool((masks == 255).all()))

    def test_loss_of_several_resolutions_is_that_of_each_size(self) -> None:
        target = torch.zeros(1, 1, 8, 8)
        target[..., 4:] = 1
        sure = 20 * (2 * target - 1)
        outputs = [sure, sure[..., ::2, ::2]]
        self.assertAlmostEqual(float(loss_at_all_resolutions(outputs, target, 0.5)), 0, delta=1e-4)
        self.assertGreater(float(loss_at_all_resolutions([sure, -sure[..., ::2, ::2]], target, 0.5)), 2)

    def test_steps_without_a_finite_gradient_are_left_out(self) -> None:
        trainer = Trainer(UniverSeg(2), [Stage.parse("32:2:2:1e-3:1")], 100, toy_episodes(), 1, torch.device("cpu"))
        before = copy.deepcopy(trainer.network.state_dict())
        for _ in range(FAILURES_IN_A_ROW - 1):
            trainer.update(torch.tensor(math.nan))
        self.assertTrue(all(torch.equal(a, b) for a, b in zip(before.values(), trainer.network.state_dict().values())))
        with self.assertRaisesRegex(ArithmeticError, "not finite in 20 steps"):
            trainer.update(torch.tensor(math.inf))

    def test_progress_tells_the_time_left(self) -> None:
        bar = Progress("work", 10)
        bar.show(0)
        self.assertEqual(bar.line(5, 20), f"work [{'#' * 15}{'.' * 15}]  50%, 20 s left")
        self.assertIn("time left unknown", bar.line(0, 3))

    def test_supports_come_from_other_patients(self) -> None:
        task = toy_episodes().families[0].datasets[0][0]
        self.assertEqual(task.supports_for(0), [2, 3, 4, 5])
        few = RealTask("few", "label", task.images, task.masks, tuple("aabbbb"))
        self.assertEqual(few.supports_for(0), [1, 2, 3, 4, 5])

    def test_modalities_are_drawn_by_the_root_of_their_families(self) -> None:
        tasks = toy_episodes().families[0].datasets
        families = [Family(f"ct{i}", "train", "ct", 1.0, tasks) for i in range(4)]
        episodes = Episodes([*families, Family("echo", "train", "ultrasound", 1.0, tasks)], [], 0.0)
        shares = episodes.shares()
        self.assertAlmostEqual(sum(shares[:4]) / shares[4], 2)

    def test_target_is_absent_in_the_query_or_in_at_most_half_of_the_supports(self) -> None:
        toy = toy_episodes().families[0].datasets[0][0]
        blank = torch.full((2, SIZE, SIZE), 7, dtype=torch.uint8)
        task = RealTask(toy.dataset, toy.label, toy.images, toy.masks, toy.groups, blank)
        empty = []
        for seed in range(400):
            images, masks = real_episode(Random(seed), task, 4)
            without = masks.flatten(1).amax(1) == 0
            self.assertTrue(bool((images[without] == 7).all()))
            empty.append(without)
        found = torch.stack(empty)
        self.assertTrue(0.05 < float(found[:, 0].float().mean()) < 0.15)
        of_supports = found[:, 1:].sum(1)
        self.assertEqual(int(of_supports.max()), 2)
        self.assertFalse(bool((found[:, 0] & (of_supports > 0)).any()))
        whole = RealTask(toy.dataset, toy.label, toy.images, toy.masks, toy.groups)
        self.assertTrue(all(bool((real_episode(Random(s), whole, 4)[1].flatten(1).amax(1) > 0).all()) for s in range(40)))

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
        self.assertEqual(set(self.datasets) | set(left_out()), training)
        self.assertFalse(set(self.datasets) & evaluation)

    @unittest.skipUnless((DATA / "training").is_dir(), "no data")
    def test_no_evaluation_picture_is_a_training_picture(self) -> None:
        def pictures(names: list[Path]) -> set[int]:
            return {hash(path.read_bytes()) for folder in names for path in (folder / "images").iterdir()}

        evaluation = pictures(list((DATA / "evaluation").iterdir()))
        self.assertFalse(pictures([DATA / "training" / name for name in self.datasets]) & evaluation)


class CardTest(unittest.TestCase):
    MEASURED = {
        "means": [
            {"K": k, "supports": kind, "predictor": name, "mean": mean}
            for k, kind in [(k, "random") for k in (1, 2, 4, 8, 16)] + [(8, "shuffled"), (8, "wrong label")]
            for name, mean in (("mean mask", 0.4), ("grey level", 0.2), ("net", 0.3 if k == 1 else 0.5))
        ],
        "tasks": [
            {"set": "heart", "label": label, "K": 8, "supports": "random", "mean mask": 0.4, "grey level": 0.2, "net": dice}
            for label, dice in (("aorta", 0.7), ("atrium", 0.1))
        ],
    }
    CARD = (
        "# net\n\n## Measured\n\nBy hand.\n\n| all 3 evaluation tasks | old |\n|---|---|\n| K = 1 | 0.9 |\n\n| set | old |\n\n"
        "## Weak at\n\n- Thin ones.\n- Lowest scores at K = 8: old.\n- Below a trivial baseline on 9 of 9: old.\n- More.\n"
    )

    def test_replaces_what_is_measured_and_keeps_the_rest(self) -> None:
        text = renewed(self.CARD, *card(self.MEASURED, "net"))
        self.assertIn("By hand.\n\n| all 2 evaluation tasks, random supports | mean mask | grey level | network |\n", text)
        self.assertIn("| K = 1 | 0.400 | 0.200 | 0.300 |\n", text)
        self.assertIn("| K = 8 | 0.400 | 0.200 | **0.500** |\n", text)
        self.assertIn("| heart | 2 | 0.400 | 0.200 | 0.400 |\n\n## Weak at\n\n- Thin ones.\n- Lowest scores at K = 8: heart atrium (0.10)", text)
        self.assertIn("- Below a trivial baseline on 1 of 2 tasks at K = 8: heart atrium.\n- More.\n", text)
        self.assertNotIn("old", text)
        self.assertEqual(renewed(text, *card(self.MEASURED, "net")), text)

    def test_refuses_a_card_without_a_place_for_the_tables(self) -> None:
        with self.assertRaisesRegex(ValueError, "one place"):
            renewed("# net\n", *card(self.MEASURED, "net"))


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


if __name__ == "__main__":
    unittest.main()
