"""The digit net of Keras' tutorial, trained briefly, as files to import.

    scripts/training/importing/keras --mnist mnist.npz --out FOLDER

Writes FOLDER/net.tflite, which TensorFlow's converter made int8, FOLDER/net.onnx, which is float,
and pictures of MNIST's test set, named by what they show. Tells what Keras and TensorFlow Lite read
rightly of these.
"""

import sys
from collections.abc import Iterator

import numpy
import tensorflow
import tf2onnx

from training.importing.digits import Digits, options

CALIBRATION = 500


def network() -> tensorflow.keras.Model:
    """Two convolutions with a pool each, and a dense layer that gives probabilities."""
    layers = tensorflow.keras.layers
    return tensorflow.keras.Sequential(
        [
            tensorflow.keras.Input((28, 28, 1)),
            *(layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2)),
            *(layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2)),
            *(layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax")),
        ]
    )


def reals(digits: numpy.ndarray) -> numpy.ndarray:
    return digits[..., None].astype(numpy.float32) / 255


def converted(net: tensorflow.keras.Model, inputs: numpy.ndarray) -> bytes:
    """int8 throughout, as boards want it."""

    def samples() -> Iterator[list[numpy.ndarray]]:
        for value in inputs[:CALIBRATION]:
            yield [value[None]]

    converter = tensorflow.lite.TFLiteConverter.from_keras_model(net)
    converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tensorflow.int8
    return converter.convert()


def judged(data: bytes, inputs: numpy.ndarray) -> numpy.ndarray:
    """The digit of each input, as TensorFlow Lite reads it."""
    interpreter = tensorflow.lite.Interpreter(model_content=data)
    interpreter.allocate_tensors()
    (entry,), (end,) = interpreter.get_input_details(), interpreter.get_output_details()
    scale, zero_point = entry["quantization"]
    digits = []
    for value in inputs:
        steps = numpy.clip(numpy.rint(value / scale) + zero_point, -128, 127).astype(numpy.int8)
        interpreter.set_tensor(entry["index"], steps[None])
        interpreter.invoke()
        digits.append(interpreter.get_tensor(end["index"])[0].argmax())
    return numpy.array(digits)


def main() -> None:
    given = options("scripts/training/importing/keras", __doc__)
    tensorflow.keras.utils.set_random_seed(1)
    digits = Digits.chosen(given)
    net = network()
    net.compile("adam", "sparse_categorical_crossentropy")
    net.fit(reals(digits.x), digits.y, batch_size=128, epochs=3, verbose=0)
    digits.write(given.out / "pictures")
    inputs = reals(digits.pictures)
    data = converted(net, reals(digits.x))
    (given.out / "net.tflite").write_bytes(data)
    signature = [tensorflow.TensorSpec((None, 28, 28, 1), tensorflow.float32, name="picture")]
    tf2onnx.convert.from_function(
        tensorflow.function(lambda picture: net(picture, training=False)),
        input_signature=signature,
        opset=13,
        output_path=str(given.out / "net.onnx"),
    )
    for name, found in (
        ("Keras", net.predict(inputs, verbose=0).argmax(1)),
        ("TensorFlow Lite", judged(data, inputs)),
    ):
        right = (found == digits.truth).mean()
        print(f"{name}: {100 * right:.2f} % of {len(inputs)} pictures", file=sys.stderr)


if __name__ == "__main__":
    main()
