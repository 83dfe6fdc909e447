"""Writes the averaged weights of a checkpoint as a safetensors file in the released layout (44 tensors, float32)."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

import safetensors_file
from data import task_split
from universeg import UniverSeg, released_state


def recipe(state: dict) -> str:
    """One line on how the checkpoint was trained."""
    stages = [
        f"{stage['size']} px: {steps} steps of {stage['batch']} episodes, K {'/'.join(map(str, stage['supports']))}"
        for stage, steps in zip(state["stages"], state["steps_of_stage"])
    ]
    return (
        f"AdamW with a cosine per stage, soft Dice + cross-entropy, averaged weights, bf16 autocast; {'; '.join(stages)}; "
        f"{state['synthetic_share']:.0%} synthetic; {state['elapsed']:.0f} s; seed {state['seed']}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, default=Path("target/training/checkpoint.pt"))
    parser.add_argument("--out", type=Path, default=Path("models/universeg.safetensors"))
    options = parser.parse_args()
    state = torch.load(options.checkpoint, map_location="cpu")
    network = UniverSeg(state["width"])
    network.load_state_dict(state["average"])
    trained_on = [d for entry in task_split().values() if entry["split"] == "train" for d in entry["datasets"]]
    metadata = {
        "network": "universeg",
        "width": str(state["width"]),
        "recipe": recipe(state),
        "trained_on": ", ".join(trained_on) + ", synthetic",
        "licence": "research use only; see the model card",
    }
    safetensors_file.write(options.out, released_state(network), metadata)
    print(options.out, metadata)


if __name__ == "__main__":
    main()
