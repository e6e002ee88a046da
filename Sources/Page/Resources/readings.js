// The last readings with their pictures, and the doubtful ones.

class ReadingList {
  constructor(title, empty, choose) {
    this.choose = choose;
    this.empty = empty;
    this.items = element("div", { class: "recent" });
    this.hint = element("p", { class: "hint" }, empty);
    this.view = card(title, {}, this.items, this.hint);
  }

  // Shows these reports; what is there already stays, with its picture.
  show(camera, reports) {
    const known = new Map([...this.items.children].map((item) => [item.dataset.picture, item]));
    const shown = reports.filter((report) => report.picture !== null).map((report) =>
      known.get(`${report.picture}`) ?? this.item(camera, report));
    this.hint.hidden = shown.length > 0;
    this.items.replaceChildren(...shown);
  }

  item(camera, report) {
    const sure = Math.round(100 * report.least);
    return element("button", {
      type: "button", "data-picture": `${report.picture}`, onclick: () => this.choose(report),
    },
    element("img", { src: `/api/cameras/${camera}/pictures/${report.picture}`, alt: "", loading: "lazy" }),
    element("span", { class: "text" }, report.text.replaceAll("\n", " ") || t("nothing")),
    element("span", { class: "facts" },
      element("span", {}, report.time ? new Date(report.time).toLocaleTimeString(language) : `${report.image}`),
      report.lines.length > 0 ? element("span", { class: `chip ${sureness(report.least) === "sure" ? "good" : sureness(report.least) === "doubtful" ? "doubtful" : "refused"}` }, `${sure} %`) : null));
  }
}
