// The dialog in which the keeper of a group (or the query) and one of its copies are side by side.

class Comparison {
  constructor(dialog, data, thumbnails) {
    this.dialog = dialog;
    this.data = data;
    this.thumbnails = thumbnails;
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    dialog.addEventListener("keydown", (event) => this.onKey(event));
  }

  get open() {
    return this.dialog.open;
  }

  show(group, place) {
    this.group = group;
    this.place = place;
    this.straight = false;
    this.draw();
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.querySelector(".close").focus();
  }

  step(by) {
    const count = this.group.copies.length;
    this.place = (this.place + by + count) % count;
    this.draw();
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      t: () => this.straighten(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
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
        copy.turn
          ? button("turn", "Turn the copy as the other one is", "Turn to match", () => this.straighten(), {
              "aria-pressed": String(this.straight),
            })
          : "",
        several ? button("previous", "Previous copy", "←", () => this.step(-1)) : "",
        several ? button("next", "Next copy", "→", () => this.step(1)) : "",
        button("close", "Close", "✕", () => this.dialog.close(), { class: "close" }),
      ),
      make(
        "div",
        { class: "pair" },
        this.side(group.keeper, null, searched ? "Query" : `Keep: ${group.reason}`, copy),
        this.side(copy.number, copy, searched ? "Hit" : "Copy", copy),
      ),
    );
    if (focused) this.dialog.querySelector(`[data-name="${focused}"]`)?.focus();
  }

  side(number, copy, heading, compared) {
    const { data } = this;
    const picture = data.pictures[number];
    const other = data.pictures[copy ? this.group.keeper : compared.number];
    const path = fullPath(data, picture);
    const frame = this.thumbnails.image(number);
    const image = frame.querySelector("img");
    if (image && copy?.turn && this.straight) straightened(image, data.turns[copy.turn]);
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
      frame,
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
          copy ? row("Distance", copy.exact ? "0, the same bytes" : copy.distance.toFixed(4), 0, 0) : "",
          copy ? row("Orientation", data.turnNames[copy.turn], 0, 0) : "",
        ),
      ),
      link
        ? make("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, "Open the picture")
        : "",
    );
  }
}

// Undoes what turns the keeper into the copy: mirror, then rotate counter-clockwise, then negate.
function straightened(image, [negative, mirror, rotate]) {
  image.style.transform = `${mirror ? "scaleX(-1) " : ""}rotate(${rotate}deg)`;
  if (negative) image.style.filter = "invert(1)";
}
