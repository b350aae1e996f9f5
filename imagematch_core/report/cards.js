// The elements of which cards are made. Texts are only ever set as texts.

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== "" && child !== null));
  return element;
}

// Control characters, separators of lines, marks and overrides of the writing direction, as the command line shows them.
function printable(text) {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (found) => {
    const code = found.charCodeAt(0);
    const short = { 9: "\\t", 10: "\\n", 13: "\\r" }[code];
    return short ?? (code < 256
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`);
  });
}

function plural(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

function fileSize(bytes) {
  let amount = bytes;
  let unit = "B";
  for (unit of ["B", "kB", "MB", "GB"]) {
    if (amount < 1000 || unit === "GB") break;
    amount /= 1000;
  }
  return `${unit === "B" || amount >= 100 ? amount.toFixed(0) : amount.toFixed(1)} ${unit}`;
}

// Folder and name, as they can be shown.
function splitPath(data, path) {
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf(data.separator)) + 1;
  return [path.slice(0, cut), path.slice(cut) || path].map(printable);
}

function dimensions(picture) {
  return picture.width ? `${picture.width}×${picture.height}` : "";
}

function facts(picture) {
  if (picture.bytes === undefined) return "size unknown";
  return [dimensions(picture), picture.format, fileSize(picture.bytes)].filter(Boolean).join(" · ");
}

// Where the picture itself is, null where no link can lead there.
function address(path) {
  if (/^(https?|file):\/\//i.test(path)) return path;
  const steps = (text) => text.split("/").map(encodeURIComponent).join("/");
  if (path.startsWith("/")) return `file://${steps(path)}`;
  if (/^[a-z]:[\\/]/i.test(path)) {
    return `file:///${path.slice(0, 2)}${steps(path.slice(2).replaceAll("\\", "/"))}`;
  }
  return null;
}

// The blocks of thumbnails stand behind the scripts; while the page loads some are not there yet.
class Thumbnails {
  constructor(data) {
    this.data = data;
    this.blocks = new Map();
    this.waiting = new Set();
    addEventListener("DOMContentLoaded", () => this.retry());
  }

  image(number, attributes) {
    const frame = make("span", { class: "frame", ...attributes });
    if (!this.fill(frame, number)) this.waiting.add([frame, number]);
    return frame;
  }

  fill(frame, number) {
    const block = this.block(Math.floor(number / this.data.block));
    if (!block) return false;
    const found = block[number % this.data.block];
    if (typeof found === "string") {
      const source = `data:${this.data.mediaType};base64,${found}`;
      frame.append(make("img", { src: source, alt: "", decoding: "async", draggable: "false" }));
    } else {
      frame.append(make("span", { class: "missing" }, `No preview: ${found.missing}`));
    }
    return true;
  }

  block(number) {
    if (!this.blocks.has(number)) {
      const element = document.getElementById(`thumbnails-${number}`);
      // An element that is being read has no sibling yet.
      if (!element?.nextElementSibling) return null;
      if (this.blocks.size > 50) this.blocks.delete(this.blocks.keys().next().value);
      this.blocks.set(number, JSON.parse(element.textContent));
    }
    return this.blocks.get(number);
  }

  retry() {
    for (const one of this.waiting) {
      if (!one[0].isConnected || this.fill(...one)) this.waiting.delete(one);
    }
  }
}

// What the copy was found near to, where that is not the keeper.
function linkOf(data, copy) {
  if (copy?.through === undefined) return "";
  return `near ${splitPath(data, data.pictures[copy.through].path)[1]}`;
}

function verdict(copy) {
  if (!copy) return make("span", { class: "badge keep" }, "keep");
  if (copy.exact) return make("span", { class: "badge exact" }, "exact copy");
  if (copy.chained) return make("span", { class: "badge near" }, "through others");
  if (copy.distance === null) return make("span", { class: "badge near" }, "near");
  return make("span", { class: "badge near" }, `near ${copy.distance.toFixed(3)}`);
}

function turned(data, copy) {
  return copy?.turn ? make("span", { class: "badge turned" }, data.turnNames[copy.turn]) : "";
}

function howNear(copy) {
  if (copy.exact) return "exact copy";
  if (copy.chained) return "near other copies only";
  return copy.distance === null ? "near copy" : `distance ${copy.distance.toFixed(3)}`;
}

// `copy` is null for the keeper, whose `note` says why it is kept. `tick` is null where nothing
// can be decided.
function tile(data, thumbnails, number, copy, note, open, tick) {
  const picture = data.pictures[number];
  const path = printable(fullPath(data, picture));
  const [folder, name] = splitPath(data, picture.path);
  const noted = note || linkOf(data, copy);
  const said = copy ? howNear(copy) : note;
  return make(
    "figure",
    { class: ["tile", copy ? "" : "kept", tick?.state ?? ""].filter(Boolean).join(" ") },
    make(
      "button",
      { class: "look", type: "button", "aria-label": `Compare ${name}, ${said}`, onclick: open },
      thumbnails.image(number),
      make("span", { class: "badges" }, verdict(copy), turned(data, copy)),
    ),
    tick ? tick.box(name) : "",
    make(
      "figcaption",
      { title: path },
      make("bdi", { class: "name" }, name),
      make("bdi", { class: "folder" }, folder || "\u00a0"),
      make("span", { class: "facts" }, facts(picture)),
      make("span", { class: "note", title: noted || undefined }, noted || "\u00a0"),
    ),
  );
}
