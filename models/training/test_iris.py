"""Tests of the Iris network: ``python -m unittest discover -s models/training -p 'test_*.py'``."""

from __future__ import annotations

import unittest

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

import iris
from train import hard_dice, loss_of

SMALL = {"widths": (8, 16, 32, 64), "tokens": 3, "heads": 4}
SMALL_3D = {"dims": 3, "widths": (4, 8, 16, 32), "tokens": 3, "heads": 4}


def network(seed: int = 0, **options) -> iris.Iris:
    torch.manual_seed(seed)
    return iris.build(**options).eval()


def episode(seed: int, batch: int, supports: int, sizes: tuple[int, ...]) -> tuple[Tensor, Tensor, Tensor]:
    generator = Generator().manual_seed(seed)
    images = torch.rand(batch, supports + 1, 1, *sizes, generator=generator)
    labels = (torch.rand(batch, supports, 1, *sizes, generator=generator) < 0.3).float()
    return images[:, 0], images[:, 1:], labels


class PartsTest(unittest.TestCase):
    def test_pooling_by_the_adjoint_equals_pooling_of_upsampled_features(self) -> None:
        generator = Generator().manual_seed(1)
        for sizes, coarse in (((24, 40), (3, 5)), ((16, 8, 24), (2, 1, 3))):
            with self.subTest(sizes=sizes):
                features = torch.randn(2, 6, *coarse, generator=generator)
                masks = (torch.rand(2, *sizes, generator=generator) < 0.2).float()
                direct = (iris.upsampled(features, list(sizes)) * masks[:, None]).flatten(2).sum(2)
                low = iris.lowered(masks, list(coarse))
                adjoint = (features * low[:, None]).flatten(2).sum(2)
                torch.testing.assert_close(adjoint, direct, atol=1e-5 * float(direct.abs().max()), rtol=0)
                torch.testing.assert_close(low.flatten(1).sum(1), masks.flatten(1).sum(1))

    def test_fusion_at_low_resolution_equals_convolution_between_shuffle_and_unshuffle(self) -> None:
        generator = Generator().manual_seed(2)
        encoder = network(**SMALL | {"widths": (8, 16, 32, 192)}).task_encoder
        features = torch.randn(2, 192, 3, 4, generator=generator)
        masks = (torch.rand(2, 24, 32, generator=generator) < 0.3).float()
        fine = torch.cat([F.pixel_shuffle(features, 8), masks[:, None]], 1)
        convolved = F.conv2d(fine, encoder.fuse.weight[:, :, None, None], encoder.fuse.bias)
        torch.testing.assert_close(encoder.fused(features, masks, 8), F.pixel_unshuffle(convolved, 8))

    def test_unshuffling_in_three_dimensions_orders_the_offsets_like_the_sizes(self) -> None:
        masks = torch.arange(4.0 * 6 * 8).view(1, 4, 6, 8)
        cells = iris.unshuffled(masks, 2)
        self.assertEqual(cells.shape, (1, 8, 2, 3, 4))
        for a, b, c in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)):
            torch.testing.assert_close(cells[:, (a * 2 + b) * 2 + c], masks[:, a::2, b::2, c::2])


class NetworkTest(unittest.TestCase):
    def test_size_of_the_recipe(self) -> None:
        self.assertEqual(sum(p.numel() for p in iris.build().parameters()), 8_077_721)

    def test_classes_in_one_pass_equal_single_passes(self) -> None:
        for options, sizes in ((SMALL, (24, 32)), (SMALL_3D, (16, 8, 24))):
            net = network(**options)
            query, images, labels = episode(3, 1, 4, sizes)
            with self.subTest(sizes=sizes), torch.no_grad():
                embeddings = net.task_embeddings(net.encoder(images[0])[-1], labels[0, :, 0])
                together = net.segment(query, embeddings)
                self.assertGreater(float((together[0] - together[1]).abs().max()), 1e-3)
                for k in range(4):
                    alone = net.segment(query, embeddings[k : k + 1])[0]
                    torch.testing.assert_close(together[k], alone, atol=1e-5, rtol=1e-5)
                    forward = net(query, images[:, k : k + 1], labels[:, k : k + 1])[0, 0]
                    torch.testing.assert_close(together[k], forward, atol=1e-4, rtol=1e-4)

    def test_ensemble_is_the_weighted_mean_of_the_embeddings(self) -> None:
        net = network(**SMALL)
        query, images, labels = episode(4, 2, 3, (24, 32))
        weights = torch.tensor([[0.5, 0.3, 0.2], [0.0, 1.0, 0.0]])
        with torch.no_grad():
            logits = net(query, images, labels, weights)
            each = net.task_embeddings(net.encoder(images[0])[-1], labels[0, :, 0])
            mean = (weights[0, :, None, None] * each).sum(0)
            torch.testing.assert_close(logits[0], net.segment(query[:1], mean[None]), atol=1e-5, rtol=1e-5)
            alone = net(query[1:], images[1:, 1:2], labels[1:, 1:2])
            torch.testing.assert_close(logits[1:], alone, atol=1e-5, rtol=1e-5)
            order = [2, 0, 1]
            permuted = net(query, images[:, order], labels[:, order], weights[:, order])
            torch.testing.assert_close(logits, permuted, atol=1e-5, rtol=1e-5)
            other = net(query, images, 1 - labels, weights)
            self.assertGreater(float((logits - other).abs().max()), 1e-3)

    def test_every_image_of_an_episode_gets_the_answer_that_the_others_give_it(self) -> None:
        net = network(4)
        query, images, labels = episode(5, 2, 3, (16, 16))
        weights = torch.tensor([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
        asked = torch.cat([query.unsqueeze(1), images], 1)
        masks = torch.cat([labels[:, :1].flip(-1), labels], 1)
        for level, alone in zip(net.episode_outputs(asked, masks, weights), net.training_outputs(query, images, labels, weights)):
            torch.testing.assert_close(level.unflatten(0, (2, 4))[:, 0], alone, atol=1e-5, rtol=1e-5)
        among = torch.tensor([[1 / 3, 0.2, 0.3], [1 / 3, 0.6, 0.3]])  # the second support asks: the first image counts a third
        rows = [0, 1, 3]
        alone = net(images[:, 1], asked[:, rows], masks[:, rows], among / among.sum(1, keepdim=True))
        torch.testing.assert_close(net.episode_outputs(asked, masks, weights)[0].unflatten(0, (2, 4))[:, 2], alone, atol=1e-5, rtol=1e-5)

    def test_empty_mask_gives_a_finite_embedding(self) -> None:
        net = network(**SMALL)
        query, images, labels = episode(5, 1, 1, (16, 16))
        with torch.no_grad():
            embedding = net.task_embeddings(net.encoder(images[0])[-1], torch.zeros_like(labels[0, :, 0]))
            self.assertTrue(torch.isfinite(embedding).all())
            self.assertEqual(float(embedding[:, 0].abs().max()), 0)
            self.assertTrue(torch.isfinite(net.segment(query, embedding)).all())

    def test_state_round_trip(self) -> None:
        for options, sizes in ((SMALL, (16, 16)), (SMALL_3D, (8, 8, 16))):
            net = network(**options)
            again = iris.from_state(iris.state(net), heads=4).eval()
            query, images, labels = episode(6, 1, 2, sizes)
            with self.subTest(sizes=sizes), torch.no_grad():
                torch.testing.assert_close(net(query, images, labels), again(query, images, labels), atol=0, rtol=0)

    def test_refuses_impossible_sizes(self) -> None:
        with self.assertRaisesRegex(ValueError, "divisible by 16"):
            iris.build(widths=(32, 64, 128, 200))
        with self.assertRaisesRegex(ValueError, "divisible by 8"):
            network(**SMALL)(*episode(7, 1, 1, (16, 20)))

    def test_learns_which_object_the_support_mask_means(self) -> None:
        net = network(**SMALL | {"widths": (8, 16, 32, 128)}).train()
        y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
        discs = torch.stack([((x - 9 - k) ** 2 + (y - 10) ** 2 < 30).float() for k in range(2)])
        boxes = torch.stack([((x - 22).abs() < 5).float() * ((y - 20 + 2 * k).abs() < 4).float() for k in range(2)])
        images = 0.2 + 0.5 * (discs + boxes) + 0.1 * torch.sin(0.9 * x + 0.4 * y)
        query, support = images[[0, 0], None], images[[1, 1], None, None]
        target, label = torch.stack([discs[0], boxes[0]])[:, None], torch.stack([discs[1], boxes[1]])[:, None, None]
        optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
        for _ in range(60):
            logits = net(query, support, label)
            optimizer.zero_grad()
            loss_of(logits, target, 0.5).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
        self.assertGreater(float(hard_dice(logits.detach(), target).min()), 0.95)


if __name__ == "__main__":
    unittest.main()
