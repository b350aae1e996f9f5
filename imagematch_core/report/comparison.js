// The dialog in which the keeper of a group (or the query) and one of its copies are compared: side
// by side, in one place in turn, or as their difference, all with the same zoom.

const SIDES = "sides";
const SWAP = "swap";
const DIFFERENCE = "difference";
const MOST_ZOOM = 32;

class Comparison {
  // `decide` is told what was decided of the copy at hand; null where nothing can be.
  constructor(dialog, data, thumbnails, decide) {
    this.dialog = dialog;
    this.data = data;
    this.thumbnails = thumbnails;
    this.decide = decide;
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    dialog.addEventListener("keydown", (event) => this.onKey(event));
    this.mode = SIDES;
    this.unzoom();
    dialog.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    dialog.addEventListener("pointerdown", (event) => this.onPointer(event));
  }

  get open() {
    return this.dialog.open;
  }

  show(group, place) {
    this.group = group;
    this.place = place;
    this.straight = false;
    this.unzoom();
    this.draw();
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.querySelector(".close").focus();
  }

  step(by) {
    const count = this.group.copies.length;
    this.place = (this.place + by + count) % count;
    this.unzoom();
    this.draw();
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      t: () => this.straighten(),
      b: () => this.swap(),
      f: () => this.see(this.mode === DIFFERENCE ? SIDES : DIFFERENCE),
      "+": () => this.zoom(1.5),
      "=": () => this.zoom(1.5),
      "-": () => this.zoom(1 / 1.5),
      0: () => this.zoom(0),
      ...this.decide?.keys(this.group, this.group.copies[this.place]),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  see(mode) {
    this.mode = mode;
    this.draw();
  }

  // The first time both are put in one place; then they take turns there.
  swap() {
    this.swapped = this.mode === SWAP && !this.swapped;
    this.see(SWAP);
  }

  unzoom() {
    this.scale = 1;
    this.x = this.y = 0;
    this.zoomed();
  }

  // `x` and `y` is the point that stays where it is, from the middle, in pixels.
  zoom(by, x = 0, y = 0) {
    const scale = Math.max(1, Math.min(MOST_ZOOM, this.scale * by));
    const grown = scale / this.scale;
    this.scale = scale;
    this.x = scale === 1 ? 0 : x - (x - this.x) * grown;
    this.y = scale === 1 ? 0 : y - (y - this.y) * grown;
    this.zoomed();
  }

  zoomed() {
    const { style } = this.dialog;
    style.setProperty("--scale", this.scale);
    style.setProperty("--x", `${this.x}px`);
    style.setProperty("--y", `${this.y}px`);
  }

  onWheel(event) {
    const frame = event.target.closest(".pair .frame");
    if (!frame) return;
    event.preventDefault();
    const box = frame.getBoundingClientRect();
    const [x, y] = [event.clientX - box.x - box.width / 2, event.clientY - box.y - box.height / 2];
    this.zoom(Math.exp(-event.deltaY / 400), x, y);
  }

  onPointer(event) {
    const frame = event.target.closest(".pair .frame");
    if (!frame || event.button !== 0) return;
    event.preventDefault();
    const start = [event.clientX - this.x, event.clientY - this.y];
    let moved = false;
    const move = ({ clientX, clientY }) => {
      moved = true;
      if (this.scale === 1) return;
      [this.x, this.y] = [clientX - start[0], clientY - start[1]];
      this.zoomed();
    };
    const end = () => {
      frame.removeEventListener("pointermove", move);
      if (!moved && this.mode === SWAP) this.swap();
    };
    frame.setPointerCapture(event.pointerId);
    frame.addEventListener("pointermove", move);
    frame.addEventListener("pointerup", end, { once: true });
    frame.addEventListener("pointercancel", end, { once: true });
  }

  straighten() {
    this.straight = !this.straight;
    this.draw();
  }

  draw() {
    const { data, group } = this;
    const copy = group.copies[this.place];
    const searched = data.kind === "search";
    const focused = this.dialog.contains(document.activeElement)
      ? document.activeElement.dataset.name
      : null;
    const button = (name, label, text, act, attributes = {}) =>
      make("button", { type: "button", "data-name": name, "aria-label": label, onclick: act, ...attributes }, text);
    const title = searched
      ? `Hit ${this.place + 1} of ${group.copies.length}`
      : `Copy ${this.place + 1} of ${group.copies.length}`;
    const several = group.copies.length > 1;
    this.dialog.replaceChildren(
      make(
        "div",
        { class: "dialog-head" },
        make("h2", { id: "comparison-title" }, title),
        make("span", { class: "badges" }, verdict(copy), turned(data, copy)),
        make("span", { class: "spring" }),
        copy.turn && copy.through === undefined
          ? button("turn", "Turn the copy as the other one is", "Turn to match", () => this.straighten(), {
              "aria-pressed": String(this.straight),
            })
          : "",
        ...[
          [SIDES, "Side by side", () => this.see(SIDES)],
          [SWAP, "Swap", () => this.swap()],
          [DIFFERENCE, "Difference", () => this.see(DIFFERENCE)],
        ].map(([mode, text, act]) =>
          button(mode, text, text, act, { "aria-pressed": String(this.mode === mode) }),
        ),
        several ? button("previous", "Previous copy", "←", () => this.step(-1)) : "",
        several ? button("next", "Next copy", "→", () => this.step(1)) : "",
        button("close", "Close", "✕", () => this.dialog.close(), { class: "close" }),
      ),
      this.decide
        ? make("div", { class: "deciding" }, ...this.decide.buttons(group, copy, button))
        : "",
      this.mode === SIDES ? "" : this.together(copy),
      make(
        "div",
        { class: this.mode === SIDES ? "pair" : "pair told" },
        this.side(group.keeper, null, searched ? "Query" : `Keep: ${group.reason}`, copy),
        this.side(copy.number, copy, searched ? "Hit" : "Copy", copy),
      ),
    );
    if (focused) this.dialog.querySelector(`[data-name="${focused}"]`)?.focus();
  }

  // Both pictures in one frame, the copy stretched to the shape of the other one.
  together(copy) {
    const difference = this.mode === DIFFERENCE;
    const frame = this.picture(this.group.keeper, null);
    const view = frame.querySelector(".view");
    const over = this.picture(copy.number, copy).querySelector(".view").children;
    view.append(make("span", { class: difference ? "difference" : "over" }, ...over));
    if (!difference) view.lastElementChild.hidden = !this.swapped;
    const name = this.swapped ? "the copy" : "the one to keep";
    const said = difference ? "black where both are the same" : `${name}; click to swap`;
    return make("div", { class: "pair one" }, make("section", { class: "side" }, frame, make("p", {}, said)));
  }

  // The thumbnail, and over it the file itself where it can be opened.
  picture(number, copy) {
    const frame = this.thumbnails.image(number);
    const view = make("span", { class: "view" }, ...frame.children);
    frame.append(view);
    const link = address(fullPath(this.data, this.data.pictures[number]));
    if (location.protocol === "file:" && link?.startsWith("file:")) {
      const image = make("img", { alt: "", draggable: "false" });
      image.addEventListener("error", () => image.remove());
      image.src = link;
      view.append(image);
    }
    if (copy?.turn && (this.straight || this.mode !== SIDES)) {
      for (const image of view.querySelectorAll("img")) {
        straightened(image, this.data.turns[copy.turn]);
      }
    }
    return frame;
  }

  side(number, copy, heading, compared) {
    const { data } = this;
    const picture = data.pictures[number];
    const other = data.pictures[copy ? this.group.keeper : compared.number];
    const path = fullPath(data, picture);
    const row = (name, value, mine, theirs) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, name),
        make("td", { class: mine > theirs ? "more" : undefined }, value),
      );
    const pixels = ({ width, height }) => (width ?? 0) * (height ?? 0);
    const link = address(path);
    return make(
      "section",
      { class: copy ? "side" : "side kept", "aria-label": heading },
      make("h3", {}, heading),
      this.mode === SIDES ? this.picture(number, copy) : "",
      make("bdi", { class: "path" }, printable(path)),
      make(
        "table",
        {},
        make(
          "tbody",
          {},
          row("Dimensions", dimensions(picture) || "unknown", pixels(picture), pixels(other)),
          row("Format", picture.format ?? "unknown", 0, 0),
          row(
            "File size",
            picture.bytes === undefined ? "unknown" : fileSize(picture.bytes),
            picture.bytes,
            other.bytes,
          ),
          copy ? row("Distance", distanceOf(copy), 0, 0) : "",
          copy ? row("Orientation", data.turnNames[copy.turn], 0, 0) : "",
        ),
      ),
      link
        ? make("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, "Open the picture")
        : "",
    );
  }
}

function distanceOf(copy) {
  if (copy.exact) return "0, the same bytes";
  return copy.distance === null ? "not measured" : copy.distance.toFixed(4);
}

// Undoes what turns the keeper into the copy: mirror, then rotate counter-clockwise, then negate.
function straightened(image, [negative, mirror, rotate]) {
  image.style.transform = `${mirror ? "scaleX(-1) " : ""}rotate(${rotate}deg)`;
  if (negative) image.style.filter = "invert(1)";
}
