"""TensorFlow Lite Micro as judge of a model's integer arithmetic.

    scripts/python training.oracle check models/glyph
    scripts/python training.oracle random FOLDER
    scripts/python training.oracle flatbuffer models/glyph FILE

`check` compares, and writes the model's vectors.bin; `random` writes small random models of every
kind of layer; `flatbuffer` writes a model as a .tflite file.

A model folder is rebuilt as a TensorFlow Lite flatbuffer and run by the interpreter that boards
run. Every layer's output must equal the exact emulation in integer.py; the interpreter's outputs
become the test vectors that the program and the boards are tested with.
"""

import argparse
import hashlib
import json
import pathlib
import struct
import sys

import flatbuffers
import numpy
import torch
from tflite_micro.python.tflite_micro import runtime
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from training.export import Writer, write_manifest
from training.functions import OUTPUTS
from training.integer import IntegerNet, checksum
from training.recipe import TABLES, has_weights, output_sides

OPERATORS = {
    "conv2d": schema.BuiltinOperator.CONV_2D,
    "depthwise_conv2d": schema.BuiltinOperator.DEPTHWISE_CONV_2D,
    "dense": schema.BuiltinOperator.FULLY_CONNECTED,
    "max_pool2d": schema.BuiltinOperator.MAX_POOL_2D,
    "average_pool2d": schema.BuiltinOperator.AVERAGE_POOL_2D,
    "upsample2d": schema.BuiltinOperator.RESIZE_NEAREST_NEIGHBOR,
    "concatenate": schema.BuiltinOperator.CONCATENATION,
    "softmax": schema.BuiltinOperator.SOFTMAX,
    "sigmoid": schema.BuiltinOperator.LOGISTIC,
    "tanh": schema.BuiltinOperator.TANH,
    "leaky_relu": schema.BuiltinOperator.LEAKY_RELU,
}


def flatbuffer(directory):
    """The model folder as a .tflite file's bytes, and the tensor index of each layer's output."""
    directory = pathlib.Path(directory)
    manifest = json.loads((directory / "model.json").read_text())
    blob = (directory / "weights.bin").read_bytes()
    model = schema.ModelT()
    model.version = 3
    model.description = manifest["name"]
    graph = schema.SubGraphT()
    graph.tensors, graph.operators = [], []
    model.subgraphs = [graph]
    model.buffers = [schema.BufferT()]
    model.operatorCodes = []

    def tensor(name, shape, kind, scales, zero_points, data=None, axis=0):
        result = schema.TensorT()
        result.name, result.shape, result.type = name, list(shape), kind
        result.buffer = 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = numpy.frombuffer(data, numpy.uint8)
            result.buffer = len(model.buffers)
            model.buffers.append(buffer)
        quantization = schema.QuantizationParametersT()
        quantization.scale = [float(scale) for scale in scales]
        quantization.zeroPoint = list(zero_points)
        quantization.quantizedDimension = axis
        result.quantization = quantization
        graph.tensors.append(result)
        return len(graph.tensors) - 1

    def code(kind):
        for index, entry in enumerate(model.operatorCodes):
            if entry.builtinCode == OPERATORS[kind]:
                return index
        entry = schema.OperatorCodeT()
        entry.builtinCode = entry.deprecatedBuiltinCode = OPERATORS[kind]
        entry.version = 1
        model.operatorCodes.append(entry)
        return len(model.operatorCodes) - 1

    current = tensor(
        "input",
        [1, *manifest["input"]["shape"]],
        schema.TensorType.INT8,
        [manifest["input"]["scale"]],
        [manifest["input"]["zero_point"]],
    )
    graph.inputs = [current]
    outputs = []
    flat = False
    for number, layer in enumerate(manifest["layers"]):
        kind = layer["kind"]
        operator = schema.OperatorT()
        operator.opcodeIndex = code(layer.get("function", kind))
        inputs = [current]
        if has_weights(layer):
            channels, depth = layer["output"][2], layer["input"][2]
            scales = numpy.array(layer["weight_scales"], numpy.float32)
            if kind == "dense":
                shape, axis = [channels, int(numpy.prod(layer["input"]))], 0
            elif kind == "conv2d":
                shape, axis = [channels, *layer["kernel"], depth], 0
            else:
                shape, axis = [1, *layer["kernel"], channels], 3
            size = int(numpy.prod(shape))
            offset = layer["weights_offset"]
            inputs.append(
                tensor(
                    f"weights{number}",
                    shape,
                    schema.TensorType.INT8,
                    scales,
                    [0] * channels,
                    blob[offset : offset + size],
                    axis,
                )
            )
            offset = layer["bias_offset"]
            bias_scales = scales * numpy.float32(layer["input_scale"])
            inputs.append(
                tensor(
                    f"bias{number}",
                    [channels],
                    schema.TensorType.INT32,
                    bias_scales,
                    [0] * channels,
                    blob[offset : offset + 4 * channels],
                )
            )
        if kind == "concatenate":
            inputs.append(outputs[layer["with"]])
        elif kind == "upsample2d":
            sides = numpy.array(layer["output"][:2], numpy.int32)
            inputs.append(
                tensor(f"sides{number}", [2], schema.TensorType.INT32, [], [], sides.tobytes())
            )
        flat = flat or kind == "dense"
        shape = [1, layer["output"][2]] if flat else [1, *layer["output"]]
        current = tensor(
            f"output{number}",
            shape,
            schema.TensorType.INT8,
            [layer["output_scale"]],
            [layer["output_zero_point"]],
        )
        operator.inputs, operator.outputs = inputs, [current]
        operator.builtinOptionsType, operator.builtinOptions = operator_options(layer)
        graph.operators.append(operator)
        outputs.append(current)
    graph.outputs = [current]

    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output()), outputs


def operator_options(layer):
    if layer["kind"] == "softmax":
        options = schema.SoftmaxOptionsT()
        options.beta = 1.0
        return schema.BuiltinOptions.SoftmaxOptions, options
    if layer["kind"] == "upsample2d":
        return (
            schema.BuiltinOptions.ResizeNearestNeighborOptions,
            schema.ResizeNearestNeighborOptionsT(),
        )
    if layer["kind"] == "concatenate":
        options = schema.ConcatenationOptionsT()
        options.axis = 3
        return schema.BuiltinOptions.ConcatenationOptions, options
    if layer["kind"] == "table":
        if layer["function"] != "leaky_relu":
            return schema.BuiltinOptions.NONE, None
        options = schema.LeakyReluOptionsT()
        options.alpha = layer["slope"]
        return schema.BuiltinOptions.LeakyReluOptions, options
    activation = getattr(schema.ActivationFunctionType, layer["activation"].upper())
    if layer["kind"] == "dense":
        options = schema.FullyConnectedOptionsT()
        options.fusedActivationFunction = activation
        return schema.BuiltinOptions.FullyConnectedOptions, options
    if layer["kind"] == "conv2d":
        options, kind = schema.Conv2DOptionsT(), schema.BuiltinOptions.Conv2DOptions
    elif layer["kind"] == "depthwise_conv2d":
        options, kind = (
            schema.DepthwiseConv2DOptionsT(),
            schema.BuiltinOptions.DepthwiseConv2DOptions,
        )
        options.depthMultiplier = 1
    else:
        options, kind = schema.Pool2DOptionsT(), schema.BuiltinOptions.Pool2DOptions
        options.filterHeight, options.filterWidth = layer["kernel"]
    if has_weights(layer):
        options.dilationHFactor, options.dilationWFactor = layer.get("dilation", [1, 1])
    options.padding = getattr(schema.Padding, layer["padding"].upper())
    options.strideH, options.strideW = layer["stride"]
    options.fusedActivationFunction = activation
    return kind, options


class Oracle:
    def __init__(self, directory):
        data, self.outputs = flatbuffer(directory)
        self.interpreter = runtime.Interpreter.from_bytes(
            data,
            arena_size=8 << 20,
            intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
        )

    def layer_outputs(self, patch):
        """int8 output of every layer for one byte patch [height, width, channels]."""
        self.interpreter.set_input((patch ^ 0x80).view(numpy.int8)[None], 0)
        self.interpreter.invoke()
        return [self.interpreter.GetTensor(index, 0)["tensor_data"][0] for index in self.outputs]


def noise(shape, count, seed):
    """Patches of noise, of one value, sparse ones, and gradients."""
    random = numpy.random.default_rng(seed)
    patches = random.integers(0, 256, (count, *shape), dtype=numpy.uint8)
    for i in range(0, count, 4):
        patches[i] = [0, 255, 128][i // 4 % 3]
    for i in range(1, count, 4):
        patches[i] = numpy.where(random.random(shape) < 0.1, 255, 0)
    return patches


def check(directory, patches=None, random_count=300, real_count=1000, vectors=24):
    """Compares every layer on noise and on real patches [N, channels, height, width]; writes
    vectors.bin and its entry in the manifest. Exits at a difference."""
    directory = pathlib.Path(directory)
    net = IntegerNet(directory)
    shape = net.manifest["input"]["shape"]
    inputs = list(noise(shape, random_count, 1))
    if patches is not None and len(patches):
        chosen = numpy.random.default_rng(2).choice(
            len(patches), min(real_count, len(patches)), replace=False
        )
        inputs += list(patches[chosen].transpose(0, 2, 3, 1))
    oracle = Oracle(directory)
    values = 0
    expected = []
    for i, patch in enumerate(inputs):
        judged = oracle.layer_outputs(patch)
        mine = net.layer_outputs(torch.from_numpy(patch.transpose(2, 0, 1).copy())[None])
        for number, (judge, output) in enumerate(zip(judged, mine)):
            output = output[0].numpy().reshape(judge.shape)
            if not numpy.array_equal(judge, output):
                wrong = int((judge != output).sum())
                raise SystemExit(
                    f"{directory}: layer {number} differs from TensorFlow Lite Micro in {wrong} "
                    f"of {judge.size} values (input {i})"
                )
            values += judge.size
        expected.append(judged)
    write_vectors(directory, net.manifest, inputs, expected, vectors)
    print(
        f"{directory}: equals TensorFlow Lite Micro on {len(inputs)} inputs, {values} values",
        file=sys.stderr,
    )


def write_vectors(directory, manifest, inputs, expected, count):
    """A few of the noise at the front and of the real patches at the end."""
    half = min(count // 2, len(inputs))
    chosen = sorted({*range(half), *range(max(len(inputs) - (count - half), 0), len(inputs))})
    data = bytearray(
        struct.pack(
            "<4sIIIII",
            b"SSTV",
            1,
            len(chosen),
            int(numpy.prod(manifest["input"]["shape"])),
            len(manifest["layers"]),
            len(manifest["labels"]),
        )
    )
    for i in chosen:
        data += inputs[i].tobytes()
        for output in expected[i]:
            data += struct.pack("<I", checksum(output))
        data += expected[i][-1].tobytes()
    (directory / "vectors.bin").write_bytes(data)
    manifest = dict(manifest)
    manifest["vectors"] = {
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "count": len(chosen),
    }
    write_manifest(directory, manifest)


def power_of_two(x):
    return numpy.exp2(numpy.floor(numpy.log2(x))).astype(numpy.float32)


def random_model(directory, seed):
    """A small model of random layers, with zero points and scales that occur in no trained one.

    Every third has scales of powers of two, so that halves are frequent where it rounds. Those
    13 to 20 have dilations, and every other of them reads lines; those from 21 to 30 have tables
    and end with a softmax; those from 31 on halve the picture and put it beside what it was before.
    """
    random = numpy.random.default_rng(seed)
    exact = seed % 3 == 0
    dilated, lines, tables = seed > 12, seed > 12 and seed % 2 == 0, 20 < seed <= 30
    joined = seed > 30

    def pick(low, high):
        return int(random.integers(low, high + 1))

    shape = [pick(4, 13), pick(12, 30) if lines else pick(4, 13), pick(1, 3)]
    if joined:
        shape = [2 * pick(3, 6), 2 * pick(6, 15), shape[2]]
    writer = Writer(shape)
    kinds = ["conv2d"] * 2 + ["depthwise_conv2d", "max_pool2d", "average_pool2d"]
    plan = [kinds[pick(0, 4)] for _ in range(pick(1, 4))]
    plan += ["conv2d"] if lines else ["dense"] * pick(1, 2)
    if joined:
        between = [[], ["max_pool2d"], ["depthwise_conv2d"]][seed % 3]
        plan = ["conv2d", *between, "conv2d", "upsample2d", "concatenate", "conv2d", plan[-1]]
    coarse = len(plan) - 5 if joined else None
    if tables:
        functions = [name for kind in plan for name in (kind, "table")]
        plan = functions[:-1] + ["softmax"]
    weighted = max(i for i, kind in enumerate(plan) if kind in ("dense", "conv2d"))
    for number, kind in enumerate(plan):
        last = number >= weighted
        layer = {"kind": kind, "input": shape, "activation": "none", "output": shape}
        if kind in ("table", "softmax"):
            output = None
            if kind == "table":
                layer["function"] = TABLES[pick(0, 2)]
                output = OUTPUTS.get(layer["function"])
                if output is None:
                    layer["slope"] = random.uniform(0.01, 0.9)
                    output = writer.scale * random.uniform(0.3, 2), pick(-128, 127)
            writer.add(layer, output=output)
            continue
        if kind == "upsample2d":
            layer["output"] = [2 * shape[0], 2 * shape[1], shape[2]]
        elif kind == "concatenate":
            layer["with"] = number - 3
            others = writer.layers[number - 3]["output"]
            layer["output"] = [*shape[:2], shape[2] + others[2]]
        if kind in ("upsample2d", "concatenate"):
            writer.add(layer)
            shape = layer["output"]
            continue
        pool = kind.endswith("pool2d")
        if not pool and not last:
            layer["activation"] = ["none", "relu"][pick(0, 1)]
        channels = shape[2] if pool or kind == "depthwise_conv2d" else pick(2, 19)
        if kind == "dense":
            layer["output"] = [1, 1, channels]
            fan_in = int(numpy.prod(shape))
            size = (channels, fan_in)
        else:
            layer["padding"] = ["same", "valid"][pick(0, 1)]
            layer["kernel"] = [pick(1, min(5, shape[0])), pick(1, min(5, shape[1]))]
            layer["stride"] = [pick(1, 2), pick(1, 2)]
            if joined and number < coarse:
                # Sides stay, so that half of them is whole.
                layer |= {"padding": "same", "stride": [1, 1]}
                if pool:
                    layer |= {"padding": "valid", "kernel": [1, 1]}
            elif number == coarse:
                layer |= {"padding": "same", "stride": [2, 2]}
            if lines and last:
                layer |= {"padding": "valid", "kernel": [shape[0], 1], "stride": [1, 1]}
            elif dilated and not pool:
                layer["dilation"] = [
                    pick(1, 3)
                    if layer["padding"] == "same"
                    else pick(1, (side - 1) // max(kernel - 1, 1) if kernel > 1 else 3)
                    for side, kernel in zip(shape, layer["kernel"])
                ]
            layer["output"] = output_sides(layer, shape) + [channels]
            depth = 1 if kind == "depthwise_conv2d" else shape[2]
            size = (channels, depth, *layer["kernel"])
            fan_in = depth * layer["kernel"][0] * layer["kernel"][1]
        if pool:
            writer.add(layer)
        else:
            weight = random.integers(-127, 128, size).astype(numpy.int8)
            output_scale = numpy.float32(random.uniform(0.01, 0.2))
            if exact:
                output_scale = power_of_two(output_scale)
            typical = 73 * 100 * fan_in**0.5
            scales = (
                random.uniform(5, 400, channels) * float(output_scale) / (typical * writer.scale)
            ).astype(numpy.float32)
            if exact:
                scales = power_of_two(scales)
            zero_point = -128 if layer["activation"] == "relu" and pick(0, 1) else pick(-128, 127)
            if number == coarse:
                # What is put side by side has one scale.
                output_scale, zero_point = writer.scale, writer.zero_point
            writer.add(
                layer,
                weight,
                scales,
                random.integers(-20000, 20001, channels),
                (output_scale, zero_point),
            )
        shape = layer["output"]
    labels = [f"label {i}" for i in range(shape[2])]
    training = {
        "recipe": "random",
        "seed": seed,
        "data_sha256": "",
        "float_accuracy": 0.0,
        "int8_accuracy": 0.0,
    }
    writer.write(directory, f"random-{seed}", labels, training)


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/python training.oracle", description=__doc__.split("\n\n")[0]
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("check", help="compare a model folder and write its vectors")
    command.add_argument("model")
    command.add_argument("--mnist", help="also compare real patches from mnist.npz")
    command.add_argument("--shard", help="also compare real patches from a shard")
    command = commands.add_parser("random", help="write small random models with vectors")
    command.add_argument("folder")
    command.add_argument("--count", type=int, default=40)
    command = commands.add_parser("flatbuffer", help="write a model folder as a .tflite file")
    command.add_argument("model")
    command.add_argument("file", type=pathlib.Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.command == "check":
        patches = None
        if options.mnist:
            patches = numpy.load(options.mnist)["x_test"][:, None]
        if options.shard:
            patches = numpy.load(options.shard)["patches"].transpose(0, 3, 1, 2)
        check(options.model, patches)
    elif options.command == "flatbuffer":
        options.file.write_bytes(flatbuffer(options.model)[0])
    else:
        for seed in range(1, options.count + 1):
            folder = pathlib.Path(options.folder) / f"random-{seed}"
            random_model(folder, seed)
            check(folder, random_count=100, vectors=4)


if __name__ == "__main__":
    main()
