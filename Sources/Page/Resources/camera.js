// One camera: its picture, what was read, its link, its values.

class CameraView {
  constructor(number) {
    this.number = number;
    this.path = `/api/cameras/${number}`;
    this.isPaused = false;
    this.history = [];
    this.reports = [];
    this.doubtful = [];
    this.picture = new PictureView({ online: (report, index) => this.correct(report, index) });
    this.focus = new FocusAid();
    const draw = () => this.draw();
    this.fields = new Fields(number, { changed: () => this.loadFields(), draw });
    this.settings = new Settings(number, { draw });
    this.correction = new Correction(number, {
      done: () => this.loadRecent(),
      nextDoubtful: (except) => this.doubtful.find((report) => report.picture !== except) ?? null,
    });
    this.doubtList = new ReadingList(t("doubt"), t("noDoubt"), (report) => this.correct(report));
    this.recentList = new ReadingList(t("recent"), t("noRecent"), (report) => this.correct(report));
    this.messages = element("ol", { class: "messages" });
    this.build();
    this.load();
  }

  build() {
    this.text = element("p", { class: "text", id: "text" });
    this.facts = element("p", { class: "facts" });
    this.pauseButton = button(t("pause"), () => this.pause(!this.isPaused), { "aria-pressed": "false" });
    this.boxesButton = button(t("boxes"), () => this.showBoxes(), { "aria-pressed": "true" });
    this.askButton = button(t("ask"), () => trying(() => request("POST", `${this.path}/image`)));
    this.recordButton = button(t("record"), () => this.record(), { class: "recording", "aria-pressed": "false" });
    const tools = element("div", { class: "tools" },
      this.pauseButton, this.boxesButton,
      button(t("correct"), () => this.newest && this.correct(this.newest), { id: "correct" }),
      button(t("drawField"), async () => { const box = await this.draw(); if (box) this.fields.edit({ box }); }, { id: "draw-field" }),
      this.askButton, this.recordButton);
    const pictureCard = element("section", { class: "card picture", "aria-label": t("images") },
      this.picture.view, element("div", { class: "said" }, this.text, this.facts), tools);
    this.figures = {};
    const figure = (name, words) => {
      this.figures[name] = element("dd", { id: name }, "–");
      return element("div", {}, element("dt", {}, words), this.figures[name]);
    };
    this.plot = element("canvas", { class: "plot", role: "img", "aria-label": t("plot") });
    this.losses = element("ul", { class: "losses" });
    this.link = card(t("link"), { id: "link" },
      element("dl", { class: "figures" },
        figure("images", t("images")), figure("bytes", t("bytes")),
        figure("read", t("read")), figure("roundTrip", t("roundTrip")),
        figure("delay", t("delay")), figure("shape", t("format"))),
      this.plot,
      element("p", { class: "key" }, element("span", { class: "images" }, t("images")),
        element("span", { class: "bytes" }, t("bytes")), element("span", { class: "lost" }, t("lost"))),
      this.losses);
    this.view = [
      element("div", { class: "column" }, pictureCard, this.doubtList.view, this.recentList.view),
      element("div", { class: "column" }, this.fields.view, this.focus.view, this.link,
        this.settings.view, card(t("messages"), {}, this.messages)),
    ];
  }

  async load() {
    await Promise.all([this.loadCamera(), this.loadFields(), this.loadRecent(), this.loadLink()]);
  }

  async loadCamera() {
    const told = await trying(() => get(this.path));
    if (!told) return;
    this.settings.show(told);
    const { image, recording } = told.abilities;
    this.askButton.disabled = !image.available;
    this.askButton.title = image.available ? "" : t("unavailable", { reason: image.reason });
    this.isRecording = told.recording;
    this.recordButton.disabled = !recording.available;
    this.recordButton.title = recording.available ? "" : t("unavailable", { reason: recording.reason });
    this.recordButton.textContent = told.recording ? t("stopRecording") : t("record");
    this.recordButton.setAttribute("aria-pressed", `${told.recording}`);
    this.fields.fleeting.hidden = told.fields.areKept || told.fields.count === 0;
  }

  async loadFields() {
    const told = await trying(() => get(`${this.path}/fields`));
    if (!told) return;
    this.fields.show(told.fields);
    this.picture.showFields(told.fields);
  }

  async loadRecent() {
    const told = await trying(() => get(`${this.path}/recent`));
    if (!told) return;
    this.reports = told.newest;
    const unsure = told.newest.filter((report) => report.least < 0.9 && report.picture !== null);
    const all = [...told.doubtful, ...unsure].sort((one, other) => one.least - other.least);
    // One of each text: a camera that looks at the same thing shows the same doubt.
    this.doubtful = [...new Map(all.reverse().map((report) => [report.text, report])).values()].reverse();
    this.recentList.show(this.number, this.reports.slice(0, 8));
    this.doubtList.show(this.number, this.doubtful.slice(0, 8));
    if (!this.newest && told.newest.length > 0) this.showReading(told.newest[0]);
  }

  async loadLink() {
    const told = await trying(() => get(`${this.path}/link`));
    if (told) this.history = told.history;
  }

  showPicture(told) {
    if (this.isPaused) return;
    this.picture.show(told, (canvas) => {
      this.focus.look(canvas);
      const delay = Date.now() - Date.parse(told.time);
      canvas.dataset.delay = delay;
      // Clocks of two machines differ; on one machine the time is told.
      if (delay >= 0 && delay < 10_000) this.delays = [...(this.delays ?? []).slice(-14), delay];
    });
  }

  showReading(report) {
    this.newest = report;
    if (!this.isPaused) {
      this.picture.showReading(report);
      this.text.textContent = report.stable?.text || report.text || "";
      const facts = [`${t("image")} ${report.image}`];
      if (report.lines.length > 0) facts.push(`${Math.round(100 * report.least)} % ${t("confidence")}`);
      else facts.push(t("nothing"));
      const novelties = report.lines.map((line) => line.novelty).filter((value) => value !== undefined);
      const novelty = novelties.length > 0 ? `${t("novelty")} ${number(Math.max(...novelties), 2)}` : "";
      this.facts.replaceChildren(
        ...facts.map((fact) => element("span", {}, fact)),
        ...(novelty ? [element("span", { title: t("noveltyHint"), class: "novelty" }, novelty)] : []),
        element("span", {}, `${t("took")} ${number(report.milliseconds, 0)} ms`));
    }
    if (report.picture === null) this.picture.empty.firstChild.textContent = t("textOnly");
    const now = performance.now();
    if (now - (this.listed ?? -9000) > 2000) {
      this.listed = now;
      this.loadRecent();
      if ((this.fields.fields ?? []).length > 0) this.loadFields();
    }
  }

  showLink(told) {
    if (told.rates) {
      this.history.push(told.rates);
      if (this.history.length > 300) this.history.shift();
    }
    const rates = told.rates ?? { images: 0, bytes: 0 };
    const unit = (value, words) => [value, " ", element("small", {}, words)];
    this.figures.images.replaceChildren(...unit(number(rates.images, 1), t("perSecond")));
    this.figures.bytes.replaceChildren(...unit(number(rates.bytes / 1000, 1), `kB${t("perSecond")}`));
    this.figures.read.replaceChildren(...unit(number(told.imagesRead), `/ ${number(told.images)}`));
    this.figures.roundTrip.replaceChildren(...(told.roundTrip === null ? ["–"] : unit(number(1000 * told.roundTrip, 0), "ms")));
    const delays = [...(this.delays ?? [])].sort((one, other) => one - other);
    this.figures.delay.replaceChildren(...(delays.length === 0 ? ["–"] : unit(number(delays[delays.length >> 1]), "ms")));
    this.figures.shape.replaceChildren(element("small", {}, told.shape || told.protocol));
    drawLines(this.plot, [
      { color: "doubt", values: this.history.map((sample) => sample.bytes), least: 1 },
      { color: "accent", values: this.history.map((sample) => sample.images), least: 1 },
      { color: "bad", values: this.history.map((sample) => sample.imagesLost), least: 1 },
    ], Math.max(60, this.history.length));
    const losses = [...Object.entries(told.imagesLost), ...Object.entries(told.losses), ...Object.entries(told.bytesDropped).map(([cause, count]) => [`${t("bytes")}: ${cause}`, count])];
    this.losses.replaceChildren(...(losses.length === 0 ? [element("li", {}, t("noLosses"))]
      : losses.map(([cause, count]) => element("li", {}, element("span", {}, cause), element("b", {}, number(count))))));
    this.state = told.connection;
  }

  addMessages(told) {
    this.messages.append(...told.messages.map((words) => element("li", {}, words)));
    while (this.messages.children.length > 50) this.messages.firstChild.remove();
    this.messages.scrollTop = this.messages.scrollHeight;
  }

  pause(isPaused) {
    this.isPaused = isPaused;
    this.pauseButton.textContent = isPaused ? t("goOn") : t("pause");
    this.pauseButton.setAttribute("aria-pressed", `${isPaused}`);
  }

  showBoxes() {
    const isShown = this.boxesButton.getAttribute("aria-pressed") !== "true";
    this.boxesButton.setAttribute("aria-pressed", `${isShown}`);
    this.picture.lines.style.display = isShown ? "" : "none";
    this.picture.fields.style.display = isShown ? "" : "none";
  }

  async draw() {
    toast(t("drawing"));
    this.picture.view.scrollIntoView({ block: "nearest" });
    return this.picture.draw();
  }

  correct(report, index = 0) {
    if (report.picture !== null) this.correction.open(report, index);
  }

  async record() {
    const on = !this.isRecording;
    if (await trying(() => request("PUT", `${this.path}/recording`, { on }))) {
      toast(on ? t("recordingOn") : t("recordingOff"));
    }
  }
}
