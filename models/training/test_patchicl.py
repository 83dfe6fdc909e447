"""Tests of PatchICL: ``python -m unittest discover -s models/training -p 'test_*.py'``."""

from __future__ import annotations

import unittest

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

import patchicl
from patchicl import (
    FAR,
    PUBLISHED,
    SHIPPED,
    Config,
    Level,
    PatchIcl,
    levels_of,
    place,
    positions,
    rotate,
    rotation,
    take,
    top,
)
from universeg import UniverSeg, state as universeg_state

SMALL = {"levels": ((16, 4), (0, 5)), "width": 32}
PLAIN = {"skips": False}


def small(seed: int = 0, **changes: object) -> PatchIcl:
    """A small network whose every weight is random, so that nothing drops out."""
    torch.manual_seed(seed)
    network = patchicl.build(universeg_state(UniverSeg(6)), **(SMALL | changes)).eval()
    with torch.no_grad():
        for parameter in network.backbone.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network


def episode(seed: int, supports: int, height: int = 32, width: int = 48, batch: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    generator = Generator().manual_seed(seed)
    images = torch.rand(batch, supports + 1, 1, height, width, generator=generator)
    coarse = torch.rand(batch, supports, 1, height // 8, width // 8, generator=generator)
    masks = (F.interpolate(coarse.flatten(0, 1), (height, width), mode="bilinear") > 0.5).float()
    return images[:, 0], images[:, 1:], masks.view(batch, supports, 1, height, width)


class ChoiceTest(unittest.TestCase):
    def test_entropy_is_one_bit_at_one_half(self) -> None:
        values = patchicl.entropy(torch.tensor([0.0, 0.5, 0.25, 1.0]))
        torch.testing.assert_close(values, torch.tensor([0.0, 1.0, 0.811278, 0.0]))

    def test_top_takes_different_patches_the_highest_first(self) -> None:
        scores = torch.rand(50, 40, generator=Generator().manual_seed(1))
        for noise in (None, Generator().manual_seed(2)):
            chosen = top(scores, 12, 0.1, noise)
            self.assertEqual({len(set(row.tolist())) for row in chosen}, {12})
        torch.testing.assert_close(top(scores, 12, 0.1, None), torch.topk(scores, 12).indices)

    def test_equal_scores_spread_over_the_image(self) -> None:
        chosen = top(torch.zeros(1, 256), 16, 0.1, None)[0]
        quadrants = torch.bincount(chosen // 128 * 2 + chosen % 16 // 8, minlength=4)  # of a grid of 16 x 16
        self.assertGreaterEqual(int(quadrants.min()), 2)

    def test_gumbel_top_one_follows_the_softmax(self) -> None:
        scores = torch.tensor([0.0, 0.1, 0.25, 0.05, 1.0, 0.9])
        draws = 20_000
        first = top(scores.expand(draws, -1), 2, 0.4, Generator().manual_seed(3))[:, 0]
        seen = torch.bincount(first, minlength=6).double()
        expected = draws * torch.softmax(scores.double() / 0.4, 0)
        chi_square = float(((seen - expected) ** 2 / expected).sum())
        self.assertLess(chi_square, 20.5, "99.9% quantile at 5 degrees of freedom")
        wrong = draws * torch.softmax(scores.double() / 0.5, 0)
        self.assertGreater(float(((seen - wrong) ** 2 / wrong).sum()), 20.5)

    def test_noise_of_the_same_seed_gives_the_same_answer(self) -> None:
        network, given = small(), episode(4, 2)
        answers = []
        for seed in (5, 5, 6):
            network.noise = Generator().manual_seed(seed)
            answers.append(network(*given))
        torch.testing.assert_close(answers[0], answers[1], rtol=0, atol=0)
        self.assertGreater(float((answers[0] - answers[2]).detach().abs().max()), 1e-3)

    def test_distance_is_that_to_the_nearest_boundary_pixel(self) -> None:
        for seed, (h, w) in enumerate(((24, 40), (48, 16))):
            mask = episode(seed, 1, h, w)[2][0]
            padded = F.pad(mask, (1, 1, 1, 1), mode="replicate")[0, 0]
            edge = [
                (y, x)
                for y in range(h)
                for x in range(w)
                if mask[0, 0, y, x] and min(padded[y, x + 1], padded[y + 2, x + 1], padded[y + 1, x], padded[y + 1, x + 2]) == 0
            ]
            self.assertTrue(edge)
            squares = [[min((y - a) ** 2 + (x - b) ** 2 for a, b in edge) for x in range(w)] for y in range(h)]
            expected = torch.tensor(squares).float().sqrt().clamp(max=FAR)
            torch.testing.assert_close(patchicl.boundary_distance(mask)[0, 0], expected)
        for empty in (torch.zeros(1, 1, 8, 16), torch.ones(1, 1, 8, 16)):
            torch.testing.assert_close(patchicl.boundary_distance(empty), torch.full((1, 1, 8, 16), float(FAR)))

    def test_support_patches_lie_at_the_boundary_or_in_the_foreground(self) -> None:
        mask = torch.zeros(1, 1, 128, 128)
        mask[..., 34:94, 34:94] = 1
        level = Level(128, 128, 16)
        inner = {row * 16 + column for row in range(5, 11) for column in range(5, 11)}
        ring = {row * 16 + column for row in range(4, 12) for column in range(4, 12)} - inner
        nearest = small()._choose_context(level, mask, patchicl.boundary_distance(mask))
        self.assertLessEqual(set(nearest[0].tolist()), ring)
        foreground = small(context_sampling="foreground")._choose_context(level, mask, None)
        self.assertLessEqual(set(foreground[0].tolist()), inner)

    def test_mean_and_blurred_maximum_of_patches(self) -> None:
        weights = torch.zeros(1, 1, 16, 24)
        weights[0, 0, 2, 3] = 1
        torch.testing.assert_close(patchicl.patch_scores(weights, "mean"), torch.tensor([[1 / 64, 0, 0, 0, 0, 0]]))
        blurred = patchicl.patch_scores(weights, "blurred_max")[0]
        windows = torch.zeros(9, 17)  # windows that hold the pixel start at or before it
        windows[:3, :4] = 1
        at = torch.arange(-8.0, 9)
        kernel = torch.exp(-(at**2) / 32) / torch.exp(-(at**2) / 32).sum()
        expected = sum(kernel[8 + y] * kernel[8 + x] for y in range(3) for x in range(4))
        self.assertAlmostEqual(float(blurred[0]), float(expected), delta=1e-6)


class PatchTest(unittest.TestCase):
    def test_levels(self) -> None:
        cases = [
            (SHIPPED, (128, 128), [(16, 16, 4), (32, 32, 12), (64, 64, 16), (128, 128, 24)]),
            (SHIPPED, (64, 64), [(16, 16, 4), (32, 32, 12), (64, 64, 24)]),
            (SHIPPED, (32, 32), [(16, 16, 4), (32, 32, 16)]),
            (SHIPPED, (8, 8), [(8, 8, 1)]),
            (SHIPPED, (48, 56), [(16, 16, 4), (24, 32, 12), (48, 56, 24)]),
            (SHIPPED, (256, 32), [(16, 8, 2), (32, 8, 4), (64, 8, 8), (256, 32, 24)]),
            (PUBLISHED, (128, 128), [(24, 24, 9), (64, 64, 20), (128, 128, 30)]),
            (PUBLISHED, (512, 512), [(24, 24, 9), (64, 64, 20), (128, 128, 20), (512, 512, 30)]),
        ]
        for config, size, expected in cases:
            with self.subTest(size=size):
                found = [(level.height, level.width, level.count) for level in levels_of(config, *size)]
                self.assertEqual(found, expected)

    def test_patches_at_the_image_resolution_are_its_pixels(self) -> None:
        image = torch.rand(2, 3, 16, 24, generator=Generator().manual_seed(1))
        patches = take([image], Level(16, 24, 2), torch.tensor([[0, 5], [4, 2]])).view(2, 2, 3, 8, 8)
        torch.testing.assert_close(patches[0, 1], image[0, :, 8:, 16:])
        torch.testing.assert_close(patches[1, 0], image[1, :, 8:, 8:16])
        torch.testing.assert_close(patches[1, 1], image[1, :, :8, 16:])

    def test_finer_maps_are_averaged_and_coarser_ones_interpolated(self) -> None:
        generator = Generator().manual_seed(2)
        fine, coarse = torch.rand(1, 2, 32, 48, generator=generator), torch.rand(1, 3, 4, 6, generator=generator)
        patches = take([fine, coarse], Level(16, 24, 6), torch.arange(6)[None]).view(2, 3, 5, 8, 8)
        whole = patches.permute(2, 0, 3, 1, 4).reshape(5, 16, 24)
        torch.testing.assert_close(whole[:2], F.avg_pool2d(fine, 2)[0])
        torch.testing.assert_close(whole[2:], F.interpolate(coarse, (16, 24), mode="bilinear")[0])

    def test_constant_patches_give_the_constant_where_they_lie(self) -> None:
        chosen = torch.tensor([[5, 0]])
        logits, covered = place(torch.full((1, 2, 8, 8), 3.0), Level(16, 24, 2), chosen)
        expected = torch.full((16, 24), -10.0)
        expected[:8, :8] = expected[8:, 16:] = 3
        torch.testing.assert_close(logits[0, 0], expected)
        torch.testing.assert_close(covered[0, 0], (expected > 0).float())

    def test_patches_on_top_of_each_other_are_averaged(self) -> None:
        patches = torch.stack([torch.full((8, 8), value) for value in (1.0, 2.0, 6.0)])[None]
        logits, covered = place(patches, Level(8, 16, 3), torch.tensor([[1, 0, 1]]))
        torch.testing.assert_close(logits[0, 0, :, 8:], torch.full((8, 8), 3.5))
        torch.testing.assert_close(logits[0, 0, :, :8], torch.full((8, 8), 2.0))
        self.assertEqual(float(covered.mean()), 1)

    def test_zero_logits_leave_the_level_before(self) -> None:
        network = small()
        with torch.no_grad():
            network.backbone.decoder.seg_head[2].weight.zero_()
            network.backbone.decoder.seg_head[2].bias.fill_(2.0)
            first, second = network.training_outputs(*episode(3, 2))
            torch.testing.assert_close(first, torch.full_like(first, 2.0))
            self.assertEqual(sorted(set(second.flatten().round(decimals=4).tolist())), [2.0, 4.0])
            self.assertEqual(int((second > 3).sum()), 5 * 64)

    def test_positions_run_along_the_longer_side(self) -> None:
        at = positions(Level(64, 32, 3), torch.tensor([[0, 3, 31]]), 128, 64)
        self.assertEqual(at.tolist(), [[[0, 0], [383, 0], [383, 895]]])


class AttentionTest(unittest.TestCase):
    def test_rotated_products_depend_on_the_difference_of_positions_only(self) -> None:
        generator = Generator().manual_seed(1)
        q, k = torch.randn(2, 1, 1, 64, generator=generator)

        def product(a: list[int], b: list[int]) -> float:
            turned = [rotate(x, rotation(torch.tensor([[at]]), 64)) for x, at in ((q, a), (k, b))]
            return float((turned[0] * turned[1]).sum())

        self.assertAlmostEqual(product([3, 10], [7, 4]), product([503, 210], [507, 204]), delta=1e-4)
        self.assertGreater(abs(product([3, 10], [7, 4]) - product([3, 10], [7, 5])), 1e-3)
        self.assertGreater(abs(product([3, 10], [7, 4]) - product([3, 10], [8, 4])), 1e-3)

    def test_supports_do_not_see_the_query(self) -> None:
        layer = small().backbone.attention.layers[0]
        generator = Generator().manual_seed(2)
        target, other, context = (torch.randn(1, n, 32, generator=generator) for n in (3, 3, 5))
        turn = rotation(torch.randint(0, 1023, (1, 8, 2), generator=generator), 32)
        one, two = (layer(torch.cat([t, context], 1), (0, 3, 5), turn, torch.zeros(1, 8)) for t in (target, other))
        torch.testing.assert_close(one[:, 3:], two[:, 3:], rtol=0, atol=1e-6)
        self.assertGreater(float((one[:, :3] - two[:, :3]).detach().abs().max()), 0.1)
        last = layer(torch.cat([target, context], 1), (0, 3, 5), turn, torch.zeros(1, 8), last=True)
        torch.testing.assert_close(last, one[:, :3])

    def test_a_token_may_look_at_nothing(self) -> None:
        q, k, v = torch.zeros(1, 1, 8), torch.zeros(1, 2, 8), torch.ones(1, 2, 8)
        v[:, 1] = 0
        torch.testing.assert_close(patchicl.attend(q, k, v, torch.zeros(1, 2)), torch.full((1, 1, 8), 0.5))


class NetworkTest(unittest.TestCase):
    def test_published_sizes(self) -> None:
        network = PatchIcl(PUBLISHED)
        parts = {name: sum(p.numel() for p in part.parameters()) for name, part in network.backbone.named_children()}
        expected = {
            "scale_encoder": 128,
            "encoder": 2_230_784,
            "attention": 2_371_584,
            "decoder": 3_247_361,
            "mask_encoder": 10_704,
            "fusion_proj": 131_328,
        }
        self.assertEqual(parts, expected)
        self.assertEqual(sum(parts.values()), 7_991_889)

    def test_published_names(self) -> None:
        state = patchicl.state(PatchIcl(PUBLISHED))
        shapes = {
            "backbone.scale_encoder.freqs": (128,),
            "backbone.encoder.input_proj.weight": (256, 256),
            "backbone.encoder.levels.2.conv.weight": (256, 256, 3, 3),
            "backbone.encoder.levels.0.norm.gamma_proj.weight": (256, 256),
            "backbone.attention.register_tokens": (1, 1, 256),
            "backbone.attention.context_layers.0.context_embed": (1, 1, 256),
            "backbone.attention.layers.1.mlp.0.weight": (1024, 256),
            "backbone.attention.layers.1.mlp.3.weight": (256, 1024),
            "backbone.attention.final_norm.bias": (256,),
            "backbone.decoder.levels.2.up.weight": (256, 256, 2, 2),
            "backbone.decoder.levels.0.fuse_norm.beta_proj.bias": (256,),
            "backbone.decoder.seg_head.0.weight": (128, 256, 3, 3),
            "backbone.decoder.seg_head.2.weight": (1, 128, 1, 1),
            "backbone.mask_encoder.mask_downscaling.6.weight": (256, 32, 1, 1),
            "backbone.fusion_proj.weight": (256, 512),
            "universeg.enc_blocks.3.target.vmapped.conv.weight": (64, 64, 3, 3),
            "_log_temperature": (),
        }
        for name, shape in shapes.items():
            self.assertEqual(tuple(state[name].shape), shape, name)
        self.assertEqual(len(state), 142)

    def test_shipped_size(self) -> None:
        self.assertEqual(sum(p.numel() for p in PatchIcl(SHIPPED).backbone.parameters()), 2_465_169)

    def test_skips_take_the_map_of_the_right_size(self) -> None:
        decoder = small().backbone.decoder
        vectors, maps = torch.randn(2, 32), [torch.randn(2, 32, side, side) for side in (8, 4, 2)]
        scale = torch.randn(32)
        plain = decoder(vectors, maps, scale)
        self.assertEqual(plain.shape, (2, 1, 8, 8))
        for i in range(3):
            others = [x + (i == j) for j, x in enumerate(maps)]
            self.assertGreater(float((decoder(vectors, others, scale) - plain).detach().abs().max()), 1e-3)

    def test_answers_have_the_size_of_the_image(self) -> None:
        network = small()
        for batch, supports, h, w in ((1, 1, 8, 8), (2, 3, 16, 24), (1, 2, 40, 32)):
            with self.subTest(size=(h, w)), torch.no_grad():
                outputs = network.training_outputs(*episode(1, supports, h, w, batch))
                self.assertEqual(outputs[-1].shape, (batch, 1, h, w))
                self.assertTrue(all(bool(torch.isfinite(output).all()) for output in outputs))
        with self.assertRaisesRegex(ValueError, "divisible by 8, got 12 x 16"):
            network(torch.zeros(1, 1, 12, 16), torch.zeros(1, 1, 1, 12, 16), torch.zeros(1, 1, 1, 12, 16))

    def test_features_are_those_of_universeg(self) -> None:
        torch.manual_seed(1)
        whole = UniverSeg(6)
        network = patchicl.build(universeg_state(whole), **SMALL)
        query, images, labels = episode(5, 1, 16, 24)
        maps = network.universeg(images[:, 0], torch.cat([images[:, 0], labels[:, 0]], 1))
        q, s = images[:, 0], torch.cat([images[:, 0], labels[:, 0]], 1)
        for i, block in enumerate(whole.enc_blocks):
            if i > 0:
                q, s = F.max_pool2d(q, 2), F.max_pool2d(s, 2)
            q, s = block(q, s, torch.ones(1, 1))
            torch.testing.assert_close(maps[i], q)

    @torch.no_grad()
    def test_weights(self) -> None:
        for seed in range(3):
            network = small(seed, skips=seed > 0)
            query, images, labels = episode(seed, 3)
            weights = torch.tensor([[0.6, 0.3, 0.1]])
            plain = network(query, images, labels, weights)
            tolerance = {"rtol": 0, "atol": 1e-4 * float(plain.abs().max())}
            order = [2, 0, 1]
            again = network(query, images[:, order], labels[:, order], weights[:, order])
            torch.testing.assert_close(again, plain, **tolerance)
            one = network(query, images[:, :1], labels[:, :1])
            torch.testing.assert_close(network(query, images, labels, torch.tensor([[1.0, 0, 0]])), one, **tolerance)
            two = network(query, images[:, :2], labels[:, :2], torch.tensor([[0.6, 0.4]]))
            torch.testing.assert_close(network(query, images, labels, torch.tensor([[0.6, 0.4, 0]])), two, **tolerance)
            twice = [0, 0, 1]
            split = network(query, images[:, twice], labels[:, twice], torch.tensor([[0.35, 0.25, 0.4]]))
            torch.testing.assert_close(split, two, **tolerance)
            self.assertGreater(float((two - one).abs().max()), 1e-3)

    def test_every_image_of_an_episode_gets_the_answer_that_the_others_give_it(self) -> None:
        network = small(6)
        query, images, masks = episode(6, 3, batch=2)
        weights = torch.tensor([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
        asked = torch.cat([query.unsqueeze(1), images], 1)
        labels = torch.cat([masks[:, :1].flip(-1), masks], 1)
        rows = [0, 1, 3]  # where the second support asks
        among = torch.tensor([[1 / 3, 0.2, 0.3], [1 / 3, 0.6, 0.3]])  # the first image counts as much as the mean
        with torch.no_grad():
            every = [x.unflatten(0, (2, 4)) for x in network.episode_outputs(asked, labels, weights)]
            first = network.training_outputs(query, images, masks, weights)
            third = network.training_outputs(images[:, 1], asked[:, rows], labels[:, rows], among / among.sum(1, keepdim=True))
        for level, one, other in zip(every, first, third, strict=True):
            torch.testing.assert_close(level[:, 0], one, atol=1e-4, rtol=1e-4)
            torch.testing.assert_close(level[:, 2], other, atol=1e-4, rtol=1e-4)

    def test_state_makes_the_network_again(self) -> None:
        for changes in ({"registers": 2, "context_layers": 2}, PLAIN):
            network, given = small(**changes), episode(6, 2)
            again = patchicl.from_state(patchicl.state(network)).eval()
            torch.testing.assert_close(again(*given), network(*given), rtol=0, atol=0)
            self.assertEqual(again.config, network.config)

    def test_gradients_reach_the_backbone_alone(self) -> None:
        network = small().train()
        outputs = network.training_outputs(*episode(7, 2, batch=2))
        sum(output.square().mean() for output in outputs).backward()
        for name, parameter in network.named_parameters():
            if name.startswith("universeg") or name == "backbone.attention.context_layers.0.target_embed":
                self.assertFalse(parameter.grad is not None and bool(parameter.grad.any()), name)
            else:
                self.assertGreater(float(parameter.grad.abs().max()), 0, name)

    def test_score_factor_lets_gradients_reach_the_level_before(self) -> None:
        for factor in (False, True):
            first, second = small(score_factor=factor).train().training_outputs(*episode(8, 2))
            (slope,) = torch.autograd.grad(second.sum(), first)
            before = torch.zeros_like(first, requires_grad=True)
            F.interpolate(before, second.shape[2:], mode="bilinear", align_corners=False).sum().backward()
            self.assertEqual(torch.allclose(slope, before.grad, rtol=0, atol=1e-4), not factor)

    def test_configurations_are_checked(self) -> None:
        for changes in (
            {"levels": ((16, 4),)},
            {"levels": ((4, 1), (0, 4))},
            {"levels": ((16, 0), (0, 4))},
            {"width": 40},
            {"pooling": "median"},
            {"context_sampling": "anywhere"},
        ):
            with self.subTest(**changes), self.assertRaises(ValueError):
                Config(**changes)


if __name__ == "__main__":
    unittest.main()
