"""RapidOCR on files of a folder: a line of JSON an image, with the milliseconds of one thread."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "peers"))
import peers  # noqa: E402

engine = peers.Rapid(1)
version = engine.start()
folder = pathlib.Path(sys.argv[1])
# What it makes at its first image is no part of reading.
engine.read([folder / sys.argv[2]])
for name in sys.argv[2:]:
    with peers.timed() as seconds:
        text = engine.read([folder / name])[0]
    print(json.dumps({"image": name, "text": text, "milliseconds": 1000 * seconds[0],
                      "version": version}))
