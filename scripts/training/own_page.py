"""A page of what a reader gets wrong of one's own photographs, before and after it was trained."""

import base64
import html
import io
import pathlib
from collections.abc import Sequence

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

from training.own_modes import Example, Judged, Mode

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse }
td, th { padding: .3em .8em .3em 0; text-align: left; border-bottom: 1px solid #8884 }
td img { max-width: 24em; max-height: 4em; background: #fff }
code { font-size: 1.1em; white-space: pre-wrap }
.wrong { color: #c22 }
@media (prefers-color-scheme: dark) {
  body { background: #181818; color: #ddd }
  .wrong { color: #f77 }
}
"""


def embedded(data: bytes) -> str:
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(data).decode()}">'


def reading(found: str, wanted: str) -> str:
    shown = html.escape(found) or "nothing"
    return f"<code>{shown}</code>" if same(found, wanted) else f'<code class="wrong">{shown}</code>'


def same(found: str, wanted: str) -> bool:
    """Spaces apart."""
    return found.replace(" ", "") == wanted.replace(" ", "")


def shares(tried: Sequence[tuple[float, Judged]]) -> bytes:
    """Errors by share, as a picture."""
    figure, axes = pyplot.subplots(figsize=(7, 3.5), dpi=100)
    points = sorted(tried, key=lambda one: one[0])
    for name, values in (
        ("what was known", [100 - judged.old for _, judged in points]),
        ("your photographs", [100 - judged.own for _, judged in points]),
    ):
        axes.plot([share for share, _ in points], values, marker=".", label=name)
    axes.set(xlabel="share of the way", ylabel="errors, % of characters", ylim=(0, None))
    axes.grid(True, alpha=0.3)
    axes.legend()
    figure.tight_layout()
    data = io.BytesIO()
    figure.savefig(data, format="png")
    pyplot.close(figure)
    return data.getvalue()


def rows(examples: Sequence[Example]) -> str:
    return "\n".join(
        f"<tr><td>{embedded(one.picture)}</td><td>{html.escape(one.name)}</td>"
        f"<td><code>{html.escape(one.text)}</code></td><td>{reading(one.before, one.text)}</td>"
        f"<td>{reading(one.after, one.text)}</td></tr>"
        for one in examples
    )


def figures(mode: Mode, before: Judged, after: Judged) -> str:
    pairs = (
        (
            f"{mode.counted_as} right{mode.among}",
            *(f"{judged.right} of {judged.total}" for judged in (before, after)),
        ),
        ("characters of your photographs", f"{before.own:.2f} %", f"{after.own:.2f} %"),
        ("characters of what was known before", f"{before.old:.2f} %", f"{after.old:.2f} %"),
    )
    return "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in pairs)


def write(
    folder: pathlib.Path,
    name: str,
    mode: Mode,
    before: Judged,
    after: Judged,
    share: float,
    tried: Sequence[tuple[float, Judged]],
    examples: Sequence[Example],
) -> pathlib.Path:
    """Writes `photographs.html` to a model folder, with all that it shows."""

    def wrong(one: Example) -> tuple[bool, bool]:
        return same(one.after, one.text), same(one.before, one.text)

    curve = (folder / "curve.png").read_bytes()
    head = "<th></th><th>photograph</th><th>says</th><th>read before</th><th>read after</th>"
    page = folder / "photographs.html"
    page.write_text(
        f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{html.escape(name)}</title><style>{STYLE}</style>
<h1>{html.escape(name)}: {mode.title} of your photographs</h1>
<p>None of these photographs was learned from; only how far to go was chosen by them. Those that are
read wrong come first.</p>
<table><tr><th></th><th>before</th><th>after</th></tr>
{figures(mode, before, after)}
</table>
<p>The model went {100 * share:.0f} % of the way from the weights it had to those it learned.</p>
<h2>What is read</h2>
<table><tr>{head}</tr>
{rows(sorted(examples, key=wrong))}
</table>
<h2>How far to go</h2>
<p>Errors by how far the weights go from the old ones to the learned ones, by simulated int8.</p>
{embedded(shares(tried))}
<h2>While it was trained</h2>
<p>Errors in what was known before.</p>
{embedded(curve)}
</html>
""",
        encoding="utf-8",
    )
    return page
