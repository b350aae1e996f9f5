"use strict";
// The page of imagematch-server. It asks the JSON interface beside it, and keeps nothing but the
// token, until the tab is closed.

const WAIT = 250; // milliseconds after the last change of an option, before it searches again
const $ = (id) => document.getElementById(id);
const state = { query: null, url: null, id: null, shown: null, asked: 0, timer: 0, cutoff: null };

class Problem extends Error {}

async function ask(path, options = {}) {
  const token = sessionStorage.getItem("token");
  const headers = { ...options.headers };
  if (token) headers.Authorization = `Bearer ${token}`;
  let answer;
  try {
    answer = await fetch(path, { ...options, headers });
  } catch {
    throw new Problem("The service can't be reached.");
  }
  if (answer.status === 401) {
    openToken();
    throw new Problem("This needs the token of the service.");
  }
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Problem(problem.detail || `The service answered ${answer.status}.`);
  }
  return answer;
}

const json = async (path, options) => (await ask(path, options)).json();
const base = () => `/api/indexes/${encodeURIComponent($("index").value)}`;
const pictureOf = (id) => `${base()}/pictures/${encodeURIComponent(id)}`;

function tell(text, wrong = false) {
  $("status").textContent = text;
  $("status").classList.toggle("wrong", wrong);
}

async function trying(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    tell(error.message, true);
  }
}

// What is changed is changed in the order in which it was asked for: a deletion waits for the
// addition before it.
let changes = Promise.resolve();

function inTurn(change) {
  changes = changes.catch(() => {}).then(change);
  return changes;
}

// key=value pairs, as the command takes them → what `where` takes, or metadata.
function pairs(text, signs) {
  const found = {};
  for (const part of text.match(/(?:[^\s"]|"[^"]*")+/g) ?? []) {
    const match = part.match(/^(.+?)(!=|<=|>=|=|<|>)(.*)$/s);
    if (!match || (!signs && match[2] !== "=")) throw new Problem(`“${part}” is not key=value.`);
    const [, key, sign, raw] = match;
    const value = valueOf(raw);
    if (!signs) found[key] = value;
    else if (sign === "=") found[key] = [...(Array.isArray(found[key]) ? found[key] : []), value];
    else found[key] = { ...found[key], [sign === "!=" ? "not" : sign]: value };
  }
  return Object.keys(found).length ? JSON.stringify(found) : null;
}

function valueOf(raw) {
  const text = raw.replace(/^"(.*)"$/s, "$1");
  if (text !== raw) return text;
  try {
    const value = JSON.parse(raw);
    return typeof value === "object" && value !== null ? raw : value;
  } catch {
    return raw;
  }
}

// Searching

function formOfPicture() {
  const form = new FormData();
  if (state.query) form.append("picture", state.query, "picture");
  else if (state.url) form.append("url", state.url);
  else if (state.id) form.append("id", state.id);
  return form;
}

const isAsking = () => state.query || state.url || state.id;

function search() {
  return trying(async () => {
    if (!isAsking()) return;
    const asked = ++state.asked;
    tell("Searching …");
    await named();
    if (asked !== state.asked) return;
    const form = formOfPicture();
    const where = pairs($("filter").value, true);
    if (where) form.append("where", where);
    if (state.cutoff !== null) form.append("cutoff", state.cutoff);
    form.append("thorough", $("thorough").value);
    form.append("all_orientations", $("all-orientations").checked);
    let found;
    try {
      found = await json(`${base()}/search`, { method: "POST", body: form });
    } catch (error) {
      if (asked !== state.asked) return;
      $("results").replaceChildren();
      throw error;
    }
    if (asked !== state.asked) return; // another search was begun meanwhile
    showCutoff(found.cutoff);
    $("results").replaceChildren(...found.hits.map(cardOf));
    const count = found.hits.length;
    const more = found.truncated ? " There may be more." : "";
    const copies = count === 1 ? "1 copy." : count ? `${count} copies, the nearest first.` : "No copy.";
    tell(copies + more);
  });
}

function later() {
  clearTimeout(state.timer);
  state.timer = setTimeout(search, WAIT);
}

function showCutoff(cutoff) {
  $("cutoff").value = cutoff;
  $("cutoff-value").textContent = Number(cutoff).toFixed(2);
}

function takeFile(file) {
  if (!file) return;
  Object.assign(state, { query: file, url: null, id: null });
  $("path").value = file.name ?? "";
  showQuery(URL.createObjectURL(file));
  search();
}

function takeUrl(url) {
  Object.assign(state, { query: null, url, id: null });
  $("path").value = url;
  showQuery(url);
  search();
}

function takeHit(hit) {
  Object.assign(state, { query: null, url: null, id: hit.id });
  showQuery(hit.picture);
  search().then(() => $("results").focus());
}

function showQuery(address) {
  if (state.shown?.startsWith("blob:")) URL.revokeObjectURL(state.shown);
  state.shown = address;
  $("adding").hidden = Boolean(state.id);
  show($("query"), address);
}

async function show(image, address) {
  image.hidden = !address;
  image.onerror = () => { image.hidden = true; };
  if (!address) return image.removeAttribute("src");
  if (!address.startsWith("/") || !sessionStorage.getItem("token")) {
    image.src = address;
    return undefined;
  }
  try {
    // An address of the service may need the token, which <img> does not send.
    const blob = URL.createObjectURL(await (await ask(address)).blob());
    image.onload = () => URL.revokeObjectURL(blob);
    image.src = blob;
  } catch {
    image.hidden = true;
  }
  return undefined;
}

// Copies

function nameOf(hit) {
  return hit.path || hit.id;
}

function factsOf(hit) {
  return `distance ${hit.distance.toFixed(3)}, ${hit.orientation.text}`;
}

function rarityOf(hit) {
  if (!hit.rarity) return "";
  const pictures = Number(hit.rarity.toPrecision(1)).toLocaleString("en");
  return `Of ${pictures} different pictures, about one is as near.`;
}

function cardOf(hit) {
  const card = $("hit").content.cloneNode(true);
  const part = (name) => card.querySelector(`.${name}`);
  card.querySelector("article").setAttribute("aria-label", `${nameOf(hit)}, ${factsOf(hit)}`);
  part("distance").textContent = hit.distance.toFixed(3);
  part("orientation").textContent = hit.orientation.text;
  part("path").textContent = nameOf(hit);
  part("rarity").textContent = rarityOf(hit);
  part("metadata").replaceChildren(...Object.entries(hit.metadata ?? {}).map(([key, value]) => {
    const [pair, name, text] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
    name.textContent = key;
    text.textContent = typeof value === "object" ? JSON.stringify(value) : value;
    pair.append(name, text);
    return pair;
  }));
  const image = card.querySelector("img");
  const none = part("none");
  image.alt = nameOf(hit);
  show(image, hit.picture);
  image.onerror = () => { image.hidden = true; none.hidden = false; };
  none.hidden = Boolean(hit.picture);
  for (const name of ["open", "again", "delete"]) {
    part(name).setAttribute("aria-label", `${part(name).textContent}: ${nameOf(hit)}`);
  }
  part("open").onclick = () => compare(hit);
  part("again").onclick = () => takeHit(hit);
  part("delete").onclick = () => askToDelete(hit);
  return card;
}

async function compare(hit) {
  $("compare-title").textContent = nameOf(hit);
  $("compare-facts").textContent = `${factsOf(hit)}. ${rarityOf(hit)}`;
  $("right").alt = $("right-caption").textContent = nameOf(hit);
  show($("left"), state.shown);
  show($("right"), hit.picture);
  $("why").hidden = true;
  $("why-status").textContent = "";
  $("compare").showModal();
  if (state.id || !hit.picture) {
    $("why-status").textContent = "Why they are near can be drawn where both pictures can be read.";
    return;
  }
  $("why-status").textContent = "Drawing why …";
  const form = formOfPicture();
  form.append("id", hit.id);
  form.append("thorough", $("thorough").value);
  form.append("all_orientations", $("all-orientations").checked);
  try {
    const answer = await ask(`${base()}/explain`, { method: "POST", body: form });
    $("why").src = URL.createObjectURL(await answer.blob());
    $("why").onload = () => URL.revokeObjectURL($("why").src);
    $("why").hidden = false;
    $("why-status").textContent = "";
  } catch (error) {
    $("why-status").textContent = error.message;
  }
}

function askToDelete(hit) {
  $("delete-what").textContent = nameOf(hit);
  $("delete-dialog").showModal();
  $("delete-yes").onclick = () => trying(() => {
    $("delete-dialog").close();
    const address = pictureOf(hit.id);
    tell("Deleting …");
    return inTurn(async () => {
      await json(address, { method: "DELETE" });
      await search();
      await count();
      tell(`Deleted ${nameOf(hit)} from the index.`);
      $("results").focus();
    });
  });
}

function add() {
  return trying(async () => {
    if (!state.query && !state.url) throw new Problem("Choose a picture first.");
    const form = formOfPicture();
    if ($("path").value) form.append("path", $("path").value);
    const metadata = pairs($("metadata").value, false);
    if (metadata) form.append("metadata", metadata);
    form.append("unless_near", $("unless-near").checked);
    tell("Adding …");
    await named();
    const address = `${base()}/pictures`;
    return inTurn(async () => {
      const added = await json(address, { method: "POST", body: form });
      if (added.id === null) {
        $("results").replaceChildren(...added.near.map(cardOf));
        tell("Not added: it has a copy already.", true);
        return;
      }
      await search();
      await count();
      tell("Added.");
    });
  });
}

// The frame

async function count() {
  const { count: number } = await json(`${base()}/count`);
  $("about").textContent = `${number.toLocaleString("en")} ${number === 1 ? "picture" : "pictures"}`;
}

function openToken() {
  if ($("token-dialog").open) return;
  $("token").value = sessionStorage.getItem("token") ?? "";
  $("token-dialog").showModal();
}

async function nameIndexes() {
  const indexes = await json("/api/indexes");
  $("index").replaceChildren(...indexes.map(({ name }) => new Option(name, name)));
  $("which").hidden = indexes.length < 2;
}

// What is chosen before the indexes are named waits for that. Asked again after a failure.
let naming = null;

function named() {
  naming ??= nameIndexes().catch((error) => { naming = null; throw error; });
  return naming;
}

async function begin() {
  await named();
  await count();
}

$("file").onchange = () => takeFile($("file").files[0]);
$("by-url").onsubmit = (event) => {
  event.preventDefault();
  if ($("url").value) takeUrl($("url").value);
};
$("options").onsubmit = (event) => { event.preventDefault(); search(); };
$("add").onsubmit = (event) => { event.preventDefault(); add(); };
$("cutoff").oninput = () => { state.cutoff = $("cutoff").value; showCutoff(state.cutoff); later(); };
$("filter").oninput = later;
$("thorough").onchange = search;
$("all-orientations").onchange = search;
$("index").onchange = () => trying(async () => { state.cutoff = null; await count(); await search(); });
$("open-token").onclick = openToken;
$("token-form").onsubmit = () => {
  if ($("token").value) sessionStorage.setItem("token", $("token").value);
  else sessionStorage.removeItem("token");
  $("token").value = "";
  trying(async () => { await begin(); await search(); });
};
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.querySelector(".close").onclick = () => dialog.close();
}
document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
  if (file) takeFile(file);
});
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    $("drop").classList.toggle("over", name === "dragover");
    if (name === "drop") takeFile(event.dataTransfer.files[0]);
  });
}
// On a phone the copies come first.
if (matchMedia("(max-width: 46rem)").matches) $("more").open = false;
showCutoff(0.4);
trying(begin);
