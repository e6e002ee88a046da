"""Trainings from data to a model, as small as can be. The program must be built."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest
from typing import Any

import numpy
import torch

ROOT = pathlib.Path(__file__).resolve().parents[3]
LAUNCHER = ROOT / "scripts" / "python"
SCRIBE = ROOT / ".build" / "release" / "scribe"
FIXTURE = ROOT / "Tests" / "Fixtures" / "board-images" / "clean_000.png"


class Trainings(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_program(self, *command: object) -> subprocess.CompletedProcess[str]:
        # Threads that wait for each other stand still where other programs have the cores.
        result = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=3600,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        self.assertEqual(result.returncode, 0, result.stderr[-2000:])
        return result

    def run_module(self, *command: object) -> subprocess.CompletedProcess[str]:
        return self.run_program(LAUNCHER, *command)

    def train(self, recipe: dict[str, Any], data: pathlib.Path, *options: object) -> pathlib.Path:
        path = self.folder / f"{recipe['name']}.json"
        path.write_text(json.dumps(recipe))
        output = self.folder / recipe["name"]
        self.run_module(
            "training.train",
            path,
            "--data",
            data,
            "--output",
            output,
            "--state",
            self.folder / "state",
            "--threads",
            1,
            "--no-oracle",
            *options,
        )
        return output

    def recipe(self, name: str) -> dict[str, Any]:
        return json.loads((ROOT / "scripts" / "training" / "recipes" / f"{name}.json").read_text())

    def lines(self) -> pathlib.Path:
        """Lines of drawn pictures."""
        data = self.folder / "lines"
        self.run_module(
            "dataset.make",
            "--seed",
            1,
            "--images",
            40,
            "--shard",
            20,
            "--lines",
            "--cutter",
            SCRIBE,
            "--out",
            data,
            "--jobs",
            1,
        )
        return data

    def test_classifier(self) -> None:
        """Bars of ten heights are soon told apart, after quantization too."""
        random = numpy.random.default_rng(3)
        labels = random.integers(0, 10, 900)
        images = random.integers(0, 40, (900, 28, 28)).astype(numpy.uint8)
        for image, label in zip(images, labels):
            image[3 + 2 * label : 5 + 2 * label, 4:24] = 220
        numpy.savez(
            self.folder / "bars.npz",
            x_train=images[:700],
            y_train=labels[:700],
            x_test=images[700:],
            y_test=labels[700:],
        )
        recipe = self.recipe("mlp") | {"name": "bars", "augment": {}}
        output = self.train(recipe, self.folder / "bars.npz", "--samples", 12000)
        training = json.loads((output / "model.json").read_text())["training"]
        self.assertGreater(training["int8_accuracy"], 0.9)
        self.assertTrue((output / "curve.png").exists() and (output / "confusion.png").exists())

    def test_line_reader(self) -> None:
        """Pictures, cuts, training, quantization, and a reading with what came of it."""
        data = self.lines()
        recipe = self.recipe("line") | {
            "name": "line-tiny",
            "validation_lines": 20,
            "from": "nothing",
        }
        for layer in recipe["layers"][:-1]:
            layer["channels"] = 8
        output = self.train(recipe, data, "--steps", 8)
        manifest = json.loads((output / "model.json").read_text())
        self.assertGreater(manifest["training"]["samples"], 8)
        self.run_program(SCRIBE, "recognize", "--line-model", output, FIXTURE)
        table = self.run_module(
            *("training.cross_validate", self.folder / "line-tiny.json", "--data", data),
            *("--folds", 2, "--steps", 2, "--device", "cpu", "--state", self.folder / "folds"),
        ).stdout.splitlines()
        # A row a part, their mean and their spread.
        self.assertEqual(len(table), 2 + 2 + 2)

    def test_autoencoder(self) -> None:
        """Lines, training, quantization, the table of errors, a reading with what came of it."""
        output = self.train(self.recipe("novelty") | {"name": "known"}, self.lines(), "--steps", 40)
        errors = json.loads((output / "model.json").read_text())["novelty"]["errors"]
        self.assertEqual(errors, sorted(set(errors)))
        read = self.run_program(
            SCRIBE, "recognize", "--json", "--novelty-model", output, FIXTURE
        ).stdout
        for line in json.loads(read)["lines"]:
            self.assertTrue(0 <= line["novelty"] < 1)

    def test_finder(self) -> None:
        """Pictures with geometry, training, quantization, and an answer for each sub-cell."""
        data = self.folder / "pictures"
        recipe = self.recipe("finder") | {
            "name": "finder-tiny",
            "validation_crops": 4,
            "batch_pixels": 60000,
            "quantized_steps": 2,
            "pictures": {"seed": 3, "images": 24, "scenes": 0.5},
        }
        for layer in recipe["layers"][:-1]:
            if "channels" in layer:
                layer["channels"] = 4
        self.assertIn("concatenate", {layer["kind"] for layer in recipe["layers"]})
        path = self.folder / "tiny.json"
        path.write_text(json.dumps(recipe))
        self.run_module("training.finder_pictures", path, "--out", data)
        output = self.train(recipe, data, "--steps", 4)
        manifest = json.loads((output / "model.json").read_text())
        self.assertEqual(manifest["layers"][-1]["output"], [16, 20, 16])
        self.assertEqual(manifest["layers"][-1]["output_scale"], manifest["finder"]["logit_step"])
        self.assertEqual(manifest["layers"][-1]["output_zero_point"], 0)

    def test_aligner(self) -> None:
        """Lines off their text, training, quantization, and a reading with what came of it."""
        data = self.folder / "offsets"
        self.run_module(
            "dataset.offsets", "--cutter", SCRIBE, "--out", data, "--pictures", 24, "--seed", 1
        )
        recipe = self.recipe("aligner") | {
            "name": "aligner-tiny",
            "validation_crops": 8,
            "batch_pixels": 41000,
            "quantized_steps": 2,
        }
        for layer in recipe["layers"][:-1]:
            if "channels" in layer:
                layer["channels"] = 4
        output = self.train(recipe, data, "--steps", 4)
        manifest = json.loads((output / "model.json").read_text())
        self.assertEqual(manifest["layers"][-1]["output"], [1, 20, 5])
        self.run_program(SCRIBE, "recognize", "--aligner-model", output, FIXTURE)

    def test_drum(self) -> None:
        """Counters' digits, training, quantization, and a reading with what came of it."""
        data = self.folder / "drums"
        self.run_module(
            "training.drums", "--cutter", SCRIBE, "--out", data, "--pictures", 60, "--seed", 1
        )
        recipe = self.recipe("drum") | {
            "name": "drum-tiny",
            "validation_share": 0.3,
            "quantized_samples": 512,
        }
        del recipe["validation_families"]
        for layer in recipe["layers"][:-1]:
            if "channels" in layer:
                layer["channels"] = 4
        output = self.train(recipe, data, "--samples", 1024)
        manifest = json.loads((output / "model.json").read_text())
        self.assertEqual(len(manifest["labels"]), 101)
        self.run_program(SCRIBE, "recognize", "--drum-model", output, FIXTURE)

    def test_average(self) -> None:
        """Shares of the weights of two trainings; other networks and other sums are refused."""
        for name, value, size in (("a", 1.0, 3), ("b", 3.0, 3), ("c", 1.0, 4)):
            state = self.folder / name
            state.mkdir()
            average = {"weight": torch.full((size,), value), "count": torch.tensor(7)}
            torch.save({"average": average, "net": average, "step": 5}, state / "checkpoint.pt")
        out = self.folder / "out"
        self.run_module(
            "training.average", f"{self.folder}/a:0.25", f"{self.folder}/b:0.75", "--out", out
        )
        made = torch.load(out / "checkpoint.pt")
        self.assertEqual(made["net"]["weight"].tolist(), [2.5] * 3)
        self.assertEqual((made["step"], int(made["average"]["count"])), (5, 7))
        for states, message in (
            (("a:0.5", "c:0.5"), "different networks"),
            (("a:0.5", "b:0.4"), "add up to 0.9"),
            (("a", "b"), "STATE:SHARE"),
        ):
            result = subprocess.run(
                [
                    LAUNCHER,
                    "training.average",
                    *(f"{self.folder}/{state}" for state in states),
                    "--out",
                    out,
                ],
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(message, result.stderr)


if __name__ == "__main__":
    unittest.main()
