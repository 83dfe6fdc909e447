"""Writes the tables of the networks' cards, ``models/NETWORK.md``, from what ``measure.py --out`` wrote.

A card keeps its own words: replaced are the tables, which stand last under ``## Measured``, and the two lines of
``## Weak at`` that name the lowest scores and what is below a baseline.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np

from measure import BASELINES, CHECKED, SIZES

KINDS = {"shuffled": "masks shuffled over the pixels", "wrong label": "masks of another label"}
LOWEST = 6
TABLES = re.compile(r"^\| all \d+ evaluation tasks.*?(?=^## )", re.MULTILINE | re.DOTALL)
LINES = re.compile(r"^- Lowest scores [^\n]*\n- Below a trivial baseline [^\n]*\n", re.MULTILINE)


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


def card(measured: dict, name: str) -> tuple[str, str]:
    """Tables, and the lines on what is lowest.

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
    lines = f"- Lowest scores at K = {CHECKED}: {words}.\n"
    words = ", ".join(f"{row['set']} {row['label']}" for row in below)
    lines += f"- Below a trivial baseline on {len(below)} of {len(tasks)} tasks at K = {CHECKED}"
    return text, lines + (f": {words}.\n" if below else ".\n")


def renewed(text: str, tables: str, lines: str) -> str:
    """The card with these tables and lines in place of its own."""
    for pattern, new in ((TABLES, tables), (LINES, lines)):
        text, found = pattern.subn(lambda _: new, text)
        if found != 1:
            raise ValueError(f"the card must have one place for {new.splitlines()[0][:40]!r}, it has {found}")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measured", type=Path, help="JSON of measure.py")
    parser.add_argument("--network", action="append", help="predictor, repeatable; each but the baselines if left out")
    parser.add_argument("--cards", type=Path, default=Path("models"), help="their folder")
    options = parser.parse_args()
    measured = json.loads(options.measured.read_text())
    names = dict.fromkeys(row["predictor"] for row in measured["means"] if row["predictor"] not in BASELINES)
    for name in options.network or names:
        path = options.cards / f"{name}.md"
        path.write_text(renewed(path.read_text(), *card(measured, name)))
        print(path)


if __name__ == "__main__":
    main()
