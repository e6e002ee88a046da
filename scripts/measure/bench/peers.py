"""Other programs' int8 kernels on the same models, in turns with scribe-bench.

Times are processor time of the whole process an item, so a busy machine slows all alike but adds
no waiting. What a call costs by itself shows in `svm`, which computes next to nothing.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy

from measure import tables
from measure.bench import ncnn_model, onnx_model
from measure.programs import ROOT, Command, output

Work = Callable[[], object]


def seconds(work: Work, least: float = 0.15) -> float:
    """Median processor time of a call, over at least nine and `least` seconds."""
    times: list[int] = []
    end = time.perf_counter() + least
    while len(times) < 9 or time.perf_counter() < end:
        start = time.process_time_ns()
        work()
        times.append(time.process_time_ns() - start)
    return statistics.median(times) * 1e-9


def onnx_runtime(home: Path, folder: Path, batch: int, unsigned: bool) -> Work:
    import onnxruntime

    graph = onnx_model.Graph(folder, batch, unsigned)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        graph.model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    binding = session.io_binding()
    binding.bind_cpu_input("input", noise(graph.shape).view(graph.type))
    binding.bind_output(session.get_outputs()[0].name)
    return lambda: session.run_with_iobinding(binding)


def openvino(home: Path, folder: Path, batch: int) -> Work:
    import openvino

    graph = onnx_model.Graph(folder, batch, True)
    options = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
    core = openvino.Core()
    path = home / "model.onnx"
    path.write_bytes(graph.model.SerializeToString())
    request = core.compile_model(core.read_model(path), "CPU", options).create_infer_request()
    request.set_input_tensor(openvino.Tensor(noise(graph.shape), shared_memory=True))
    return request.infer


def litert(home: Path, folder: Path, batch: int) -> Work:
    from ai_edge_litert.interpreter import Interpreter

    path = home / "model.tflite"
    # The flatbuffer is made as for the models' tests, with what training installs.
    output([ROOT / "scripts/python", "training.oracle", "flatbuffer", folder, path])
    interpreter = Interpreter(str(path), num_threads=1)
    source = interpreter.get_input_details()[0]
    shape = [batch, *source["shape"][1:]]
    interpreter.resize_tensor_input(source["index"], shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(source["index"], noise(shape).view(numpy.int8))
    return interpreter.invoke


def ncnn(home: Path, folder: Path, batch: int) -> Work:
    """Of a batch ncnn runs a layer for one item after the other, within one call.

    Its options are as they come, but for the threads: none of the others made it faster, and
    float16 and bfloat16 don't concern int8 kernels. Logits come as floats.
    """
    import ncnn

    graph = ncnn_model.Graph(folder)
    net = ncnn.Net()
    net.opt.num_threads = 1
    paths = home / "model.param", home / "model.bin"
    paths[0].write_text(graph.parameters)
    paths[1].write_bytes(graph.weights)
    if net.load_param(str(paths[0])) or net.load_model(str(paths[1])):
        raise RuntimeError("ncnn doesn't take the model")
    # An input is never negative, so it takes half of what int8 holds.
    source = ncnn.Mat((noise([batch, *graph.shape]) >> 1).view(numpy.int8), batch_index=0)

    def work() -> None:
        extractor = net.create_extractor()
        if extractor.input("input", source) or extractor.extract(graph.output)[0]:
            raise RuntimeError("ncnn doesn't run the model")

    return work


def noise(shape: Sequence[int]) -> numpy.ndarray:
    return numpy.random.default_rng(1).integers(0, 256, shape).astype(numpy.uint8)


def scribe(
    program: Path, name: str, batch: int, home: Path, kernels: Sequence[str] = ()
) -> tuple[float, str]:
    """Median microseconds an item, and the kernels that ran."""
    out = home / "scribe.json"
    only: Command = ["--models", ROOT / "models", "--only", f"inference/{name}/{batch}"]
    output([program, *only, "--samples", "31", "--out", out, *kernels])
    report = json.loads(out.read_text())
    # Among those with names that begin alike.
    for result in report["results"]:
        if result["name"] == f"inference/{name}/{batch}":
            return result["median_us"], report["kernels"]
    raise ValueError(f"scribe-bench doesn't measure {name} with batches of {batch}")


MAKERS: dict[str, Callable[[Path, Path, int], Work]] = {
    "ONNX Runtime, uint8": partial(onnx_runtime, unsigned=True),
    "ONNX Runtime, int8": partial(onnx_runtime, unsigned=False),
    "OpenVINO": openvino,
    "LiteRT": litert,
    "ncnn": ncnn,
}


def compared(name: str, batch: int, options: argparse.Namespace) -> list[dict[str, Any]]:
    """What each program takes for a model, in turns; shows a row each."""
    works: dict[str, Work] = {}
    times: dict[str, list[float]] = {}
    best = ""
    for peer, make in MAKERS.items():
        try:
            work = make(options.home, ROOT / "models" / name, batch)
            work()
            works[peer] = work
        except Exception as error:  # A peer that is missing or can't is left out.
            print(f"| {name} | {batch} | {peer} | - | {str(error)[:60]} | |")
    for _ in range(options.rounds):
        for peer, work in works.items():
            times.setdefault(peer, []).append(seconds(work) * 1e6 / batch)
        for kernels in ([], ["--kernels", "portable"]):
            taken, ran = scribe(options.program, name, batch, options.home, kernels)
            times.setdefault(f"scribe, {ran}", []).append(taken)
            best = best if kernels else ran
    ours = statistics.median(times[f"scribe, {best}"])
    results = []
    for peer, values in times.items():
        low, median, high = statistics.quantiles(values, n=4)
        results.append(
            {
                "model": name,
                "batch": batch,
                "program": peer,
                "median_us": median,
                "quartile1_us": low,
                "quartile3_us": high,
                "rounds": len(values),
            }
        )
        spread = f"{low:.2f}-{high:.2f}"
        cells = name, batch, peer, f"{median:.2f}", spread, f"{median / ours:.1f}"
        print(tables.row(*cells), flush=True)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/measure/bench/peers", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--program", default=ROOT / ".build/release/scribe-bench")
    parser.add_argument("--models", default="svm,classic,glyph,line,line-quick")
    parser.add_argument("--batches", default="1,32")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    results = []
    print(tables.head("model", "batch", "program", "us an item", "quartiles", "times ours"))
    for name in options.models.split(","):
        for batch in map(int, options.batches.split(",")):
            if batch == 1 or not name.startswith("line"):
                results += compared(name, batch, options)
    if options.out:
        options.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
