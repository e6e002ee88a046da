// The picture as it came, and boxes over it.

const svg = (name, attributes, ...children) => element(`svg:${name}`, attributes, ...children);

// How sure a line is, as a class.
function sureness(confidence) {
  if (confidence < 0.6) return "unsure";
  return confidence < 0.9 ? "doubtful" : "sure";
}

class PictureView {
  // `online` is told which line of a reading was chosen.
  constructor({ online = () => {} } = {}) {
    this.online = online;
    this.canvas = element("canvas", { width: 4, height: 3 });
    this.overlay = svg("svg", { "aria-hidden": "false" });
    this.lines = svg("g");
    this.fields = svg("g");
    this.drawn = svg("g", { class: "drawn" });
    this.overlay.append(this.fields, this.lines, this.drawn);
    this.empty = element("div", { class: "empty" },
      element("strong", {}, t("waiting")), element("span", {}, t("waitingHint")));
    this.view = element("div", { class: "stage" }, this.canvas, this.overlay, this.empty);
    this.size = { width: 4, height: 3 };
    this.next = null;
    this.isBusy = false;
    this.drawBox = null;
    this.listen();
    new ResizeObserver(() => this.redraw()).observe(this.view);
  }

  // Shows a picture once it is decoded; of those that come meanwhile, the newest.
  show(told, done = () => {}) {
    this.next = { told, done };
    if (!this.isBusy) this.decode();
  }

  async decode() {
    this.isBusy = true;
    while (this.next) {
      const { told, done } = this.next;
      this.next = null;
      const image = new Image();
      image.src = told.url ?? "";
      try {
        await image.decode();
      } catch {
        continue;
      }
      if (this.canvas.width !== image.naturalWidth) this.canvas.width = image.naturalWidth;
      if (this.canvas.height !== image.naturalHeight) this.canvas.height = image.naturalHeight;
      this.canvas.getContext("2d").drawImage(image, 0, 0);
      this.canvas.dataset.picture = told.picture;
      this.canvas.dataset.drawn = Date.now();
      this.empty.hidden = true;
      this.empty.style.display = "none";
      done(this.canvas);
    }
    this.isBusy = false;
  }

  // Boxes are those of a picture of this size.
  resize(width, height) {
    if (this.size.width === width && this.size.height === height) return;
    this.size = { width, height };
    this.overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }

  // Pixels of the picture in one pixel of the screen: text over it has one size on the screen.
  get scale() {
    const shown = Math.min(this.view.clientWidth / this.size.width, this.view.clientHeight / this.size.height);
    return shown > 0 ? 1 / shown : 1;
  }

  showReading(report) {
    this.report = report;
    this.resize(report.width, report.height);
    this.redraw();
  }

  showFields(fields) {
    this.fieldList = fields;
    this.redraw();
  }

  redraw() {
    const high = 15 * this.scale;
    this.fields.replaceChildren(...(this.fieldList ?? []).map((field) =>
      svg("g", { class: "field" }, this.rectangle(field.box), ...this.tag(field.name, field.box, high, true))));
    this.lines.replaceChildren(...(this.report?.lines ?? []).map((line, index) => this.line(line, index, high)));
    // A tag is as wide as its words, which is known once they are drawn.
    for (const tag of this.overlay.querySelectorAll(".tag")) {
      tag.setAttribute("width", tag.nextSibling.getComputedTextLength() + high * 0.5);
    }
  }

  line(line, index, high) {
    const words = line.text.length > 40 ? `${line.text.slice(0, 39)}…` : line.text;
    const label = `${words}  ${Math.round(100 * line.confidence)} %`;
    const choose = () => this.online(this.report, index);
    return svg("g", {
      class: `line ${sureness(line.confidence)}`, tabindex: 0, role: "button", "aria-label": label,
      onclick: choose,
      onkeydown: (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); }
      },
    }, this.rectangle(line.box), ...this.tag(label, line.box, high, line.box.y < high * 1.3));
  }

  // Words on a ground of their own, above a box or below it.
  tag(words, { x, y, height }, high, isBelow) {
    const top = isBelow ? y + height + high * 0.1 : y - high * 1.25;
    return [
      svg("rect", { class: "tag", x, y: top, height: high * 1.2, rx: high * 0.2 }),
      svg("text", { x: x + high * 0.25, y: top + high * 0.88, "font-size": high * 0.82, direction: "ltr" }, words),
    ];
  }

  rectangle({ x, y, width, height }) {
    return svg("rect", { x, y, width, height, rx: Math.min(width, height) * 0.06 });
  }

  // Lets a box be drawn, once; resolves to it, or to null where that was given up.
  draw() {
    this.drawBox?.(null);
    this.view.classList.add("drawing");
    return new Promise((resolve) => {
      this.drawBox = (box) => {
        this.drawBox = null;
        this.view.classList.remove("drawing");
        this.drawn.replaceChildren();
        resolve(box);
      };
    });
  }

  // The place of a pointer in the picture.
  place(event) {
    const point = new DOMPoint(event.clientX, event.clientY)
      .matrixTransform(this.overlay.getScreenCTM().inverse());
    return {
      x: Math.max(0, Math.min(this.size.width, Math.round(point.x))),
      y: Math.max(0, Math.min(this.size.height, Math.round(point.y))),
    };
  }

  listen() {
    let start = null;
    const box = (event) => {
      const end = this.place(event);
      return {
        x: Math.min(start.x, end.x), y: Math.min(start.y, end.y),
        width: Math.abs(start.x - end.x), height: Math.abs(start.y - end.y),
      };
    };
    this.view.addEventListener("pointerdown", (event) => {
      if (!this.drawBox) return;
      start = this.place(event);
      this.view.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    this.view.addEventListener("pointermove", (event) => {
      if (start && this.drawBox) this.drawn.replaceChildren(this.rectangle(box(event)));
    });
    this.view.addEventListener("pointerup", (event) => {
      if (!start || !this.drawBox) return;
      const drawn = box(event);
      start = null;
      if (drawn.width > 2 && drawn.height > 2) this.drawBox(drawn); else this.drawn.replaceChildren();
    });
    this.view.addEventListener("pointercancel", () => { start = null; this.drawn.replaceChildren(); });
    document.addEventListener("keydown", (event) => {
      if (!this.drawBox) return;
      if (event.key === "Escape") { start = null; this.drawBox(null); }
      if (event.key === "Enter") {
        // Without a pointer: a box in the middle, whose place is then told in numbers.
        event.preventDefault();
        const [width, height] = [Math.round(this.size.width / 3), Math.round(this.size.height / 5)];
        this.drawBox({ x: width, y: 2 * height, width, height });
      }
    });
  }
}
