"""A float ONNX file as a model folder, measured beside ONNX Runtime."""

import pathlib
import shutil
import sys
import tempfile

import numpy
import onnxruntime
import torch

from training.export import write_manifest
from training.importing.floating import Floating, first_line, quantized
from training.importing.pictures import Pictures
from training.importing.pixels import Pixels, Unsupported
from training.integer import IntegerNet
from training.oracle import check, noise, write_vectors

CALIBRATION = 500
FARTHEST = 1e-3  # of float32 sums in another order, in shares of the greatest output


def probabilities(logits: numpy.ndarray) -> numpy.ndarray:
    powers = numpy.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def imported(
    data: bytes,
    pixels: Pixels,
    folder: pathlib.Path,
    labels: list[str],
    directory: pathlib.Path,
    name: str,
) -> None:
    source = Floating(data)
    pictures = Pictures(folder, source.input, labels)
    patches = numpy.stack(pictures.patches).transpose(0, 3, 1, 2)
    chosen = numpy.random.default_rng(1).permutation(len(patches))[:CALIBRATION]
    inputs = source.inputs(pixels.real(patches))
    try:
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        # One by one: some files have a fixed number of pictures.
        judged = numpy.concatenate(
            [session.run(None, {source.name: values[None]})[0] for values in inputs]
        )
    except Exception as error:  # its own have no common class
        raise Unsupported(f"ONNX Runtime can't run it: {first_line(error)}") from None
    # Its runtime has found the file sound.
    chain, net = quantized(source, pixels, torch.from_numpy(pixels.real(patches[chosen])))
    chain.end(labels)
    chain.write(directory, name, labels, data)
    with torch.no_grad():
        mine = net(torch.from_numpy(pixels.real(patches)), quantize=False).numpy()
    ended = [node.op_type for node in source.graph.node][-1]
    reference = mine
    if ended == "Softmax":
        reference = probabilities(mine)
    elif ended == "LogSoftmax":
        reference = numpy.log(probabilities(mine))
    if numpy.abs(reference - judged).max() > FARTHEST * max(1.0, float(numpy.abs(judged).max())):
        raise Unsupported("the layers as read compute something else than ONNX Runtime")
    integer = IntegerNet(directory)
    last = chain.writer
    logits = integer.logits(torch.from_numpy(patches.copy())).numpy().astype(numpy.float64)
    logits = (logits - last.zero_point) * last.scale
    truth = numpy.array(pictures.truth)
    before, after = ((x.argmax(1) == truth).mean() for x in (judged, logits))
    integer.manifest["training"] |= {"float_accuracy": float(before), "int8_accuracy": float(after)}
    write_manifest(directory, integer.manifest)
    apart = numpy.abs(probabilities(mine) - probabilities(logits)).mean()
    print(
        f"{name}: ONNX Runtime {100 * before:.2f} %, int8 {100 * after:.2f} % of {len(truth)} "
        f"pictures; probabilities {apart:.4f} apart on average",
        file=sys.stderr,
    )
    confirm(directory, integer, patches)


def confirm(directory: pathlib.Path, net: IntegerNet, patches: numpy.ndarray) -> None:
    """TensorFlow Lite Micro's word on the layers behind the table of the input, if there is one: no
    operator of its own gives that. Writes vectors.bin."""
    first, *rest = net.layers
    if first.get("function") != "input":
        check(directory, patches, random_count=100)
        return
    table = net.parts[0].numpy().astype(numpy.int8).view(numpy.uint8) ^ 0x80
    with tempfile.TemporaryDirectory() as place:
        inner = pathlib.Path(place) / directory.name
        shutil.copytree(directory, inner)
        scale = {"scale": first["output_scale"], "zero_point": first["output_zero_point"]}
        write_manifest(
            inner, net.manifest | {"layers": rest, "input": net.manifest["input"] | scale}
        )
        check(inner, table[patches], random_count=100)
    inputs = [*noise(net.manifest["input"]["shape"], 12, 1), *patches[:12].transpose(0, 2, 3, 1)]
    outputs = [
        [
            o[0].numpy()
            for o in net.layer_outputs(torch.from_numpy(p.transpose(2, 0, 1).copy())[None])
        ]
        for p in inputs
    ]
    write_vectors(directory, net.manifest, inputs, outputs, len(inputs))
