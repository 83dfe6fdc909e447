"""Writes the averaged weights of a checkpoint as a safetensors file (float32, with the metadata that names the network)."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

import torch
from torch import nn

import safetensors_file
from data import task_split


def recipe(checkpoint: dict) -> str:
    """One line on how the checkpoint was trained."""
    stages = [
        f"{stage['size']} px: {steps} steps of {stage['batch']} episodes, K {'/'.join(map(str, stage['supports']))}"
        for stage, steps in zip(checkpoint["stages"], checkpoint["steps_of_stage"])
    ]
    start = f"started from {checkpoint['started_from']}; " if checkpoint.get("started_from") else ""
    return (
        f"{start}AdamW with a cosine per stage, soft Dice + cross-entropy, averaged weights, bf16 autocast; {'; '.join(stages)}; "
        f"{checkpoint['synthetic_share']:.0%} synthetic, {checkpoint.get('superpixel_share', 0):.0%} superpixels; "
        f"{checkpoint['elapsed']:.0f} s; seed {checkpoint['seed']}"
    )


def network_of(checkpoint: dict) -> nn.Module:
    """The averaged network of a checkpoint, in evaluation mode."""
    module = import_module(checkpoint["name"])
    network = module.build(**checkpoint["options"])
    network.load_state_dict(checkpoint["average"])
    return network.eval()


def metadata_of(checkpoint: dict) -> dict[str, str]:
    """What the file says about itself."""
    trained_on = [d for entry in task_split().values() if entry["split"] == "train" for d in entry["datasets"]]
    return {
        "network": checkpoint["name"],
        "recipe": recipe(checkpoint),
        "trained_on": ", ".join(trained_on) + ", synthetic",
        "licence": "research use only; see the model card",
    } | {name: str(value) for name, value in checkpoint["options"].items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, default=Path("target/training/universeg/best.pt"))
    parser.add_argument("--out", type=Path, help="models/NETWORK.safetensors")
    options = parser.parse_args()
    checkpoint = torch.load(options.checkpoint, map_location="cpu")
    module, network = import_module(checkpoint["name"]), network_of(checkpoint)
    out = options.out or Path("models") / f"{checkpoint['name']}.safetensors"
    safetensors_file.write(out, module.state(network), metadata_of(checkpoint))
    print(out, metadata_of(checkpoint))


if __name__ == "__main__":
    main()
