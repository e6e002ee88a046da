"""RapidOCR on files of a folder: a line of JSON an image, with the milliseconds of one thread."""

import json
import sys
from pathlib import Path

from measure.peers import peers

engine = peers.Rapid(1)
version = engine.start()
folder = Path(sys.argv[1])
# What it makes at its first image is no part of reading.
engine.read([folder / sys.argv[2]])
for name in sys.argv[2:]:
    with peers.timed() as seconds:
        text = engine.read([folder / name])[0]
    print(
        json.dumps(
            {"image": name, "text": text, "milliseconds": 1000 * seconds[0], "version": version}
        )
    )
