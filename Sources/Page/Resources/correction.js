// Tells what stands in a picture, line by line.

class Correction {
  // `done` is told when something was kept or taken back; `nextDoubtful` gives a report or null.
  constructor(camera, { done, nextDoubtful }) {
    this.camera = camera;
    this.done = done;
    this.nextDoubtful = nextDoubtful;
    this.picture = new PictureView({ online: (_, index) => this.rows[index]?.input.focus() });
    this.list = element("ul", { class: "lines" });
    this.problem = element("p", { class: "problem", role: "alert" });
    this.next = element("button", { type: "submit", value: "next" }, t("keepNext"));
    this.view = element("dialog", { class: "correction" },
      element("form", { method: "dialog", onsubmit: (event) => this.submit(event) },
        element("h2", {}, t("correctTitle")), this.picture.view,
        element("p", { class: "hint" }, t("correctHint")), this.list, this.problem,
        element("div", { class: "actions" },
          button(t("addLine"), () => this.addDrawn(), { class: "push" }),
          button(t("cancel"), () => this.view.close()), this.next,
          element("button", { type: "submit", class: "primary", value: "keep" }, t("keep")))));
    document.body.append(this.view);
  }

  // Opens for a report, with the cursor in one of its lines.
  open(report, index = 0) {
    this.report = report;
    this.rows = [];
    this.list.replaceChildren();
    this.problem.textContent = "";
    this.next.hidden = this.nextDoubtful(report.picture) === null;
    this.picture.showReading(report);
    for (const line of report.lines) this.add(line.box, line.text);
    this.picture.show(
      { picture: report.picture, url: `/api/cameras/${this.camera}/pictures/${report.picture}` },
      () => this.cut());
    if (!this.view.open) this.view.showModal();
    this.rows[index]?.input.select();
  }

  add(box, text) {
    const strip = element("canvas", { "aria-hidden": true });
    const input = element("input", { type: "text", value: text, maxlength: 250, spellcheck: false, autocomplete: "off", dir: "auto" });
    const row = { box, input, strip };
    const item = element("li", {}, strip, input, button("×", () => {
      item.remove();
      this.rows = this.rows.filter((other) => other !== row);
    }, { class: "quiet", "aria-label": t("remove") }));
    this.rows.push(row);
    this.list.append(item);
    return row;
  }

  // Shows each line's part of the picture above its text.
  cut() {
    const source = this.picture.canvas;
    const scale = source.width / this.report.width;
    for (const { box, strip } of this.rows) {
      const edge = 0.15 * box.height;
      const [x, y] = [Math.max(0, (box.x - edge) * scale), Math.max(0, (box.y - edge) * scale)];
      const [width, height] = [(box.width + 2 * edge) * scale, (box.height + 2 * edge) * scale];
      strip.width = Math.max(1, Math.round(width));
      strip.height = Math.max(1, Math.round(height));
      strip.getContext("2d").drawImage(source, x, y, width, height, 0, 0, strip.width, strip.height);
    }
  }

  async addDrawn() {
    toast(t("drawing"));
    const box = await this.picture.draw();
    if (!box) return;
    const row = this.add(box, "");
    this.cut();
    row.input.focus();
  }

  async submit(event) {
    event.preventDefault();
    const goesOn = event.submitter?.value === "next";
    const picture = this.report.picture;
    try {
      const { kept } = await request("POST", `/api/cameras/${this.camera}/corrections`, {
        picture, lines: this.rows.map(({ box, input }) => ({ text: input.value.trim(), box })),
      });
      toast(t("kept", { name: kept }), { action: { words: t("undo"), act: () => this.undo() } });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.problem.textContent = error.message;
      return;
    }
    const next = goesOn ? this.nextDoubtful(picture) : null;
    this.done(picture);
    if (next) this.open(next); else this.view.close();
  }

  async undo() {
    const told = await trying(() => request("DELETE", `/api/cameras/${this.camera}/corrections/last`));
    if (told) {
      toast(t("undone", { name: told.removed }));
      this.done(null);
    }
  }
}
