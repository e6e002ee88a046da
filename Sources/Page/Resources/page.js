// Starts the page: language, theme, cameras, events.

const themes = ["auto", "light", "dark"];

function setTheme(theme) {
  const button = document.getElementById("theme");
  if (theme === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset.theme = theme;
  button.title = { auto: t("themeAuto"), light: t("themeLight"), dark: t("themeDark") }[theme];
  button.setAttribute("aria-label", `${t("theme")}: ${button.title}`);
  button.onclick = () => {
    const next = themes[(themes.indexOf(theme) + 1) % themes.length];
    remember("theme", next);
    setTheme(next);
  };
}

function setLanguage() {
  const preferred = navigator.languages?.find((name) => /^(zh|en)\b/i.test(name)) ?? "en";
  language = remembered("language") ?? (/^zh/i.test(preferred) ? "zh" : "en");
  if (!texts[language]) language = "en";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  const button = document.getElementById("language");
  button.textContent = t("language");
  button.title = t("languageTitle");
  button.onclick = () => {
    remember("language", language === "en" ? "zh" : "en");
    location.reload();
  };
}

// The last part of a port's path, which tells ports apart.
const shortened = (name) => name.slice(name.lastIndexOf("/") + 1) || name;

class Page {
  constructor(cameras) {
    this.cameras = cameras;
    this.views = new Map(cameras.map(({ camera }) => [camera, new CameraView(camera)]));
    this.states = new Map();
    this.tiles = new Map();
    this.build();
    this.choose(Number(location.hash.slice(1)) || cameras[0].camera);
    const of = (told) => this.views.get(told.camera);
    this.events = new Events({
      there: (isThere) => { this.isThere = isThere; this.showState(); },
      picture: (told) => {
        if (told.camera === this.chosen) of(told)?.showPicture(told);
        this.showThumbnail(told);
      },
      reading: (told) => { of(told)?.showReading(told); this.showText(told); },
      link: (told) => {
        this.states.set(told.camera, told.connection);
        if (told.camera === this.chosen) of(told)?.showLink(told);
        this.showState();
      },
      messages: (told) => of(told)?.addMessages(told),
      changed: (told) => { of(told)?.loadCamera(); of(told)?.loadFields(); },
    });
  }

  build() {
    if (this.cameras.length < 2) return;
    const tabs = document.getElementById("cameras");
    tabs.hidden = false;
    for (const { camera, name } of this.cameras) {
      const tile = { image: element("img", { alt: "" }), text: element("span") };
      tile.tab = button(tile.image, () => this.choose(camera), { class: "tile", role: "tab", id: `tab-${camera}` });
      tile.tab.title = name;
      tile.tab.append(element("b", {}, shortened(name)), tile.text);
      this.tiles.set(camera, tile);
      tabs.append(tile.tab);
    }
    tabs.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const all = this.cameras.map(({ camera }) => camera);
      const next = all[(all.indexOf(this.chosen) + step + all.length) % all.length];
      this.choose(next);
      this.tiles.get(next).tab.focus();
    });
  }

  choose(camera) {
    if (!this.views.has(camera)) camera = this.cameras[0].camera;
    this.chosen = camera;
    document.getElementById("camera").replaceChildren(...this.views.get(camera).view);
    for (const [number, { tab }] of this.tiles) {
      tab.setAttribute("aria-selected", `${number === camera}`);
      tab.tabIndex = number === camera ? 0 : -1;
    }
    if (this.cameras.length > 1) history.replaceState(null, "", `#${camera}`);
    this.showState();
  }

  showThumbnail(told) {
    const tile = this.tiles.get(told.camera);
    const now = performance.now();
    if (!tile || !told.url || now - (tile.drawn ?? -9000) < 1000) return;
    tile.drawn = now;
    tile.image.src = told.url;
  }

  showText(told) {
    const tile = this.tiles.get(told.camera);
    if (tile) tile.text.textContent = told.text.split("\n")[0] || "–";
  }

  showState() {
    const state = document.getElementById("state");
    const name = this.cameras.find(({ camera }) => camera === this.chosen)?.name ?? "";
    state.title = name;
    const now = this.isThere === false ? "away" : this.states.get(this.chosen) ?? "disconnected";
    const words = now === "away" ? t("away") : `${shortened(name)} · ${t(now)}`;
    if (state.textContent === words) return;
    state.dataset.state = now;
    state.replaceChildren(element("span", {}, words));
  }
}

setLanguage();
setTheme(themes.includes(remembered("theme")) ? remembered("theme") : "auto");
const told = await trying(() => get("/api/cameras"));
if (told) new Page(told.cameras);
else setTimeout(() => location.reload(), 3000);
