"""The C coders against decoders written from PROTOCOL.md, and against its vectors."""

import unittest

import numpy as np

from dataset import coders

SIZES = [(1, 1), (7, 3), (8, 5), (9, 20), (33, 40), (160, 50)]


class RoundTrip(unittest.TestCase):
    def test_bilevel(self) -> None:
        rng = np.random.default_rng(5)
        for width, height in SIZES:
            for share in (0.5, 0.05, 0):
                bits = (rng.random((height, width)) < share).astype(np.uint8)
                before = bits ^ (rng.random((height, width)) < 0.05)
                for reference in (None, before):
                    packed = None if reference is None else np.packbits(reference, axis=1)
                    slices = coders.encode(3, np.packbits(bits, axis=1), width, previous=packed)
                    for i, code in enumerate(slices):
                        rows = slice(16 * i, 16 * i + 16)
                        back = coders.decode_bilevel(
                            code, width, None if reference is None else reference[rows]
                        )
                        np.testing.assert_array_equal(back, bits[rows])

    def test_lossless(self) -> None:
        rng = np.random.default_rng(6)
        for width, height in SIZES:
            flat = np.full((height, width), 77) + (rng.random((height, width)) < 0.03) * 90
            ramp = np.add.outer(np.arange(height), np.arange(width)) * 3 % 256
            for gray in (rng.integers(0, 256, (height, width)), flat, ramp):
                gray = gray.astype(np.uint8)
                for i, code in enumerate(coders.encode(2, gray, width)):
                    np.testing.assert_array_equal(
                        coders.decode_lossless(code, width), gray[16 * i : 16 * i + 16]
                    )


class Vectors(unittest.TestCase):
    def test_those_of_the_document(self) -> None:
        lines = (coders.FIRMWARE / "PROTOCOL.md").read_text().split("```codes\n")[1]
        count = 0
        for line in lines.split("```")[0].splitlines():
            codec, columns, pixels, code = line.split()
            width, rows = int(columns), bytes.fromhex(pixels)
            row_bytes = width if codec == "2" else (width + 7) // 8
            image = np.frombuffer(rows, np.uint8).reshape(-1, row_bytes)
            self.assertEqual(coders.encode(int(codec), image, width, 255)[0].hex(), code)
            count += 1
        self.assertGreaterEqual(count, 4)


if __name__ == "__main__":
    unittest.main()
