// How the service does: asks every five seconds and draws. No library, no inline code.

const SECONDS = 5, HOUR = 3600, LEAST = 720, SLOT = 10;
const LEVELS = ["exact", "exact-weak", "near", "possible", "lead", "allowed", "ignorable", "none"];
const ACTIONS = ["block", "quarantine", "review", "allow"];
const HEIGHT = 150, LEFT = 44, BOTTOM = 18;

const by = (id) => document.getElementById(id);
let csrf = "", timer = 0, span = HOUR, width = 600;

function made(name, attributes = {}, text = "") {
  const svg = ["svg", "path", "line", "rect", "text"].includes(name);
  const one = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  if (text !== "") one.textContent = text;
  return one;
}

const grouped = (n) => Number(n).toLocaleString("en-GB", { maximumFractionDigits: n < 10 ? 1 : 0 });

function lasting(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]]) {
    if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${unit}`;
  }
  return `${Math.floor(seconds)} s`;
}

async function ask(path, options = {}) {
  const answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  if (answer.status === 401) throw new Denied();
  const content = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(content.detail || `The service answers ${answer.status}.`);
  return content;
}

class Denied extends Error {}

const send = (path, given) => ask(path, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given),
});

// -- drawing

function frame(svg, most, now, unit) {
  svg.replaceChildren();
  width = svg.clientWidth || 600; // one unit is one pixel, so that words are not stretched
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  for (const share of [0, 0.5, 1]) {
    const y = HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - 8);
    svg.append(made("line", { class: "grid", x1: LEFT, x2: width, y1: y, y2: y }));
    svg.append(made("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, grouped(share * most)));
  }
  for (const share of [1, 0.75, 0.5, 0.25, 0]) {
    const x = place(now - share * span, now), minutes = Math.round((share * span) / 60);
    const anchor = share === 0 ? "end" : share === 1 ? "start" : "middle";
    svg.append(made("text", { x, y: HEIGHT - 2, "text-anchor": anchor }, minutes ? `-${minutes} min` : "now"));
  }
  svg.setAttribute("aria-label", unit);
}

const place = (at, now) => LEFT + (width - LEFT) * (1 - (now - at) / span);

function nice(value) {
  const size = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((n) => n * size).find((n) => n >= value);
}

function height(value, most) {
  return HEIGHT - BOTTOM - (Math.min(value, most) / most) * (HEIGHT - BOTTOM - 8);
}

function line(svg, slots, key, most, now, style) {
  let path = "", last = 0;
  for (const slot of slots) {
    if (slot[key] === null) continue;
    const x = place(slot.at, now).toFixed(1), y = height(slot[key], most).toFixed(1);
    path += `${path && slot.at - last <= 3 * SLOT ? "L" : "M"}${x} ${y}`;
    path += slot.at - last > 3 * SLOT ? `L${(Number(x) + 1.5).toFixed(1)} ${y}` : "";
    last = slot.at;
  }
  svg.append(made("path", { d: path || "M0 0", class: style, "vector-effect": "non-scaling-stroke" }));
}

function bars(svg, slots, key, names, now, legend) {
  const minutes = new Map(), total = {};
  for (const slot of slots) {
    const minute = Math.floor(slot.at / 60) * 60;
    if (!minutes.has(minute)) minutes.set(minute, {});
    for (const [name, count] of Object.entries(slot[key])) {
      minutes.get(minute)[name] = (minutes.get(minute)[name] || 0) + count;
      total[name] = (total[name] || 0) + count;
    }
  }
  const sums = [...minutes.values()].map((one) => Object.values(one).reduce((a, b) => a + b, 0));
  const most = nice(Math.max(1, ...sums));
  frame(svg, most, now, `${key} by minute`);
  for (const [minute, counts] of minutes) {
    let below = 0;
    for (const name of names) {
      if (!counts[name]) continue;
      const top = height(below + counts[name], most), bottom = height(below, most);
      const x = Math.max(LEFT, place(minute, now));
      svg.append(made("rect", { class: name, x, y: top, width: Math.max(1, Math.min(width - x, ((width - LEFT) * 60) / span - 2)), height: Math.max(0.5, bottom - top) }));
      below += counts[name];
    }
  }
  legend.replaceChildren();
  for (const name of names) {
    if (!total[name]) continue;
    const one = made("span", { class: `key ${name}` });
    one.append(made("span", {}, `${name} ${grouped(total[name])}`));
    legend.append(one);
  }
}

function charts(slots) {
  const now = Math.max(Date.now() / 1000, ...slots.map((slot) => slot.at));
  const first = Math.min(now, ...slots.map((slot) => slot.at));
  span = Math.min(HOUR, Math.max(LEAST, Math.ceil((now - first) / 240) * 240));
  const most = nice(Math.max(1, ...slots.map((slot) => slot.rate)));
  frame(by("rate"), most, now, "requests per second over the last hour");
  line(by("rate"), slots, "rate", most, now, "l1");
  const slowest = nice(Math.max(1, ...slots.map((slot) => slot.p99 || 0)));
  frame(by("time"), slowest, now, "time of an answer in milliseconds over the last hour");
  line(by("time"), slots, "p50", slowest, now, "l1");
  line(by("time"), slots, "p99", slowest, now, "l2");
  bars(by("found"), slots, "levels", LEVELS, now, by("levels"));
  bars(by("decided"), slots, "actions", ACTIONS, now, by("actions"));
}

function card(value, label, bad = false) {
  const one = made("div", { class: bad ? "card bad" : "card" });
  one.append(made("b", {}, value), document.createTextNode(label));
  return one;
}

function cards(status, slots) {
  const { lists = {}, workers = {}, review = {}, policy = {} } = status;
  const last = slots.filter((slot) => slot.at > Date.now() / 1000 - 60);
  const rate = last.reduce((sum, slot) => sum + slot.rate, 0) * SLOT / 60;
  const failed = slots.reduce((sum, slot) => sum + slot.failed, 0);
  by("cards").replaceChildren(
    card(grouped(rate), "requests per second"),
    card(grouped(failed), "failed in the last hour", failed > 0),
    card(grouped(lists.entries ?? 0), lists.enabled === 1 ? "entries on one list" : `entries on ${lists.enabled ?? 0} lists`, !lists.enabled),
    card(lasting(lists.age_seconds), "since the lists were looked at", !(lists.age_seconds < 30)),
    card(grouped(workers.queued ?? 0), `being examined, by ${workers.most ?? 0} workers`, !workers.most),
    card(`${workers.sandbox ?? 0} of 4`, "sandbox level", (workers.sandbox ?? 0) < 3),
    card(grouped(review.waiting ?? 0), "wait for a person", false),
    card(grouped(review.floods ?? 0), "entries held as floods", (review.floods ?? 0) > 0),
    card((policy.version || "–").slice(0, 6), policy.trouble ? "policy; the file is broken" : "policy in force", Boolean(policy.trouble)),
  );
}

function rows(table, found) {
  table.tBodies[0].replaceChildren(...found.map(([name, good, why]) => {
    const row = made("tr");
    row.append(made("td", {}, name), made("td", { class: good ? "good" : "bad" }, good ? "good" : "failing"), made("td", {}, why || ""));
    return row;
  }));
}

const only = (id) => ["enter", "begin", "finish", "kept"].forEach((one) => { by(one).hidden = one !== id; });

function show(status, slots) {
  only("");
  by("shown").hidden = by("leave").hidden = false;
  by("state").textContent = status.ready ? "ready" : "not ready";
  by("state").className = `state ${status.ready ? "good" : "bad"}`;
  document.title = `${status.ready ? "" : "(!) "}Tidebreak: how the service does`;
  cards(status, slots);
  charts(slots);
  rows(by("checks"), (status.checks || []).map((one) => [one.name, one.good, one.why]));
  const gates = status.gates || [];
  by("gates-part").hidden = gates.length === 0;
  rows(by("gates"), gates.map((one) => [`${one.name} ${one.listen || ""}`, !one.trouble, `${one.trouble || ""} on failure: ${one.on_failure}`]));
  by("seen").textContent = `Seen at ${new Date().toLocaleTimeString("en-GB")}; version ${status.software || "?"}, up ${lasting(status.uptime_seconds)}.`;
}

// -- asking

async function look() {
  try {
    const [status, history] = await Promise.all([ask("/v1/status"), ask("/v1/status/history")]);
    show(status, history.slots);
  } catch (error) {
    if (error instanceof Denied) return enter();
    by("state").textContent = "does not answer";
    by("state").className = "state bad";
  }
  timer = setTimeout(look, SECONDS * 1000);
}

function enter() {
  clearTimeout(timer);
  only("enter");
  by("shown").hidden = by("leave").hidden = true;
  by("state").textContent = "logged out";
  by("state").className = "state";
}

by("enter").addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(by("enter")));
  try {
    const session = await send("/v1/session", given);
    csrf = session.csrf;
    by("enter").reset();
    by("denied").textContent = "";
    look();
  } catch (error) {
    by("denied").textContent = error instanceof Denied ? "That is not right; try again." : error.message;
  }
});

by("leave").addEventListener("click", async () => {
  clearTimeout(timer);
  try {
    if (!csrf) csrf = (await ask("/v1/session")).csrf;
    await ask("/v1/session", { method: "DELETE", headers: { "X-CSRF-Token": csrf } });
  } finally {
    csrf = "";
    enter();
  }
});

// -- an account for somebody who was invited; what is secret stays in this page, and is wiped from it

let invitation = "";

function step(form, alarm, work) {
  by(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await work(Object.fromEntries(new FormData(by(form))));
      by(form).reset();
      by(alarm).textContent = "";
    } catch (error) {
      by(alarm).textContent = error.message;
    }
  });
}

step("begin", "uninvited", async (given) => {
  invitation = given.invitation.trim();
  const invited = await send("/v1/set-up", { invitation });
  by("welcome").textContent = invited.name;
  by("secret").textContent = invited.secret;
  by("uri").textContent = invited.uri;
  only("finish");
});

step("finish", "unfinished", async ({ password, again, code }) => {
  if (password !== again) throw new Error("The two passwords are not the same.");
  const account = await send("/v1/set-up/finish", { invitation, password, code });
  by("codes").replaceChildren(...account.recovery_codes.map((one) => made("li", {}, one)));
  forget();
  only("kept");
});

function forget() {
  invitation = "";
  for (const id of ["welcome", "secret", "uri"]) by(id).textContent = "";
}

by("invited").addEventListener("click", () => only("begin"));
by("back").addEventListener("click", () => only("enter"));
by("done").addEventListener("click", () => {
  by("codes").replaceChildren();
  only("enter");
});

look();
