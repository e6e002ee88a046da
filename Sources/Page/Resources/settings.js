// How the camera is mounted, and what its board is asked for.

const turns = [["upright", "↑"], ["right", "→"], ["upside-down", "↓"], ["left", "←"]];

class Settings {
  constructor(camera, { draw }) {
    this.camera = camera;
    this.mounts = turns.map(([name, arrow]) =>
      button(arrow, () => this.turn(name, this.isMirrored), { title: t("mountNames")[name], "aria-label": t("mountNames")[name], "data-mount": name }));
    this.mirror = button("⇋", () => this.turn(this.turned, !this.isMirrored), { title: t("mirrored"), "aria-label": t("mirrored") });
    this.format = this.choice([]);
    this.delivery = this.choice([]);
    this.exposure = this.choice([["camera", t("exposureCamera")], ["text", t("exposureText")], ["+1", "+1"], ["-1", "−1"]]);
    this.rate = element("input", { type: "number", min: 0, max: 1000, step: "any", placeholder: t("unchanged") });
    this.region = element("input", { type: "text", placeholder: t("unchanged"), pattern: "\\s*\\d+(\\s*,\\s*\\d+){3}\\s*", "aria-label": t("region") });
    this.asks = element("form", { class: "grid board", onsubmit: (event) => this.ask(event) },
      labelled(t("format"), this.format), labelled(t("delivery"), this.delivery),
      labelled(t("rate"), this.rate), labelled(t("exposure"), this.exposure),
      labelled(`${t("region")} (x, y, w, h)`, this.region, { class: "wide" }),
      element("div", { class: "turns wide" },
        button(t("drawRegion"), async () => {
          const box = await draw();
          if (box) this.region.value = [box.x, box.y, box.width, box.height].join(", ");
        }),
        button(t("whole"), () => this.send({ whole: true })),
        element("button", { type: "submit", class: "primary" }, t("askBoard"))));
    this.reason = element("p", { class: "hint" });
    this.view = card(t("settings"), { id: "settings" },
      element("p", { class: "hint" }, t("mount")),
      element("div", { class: "turns", role: "group", "aria-label": t("mount") }, ...this.mounts, this.mirror),
      this.asks, this.reason);
  }

  choice(options) {
    return element("select", {}, element("option", { value: "" }, t("unchanged")),
      ...options.map(([value, words]) => element("option", { value }, words)));
  }

  show(told) {
    const [turned, mirrored] = (told.mount ?? "upright").split(",");
    this.turned = turned;
    this.isMirrored = mirrored !== undefined;
    for (const choice of this.mounts) {
      choice.setAttribute("aria-pressed", `${told.mount !== null && choice.dataset.mount === turned}`);
    }
    this.mirror.setAttribute("aria-pressed", `${this.isMirrored}`);
    const can = told.abilities.settings;
    this.asks.hidden = !can.available;
    this.asks.style.display = can.available ? "" : "none";
    this.reason.textContent = can.available ? "" : t("unavailable", { reason: can.reason });
    if (this.format.options.length === 1) {
      this.format.append(...told.formats.map((name) => element("option", { value: name }, name)));
      const words = { images: t("deliverImages"), text: t("deliverText"), both: t("deliverBoth") };
      this.delivery.append(...told.deliveries.map((name) => element("option", { value: name }, words[name] ?? name)));
    }
  }

  turn(name, isMirrored) {
    return trying(() => request("PUT", `/api/cameras/${this.camera}/mount`, { mount: name + (isMirrored ? ",mirrored" : "") }));
  }

  ask(event) {
    event.preventDefault();
    const body = {};
    for (const name of ["format", "delivery", "exposure"]) if (this[name].value) body[name] = this[name].value;
    if (this.rate.value !== "") body.rate = Number(this.rate.value);
    if (this.region.value.trim()) {
      const [x, y, width, height] = this.region.value.split(",").map(Number);
      body.region = { x, y, width, height };
    }
    return this.send(body);
  }

  async send(body) {
    if (await trying(() => request("PUT", `/api/cameras/${this.camera}/settings`, body))) toast(t("asked"));
  }
}
