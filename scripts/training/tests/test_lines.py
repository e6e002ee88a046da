"""Lines' labels, batches, and what networks take over from others."""

import json
import pathlib
import tempfile
import unittest

import numpy
import torch

from training import lines, photographs
from training.export import export
from training.line_report import greedy
from training.net import FloatNet, QuantizedNet
from training.recipe import LABELS, Recipe
from training.tasks.lines import lesson
from training.transfer import Trained, start_from

LATIN = lines.Labels(LABELS["latin+space+blank"])


def shard(texts: list[str], family: list[int], width: int = 24) -> dict[str, numpy.ndarray]:
    codes = numpy.array([ord(c) for text in texts for c in text], numpy.uint32)
    count = len(texts)
    return {
        "pixels": numpy.zeros(count * width * lines.HEIGHT, numpy.uint8),
        "widths": numpy.full(count, width, numpy.uint16),
        "text": codes,
        "lengths": numpy.array([len(text) for text in texts], numpy.uint16),
        "columns": numpy.full(sum(len(t.replace(" ", "")) for t in texts), 6, numpy.float32),
        "family": numpy.array(family, numpy.uint16),
        "tier": numpy.zeros(count, numpy.uint8),
        "source": numpy.ones(count, numpy.uint8),
        "image": numpy.arange(count, dtype=numpy.uint32),
    }


class Texts(unittest.TestCase):
    def test_codes_and_labels(self) -> None:
        codes = [ord(c) for c in "A 5°Ω€"]
        self.assertEqual(LATIN.decode(LATIN.encode(codes)), "A 5°Ω€")
        self.assertEqual(LATIN.encode([ord("ä"), 0x1F600]).tolist(), [-1, -1])
        self.assertEqual((LATIN.space, LATIN.blank), (103, 104))

    def test_lines_with_characters_without_a_label_are_left_out(self) -> None:
        found = lines.Lines(lines.Labels(LABELS["ascii+space+blank"]))
        found.add(shard(["5 V", "5 Ω", ""], [0, 0, 0]), numpy.ones(3, bool))
        self.assertEqual([len(text) for text in found.texts], [3, 0])

    def test_frames_say_nothing_where_middles_are_unknown(self) -> None:
        text = LATIN.encode([ord(c) for c in "1 2"])
        frames = [
            (text, numpy.array([4.0, 12.0])),
            (text, numpy.array([numpy.nan] * 2)),
            (text[:0], numpy.array([])),
        ]
        result = lines.frame_labels(frames, numpy.array([40, 40, 40]), 40, LATIN)
        self.assertEqual(
            (result[0, 4], result[0, 12], result[0, 8]), (text[0], text[2], LATIN.space)
        )
        self.assertTrue((result[1] == -1).all())
        self.assertTrue((result[2] == LATIN.blank).all())

    def test_greedy(self) -> None:
        logits = torch.zeros(1, 5, 105)
        for column, label in enumerate((3, 3, 104, 3, 103)):
            logits[0, column, label] = 1
        self.assertEqual(greedy(logits, [10]), [[3, 3, 103]])


class Photographs(unittest.TestCase):
    def test_groups_of_names(self) -> None:
        names = {
            "watermeter/1.0_07.jpg": "watermeter",
            "film7_0_00010043.png": "film7_0001",
            "set-1_12_L.png": "set-1",
            "shop_0805_10_01133_00.png": "shop_0805_10_01133",
            "meter-a_3.png": "meter-a",
        }
        for name, group in names.items():
            self.assertEqual(photographs.group(name), group)

    def test_they_are_a_share_of_the_batches(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            drawn, real = pathlib.Path(folder) / "drawn", pathlib.Path(folder) / "real"
            for path, names in ((drawn, ["Sans", "Serif"]), (real, ["digits/a", "digits/b"])):
                path.mkdir()
                plan = {"images": 40, "shard_images": 40, "families": names}
                (path / "plan.json").write_text(json.dumps(plan))
                numpy.savez(path / "shard-00000.npz", **shard(["12"] * 40, [0, 1] * 20))
            recipe = {
                "validation_families": ["Serif", "digits/b"],
                "validation_lines": 50,
                "batch_columns": 240,
                "photographs": 0.25,
            }
            data = lines.LineData(recipe, LATIN, drawn, real)
            data.grow(1)
            self.assertEqual(
                (data.photographs, len(data.train), len(data.valid), len(data.valid_photographs)),
                (20, 40, 20, 20),
            )
            rng = numpy.random.default_rng(1)
            drawn = numpy.concatenate([data.batch(rng) for _ in range(200)])
            self.assertAlmostEqual(float((drawn < 20).mean()), 0.25, delta=0.04)


class TakenOver(unittest.TestCase):
    def recipe(self, folder: str, labels: str) -> Recipe:
        count = len(LABELS[labels])
        path = pathlib.Path(folder) / f"{count}.json"
        path.write_text(
            json.dumps(
                {
                    "labels": labels,
                    "input": [8, 24, 1],
                    "dropout": 0,
                    "layers": [
                        {"kind": "conv2d", "channels": 4, "kernel": [5, 5], "stride": [2, 2]},
                        {"kind": "conv2d", "channels": 8, "kernel": [4, 1], "padding": "valid"},
                        {
                            "kind": "conv2d",
                            "channels": count,
                            "kernel": [1, 1],
                            "activation": "none",
                        },
                    ],
                }
            )
        )
        return Recipe(path)

    def test_all_layers_and_the_labels_that_both_have(self) -> None:
        torch.manual_seed(1)
        with tempfile.TemporaryDirectory() as folder:
            old = self.recipe(folder, "ascii+space+blank")
            quantized = QuantizedNet(FloatNet(old).eval())
            x = torch.rand(16, 1, 8, 48)
            quantized.calibrate(x)
            logits = quantized(x).detach()
            export(
                quantized,
                old,
                folder,
                "old",
                (float(logits.min()), float(logits.max())),
                {"float_accuracy": 0, "int8_accuracy": 0},
            )
            teacher = Trained(folder + "/.")
            self.assertLess(float((teacher(x) - logits).abs().max()), 0.1)
            net = FloatNet(self.recipe(folder, "latin+space+blank"))
            self.assertEqual(
                start_from(net, self.recipe(folder, "latin+space+blank"), folder + "/.", x), 2
            )
            found = net.eval()(x)
            self.assertEqual(list(found.shape), [16, 24, 105])
            self.assertLess(float((found[..., :94] - logits[..., :94]).abs().max()), 0.1)
            self.assertLess(float((found[..., 103:] - logits[..., 94:]).abs().max()), 0.1)

    def test_lessons(self) -> None:
        logits = torch.randn(2, 6, 105).log_softmax(2)
        widths = numpy.array([12, 8])
        self.assertAlmostEqual(float(lesson(logits, logits, widths)), 0, places=5)
        self.assertGreater(float(lesson(logits, torch.randn(2, 6, 105), widths)), 0.1)


if __name__ == "__main__":
    unittest.main()
