"""Tests of the cross-attention network: ``python -m unittest discover -s models/training -p 'test_*.py'``."""

from __future__ import annotations

import unittest

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import cross_attention
from cross_attention import Config, CrossAttention, Encoder, MultiScaleAttention, interpolations

SMALL = Config(
    mapper_dims=(4, 6, 8, 12),
    mapper_depths=(1, 1, 1, 1),
    mapper_ratios=(2, 2, 2, 2),
    stem=4,
    dims=(4, 6, 8, 12),
    depths=(1, 2, 1, 1),
    ratios=(2, 2, 2, 2),
    tokens=3,
    hidden=5,
    top_k=2,
)


def randomized(config: Config = SMALL, seed: int = 1) -> CrossAttention:
    """A network whose zero and near-zero first values are random too, so that every path counts."""
    torch.manual_seed(seed)
    network = CrossAttention(config).eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "scale" in name or parameter.numel() == 1 or parameter.std() < 1e-3:
                parameter.add_(0.3 * torch.randn(parameter.shape))
    return network


def episode(k: int = 3, size: int = 32, b: int = 2, seed: int = 2) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def smooth(*shape: int) -> Tensor:
        noise = torch.rand(*shape, size + 4, size + 4, generator=generator)
        return F.avg_pool2d(noise.flatten(0, 1), 5, 1).view(*shape, size, size)

    images, labels = smooth(b, k, 1), (smooth(b, k, 1) > 0.5).float()
    return smooth(b, 1), images, labels, torch.softmax(torch.randn(b, k, generator=generator), 1)


def plain_upsampling(
    upsampler: cross_attention.AttentionUpsampler,
    a: Tensor,
    q: Tensor,
    s: Tensor,
    w: Tensor,
    grid: tuple[int, int],
    top_k: int,
) -> Tensor:
    """Steps 1 to 7 as the paper states them, every entry formed; one query, [N, K*N] -> [M, K*M]."""
    (h, w_), k = grid, w.shape[0]

    def doubled(x: Tensor, mix: Tensor) -> Tensor:  # [C, H, W]
        c = mix.sigmoid()
        linear = F.interpolate(x[None], scale_factor=2, mode="bilinear", align_corners=False)
        return (c * F.interpolate(x[None], scale_factor=2, mode="nearest") + (1 - c) * linear)[0]

    n, m = h * w_, 4 * h * w_
    mass = doubled(a.sum(1).view(1, h, w_), upsampler.mix_query).flatten()
    a = doubled(a.view(n * k, h, w_), upsampler.mix_support).reshape(n, k * m)
    a = doubled(a.T.reshape(k * m, h, w_), upsampler.mix_query).reshape(k * m, m).T
    a = a * (mass / (a.sum(1) + 1e-8))[:, None]
    refined = a.clone()
    for i in range(m):
        for j in a[i].topk(min(top_k, k * m)).indices.tolist():
            level = torch.log(a[i, j] / w[j // m] * m + 1e-6)
            hidden = upsampler.query(q[i]) + upsampler.support(s[j]) + upsampler.attention(level.view(1))
            refined[i, j] = a[i, j] * (1 + F.elu(upsampler.out(F.gelu(hidden)))[0])
    return refined * (mass / (refined.sum(1) + 1e-8))[:, None]


class AttentionTest(unittest.TestCase):
    @torch.no_grad()
    def test_rows_keep_their_mass(self) -> None:
        network = randomized()
        query, images, _, weights = episode()
        coarse, middle, fine = network.attend(query, images, weights)
        mass = coarse.sum(-1)
        self.assertTrue((mass < 1).all() and (mass > 0.1).all())
        up = network.upsamplers[0].mix_query.sigmoid()
        nearest, linear = interpolations(2, 2, mass.device)
        torch.testing.assert_close(middle.sum(-1), mass @ (up * nearest + (1 - up) * linear).T)
        torch.testing.assert_close(fine.matrix().sum(-1), fine.mass)
        self.assertTrue((middle >= 0).all() and (fine.matrix() >= 0).all())

    @torch.no_grad()
    def test_upsampling_is_steps_1_to_7(self) -> None:
        torch.manual_seed(3)
        grid, k, d = (3, 2), 3, 4
        upsampler = cross_attention.AttentionUpsampler(d, 5)
        for parameter in upsampler.parameters():
            nn.init.normal_(parameter, std=0.7)
        weights = torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
        a = torch.rand(2, 6, k * 6).square()
        a = 0.8 * a / a.sum(-1, keepdim=True)
        q, s = torch.randn(2, 24, d), torch.randn(2, k * 24, d)
        for top_k in (4, 1000):
            found = upsampler(a, q, s, weights, grid, top_k)
            for b in range(2):
                expected = plain_upsampling(upsampler, a[b], q[b], s[b], weights[b], grid, top_k)
                torch.testing.assert_close(found.matrix()[b], expected, rtol=1e-4, atol=1e-7)
            features = torch.randn(2, k * 24, 7)
            torch.testing.assert_close(found @ features, found.matrix() @ features, rtol=1e-4, atol=1e-5)

    @torch.no_grad()
    def test_small_factors_in_low_precision(self) -> None:
        network = randomized()
        query, images, _, weights = episode()
        for bias in (-30.0, 30.0):
            for upsampler in network.upsamplers:
                upsampler.out.bias.fill_(bias)
            with torch.autocast("cpu", torch.bfloat16):
                _, middle, fine = network.attend(query, images, weights)
            self.assertTrue((middle >= 0).all())
            self.assertTrue(fine.matrix().isfinite().all())
            self.assertLess(float(fine.matrix().sum(-1).max()), 1.01)

    @torch.no_grad()
    def test_nearest_mix_copies_a_quarter(self) -> None:
        upsampler = cross_attention.AttentionUpsampler(4, 5)
        upsampler.mix_query.fill_(50)
        upsampler.mix_support.fill_(50)
        a = torch.rand(1, 4, 2 * 4) / 8
        up = upsampler(a, torch.randn(1, 16, 4), torch.randn(1, 32, 4), torch.full((1, 2), 0.5), (2, 2), 6).matrix()
        expected = a.view(2, 2, 2, 2, 2).repeat_interleave(2, 0).repeat_interleave(2, 1)  # [h, w, K, H, W]
        expected = expected.repeat_interleave(2, 3).repeat_interleave(2, 4).reshape(1, 16, 32) / 4
        torch.testing.assert_close(up, expected)

    def test_the_gradient_reaches_what_it_should(self) -> None:
        network = randomized().train()
        query, images, labels, weights = episode()
        network(query, images, labels, weights).square().mean().backward()
        for name, parameter in network.named_parameters():
            if name.startswith("mapper_momentum"):
                self.assertIsNone(parameter.grad, name)
            else:
                self.assertGreater(float(parameter.grad.abs().max()), 0, name)

    def test_the_momentum_copy_follows(self) -> None:
        network = randomized()
        network.mapper.stem["conv1"].weight.data += 1
        before = network.mapper_momentum.stem["conv1"].weight.clone()
        network.after_step(0)
        moved = network.mapper_momentum.stem["conv1"].weight - before
        torch.testing.assert_close(moved, 0.01 * (network.mapper.stem["conv1"].weight - before))

    @torch.no_grad()
    def test_strips_are_the_convolutions_they_are_named_after(self) -> None:
        attention = MultiScaleAttention(3)
        for size in ((4, 9), (25, 6)):
            x = torch.randn(2, 3, *size)
            expected = sum(strip["column"](strip["row"](x)) for strip in attention.strips)
            torch.testing.assert_close(attention._strips(x), expected, rtol=1e-4, atol=1e-5)


class NetworkTest(unittest.TestCase):
    @torch.no_grad()
    def test_shapes(self) -> None:
        paper_layout = Config(**vars(SMALL) | {"stem_stride": 2})
        for config, height, width in ((SMALL, 32, 32), (SMALL, 16, 48), (paper_layout, 64, 32)):
            query, images, labels, weights = episode(2, 64)
            parts = [x[..., :height, :width] for x in (query, images, labels)]
            self.assertEqual((2, 1, height, width), tuple(randomized(config)(*parts, weights).shape))
        with self.assertRaisesRegex(ValueError, "divisible by 32, got 48 x 64"):
            randomized(paper_layout)(query[..., :48, :], images[..., :48, :], labels[..., :48, :], weights)

    @torch.no_grad()
    def test_supports_are_a_set(self) -> None:
        network = randomized()
        query, images, labels, weights = episode()
        logits = network(query, images, labels, weights)
        order = [2, 0, 1]
        again = network(query, images[:, order], labels[:, order], weights[:, order])
        torch.testing.assert_close(again, logits, rtol=1e-4, atol=1e-4)

    @torch.no_grad()
    def test_weights_of_zero_and_one(self) -> None:
        network = randomized()
        query, images, labels, _ = episode()
        one = network(query, images[:, 1:2], labels[:, 1:2])
        hot = network(query, images, labels, torch.tensor([[0.0, 1.0, 0.0]] * 2))
        torch.testing.assert_close(hot, one, rtol=1e-4, atol=1e-4)
        two = network(query, images[:, :2], labels[:, :2], torch.tensor([[0.3, 0.7]] * 2))
        absent = network(query, images, labels, torch.tensor([[0.3, 0.7, 0.0]] * 2))
        torch.testing.assert_close(absent, two, rtol=1e-4, atol=1e-4)

    @torch.no_grad()
    def test_masks_change_the_answer_but_not_the_attention(self) -> None:
        network = randomized()
        query, images, labels, weights = episode()
        change = network(query, images, labels, weights) - network(query, images, 0 * labels, weights)
        self.assertGreater(float(change.abs().max()), 1e-3)

    @torch.no_grad()
    def test_a_new_network_ignores_its_supports(self) -> None:
        network = CrossAttention(SMALL).eval()
        query, images, labels, weights = episode()
        torch.testing.assert_close(network(query, images, labels, weights), network(query, 0 * images, 1 - labels, weights))

    @torch.no_grad()
    def test_the_state_rebuilds_the_network(self) -> None:
        for stride in (1, 2):
            network = randomized(Config(**vars(SMALL) | {"stem_stride": stride, "top_k": 8}))
            again = cross_attention.from_state(cross_attention.state(network))
            self.assertEqual(network.config, again.config)
            query, images, labels, weights = episode()
            torch.testing.assert_close(again(query, images, labels, weights), network(query, images, labels, weights))

    def test_fields_of_view(self) -> None:
        config = Config(**vars(SMALL) | {"stem_stride": 2, "depths": (2, 2, 2, 2)})
        encoder = Encoder(1, config, 5)
        for module in list(encoder.modules()):
            for name, child in list(module.named_children()):
                if isinstance(child, nn.GroupNorm):  # its statistics see the whole image
                    module.add_module(name, nn.Identity())
        for parameter in encoder.parameters():
            nn.init.uniform_(parameter, 0.1, 1)
        image = torch.zeros(1, 1, 256, 256, requires_grad=True)
        for level, field in enumerate((7, 19, 43, 91, 187)):
            out = encoder(image)[4 - level]
            centre = out.shape[2] // 2
            (gradient,) = torch.autograd.grad(out[0, :, centre, centre].sum(), image)
            for axis in (2, 3):
                seen = gradient[0, 0].abs().amax(axis - 2).nonzero().flatten()
                self.assertEqual(field, int(seen.max() - seen.min()) + 1)


if __name__ == "__main__":
    unittest.main()
