// Elements made in code. All text is set as text: nothing that a board sends is ever markup.

// An element with attributes, listeners (`onclick`) and children, which are elements or text.
function element(name, attributes = {}, ...children) {
  const made = name.startsWith("svg:")
    ? document.createElementNS("http://www.w3.org/2000/svg", name.slice(4))
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function button(words, onclick, attributes = {}) {
  return element("button", { type: "button", onclick, ...attributes }, words);
}

function card(title, attributes, ...children) {
  const head = element("header", {}, element("h2", {}, title));
  const made = element("section", { ...attributes, class: `card ${attributes.class ?? ""}`, "aria-label": title }, head, ...children);
  made.head = head;
  return made;
}

function labelled(words, control, attributes = {}) {
  return element("label", attributes, words, control);
}

// A message that goes by itself; `action` is a button in it: words and what it does.
function toast(words, { isBad = false, action = null } = {}) {
  const made = element("div", { class: isBad ? "toast bad" : "toast" }, element("span", {}, words));
  if (action) {
    made.append(button(action.words, () => { made.remove(); action.act(); }));
  }
  const all = document.getElementById("toasts");
  while (all.children.length > 3) all.firstChild.remove();
  all.append(made);
  setTimeout(() => made.remove(), action ? 12000 : 5000);
}
