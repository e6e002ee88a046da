#!/usr/bin/python3
"""A simple cutter for the tests: Otsu, connected components and pairs of neighbours, both
polarities, in the protocol of `scribe cut`."""

import sys
from collections.abc import Iterator
from typing import BinaryIO

import cv2
import numpy as np

from dataset.cutter import CANDIDATE
from dataset.geometry import PATCH


def pictures(stream: BinaryIO) -> Iterator[np.ndarray]:
    while stream.readline() == b"P5\n":
        width, height = map(int, stream.readline().split())
        stream.readline()
        yield np.frombuffer(stream.read(width * height), np.uint8).reshape(height, width)


def candidates(picture: np.ndarray) -> np.ndarray:
    found = []
    smooth = cv2.GaussianBlur(picture, (0, 0), 0.7)
    ground = cv2.medianBlur(cv2.resize(smooth, None, fx=0.25, fy=0.25), 15)
    ground = cv2.resize(ground, picture.shape[::-1]).astype(np.float32)
    for polarity in (0, 1):
        depth = (ground - smooth) if polarity == 0 else (smooth - ground)
        ink = (depth > max(10, 0.45 * np.percentile(depth, 99))).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
        parts = sorted(tuple(int(v) for v in s[:4]) for s in stats[1:] if s[4] >= 4)
        parts = [p for p in parts if p[2] < 80 and p[3] < 80][:150]
        cuts = [(p, 1) for p in parts]
        for number, (ax, ay, aw, ah) in enumerate(parts):
            for bx, by, bw, bh in parts[number + 1 : number + 5]:
                x0, y0 = min(ax, bx), min(ay, by)
                x1, y1 = max(ax + aw, bx + bw), max(ay + ah, by + bh)
                if x1 - x0 < 50 and y1 - y0 < 60:
                    cuts.append(((x0, y0, x1 - x0, y1 - y0), 2))
        for (x, y, w, h), segments in cuts:
            area = np.stack(
                [
                    depth[y : y + h, x : x + w].clip(0, 255).astype(np.uint8),
                    ink[y : y + h, x : x + w] * 255,
                ],
                axis=2,
            )
            patch = cv2.resize(area, (PATCH.columns, PATCH.rows), interpolation=cv2.INTER_LINEAR)
            found.append(((x, y, x + w, y + h), -1, polarity, segments, 0, patch))
    return np.array(found, CANDIDATE)


def main() -> None:
    for picture in pictures(sys.stdin.buffer):
        found = candidates(picture)
        sys.stdout.buffer.write(b"CUTS" + len(found).to_bytes(4, "little") + found.tobytes())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
