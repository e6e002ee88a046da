// The camera's values: their places, what they say, and a form for each.

const quantities = [
  "water", "gas", "energy", "power", "temperature", "humidity", "pressure", "volume", "voltage",
  "current", "speed", "weight", "distance", "duration", "frequency",
];

class Fields {
  constructor(camera, { changed, draw }) {
    this.camera = camera;
    this.changed = changed;
    this.list = element("ul", { class: "fields" });
    this.hint = element("p", { class: "hint" }, t("noFields"));
    this.fleeting = element("p", { class: "hint", hidden: true }, t("notKept"));
    this.view = card(t("fields"), { id: "fields" }, this.list, this.hint, this.fleeting);
    this.view.head.append(button("+", async () => { const box = await draw(); if (box) this.edit({ box }); }, { "aria-label": t("drawField") }));
    this.form();
  }

  show(fields) {
    this.fields = fields;
    this.hint.hidden = fields.length > 0;
    this.list.replaceChildren(...fields.map((field) => this.item(field)));
  }

  item(field) {
    const value = field.value;
    const shown = value?.number ?? value?.text ?? value?.lastGood?.number ?? "–";
    return element("li", { "data-field": field.name },
      element("span", { class: "name" }, field.name),
      element("span", { class: "value" }, `${shown || "–"} ${field.unit}`.trim()),
      element("span", { class: "row" },
        element("span", { class: `chip ${value?.state ?? ""}` }, value ? t(value.state) : t("notYet")),
        value?.reason ? element("span", {}, t("reasons")[value.reason] ?? value.reason) : null,
        value?.lastGood && value.state !== "good"
          ? element("span", {}, `${t("lastGood")} ${value.lastGood.number ?? value.lastGood.text}`) : null,
        button(t("edit"), () => this.edit(field), { class: "quiet push" }),
        button(t("remove"), () => this.remove(field), { class: "quiet danger" })));
  }

  form() {
    const input = (type, attributes) => element("input", { type, autocomplete: "off", ...attributes });
    this.inputs = {
      name: input("text", { required: true, pattern: "[A-Za-z0-9_\\-]{1,64}", title: t("nameHint"), placeholder: "meter" }),
      digits: input("number", { min: 1, max: 18, placeholder: t("any") }),
      decimals: input("number", { min: 0, max: 9, placeholder: "0" }),
      unit: input("text", { maxlength: 16, placeholder: "m³" }),
      quantity: element("select", {},
        element("option", { value: "" }, t("quantityNone")),
        ...quantities.map((name) => element("option", { value: name }, name))),
      pattern: input("text", { maxlength: 250, placeholder: "[0-9]{5}\\.[0-9]", spellcheck: false }),
      mostPerHour: input("number", { min: 0, step: "any" }),
      least: input("number", { step: "any" }),
      most: input("number", { step: "any" }),
      grows: input("checkbox"),
      box: input("text", { required: true, pattern: "\\s*\\d+(\\s*,\\s*\\d+){3}\\s*", inputmode: "numeric" }),
    };
    const named = (name, attributes) => labelled(t(name), this.inputs[name], attributes);
    this.problem = element("p", { class: "problem", role: "alert" });
    this.dialog = element("dialog", { class: "field-form" },
      element("form", { method: "dialog", onsubmit: (event) => this.submit(event) },
        element("h2", {}, t("fieldTitle")),
        element("div", { class: "grid" },
          named("name", { class: "wide" }), named("digits"), named("decimals"), named("unit"),
          named("quantity"), named("pattern", { class: "wide" }), named("mostPerHour"),
          element("label", { class: "check" }, this.inputs.grows, t("grows")),
          named("least"), named("most"), named("box", { class: "wide" })),
        this.problem,
        element("div", { class: "actions" },
          button(t("cancel"), () => this.dialog.close()),
          element("button", { type: "submit", class: "primary" }, t("save")))));
    document.body.append(this.dialog);
  }

  edit(field) {
    for (const [name, input] of Object.entries(this.inputs)) {
      if (name === "box") {
        const { x, y, width, height } = field.box;
        input.value = `${x}, ${y}, ${width}, ${height}`;
      } else if (name === "grows") {
        input.checked = field.grows ?? false;
      } else {
        input.value = field[name] ?? "";
      }
    }
    this.inputs.name.readOnly = field.name !== undefined;
    this.problem.textContent = "";
    this.dialog.showModal();
  }

  async submit(event) {
    event.preventDefault();
    const number = (name) => (this.inputs[name].value === "" ? null : Number(this.inputs[name].value));
    const [x, y, width, height] = this.inputs.box.value.split(",").map(Number);
    const body = { box: { x, y, width, height }, grows: this.inputs.grows.checked };
    for (const name of ["digits", "decimals", "mostPerHour", "least", "most"]) body[name] = number(name);
    for (const name of ["unit", "quantity", "pattern"]) body[name] = this.inputs[name].value.trim() || null;
    try {
      await request("PUT", `/api/cameras/${this.camera}/fields/${encodeURIComponent(this.inputs.name.value)}`, body);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.problem.textContent = error.message;
      return;
    }
    this.dialog.close();
    this.changed();
  }

  async remove(field) {
    if (!window.confirm(t("removeField", { name: field.name }))) return;
    await trying(() => request("DELETE", `/api/cameras/${this.camera}/fields/${encodeURIComponent(field.name)}`));
    this.changed();
  }
}
