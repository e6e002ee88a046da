#!/usr/bin/python3
"""Tells what each way of looking for lines is worth: reads folders with all, and without each.

  scripts/tune/ablate.py SCRIBE FOLDER...

A row a set of looks, two columns a folder: images in which all of the text was read, or, of folders
without text, images in which some was; median milliseconds of a core.
"""
import json
import subprocess
import sys

LOOKS = ("finder", "grid", "pieces")


def result(scribe: str, folder: str, looks: tuple[str, ...]) -> tuple[str, str]:
    """(images read, milliseconds) as they are shown."""
    out = subprocess.run([scribe, "evaluate", "--json", "--looks", ",".join(looks), folder],
                         check=True, capture_output=True, text=True).stdout
    total = next(record for record in map(json.loads, out.splitlines())
                 if record.get("tier") == "ALL" and "images" in record)
    shown = total["images"] - total["textFreeImages"]
    if shown:
        read = f"{round((total['imagesContained'] or 0) * shown)} of {shown}"
    else:
        read = f"{total['textFreeImagesRead']} of {total['textFreeImages']} without text"
    return read, f"{total['medianMilliseconds']:.2f}"


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    scribe, folders = sys.argv[1], sys.argv[2:]
    print("| looks | " + " | ".join(f"{folder} | ms" for folder in folders) + " |")
    print("|---" * (1 + 2 * len(folders)) + "|")
    rows = [("all", LOOKS)]
    rows += [(f"without {look}", tuple(k for k in LOOKS if k != look)) for look in LOOKS]
    rows += [(f"{look} alone", (look,)) for look in LOOKS]
    for name, looks in rows:
        cells = [cell for folder in folders for cell in result(scribe, folder, looks)]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
