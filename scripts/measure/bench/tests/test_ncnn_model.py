"""What ncnn is told of a model."""

import json
import struct
import tempfile
import unittest
from pathlib import Path
from typing import Any

import numpy

from measure.bench import ncnn_model


class Model:
    """A folder in the making: random weights, halves and quarters as scales."""

    def __init__(self, shape: list[int]) -> None:
        self.input = {"shape": shape, "scale": 0.5, "zero_point": -128}
        self.layers: list[dict[str, Any]] = []
        self.bytes, self.shape, self.steps = b"", shape, (0.5, -128)
        self.random = numpy.random.default_rng(1)

    def add(
        self,
        kind: str,
        output: list[int],
        scale: float = 0.5,
        zero_point: int = -128,
        activation: str = "relu",
        **more: Any,
    ) -> Any:
        """Gives the weights, of layers that have some."""
        layer: dict[str, Any] = {
            "kind": kind,
            "input": self.shape,
            "output": output,
            "activation": activation,
            "input_scale": self.steps[0],
            "input_zero_point": self.steps[1],
            "output_scale": scale,
            "output_zero_point": zero_point,
            **more,
        }
        values = None
        if kind in ("conv2d", "dense"):
            window = more.get("kernel", self.shape[:2])
            values = self.random.integers(-127, 128, [output[2], *window, self.shape[2]]).astype(
                numpy.int8
            )
            layer["weight_scales"] = [0.25] * output[2]
            layer["weights_offset"] = len(self.bytes)
            self.bytes += values.tobytes() + bytes(-values.size % 4)
            layer["bias_offset"] = len(self.bytes)
            self.bytes += numpy.arange(output[2], dtype="<i4").tobytes()
        self.layers.append(layer)
        self.shape, self.steps = output, (scale, zero_point)
        return values

    def graph(self) -> ncnn_model.Graph:
        with tempfile.TemporaryDirectory() as folder:
            manifest = {"input": self.input, "layers": self.layers}
            (Path(folder) / "model.json").write_text(json.dumps(manifest))
            (Path(folder) / "weights.bin").write_bytes(self.bytes)
            return ncnn_model.Graph(Path(folder))


def parsed(graph: ncnn_model.Graph) -> list[tuple[str, list[str], dict[int, int]]]:
    """The layers' operators, blobs and numbers."""
    magic, counts, *lines = graph.parameters.splitlines()
    assert (magic, counts) == ("7767517", f"{len(lines)} {len(lines)}")
    layers = []
    for line in lines:
        operator, _, inputs, _, *rest = line.split()
        blobs, values = rest[: int(inputs) + 1], rest[int(inputs) + 1 :]
        numbers = {int(key): int(value) for key, value in (v.split("=") for v in values)}
        layers.append((operator, blobs, numbers))
    return layers


class Writer(unittest.TestCase):
    def test_rows_and_columns_are_told_apart(self) -> None:
        model = Model([8, 20, 1])
        model.add(
            "conv2d", [4, 20, 2], kernel=[3, 5], stride=[2, 1], dilation=[1, 2], padding="same"
        )
        model.add(
            "max_pool2d",
            [2, 6, 2],
            kernel=[2, 4],
            stride=[2, 3],
            padding="valid",
            activation="none",
        )
        layers = parsed(model.graph())
        self.assertEqual(layers[0], ("Input", ["input"], {0: 20, 1: 8, 2: 1}))
        operator, blobs, numbers = layers[1]
        self.assertEqual((operator, blobs), ("Convolution", ["input", "layer0"]))
        kernel, dilation, stride = ({1: 5, 11: 3}, {2: 2, 12: 1}, {3: 1, 13: 2})
        # Of eight rows the last window reaches one too far, below; left and right it is four.
        padding = {4: 4, 15: 4, 14: 0, 16: 1}
        self.assertEqual(
            numbers, {**kernel, **dilation, **stride, **padding, 0: 2, 5: 1, 6: 30, 8: 2, 9: 1}
        )
        self.assertEqual(
            layers[2],
            (
                "Pooling",
                ["layer0", "layer1"],
                {0: 0, 1: 4, 11: 2, 2: 3, 12: 2, 3: 0, 14: 0, 13: 0, 15: 0, 5: 1},
            ),
        )

    def test_weights_are_ordered_and_aligned_as_ncnn_reads_them(self) -> None:
        model = Model([4, 4, 3])
        values = model.add("conv2d", [4, 4, 1], kernel=[1, 3], stride=[1, 1], padding="same")
        weights = model.graph().weights
        self.assertEqual(weights[:4], bytes.fromhex("384b0d00"))
        # By input channel, then column; nine take twelve bytes.
        self.assertEqual(
            numpy.frombuffer(weights, numpy.int8, 9, 4).tolist(),
            [values[0, 0, column, channel] for channel in range(3) for column in range(3)],
        )
        # No bias, and a weight of 4 steps a unit; an input up to 255 halves takes 127 of them.
        self.assertEqual(len(weights), 4 + 12 + 3 * 4)
        bias, scale, steps = struct.unpack("<3f", weights[16:])
        self.assertEqual((bias, scale), (0, 4))
        self.assertAlmostEqual(steps, 127 / 127.5, places=6)

    def test_int8_stays_between_convolutions_only(self) -> None:
        model = Model([4, 4, 1])
        for scale in (2, 4):
            model.add("conv2d", [4, 4, 1], scale, kernel=[1, 1], stride=[1, 1], padding="valid")
        model.add("dense", [1, 1, 2], zero_point=7, activation="none")
        model.add("dense", [1, 1, 1], activation="none")
        graph = model.graph()
        layers = parsed(graph)
        self.assertEqual([numbers[8] for _, _, numbers in layers[1:]], [102, 2, 2, 2])
        self.assertEqual([numbers[9] for _, _, numbers in layers[1:]], [1, 1, 0, 0])
        self.assertEqual(layers[3][2], {0: 2, 1: 1, 2: 32, 8: 2, 9: 0})
        sizes = [8 + 16, 8 + 12, 4 + 32 + 20, 8 + 12]
        self.assertEqual(len(graph.weights), sum(sizes))
        # What the first gives is what the second takes: up to 255 times 2.
        first = struct.unpack("<f", graph.weights[20:24])
        second = struct.unpack("<f", graph.weights[sizes[0] + 16 : sizes[0] + 20])
        self.assertEqual(first, second)
        self.assertAlmostEqual(first[0], 127 / 510, places=6)
        # With a zero point of 7 the negative side reaches farther.
        self.assertAlmostEqual(
            struct.unpack("<f", graph.weights[-4:])[0], 127 / (135 * 0.5), places=6
        )

    def test_bias_is_real(self) -> None:
        model = Model([2, 2, 1])
        model.add("dense", [1, 1, 3], activation="none")
        graph = model.graph()
        self.assertEqual(struct.unpack("<3f", graph.weights[16:28]), (0, 0.125, 0.25))

    def test_what_ncnn_would_compute_otherwise_is_refused(self) -> None:
        for kind, activation in (("depthwise_conv2d", "relu"), ("dense", "tanh")):
            model = Model([2, 2, 1])
            model.add(kind, [1, 1, 1], activation=activation)
            with self.assertRaises(ValueError):
                model.graph()


if __name__ == "__main__":
    unittest.main()
