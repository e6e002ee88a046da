"""Other programs' int8 kernels on the same models, in turns with scribe-bench.

Times are processor time of the whole process an item, so a busy machine slows all alike but adds
no waiting. What a call costs by itself shows in `svm`, which computes next to nothing.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import time

import numpy

from measure.bench import ncnn_model, onnx_model

ROOT = pathlib.Path(__file__).resolve().parents[3]


def seconds(work, least=0.15):
    """Median processor time of a call, over at least nine and `least` seconds."""
    times, end = [], time.perf_counter() + least
    while len(times) < 9 or time.perf_counter() < end:
        start = time.process_time_ns()
        work()
        times.append(time.process_time_ns() - start)
    return statistics.median(times) * 1e-9


def onnx_runtime(home, folder, batch, unsigned):
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


def openvino(home, folder, batch):
    import openvino

    graph = onnx_model.Graph(folder, batch, True)
    options = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
    core = openvino.Core()
    path = home / "model.onnx"
    path.write_bytes(graph.model.SerializeToString())
    request = core.compile_model(core.read_model(path), "CPU", options).create_infer_request()
    request.set_input_tensor(openvino.Tensor(noise(graph.shape), shared_memory=True))
    return request.infer


def litert(home, folder, batch):
    from ai_edge_litert.interpreter import Interpreter

    path = home / "model.tflite"
    # The flatbuffer is made as for the models' tests, with what training installs.
    made = subprocess.run(
        [ROOT / "scripts/python", "training.oracle", "flatbuffer", folder, path],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise RuntimeError(made.stderr.strip().splitlines()[-1])
    interpreter = Interpreter(str(path), num_threads=1)
    source = interpreter.get_input_details()[0]
    shape = [batch, *source["shape"][1:]]
    interpreter.resize_tensor_input(source["index"], shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(source["index"], noise(shape).view(numpy.int8))
    return interpreter.invoke


def ncnn(home, folder, batch):
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

    def work():
        extractor = net.create_extractor()
        if extractor.input("input", source) or extractor.extract(graph.output)[0]:
            raise RuntimeError("ncnn doesn't run the model")

    return work


def noise(shape):
    return numpy.random.default_rng(1).integers(0, 256, shape).astype(numpy.uint8)


def scribe(program, name, batch, home, kernels=()):
    """Median microseconds an item, and the kernels that ran."""
    out = home / "scribe.json"
    subprocess.run(
        [
            program,
            "--models",
            ROOT / "models",
            "--only",
            f"inference/{name}/{batch}",
            "--samples",
            "31",
            "--out",
            out,
            *kernels,
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    report = json.loads(out.read_text())
    # Among those with names that begin alike.
    for result in report["results"]:
        if result["name"] == f"inference/{name}/{batch}":
            return result["median_us"], report["kernels"]
    raise ValueError(f"scribe-bench doesn't measure {name} with batches of {batch}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/measure/bench/peers", description=__doc__)
    parser.add_argument("--home", type=pathlib.Path, required=True)
    parser.add_argument("--program", default=ROOT / ".build/release/scribe-bench")
    parser.add_argument("--models", default="svm,classic,glyph,line,line-quick")
    parser.add_argument("--batches", default="1,32")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()
    makers = {
        "ONNX Runtime, uint8": lambda *rest: onnx_runtime(*rest, True),
        "ONNX Runtime, int8": lambda *rest: onnx_runtime(*rest, False),
        "OpenVINO": openvino,
        "LiteRT": litert,
        "ncnn": ncnn,
    }
    results, best = [], None
    print(
        "| model | batch | program | us an item | quartiles | times ours |\n"
        "|---|---|---|---|---|---|"
    )
    for name in arguments.models.split(","):
        for batch in map(int, arguments.batches.split(",")):
            if name.startswith("line") and batch > 1:
                continue
            works, times = {}, {}
            for peer, make in makers.items():
                try:
                    works[peer] = make(arguments.home, ROOT / "models" / name, batch)
                    works[peer]()
                except Exception as error:  # A peer that is missing or can't is left out.
                    print(f"| {name} | {batch} | {peer} | - | {str(error)[:60]} | |")
                    works.pop(peer, None)
            for _ in range(arguments.rounds):
                for peer, work in works.items():
                    times.setdefault(peer, []).append(seconds(work) * 1e6 / batch)
                for kernels in ([], ["--kernels", "portable"]):
                    time_taken, ran = scribe(
                        arguments.program, name, batch, arguments.home, kernels
                    )
                    times.setdefault(f"scribe, {ran}", []).append(time_taken)
                    best = ran if not kernels else best
            ours = statistics.median(times[f"scribe, {best}"])
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
                print(
                    f"| {name} | {batch} | {peer} | {median:.2f} | {low:.2f}-{high:.2f} |"
                    f" {median / ours:.1f} |",
                    flush=True,
                )
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
