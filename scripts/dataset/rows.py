"""Puts rows together of photographs of single digits, as a meter shows them.

  scripts/python dataset.rows DIGITS --images N --seed S --out DIR

DIGITS holds a folder a meter and a truth.json, as meter-digits does. Each row takes 4 to 8 digits
of one meter, scaled to one height, side by side with their cells' edges; digits between two
positions are left out. Its name is METER_NUMBER.png, so that rows are held out by meter, as digits
are.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

LENGTHS = (4, 8)
HEIGHTS = (28, 96)  # of rows, pixels


def digits(folder: Path) -> dict[str, list[tuple[np.ndarray, str]]]:
    """(picture, digit) of each meter's still digits."""
    result: dict[str, list[tuple[np.ndarray, str]]] = {}
    for name, about in json.loads((folder / "truth.json").read_text()).items():
        if len(about.get("text", "")) != 1:
            continue
        picture = cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise SystemExit(f"{folder / name} is no image that can be read")
        result.setdefault(name.split("/")[0], []).append((picture, about["text"]))
    return result


def row(meter: list[tuple[np.ndarray, str]], rng: np.random.Generator) -> tuple[np.ndarray, str]:
    """A row of random digits and what it says."""
    height = int(rng.integers(HEIGHTS[0], HEIGHTS[1] + 1))
    chosen = [
        meter[k] for k in rng.integers(len(meter), size=rng.integers(LENGTHS[0], LENGTHS[1] + 1))
    ]
    cells = []
    # Pictures of one meter are nearly alike in light; what is left is as one lamp would light them.
    level = np.mean([picture.mean() for picture, _ in chosen])
    for picture, _ in chosen:
        width = max(4, round(picture.shape[1] * height / picture.shape[0]))
        how = cv2.INTER_AREA if height < picture.shape[0] else cv2.INTER_LINEAR
        cell = cv2.resize(picture, (width, height), interpolation=how).astype(np.float32)
        share = rng.uniform(0.3, 1)
        cells.append(cell * (1 + share * (level / max(1.0, cell.mean()) - 1)))
    pixels = np.clip(np.concatenate(cells, 1), 0, 255).astype(np.uint8)
    return pixels, "".join(digit for _, digit in chosen)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python dataset.rows",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("digits", type=Path)
    parser.add_argument("--images", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    meters = {name: some for name, some in sorted(digits(options.digits).items()) if len(some) > 3}
    if not meters:
        parser.error(f"no single digits in {options.digits}")
    options.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(options.seed)
    truth = {}
    for number in range(options.images):
        name = sorted(meters)[number % len(meters)]
        pixels, text = row(meters[name], rng)
        truth[f"{name}_{number}.png"] = {"text": text}
        cv2.imwrite(str(options.out / f"{name}_{number}.png"), pixels)
    (options.out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
    print(f"{options.images} rows of {len(meters)} meters in {options.out}")


if __name__ == "__main__":
    main()
