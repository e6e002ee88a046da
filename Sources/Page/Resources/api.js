// Requests to the program, and what it tells by itself.

class Refusal extends Error {}

async function request(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: method === "GET" ? {} : { "Content-Type": "application/json" },
      body: method === "GET" ? undefined : JSON.stringify(body ?? {}),
    });
  } catch {
    throw new Refusal(t("away"));
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(told.error ?? answer.statusText);
  return told;
}

const get = (path) => request("GET", path);

// Does what may be refused, and shows why it was.
async function trying(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    toast(error.message, { isBad: true });
    return null;
  }
}

// The program's events, while this page is seen: a hidden page needs none and keeps none of the few
// connections that a browser has for one address.
class Events {
  constructor(handlers) {
    this.handlers = handlers;
    this.source = null;
    document.addEventListener("visibilitychange", () => this.follow());
    this.follow();
  }

  follow() {
    if (document.hidden) {
      this.source?.close();
      this.source = null;
    } else if (!this.source || this.source.readyState === EventSource.CLOSED) {
      this.open();
    }
  }

  open() {
    const source = new EventSource("/api/events");
    this.source = source;
    source.onopen = () => this.handlers.there(true);
    source.onerror = () => {
      this.handlers.there(false);
      // A browser gives up after an answer that is an error; this page doesn't.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.follow(), 3000);
    };
    for (const name of ["reading", "link", "messages", "changed"]) {
      source.addEventListener(name, (event) => this.handlers[name](JSON.parse(event.data)));
    }
    source.addEventListener("picture", (event) => {
      const end = event.data.indexOf("\n");
      const told = JSON.parse(event.data.slice(0, end));
      told.url = told.type ? `data:${told.type};base64,${event.data.slice(end + 1)}` : null;
      this.handlers.picture(told);
    });
  }
}
