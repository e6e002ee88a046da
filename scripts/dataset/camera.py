"""The camera: light, lens, sensor and link, from reflectance 0...1 to a board's gray picture."""

import functools

import cv2
import numpy as np
from numpy.typing import ArrayLike


def light(rng: np.random.Generator, width: int, height: int, tier: str) -> tuple[np.ndarray, bool]:
    """Illumination over the picture, about 1 at its brightest, and whether a shadow falls."""
    x = np.linspace(-1, 1, width, dtype=np.float32)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.float32(height / width)
    slope = {"clean": 0.05, "typical": 0.1, "hard": 0.15}[tier]
    sx, sy = rng.normal(0, slope, 2)
    field = 1 + np.float32(sx) * x + np.float32(sy) * y
    vignette = {"clean": 0.12, "typical": 0.22, "hard": 0.28}[tier] * rng.random()
    field -= np.float32(vignette) * (x * x + y * y)
    shadow = False
    odds = {"clean": 0.03, "typical": 0.42, "hard": 0.6}[tier]
    for _ in range(2 if rng.random() < 0.15 else 1):
        if rng.random() >= odds:
            continue
        shadow = True
        angle = rng.uniform(0, 2 * np.pi)
        distance = (
            x * np.float32(np.cos(angle))
            + y * np.float32(np.sin(angle))
            - np.float32(rng.uniform(-0.6, 0.6))
        )
        if rng.random() < 0.1:  # a bar's shadow
            distance = np.abs(distance) - np.float32(rng.uniform(0.05, 0.35))
        ragged = rng.random() < 0.05  # as of leaves
        if ragged:
            grid = rng.standard_normal((7, 9), np.float32) * np.float32(0.3)
            distance = distance + cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        soft = np.exp(rng.uniform(np.log(1.0), np.log(width * 0.2))) * 2 / width
        soft = max(soft, 0.1) if ragged else soft
        step = np.clip(distance / np.float32(soft) + np.float32(0.5), 0, 1)
        depth = rng.uniform(0.15, 0.45) if tier != "hard" else rng.uniform(0.2, 0.56)
        field *= 1 - np.float32(depth) * (step * step * (3 - 2 * step))
    return np.maximum(field, np.float32(0.08)), shadow


def glare(rng: np.random.Generator, width: int, height: int, tier: str) -> np.ndarray | None:
    """Added light of a reflection in display levels, or None."""
    if rng.random() >= {"clean": 0.02, "typical": 0.12, "hard": 0.25}[tier]:
        return None
    cx, cy = rng.uniform(0, width), rng.uniform(0, height)
    a = width * rng.uniform(0.04, 0.2)
    b = a * rng.uniform(0.4, 1.6)
    x = (np.arange(width, dtype=np.float32) - np.float32(cx)) / np.float32(a)
    y = (np.arange(height, dtype=np.float32)[:, None] - np.float32(cy)) / np.float32(b)
    return np.float32(rng.uniform(20, 130)) * np.exp(-x * x) * np.exp(-y * y)


def stray(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Light scattered in the lens, which lifts black, and a tone curve; each at times."""
    if rng.random() < 0.7:
        flare = np.float32(rng.uniform(0.0, 0.22))
        picture *= 1 - flare
        picture += flare * 255
    return tone(picture, rng.uniform(0.8, 1.25)) if rng.random() < 0.3 else picture


def exposure(rng: np.random.Generator, tier: str, darkest: float) -> float:
    """A factor for pictures taken too dark or too light; `darkest` is the lower reflectance of
    ink and paper, which must stay below white."""
    place = rng.random() / {"clean": 0.4, "typical": 1.0, "hard": 1.5}[tier]
    if place < 0.07:
        return float(np.exp(rng.uniform(np.log(0.3), np.log(0.75))))
    if place < 0.12:
        return float(max(1.0, min(rng.uniform(1.12, 1.6), 0.72 / max(darkest, 0.05))))
    return 1.0


def barrel(
    rng: np.random.Generator, picture: np.ndarray, boxes: ArrayLike, points: ArrayLike = ()
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A wide lens draws what lies far out towards the middle: the corners by up to 7 %.

    Returns the picture, its boxes [n, 4] and its points [n, 2]. Nothing leaves the picture.
    """
    height, width = picture.shape
    strength = rng.uniform(0.015, 0.07)
    half = np.hypot(width, height) / 2
    x = (np.arange(width, dtype=np.float32) + np.float32(0.5 - width / 2)) / np.float32(half)
    y = (np.arange(height, dtype=np.float32) + np.float32(0.5 - height / 2)) / np.float32(half)
    # Where each pixel of the new picture looks in the old one: farther out than it is.
    grow = 1 + np.float32(strength) * (x * x + (y * y)[:, None])
    from_x = x * grow * np.float32(half) + np.float32(width / 2 - 0.5)
    from_y = y[:, None] * grow * np.float32(half) + np.float32(height / 2 - 0.5)
    picture = cv2.remap(picture, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    every = np.asarray(boxes, np.float64).reshape(-1, 4)
    count = len(every)
    # A point is a box without extent.
    spots = np.asarray(points, np.float64).reshape(-1, 2)
    every = np.concatenate((every, np.hstack((spots, spots))))
    center = np.array((width / 2, height / 2))
    # The middles of its sides carry a box: its corners hold no ink to speak of.
    x0, y0, x1, y1 = every.T
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    moved = []
    for sides in ((x0, cy), (cx, y0), (x1, cy), (cx, y1)):
        old = (np.stack(sides, axis=1) - center) / half
        new = old.copy()
        for _ in range(6):  # the way there has no closed form; this settles to 1e-6
            new = old / (1 + strength * (new * new).sum(axis=1))[:, None]
        moved.append(new * half + center)
    every = np.stack((moved[0][:, 0], moved[1][:, 1], moved[2][:, 0], moved[3][:, 1]), axis=1)
    return picture, every[:count], every[count:, :2]


def lens(
    rng: np.random.Generator, picture: np.ndarray, tier: str, cap: float
) -> tuple[np.ndarray, float]:
    """Focus and motion blur, readable for capitals of `cap` pixels. Returns (picture, sigma)."""
    low, high = {"clean": (0.2, 0.5), "typical": (0.2, 1.1), "hard": (0.4, 1.8)}[tier]
    sigma = min(low + (high - low) * rng.random() ** 1.3, max(0.45, 0.085 * cap))
    shape = rng.random()
    if shape < 0.2 and sigma > 0.7:  # an out-of-focus disc has sharper shoulders than a bell
        picture = cv2.filter2D(picture, -1, _disc(round(sigma * 1.9, 1)))
    else:
        picture = cv2.GaussianBlur(picture, (0, 0), float(sigma))
    if rng.random() < {"clean": 0.02, "typical": 0.15, "hard": 0.3}[tier]:
        length = min(rng.uniform(1.5, 5.5), max(1.5, 0.17 * cap))
        kernel = _streak(round(float(length), 1), round(float(rng.uniform(0, np.pi)), 1))
        picture = cv2.filter2D(picture, -1, kernel)
    return picture, float(sigma)


@functools.lru_cache(maxsize=256)
def _disc(radius: float) -> np.ndarray:
    reach = int(np.ceil(radius))
    fine = np.arange(-reach - 0.5 + 0.125, reach + 0.5, 0.25)
    inside = (fine[:, None] ** 2 + fine**2 <= radius**2).astype(np.float32)
    side = 2 * reach + 1
    kernel = inside.reshape(side, 4, side, 4).sum(axis=(1, 3))
    return kernel / kernel.sum()


@functools.lru_cache(maxsize=2048)
def _streak(length: float, angle: float) -> np.ndarray:
    reach = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for step in np.linspace(-length / 2, length / 2, 24):
        x, y = reach + step * np.cos(angle), reach + step * np.sin(angle)
        i, j = int(y), int(x)
        fy, fx = y - i, x - j
        kernel[i, j] += (1 - fy) * (1 - fx)
        kernel[i, j + 1] += (1 - fy) * fx
        kernel[i + 1, j] += fy * (1 - fx)
        kernel[i + 1, j + 1] += fy * fx
    return kernel / kernel.sum()


def sensor(
    rng: np.random.Generator, picture: np.ndarray, tier: str, most: float
) -> tuple[np.ndarray, float]:
    """Noise in display levels, at most about `most`: read, shot and row noise, at times smoothed
    by the camera's own denoiser, and its sharpening. Returns (picture, noise at mid gray)."""
    low, high = {"clean": (0.6, 3.2), "typical": (1.2, 7.0), "hard": (3.0, 13.0)}[tier]
    amount = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    amount = min(amount, float(most))
    height, width = picture.shape
    noise = rng.standard_normal((height, width), dtype=np.float32)
    shot = rng.random()
    gain = np.sqrt(np.maximum(picture, 4.0) * np.float32(shot / 128) + np.float32(1 - shot))
    noise *= gain
    if rng.random() < 0.2:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.6) * np.float32(1.9)
    if rng.random() < 0.15:
        rows = rng.standard_normal((height, 1), dtype=np.float32)
        noise += rows * np.float32(rng.uniform(0.2, 0.7))
    picture = picture + noise * np.float32(amount)
    if rng.random() < 0.25:
        strength = np.float32(rng.uniform(0.3, 1.2))
        picture = picture + (picture - cv2.GaussianBlur(picture, (0, 0), 1.1)) * strength
    return picture, amount


def tone(picture: np.ndarray, gamma: float) -> np.ndarray:
    """A tone curve that leaves black and white."""
    if abs(gamma - 1) < 0.02:
        return picture
    share = np.clip(picture, 0, 255) * np.float32(1 / 255)
    return np.float32(255) * np.power(share, np.float32(gamma))


@functools.lru_cache(maxsize=1)
def _rgb565() -> np.ndarray:
    """Gray -> gray by way of five, six and five bits."""
    v = np.arange(256)
    five, six = v >> 3, v >> 2
    five, six = (five << 3) | (five >> 2), (six << 2) | (six >> 4)
    return np.clip(np.round(0.299 * five + 0.587 * six + 0.114 * five), 0, 255).astype(np.uint8)


def link(
    rng: np.random.Generator, picture: np.ndarray, tier: str
) -> tuple[np.ndarray, str, int | None]:
    """The board's pixel format. Returns (uint8 picture, format, JPEG quality or None)."""
    gray = np.clip(picture + np.float32(0.5), 0, 255).astype(np.uint8)
    shape = rng.random()
    if shape < 0.34:
        low, high = {"clean": (40, 70), "typical": (28, 60), "hard": (20, 45)}[tier]
        quality = int(rng.integers(low, high))
        _, data = cv2.imencode(".jpg", gray, (cv2.IMWRITE_JPEG_QUALITY, quality))
        return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), "jpeg", quality
    if shape < 0.64:
        return _rgb565()[gray], "rgb565", None
    return gray, "gray8", None
