// The focus aid: how sharp a picture is, and how its light lies.

// The picture as gray values, at most `most` pixels wide.
function grayOf(canvas, most = 320) {
  const scale = Math.min(1, most / canvas.width);
  const [width, height] = [Math.max(3, Math.round(canvas.width * scale)), Math.max(3, Math.round(canvas.height * scale))];
  const small = new OffscreenCanvas(width, height);
  const context = small.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height).data;
  const gray = new Uint8Array(width * height);
  for (let i = 0; i < gray.length; i += 1) {
    gray[i] = (77 * pixels[4 * i] + 150 * pixels[4 * i + 1] + 29 * pixels[4 * i + 2]) >> 8;
  }
  return { gray, width, height };
}

// The mean square of the Laplacian, over the picture's contrast: it grows with sharp edges, and not
// with more light.
function sharpnessOf({ gray, width, height }) {
  let [edges, sum, squares, count] = [0, 0, 0, 0];
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      const edge = 4 * gray[at] - gray[at - 1] - gray[at + 1] - gray[at - width] - gray[at + width];
      edges += edge * edge;
      sum += gray[at];
      squares += gray[at] * gray[at];
      count += 1;
    }
  }
  const mean = sum / count;
  const variance = Math.max(squares / count - mean * mean, 25);
  return 100 * Math.sqrt(edges / count / variance);
}

function histogramOf({ gray }) {
  const counts = new Array(64).fill(0);
  for (const value of gray) counts[value >> 2] += 1;
  return counts.map((count) => count / gray.length);
}

class FocusAid {
  constructor() {
    this.best = 0;
    this.value = element("dd", { id: "sharpness" }, "–");
    this.bestValue = element("dd", { id: "best-sharpness" }, "–");
    this.bar = element("i");
    this.plot = element("canvas", { class: "plot", role: "img", "aria-label": t("histogram") });
    this.light = element("p", { class: "hint" }, t("histogram"));
    this.view = card(t("focus"), {},
      element("dl", { class: "figures" },
        element("div", {}, element("dt", {}, t("sharpness")), this.value),
        element("div", {}, element("dt", {}, t("best")), this.bestValue)),
      element("div", { class: "meter" }, this.bar),
      element("p", { class: "hint" }, t("focusHint")), this.plot, this.light);
    this.view.head.append(button(t("reset"), () => { this.best = 0; }, { class: "quiet" }));
  }

  look(canvas) {
    // A few looks a second are enough for hands that turn a lens.
    const now = performance.now();
    if (now - (this.looked ?? -1000) < 200) return;
    this.looked = now;
    const picture = grayOf(canvas);
    const sharpness = sharpnessOf(picture);
    this.best = Math.max(this.best, sharpness);
    this.value.textContent = number(sharpness, 1);
    this.bestValue.textContent = number(this.best, 1);
    this.bar.style.width = `${(100 * sharpness) / this.best}%`;
    const histogram = histogramOf(picture);
    drawBars(this.plot, histogram);
    const [low, high] = [histogram.slice(0, 4), histogram.slice(60)].map((part) => part.reduce((a, b) => a + b));
    const mean = histogram.reduce((sum, share, i) => sum + share * i, 0) / 63;
    this.light.textContent =
      high > 0.35 && histogram[63] > 0.3 ? t("clipped")
        : mean < 0.15 && low > 0.5 ? t("dark") : mean > 0.92 ? t("bright") : t("histogram");
  }
}
