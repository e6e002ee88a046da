"""A simple front end: what one does first for a program that wants black print on white paper."""

import cv2
import numpy as np

cv2.setNumThreads(1)


def prepared(gray: np.ndarray) -> np.ndarray:
    """Twice the size, background divided out, Otsu's threshold, the rarer side as black ink."""
    large = cv2.resize(gray, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    large = cv2.medianBlur(large, 3)
    window = max(31, min(large.shape) // 3 | 1)
    paper = cv2.GaussianBlur(cv2.medianBlur(large, min(255, window)), (0, 0), window / 4)
    flat = np.clip(128.0 * large / np.maximum(paper, 1), 0, 255).astype(np.uint8)
    _, binary = cv2.threshold(flat, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if np.count_nonzero(binary) < binary.size / 2:
        binary = 255 - binary
    return cv2.copyMakeBorder(binary, 16, 16, 16, 16, cv2.BORDER_CONSTANT, value=255)
