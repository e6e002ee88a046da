"""What lies behind and around things that carry text."""

import numpy as np

from dataset import scene
from dataset.scenes.stage import Stage


def behind(stage: Stage, busy: float = 0.5) -> None:
    """Covers the canvas: a plain or patterned surface, at times a photograph or things."""
    rng = stage.rng
    if stage.odds(busy * 0.6):
        photograph = stage.cast.photograph(rng, stage.width, stage.height)
        if photograph is not None:
            stage.canvas[:] = photograph
            return
    strength = {"clean": 0.01, "typical": 0.03, "hard": 0.05}[stage.tier]
    pattern = scene.texture(rng, stage.width, stage.height, strength * np.exp(rng.normal(0, 0.6)))
    if pattern is not None:
        stage.canvas *= 1 + pattern
    if stage.odds(busy):
        reach = stage.draw(8, max(10, min(60, stage.height * 0.2)))
        scene.clutter(rng, stage.canvas, rng.uniform(1, 8), np.zeros((0, 4)), reach)
