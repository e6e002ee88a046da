"""Tells what each part of the reader is worth: reads folders with all, and without each.

  scripts/python measure.tune.ablate SCRIBE FOLDER...

A row a set of parts, two columns a folder: images in which all of the text was read, or, of folders
without text, images in which some was; median milliseconds of a core.
"""

import sys

from measure import tables
from measure.programs import records

LOOKS = ("finder", "grid", "drum")
PARTS = {
    "all": (),
    **{
        f"without `{look}`": ("--looks", ",".join(other for other in LOOKS if other != look))
        for look in LOOKS
    },
    "`finder` alone": ("--looks", "finder"),
    "`grid` alone": ("--looks", "grid"),
    "without aligner": ("--aligner-model", "none"),
    "without quick network": ("--quick-model", "none"),
    "characters one by one": ("--reader", "glyphs"),
}


def result(scribe: str, folder: str, options: tuple[str, ...]) -> tuple[str, str]:
    """(images read, milliseconds) as they are shown."""
    read = records([scribe, "evaluate", "--json", *options, folder])
    total = next(record for record in read if record.get("tier") == "ALL" and "images" in record)
    shown = total["images"] - total["textFreeImages"]
    if shown:
        cell = f"{round((total['imagesContained'] or 0) * shown)} of {shown}"
    else:
        cell = f"{total['textFreeImagesRead']} of {total['textFreeImages']} without text"
    return cell, f"{total['medianMilliseconds']:.2f}"


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    scribe, folders = sys.argv[1], sys.argv[2:]
    print(tables.head("parts", *(name for folder in folders for name in (folder, "ms"))))
    for name, parts in PARTS.items():
        cells = [cell for folder in folders for cell in result(scribe, folder, parts)]
        print(tables.row(name, *cells), flush=True)


if __name__ == "__main__":
    main()
