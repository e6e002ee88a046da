"""Float ONNX files: read as their runtime computes them, quantized, or refused by name."""

import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
from typing import Any
from unittest import mock

import numpy
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from training.importing import command


class Net:
    """Nodes one after the other, with random weights."""

    def __init__(self) -> None:
        self.random = numpy.random.default_rng(3)
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.count = 0

    def add(
        self, kind: str, *shapes: tuple[int, ...], positive: bool = False, **given: Any
    ) -> None:
        number = self.count
        self.count += 1
        names = [f"value{number}"]
        for index, shape in enumerate(shapes):
            values = self.random.normal(0, 0.3, shape).astype(numpy.float32)
            names.append(f"constant{number}_{index}")
            self.constants.append(
                numpy_helper.from_array(abs(values) + 0.1 if positive else values, names[-1])
            )
        self.nodes.append(helper.make_node(kind, names, [f"value{number + 1}"], **given))

    def flatten(self) -> None:
        """By a shape that is worked out, as PyTorch and Keras have it: as many as came, and all."""
        number, integers = self.count, [("first", [0]), ("rest", [-1])]
        self.count += 1
        self.constants += [numpy_helper.from_array(numpy.array(v), name) for name, v in integers]
        self.nodes += [
            helper.make_node("Shape", [f"value{number}"], ["size"]),
            helper.make_node("Gather", ["size", "first"], ["pictures"]),
            helper.make_node("Concat", ["pictures", "rest"], ["wanted"], axis=0),
            helper.make_node("Reshape", [f"value{number}", "wanted"], [f"value{number + 1}"]),
        ]

    def packed(self, shape: tuple[int, ...] = (1, 1, 12, 10)) -> bytes:
        graph = helper.make_graph(
            self.nodes,
            "net",
            [helper.make_tensor_value_info("value0", TensorProto.FLOAT, list(shape))],
            [helper.make_tensor_value_info(f"value{self.count}", TensorProto.FLOAT, [1, 3])],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        return model.SerializeToString()


def usual(before_dense: str = "Flatten") -> Net:
    net = Net()
    net.add("Conv", (6, 1, 3, 3), (6,), pads=[1, 1, 1, 1], kernel_shape=[3, 3])
    net.add("BatchNormalization", (6,), (6,), (6,), (6,), positive=True)
    net.add("Relu")
    net.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    net.add(before_dense)
    net.add("Gemm", (3, 6 * 6 * 5), (3,), transB=1)
    net.add("LogSoftmax", axis=1)
    return net


def channels_last() -> Net:
    """As Keras' nets are written: channels moved to the front at first, back before flattening."""
    net = Net()
    net.add("Transpose", perm=[0, 3, 1, 2])
    net.add("Conv", (6, 3, 3, 3), (6,), kernel_shape=[3, 3])
    net.add("Relu")
    net.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    net.add("Transpose", perm=[0, 2, 3, 1])
    net.flatten()
    net.add("MatMul", (6 * 5 * 4, 3))
    net.add("Add", (3,))
    return net


class Imported(unittest.TestCase):
    def run_command(self, data: bytes, *arguments: str) -> tuple[int, str, dict[str, Any]]:
        """The exit code, what was told, and the manifest that was written."""
        with tempfile.TemporaryDirectory() as name:
            place = pathlib.Path(name)
            (place / "net.onnx").write_bytes(data)
            (place / "pictures").mkdir()
            random = numpy.random.default_rng(1)
            for number in range(12):
                picture = random.integers(0, 256, (12, 10), dtype=numpy.uint8)
                Image.fromarray(picture).save(place / "pictures" / f"{number % 3}_{number}.png")
            words = ["import", str(place / "net.onnx"), "--name", "net", "--labels", "012"]
            words += ["--pictures", str(place / "pictures"), "--out", str(place), *arguments]
            told = io.StringIO()
            with mock.patch.object(sys, "argv", words), contextlib.redirect_stderr(told):
                code = command.main()
            file = place / "net" / "model.json"
            return code, told.getvalue(), json.loads(file.read_text()) if file.exists() else {}

    def test_the_usual_layers_are_read_quantized_and_confirmed(self) -> None:
        for arguments in ([], ["--mean", "0.13", "--deviation", "0.31"]):
            code, told, manifest = self.run_command(usual().packed(), *arguments)
            self.assertEqual(code, 0, told)
            self.assertIn("ONNX Runtime", told)
            self.assertIn("equals TensorFlow Lite Micro", told)
            kinds = [layer["kind"] for layer in manifest["layers"]]
            self.assertEqual(kinds[-3:], ["conv2d", "max_pool2d", "dense"])
            self.assertEqual(len(kinds), 4 if arguments else 3)
            self.assertGreater(manifest["vectors"]["count"], 0)

    def test_channels_may_be_last(self) -> None:
        code, told, manifest = self.run_command(channels_last().packed((1, 12, 10, 3)))
        self.assertEqual(code, 0, told)
        self.assertEqual(manifest["input"]["shape"], [12, 10, 3])
        code, told, _ = self.run_command(channels_last().packed((1, 12, 3, 10)))
        self.assertEqual(code, 65, told)

    def test_what_is_not_supported_is_named_by_layer_and_operator(self) -> None:
        code, told, manifest = self.run_command(usual("Cos").packed())
        self.assertEqual((code, manifest), (65, {}))
        self.assertIn("layer 4 (Cos): is not supported", told)

    def test_what_is_no_file_of_this_kind_is_refused(self) -> None:
        broken = usual()
        broken.constants[0].dims[0] = 7
        for data in (b"", b"text", usual().packed()[:200], broken.packed()):
            code, told, _ = self.run_command(data)
            self.assertEqual(code, 65, told)
            self.assertEqual(told.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
