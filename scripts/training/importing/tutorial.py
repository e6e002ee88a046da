"""The digit net of PyTorch's tutorial, trained briefly, as an ONNX file to import.

    scripts/python training.importing.tutorial --mnist mnist.npz --out FOLDER

Writes FOLDER/net.onnx and pictures of MNIST's test set, named by what they show.
"""

import argparse
import pathlib

import numpy
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

MEAN, DEVIATION = 0.1307, 0.3081


def network() -> nn.Module:
    """Two convolutions, a pool and two dense layers; the last gives logarithms of probabilities."""
    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU()),
        *(nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten()),
        *(nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)),
        nn.LogSoftmax(1),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python training.importing.tutorial", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("--mnist", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--samples", type=int, default=4000, help="to train with")
    parser.add_argument("--pictures", type=int, default=500, help="to measure with")
    given = parser.parse_args()
    torch.manual_seed(1)
    random = numpy.random.default_rng(1)
    with numpy.load(given.mnist) as mnist:
        order = random.permutation(len(mnist["x_train"]))[: given.samples]
        x, y = mnist["x_train"][order, None], mnist["y_train"][order]
        chosen = random.permutation(len(mnist["x_test"]))[: given.pictures]
        pictures, truth = mnist["x_test"][chosen], mnist["y_test"][chosen]
    inputs = (torch.from_numpy(x).float() / 255 - MEAN) / DEVIATION
    targets = torch.from_numpy(y).long()
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    for first in range(0, len(inputs), 64):
        optimizer.zero_grad()
        F.nll_loss(net(inputs[first : first + 64]), targets[first : first + 64]).backward()
        optimizer.step()
    folder = given.out / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(net.eval(), inputs[:1], str(given.out / "net.onnx"))
    for number, (picture, digit) in enumerate(zip(pictures, truth)):
        Image.fromarray(picture).save(folder / f"{digit}_{number}.png")


if __name__ == "__main__":
    main()
