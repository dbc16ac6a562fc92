// What the pages gain from a script: the reader's own time, parts that arrive later, keys.
// Every page works without it, but for the parts, which are links then.

const show = {
  time: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }),
  day: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" }),
};

function localise(root) {
  for (const one of root.querySelectorAll("time[data-show]")) {
    one.textContent = show[one.dataset.show].format(new Date(one.dateTime));
  }
}

function say(words) {
  document.getElementById("said").textContent = words;
}

async function bring(place) {
  try {
    const answer = await fetch(place.dataset.part, { headers: { Accept: "text/html" } });
    if (answer.status === 401) return location.reload(); // to the door, and back here
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.getElementById("part") ?? page.querySelector("main .empty");
    if (part === null) throw new Error("no part");
    place.replaceChildren(...part.childNodes);
    localise(place);
  } catch {
    place.querySelector(".skeleton")?.remove();
    place.querySelector(".sorry")?.removeAttribute("hidden");
    place.querySelector(".loading")?.classList.add("failed");
  }
  place.removeAttribute("aria-busy");
}

function dateControl() {
  const input = document.getElementById("local");
  if (input === null) return;
  const local = (moment) => {
    const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
    return shifted.toISOString().slice(0, 16);
  };
  input.value = local(new Date(input.dataset.utc));
  input.max = local(new Date());
  input.form.querySelector(".zone").textContent = "";
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const address = new URL(location.href);
    const moment = new Date(Math.min(new Date(input.value), Date.now()));
    address.searchParams.set("asOf", moment.toISOString().replace(/\.\d+Z$/, "Z"));
    address.searchParams.delete("after");
    location.assign(address);
  });
}

function keys() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const open = document.querySelector("details.menu[open]");
      if (open !== null) {
        open.open = false;
        open.querySelector("summary").focus();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (target === null) return;
    event.preventDefault();
    if (target.matches("input")) target.focus();
    else target.click();
  });
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.menu[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });
}

function filters() {
  for (const form of document.querySelectorAll("form.filters")) {
    form.addEventListener("change", (event) => {
      if (event.target.matches("select, input[type=checkbox]")) form.requestSubmit();
    });
    form.addEventListener("submit", () => {
      for (const field of form.elements) field.disabled ||= field.value === "";
    });
  }
}

function copying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (button === null) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    say("Copied");
    button.textContent = "Copied";
  });
}

function preview() {
  const form = document.querySelector("form[data-preview]");
  if (form === null) return;
  const place = document.getElementById("preview");
  let turn = 0;
  let waiting;
  const ask = async () => {
    const mine = ++turn;
    place.setAttribute("aria-busy", "true");
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (answer.status === 401) {
      const words = document.createElement("p");
      words.textContent = "You are signed out. Sign in again in another tab, and nothing that you wrote here is lost.";
      place.replaceChildren(words);
      place.removeAttribute("aria-busy");
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== turn) return;
    place.replaceChildren(...(page.getElementById("part") ?? page.querySelector("main")).childNodes);
    place.removeAttribute("aria-busy");
    localise(place);
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 400);
  });
}

// What is being made anew is looked at again, for as long as there is something to wait for.
function watching() {
  const views = document.getElementById("views");
  if (views === null || views.querySelector("progress") === null) return;
  setTimeout(async () => {
    const busy = views.contains(document.activeElement) || views.querySelector("details[open]") !== null;
    if (!busy) {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
      const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
      const fresh = page?.getElementById("views") ?? null;
      if (fresh !== null) views.replaceChildren(...fresh.childNodes);
    }
    watching();
  }, 5000);
}

function door() {
  const form = document.querySelector("form[action='/sign-in']");
  const here = location.pathname.startsWith("/sign-") ? "/" : location.pathname + location.search;
  const link = document.querySelector("a[data-next]");
  if (link !== null) link.href = `/.auth/login/aad?post_login_redirect_uri=${encodeURIComponent(here)}`;
  if (form === null) return;
  form.elements.next.value = here;
  const token = location.hash.slice(1);
  if (token.length < 20) return;
  history.replaceState(null, "", location.pathname + location.search);
  form.elements.token.value = token;
  form.submit();
}

localise(document);
door();
dateControl();
keys();
filters();
copying();
preview();
watching();
for (const place of document.querySelectorAll("[data-part]")) bring(place);
