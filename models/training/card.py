"""Prints the tables of a network's card from what ``measure.py --out`` wrote."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from measure import BASELINES, CHECKED, SIZES

KINDS = {"shuffled": "masks shuffled over the pixels", "wrong label": "masks of another label"}
LOWEST = 6


def table(header: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    rule = "|" + "---|" * len(header)
    return "\n".join(["| " + " | ".join(header) + " |", rule, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def is_above(row: dict, name: str) -> bool:
    """Whether the network is above both baselines."""
    return row[name] > max(row[other] for other in BASELINES)


def figures(row: dict, name: str) -> list[str]:
    """Both baselines and the network, the last in bold where it is the highest."""
    own = f"{row[name]:.3f}"
    return [f"{row[other]:.3f}" for other in BASELINES] + [f"**{own}**" if is_above(row, name) else own]


def over_tasks(measured: dict, size: int, kind: str) -> dict:
    """Means over tasks by predictor."""
    return {row["predictor"]: row["mean"] for row in measured["means"] if (row["K"], row["supports"]) == (size, kind)}


def card(measured: dict, name: str) -> str:
    """
    :param measured: what ``measure.py`` wrote
    :param name: predictor that the card is of
    """
    tasks = [row for row in measured["tasks"] if (row["K"], row["supports"]) == (CHECKED, "random")]
    rows = [[f"K = {size}", *figures(over_tasks(measured, size, "random"), name)] for size in SIZES]
    rows += [[f"K = {CHECKED}, {words}", *figures(over_tasks(measured, CHECKED, kind), name)] for kind, words in KINDS.items()]
    text = table([f"all {len(tasks)} evaluation tasks, random supports", *BASELINES, "network"], rows) + "\n"
    most = max(SIZES)
    cells = [row for row in measured["tasks"] if row["set"] == "wbc1" and row["K"] == most]
    rows = [[row["label"], row["supports"], *figures(row, name)] for row in cells]
    text += table([f"white blood cells (never trained on), K = {most}", "supports", *BASELINES, "network"], rows) + "\n"
    rows = []
    for dataset in dict.fromkeys(row["set"] for row in tasks):
        of_set = [row for row in tasks if row["set"] == dataset]
        rows.append([dataset, str(len(of_set)), *(f"{np.mean([row[p] for row in of_set]):.3f}" for p in (*BASELINES, name))])
    text += table([f"set, K = {CHECKED}", "tasks", *BASELINES, "network"], rows) + "\n"
    lowest = sorted(tasks, key=lambda row: row[name])[:LOWEST]
    below = [row for row in tasks if not is_above(row, name)]
    words = ", ".join(f"{row['set']} {row['label']} ({row[name]:.2f})" for row in lowest)
    text += f"- Lowest scores at K = {CHECKED}: {words}.\n"
    words = ", ".join(f"{row['set']} {row['label']}" for row in below)
    return text + f"- Below a trivial baseline on {len(below)} of {len(tasks)} tasks at K = {CHECKED}" + (f": {words}.\n" if below else ".\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measured", type=Path, help="JSON of measure.py")
    parser.add_argument("--network", help="predictor; each but the baselines if left out")
    options = parser.parse_args()
    measured = json.loads(options.measured.read_text())
    names = dict.fromkeys(row["predictor"] for row in measured["means"] if row["predictor"] not in BASELINES)
    for name in [options.network] if options.network else names:
        print(f"{name}\n\n{card(measured, name)}")


if __name__ == "__main__":
    main()
