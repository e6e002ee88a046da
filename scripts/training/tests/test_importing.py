"""Importing: int8 TensorFlow Lite files give what TensorFlow Lite Micro makes of them."""

import contextlib
import io
import json
import os
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import numpy
import torch
from PIL import Image
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from measure.programs import SCRIBE, records
from training.flatbuffer import Graph, Quantization
from training.importing import command
from training.importing.chain import Chain
from training.importing.front import Front, Scale
from training.integer import IntegerNet
from training.recipe import ROOT

DIGITS = "0123456789"


def graph(name: str) -> Graph:
    folder = ROOT / "models" / name
    manifest = json.loads((folder / "model.json").read_text())
    return Graph(manifest, (folder / "weights.bin").read_bytes())


class Imported(unittest.TestCase):
    def setUp(self) -> None:
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)

    def run_command(self, data: bytes, *arguments: str) -> tuple[int, str]:
        """The exit code and what was told."""
        file = self.place / "net.tflite"
        file.write_bytes(data)
        words = ["import", str(file), "--name", "net", "--out", str(self.place / "models")]
        words += ["--labels", DIGITS, *arguments]
        told = io.StringIO()
        with mock.patch.object(sys, "argv", words), contextlib.redirect_stderr(told):
            code = command.main()
        return code, told.getvalue()

    def manifest(self) -> dict:
        return json.loads((self.place / "models" / "net" / "model.json").read_text())

    def test_layers_of_every_kind_are_taken_over(self) -> None:
        for name in ("classic", "mlp-tanh", "mlp-leaky", "logistic"):
            with self.subTest(name):
                code, told = self.run_command(graph(name).packed())
                self.assertEqual(code, 0, told)
                self.assertIn("equals TensorFlow Lite Micro on 100 pictures", told)
                folder = self.place / "models" / "net"
                before = json.loads((ROOT / "models" / name / "model.json").read_text())
                self.assertEqual(
                    [layer["kind"] for layer in self.manifest()["layers"]],
                    [layer["kind"] for layer in before["layers"]],
                )
                for file in folder.iterdir():
                    file.unlink()
                folder.rmdir()

    def test_one_scale_a_dense_layer_multiplies_in_single_precision(self) -> None:
        net = graph("mlp")
        for operator in net.graph.operators:
            weights = net.graph.tensors[operator.inputs[1]]
            weights.quantization.scale = weights.quantization.scale[:1]
            weights.quantization.zeroPoint = [0]
        code, told = self.run_command(net.packed())
        self.assertEqual(code, 0, told)

    def test_a_float_input_is_quantized_by_a_table(self) -> None:
        net = graph("classic")
        old = net.current
        first = net.graph.inputs[0]
        net.graph.tensors[first].quantization.scale = [1 / 127]
        net.graph.tensors[first].quantization.zeroPoint = [3]
        outside = net.tensor("real", [1, 28, 28, 1], schema.TensorType.FLOAT32, Quantization())
        operator = schema.OperatorT()
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.QUANTIZE
        code.version = 1
        net.model.operatorCodes.append(code)
        operator.opcodeIndex = len(net.model.operatorCodes) - 1
        operator.inputs, operator.outputs = [outside], [first]
        net.graph.operators.insert(0, operator)
        net.graph.inputs, net.graph.outputs = [outside], [old]
        result, told = self.run_command(net.packed(), "--range", "signed", "--negative")
        self.assertEqual(result, 0, told)
        self.assertEqual(self.manifest()["layers"][0]["function"], "input")

    def test_a_normalization_of_the_input_becomes_a_table(self) -> None:
        net = graph("logistic")
        first, last = net.graph.inputs[0], net.current
        quantization = net.graph.tensors[first].quantization
        before = Quantization([0.9], [-100])
        outside = net.tensor("picture", [1, 28, 28, 1], schema.TensorType.INT8, before)
        between = net.tensor(
            "between", [1, 28, 28, 1], schema.TensorType.INT8, Quantization([0.02], [5])
        )
        for name, number, ends in (
            ("MUL", 77, (outside, between)),
            ("ADD", -31, (between, first)),
        ):
            constant = net.tensor(
                name,
                [1],
                schema.TensorType.INT8,
                Quantization([0.003], [-8]),
                bytes([number & 255]),
            )
            code = schema.OperatorCodeT()
            code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, name)
            code.version = 1
            net.model.operatorCodes.append(code)
            operator = schema.OperatorT()
            operator.opcodeIndex = len(net.model.operatorCodes) - 1
            operator.inputs, operator.outputs = [ends[0], constant], [ends[1]]
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, f"{name.title()}Options")
            operator.builtinOptions = getattr(schema, f"{name.title()}OptionsT")()
            net.graph.operators.insert(len(net.model.operatorCodes) - 3, operator)
        net.graph.inputs, net.graph.outputs = [outside], [last]
        self.assertAlmostEqual(quantization.scale[0], 1 / 255)
        result, told = self.run_command(net.packed(), "--range", "0..255")
        self.assertEqual(result, 0, told)
        self.assertEqual(self.manifest()["layers"][0]["function"], "input")

    @unittest.skipUnless(os.access(SCRIBE, os.X_OK), "scribe isn't built")
    def test_the_program_computes_what_was_imported(self) -> None:
        for name in ("classic", "mlp-tanh"):
            code, told = self.run_command(graph(name).packed(), "--name", name)
            self.assertEqual(code, 0, told)
        checked = records([SCRIBE, "models", "--check", "--json", self.place / "models"])
        self.assertEqual({line["vectors"] for line in checked}, {24})

    def kinds_of(self, front: Front) -> list[str]:
        """The layers that a front becomes, which must give its values."""
        chain = Chain([2, 3, 3])
        front.write(chain, 0)
        self.assertEqual(chain.shape, [2, 3, 3])
        chain.write(self.place / "front", "front", ["a", "b", "c"], b"")
        patches = numpy.random.default_rng(1).integers(0, 256, (400, 3, 2, 3), dtype=numpy.uint8)
        got = IntegerNet(self.place / "front").outputs(torch.from_numpy(patches)).numpy()
        for channel in range(3):
            wanted = front.values[channel][patches[:, channel]]
            self.assertTrue((got[..., channel] == wanted).all())
        return [layer["kind"] for layer in chain.writer.layers]

    def test_channels_with_factors_of_their_own_become_filters(self) -> None:
        front = Front(numpy.arange(-128, 128), Scale(1 / 255, -128), 3)
        front.multiply(numpy.array([3, 90, -60]), Scale(0.01, -5), Scale(0.02, 7))
        self.assertEqual(len({row.tobytes() for row in front.values}), 3)
        self.assertEqual(self.kinds_of(front), ["depthwise_conv2d"])
        # Rounded coarsely in between: no one line gives that.
        coarse = Front(numpy.arange(-128, 128), Scale(0.98, -128), 3)
        coarse.multiply(numpy.array([21, 127, 85]), Scale(2e-5, -128), Scale(0.0064, -77))
        coarse.add(numpy.array([-50, -128, -110]), Scale(0.0024, 127), Scale(0.0039, -46))
        self.assertEqual(self.kinds_of(coarse), ["depthwise_conv2d"] * 2)
        # An input that isn't as pictures are here has its table first.
        other = Front(numpy.arange(256) // 2 - 40, Scale(0.5, -40), 3)
        other.add(numpy.array([3, 90, -60]), Scale(0.3, -5), Scale(0.7, -20))
        self.assertEqual(self.kinds_of(other), ["table", "depthwise_conv2d"])

    def test_channels_with_other_tables_of_their_own(self) -> None:
        front = Front(numpy.arange(-128, 128), Scale(1 / 255, -128), 3)
        rows = [numpy.random.default_rng(seed).integers(-128, 128, 256) for seed in range(3)]
        front.give([row.tolist() for row in rows], Scale(0.02, 0))
        self.assertIn("concatenate", self.kinds_of(front))

    def test_pictures_are_measured_by_their_names(self) -> None:
        pictures = self.place / "pictures"
        pictures.mkdir()
        for digit in "17":
            Image.fromarray(numpy.zeros((28, 28), numpy.uint8)).save(pictures / f"{digit}_a.png")
        code, told = self.run_command(graph("mlp").packed(), "--pictures", str(pictures))
        self.assertEqual(code, 0, told)
        self.assertIn("of 2 pictures right", told)
        self.assertLessEqual(self.manifest()["training"]["int8_accuracy"], 0.5)

    def test_what_is_not_supported_is_named_by_layer_and_operator(self) -> None:
        net = graph("mlp")
        net.model.operatorCodes[0].builtinCode = schema.BuiltinOperator.SVDF
        net.model.operatorCodes[0].deprecatedBuiltinCode = schema.BuiltinOperator.SVDF
        code, told = self.run_command(net.packed())
        self.assertEqual(code, 65)
        self.assertIn("layer 0 (SVDF): is not supported", told)
        self.assertFalse((self.place / "models" / "net").exists())

    def test_a_file_that_ends_its_runtime_is_refused(self) -> None:
        net = graph("mlp")
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.SHAPE
        code.version = 1
        net.model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(net.model.operatorCodes) - 1
        operator.inputs, operator.outputs = [1 << 28], [net.current]
        net.graph.operators.append(operator)
        result, told = self.run_command(net.packed())
        self.assertEqual(result, 65, told)
        self.assertEqual(told.count("\n"), 1, told)
        self.assertIn("TensorFlow Lite Micro can't run it: it is ended by SIG", told)

    def test_floating_point_is_refused_with_what_to_do(self) -> None:
        whole, inner = graph("mlp"), graph("mlp")
        for net, name in ((whole, "the file"), (inner, "layer 0 (FULLY_CONNECTED):")):
            tensors = net.graph.tensors
            chosen = net.graph.operators[0].outputs[0]
            tensors[chosen].type = schema.TensorType.FLOAT32
            if net is whole:
                tensors[net.graph.inputs[0]].type = schema.TensorType.FLOAT32
            with self.subTest(name):
                code, told = self.run_command(net.packed())
                self.assertEqual(code, 65, told)
                self.assertIn(f"{name} computes in floating point: convert it with full", told)

    def test_a_folder_that_is_there_is_kept(self) -> None:
        (self.place / "models" / "net").mkdir(parents=True)
        code, told = self.run_command(b"never read")
        self.assertEqual(code, 65)
        self.assertIn("is there already", told)

    def test_what_is_no_file_of_this_kind_is_refused(self) -> None:
        whole = graph("mlp").packed()
        for data in (b"", b"text", whole[:8] + bytes(2000), whole[: len(whole) // 2]):
            code, told = self.run_command(data)
            self.assertEqual(code, 65, told)
            self.assertEqual(told.count("\n"), 1)

    def test_labels_are_as_many_as_outputs(self) -> None:
        code, told = self.run_command(graph("mlp").packed(), "--labels", "0123")
        self.assertEqual(code, 65)
        self.assertIn("10 outputs, 4 are named", told)


if __name__ == "__main__":
    unittest.main()
