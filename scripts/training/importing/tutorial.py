"""The digit net of PyTorch's tutorial, trained briefly, as an ONNX file to import.

    scripts/python training.importing.tutorial --mnist mnist.npz --out FOLDER

Writes FOLDER/net.onnx and pictures of MNIST's test set, named by what they show.
"""

import torch
from torch import nn
from torch.nn import functional as F

from training.importing.digits import Digits, options

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
    given = options("scripts/python training.importing.tutorial", __doc__)
    torch.manual_seed(1)
    digits = Digits.chosen(given)
    inputs = (torch.from_numpy(digits.x[:, None]).float() / 255 - MEAN) / DEVIATION
    targets = torch.from_numpy(digits.y).long()
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    for first in range(0, len(inputs), 64):
        optimizer.zero_grad()
        F.nll_loss(net(inputs[first : first + 64]), targets[first : first + 64]).backward()
        optimizer.step()
    digits.write(given.out / "pictures")
    torch.onnx.export(net.eval(), inputs[:1], str(given.out / "net.onnx"))


if __name__ == "__main__":
    main()
