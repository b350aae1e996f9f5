// The page: what is asked for with its controls and keys, and what is shown for it.

const element = (id) => document.getElementById(id);
const data = JSON.parse(element("data").textContent);
const searched = data.kind === "search";
const thumbnails = new Thumbnails(data);
const decisions = searched ? null : new Decisions(data);
const comparison = new Comparison(
  element("comparison"),
  data,
  thumbnails,
  decisions && { keys: decidingKeys, buttons: decidingButtons },
);
const FOLDED = 24; // copies of a group are shown before it is unfolded

const state = {
  cutoff: data.cutoff,
  words: [],
  kind: "all",
  sort: "safe",
  groups: [], // all of the cutoff
  items: [], // groups or hits, as they are filtered and sorted
  current: -1, // place in `items`
  unfolded: new Set(), // keepers
};

const list = new LongList(element("list"), rowHeight, renderRow);

// --- what is shown ---

function regrouped() {
  state.groups = regroup(data, state.cutoff);
  if (decisions) state.groups = state.groups.map((group) => decisions.seen(group));
  showCutoff();
  arranged();
}

function arranged() {
  if (searched) {
    const [group] = state.groups;
    state.items = (group?.copies ?? [])
      .filter(({ number }) => state.words.every((word) => searchText(data, number).includes(word)))
      .map((copy) => ({ group, tiles: [copy] }));
  } else {
    state.items = matching(data, state.groups, state.words, state.kind)
      .sort(SORTS[state.sort](data.pictures))
      .map((group) => ({ group, tiles: [null, ...group.copies] }));
  }
  state.current = -1;
  showTotals();
  showStatus();
  packed();
}

// Cards side by side, as many as fit: one is as many columns wide as it has pictures.
function packed() {
  measure.refresh();
  const rows = [];
  let left = 0;
  state.items.forEach((item, place) => {
    const span = Math.min(tilesShown(item), measure.columns);
    if (span > left) {
      rows.push({ items: [], left: measure.columns });
      left = measure.columns;
    }
    const row = rows.at(-1);
    row.items.push({ ...item, place, span });
    left -= span;
    row.left = left;
    item.row = rows.length - 1;
  });
  const shown = list.show(rows);
  const hidden = state.items.filter(({ row }) => row >= shown).length;
  element("cut").hidden = hidden === 0;
  element("cut").textContent = `${plural(hidden, "more group")} not shown: filter to see them.`;
}

const measure = {
  refresh() {
    const style = getComputedStyle(element("list"));
    for (const name of ["tile", "picture", "text", "head", "pad", "gap", "more", "between"]) {
      this[name] = parseFloat(style.getPropertyValue(`--${name}`));
    }
    const width = element("list").clientWidth - 2 * this.pad - 2;
    this.columns = Math.max(1, Math.floor((width + this.gap) / (this.tile + this.gap)));
  },
};

function tilesShown({ group, tiles }) {
  if (tiles.length <= FOLDED + 1 || state.unfolded.has(group.keeper)) return tiles.length;
  return FOLDED;
}

function cardHeight(item) {
  const down = Math.ceil(tilesShown(item) / item.span);
  const tiles = down * (measure.picture + measure.text) + (down - 1) * measure.gap;
  const more = tilesShown(item) < item.tiles.length ? measure.more : 0;
  return (searched ? measure.pad : measure.head) + tiles + more + measure.pad + 2;
}

function rowHeight(row) {
  return Math.max(...row.items.map(cardHeight)) + measure.between;
}

function renderRow(row) {
  // What is left over widens the cards, unless it is much.
  const filler = row.left > 2 || searched ? row.left : 0;
  const cards = row.items.map(renderCard);
  if (filler) cards.push(make("span", { class: "filler", "data-span": filler }));
  const drawn = make("div", { class: "row", role: "presentation" }, ...cards);
  for (const child of drawn.children) child.style.setProperty("--span", child.dataset.span);
  return drawn;
}

function renderCard({ group, tiles, place, span }, _, all) {
  const shown = tiles.slice(0, tilesShown({ group, tiles }));
  const stretched = all.length === 1 && tiles.length < span;
  const label = searched
    ? `Hit ${place + 1}`
    : `Group ${place + 1}: ${plural(tiles.length, "picture")}, at most ${group.largestDistance.toFixed(3)} apart`;
  const card = make(
    "article",
    {
      class: stretched ? "card stretched" : "card",
      tabindex: "0",
      "aria-label": label,
      "aria-posinset": place + 1,
      "aria-setsize": state.items.length,
      "data-place": place,
      "data-span": span,
    },
    searched ? "" : cardHead(group, place),
    make(
      "div",
      { class: "tiles" },
      ...shown.map((copy) => {
        const number = copy ? copy.number : group.keeper;
        const opened = copy ? group.copies.indexOf(copy) : 0;
        const open = () => compare(place, opened);
        return tile(data, thumbnails, number, copy, noteOf(group, copy), open, tickOf(place, copy));
      }),
    ),
    shown.length < tiles.length
      ? make(
          "button",
          { type: "button", class: "more", onclick: () => unfold(group, place) },
          `Show all ${tiles.length.toLocaleString("en")}`,
        )
      : "",
  );
  return card;
}

function cardHead(group, place) {
  const pictures = plural(group.copies.length + 1, "picture");
  return make(
    "header",
    { class: "card-head" },
    make("span", { class: "number" }, (place + 1).toLocaleString("en")),
    make("strong", {}, pictures),
    make("span", { class: "apart" }, `≤ ${group.largestDistance.toFixed(3)}`, make("span", { class: "unit" }, " apart")),
    group.chained ? make("span", { class: "badge near" }, "chained") : "",
    make("span", { class: "spring" }),
    group.bytes ? make("span", { class: "bytes" }, fileSize(group.bytes), make("span", { class: "unit" }, " to free")) : "",
    small("all", "Tick", "Tick all copies of the group", allGo(group), () => tickGroup(place)),
    small("none", "Not copies", "No copies in this group", noneIs(group), () => strangeGroup(place)),
  );
}

function small(key, text, label, pressed, act) {
  return make(
    "button",
    {
      type: "button",
      class: "small",
      "data-key": key,
      "aria-label": label,
      "aria-pressed": String(pressed),
      onclick: act,
    },
    text,
  );
}

function noteOf(group, copy) {
  if (!copy) return group.reason;
  const { rarity } = data.pictures[copy.number];
  if (rarity) return `as near by chance: 1 in ${roughly(rarity)}`;
  return "";
}

function roughly(count) {
  if (count >= 1e9) return "over a billion";
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return (Math.round(count / digits) * digits).toLocaleString("en");
}

function showTotals() {
  const sum = (value) => state.groups.reduce((total, group) => total + value(group), 0);
  const copies = sum((group) => group.copies.length);
  const exact = sum((group) => group.exact);
  const totals = searched
    ? [
        [copies.toLocaleString("en"), copies === 1 ? "near copy" : "near copies"],
        [copies ? state.groups[0].copies[0].distance.toFixed(3) : "–", "nearest distance"],
      ]
    : [
        [state.groups.length.toLocaleString("en"), state.groups.length === 1 ? "group" : "groups"],
        [exact.toLocaleString("en"), exact === 1 ? "exact copy" : "exact copies"],
        [(copies - exact).toLocaleString("en"), copies - exact === 1 ? "near copy" : "near copies"],
        [fileSize(freed()), "could be freed"],
      ];
  element("totals").replaceChildren(
    ...totals.map(([value, name]) => make("div", {}, make("dd", {}, value), make("dt", {}, name))),
  );
}

// By the groups and the kind of copies that are shown.
function freed() {
  const of = {
    all: ({ bytes }) => bytes,
    exact: ({ exactBytes }) => exactBytes,
    near: ({ bytes, exactBytes }) => bytes - exactBytes,
  }[state.kind];
  return state.items.reduce((sum, { group }) => sum + of(group), 0);
}

function showStatus() {
  const noun = searched ? "hit" : "group";
  const all = searched ? (state.groups[0]?.copies.length ?? 0) : state.groups.length;
  const shown = state.items.length;
  let text = "";
  if (all === 0) text = `No near copies below ${state.cutoff.toFixed(3)}.`;
  else if (shown === 0) text = `None of the ${plural(all, noun)} is what the filter asks for.`;
  else if (shown < all) text = `${shown.toLocaleString("en")} of ${plural(all, noun)}`;
  else text = plural(all, noun);
  element("status").textContent = text;
}

// --- decisions ---

function allGo(group) {
  const open = group.copies.filter(({ number }) => !staysAnyway(data.pictures[number]));
  return open.length > 0 && open.every(({ number }) => decisions.going.has(number));
}

function noneIs(group) {
  return group.copies.every(({ number }) => decisions.strangers.has(number));
}

function tickOf(place, copy) {
  if (!decisions || !copy || staysAnyway(data.pictures[copy.number])) return null;
  const { number } = copy;
  const goes = decisions.going.has(number);
  const isStranger = decisions.strangers.has(number);
  return {
    state: goes ? "going" : isStranger ? "stranger" : "",
    box: (name) =>
      isStranger
        ? make("span", { class: "tick" }, "not a copy")
        : make(
            "label",
            { class: "tick" },
            make("input", {
              type: "checkbox",
              checked: goes,
              "aria-label": `${name} goes`,
              "data-key": `tick-${number}`,
              onchange: () => decided(place, () => decisions.toggle(number)),
            }),
            "goes",
          ),
  };
}

function tickGroup(place) {
  decided(place, () => decisions.toggleAll(state.items[place].group.copies));
}

function strangeGroup(place) {
  const { group } = state.items[place];
  const isOne = !noneIs(group);
  decided(place, () => {
    for (const { number } of group.copies) decisions.toggleStranger(number, isOne);
  });
}

// Draws again what a decision changes, and leaves the focus where it was.
function decided(place, change) {
  change();
  showDecisions();
  const card = element("list").querySelector(`[data-place="${place}"]`);
  if (!card) return;
  const key = card.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const hadFocus = card === document.activeElement;
  const { row } = state.items[place];
  const { items } = list.rows[row];
  const drawn = renderCard(items.find((item) => item.place === place), 0, items);
  drawn.style.setProperty("--span", drawn.dataset.span);
  card.replaceWith(drawn);
  if (hadFocus) drawn.focus({ preventScroll: true });
  else if (key) drawn.querySelector(`[data-key="${key}"]`)?.focus({ preventScroll: true });
}

function showDecisions() {
  const { going, strangers, bytes } = decisions;
  const parts = [
    going.size ? `${plural(going.size, "file")} will go, ${fileSize(bytes)}` : "",
    strangers.size ? `${strangers.size.toLocaleString("en")} marked as no copies` : "",
  ].filter(Boolean);
  element("decided").textContent = parts.join("; ") || "Tick what should go. Nothing is changed here.";
  element("save").disabled = element("clear").disabled = decisions.isEmpty;
  element("next").hidden = decisions.isEmpty;
}

function saveDecisions() {
  if (decisions.isEmpty) return;
  const file = new Blob([decisions.file(state.groups)], { type: "application/json" });
  const link = make("a", { href: URL.createObjectURL(file), download: "decisions.json" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function placeOfGroup(group) {
  return state.items.findIndex((item) => item.group.keeper === group.keeper);
}

function decidingKeys(group, copy) {
  return {
    x: () => decideCopy(group, () => decisions.toggle(copy.number)),
    n: () => decideCopy(group, () => decisions.toggleStranger(copy.number)),
    m: () => keepCopy(group, copy),
  };
}

function decidingButtons(group, copy, button) {
  const keys = decidingKeys(group, copy);
  const pressed = (set) => ({ "aria-pressed": String(set.has(copy.number)) });
  return [
    staysAnyway(data.pictures[copy.number])
      ? ""
      : button("goes", "This copy goes", "Goes", keys.x, pressed(decisions.going)),
    button("keep", "Keep this copy in the place of the other", "Keep this one instead", keys.m),
    button("stranger", "This is not a copy", "Not a copy", keys.n, pressed(decisions.strangers)),
  ];
}

function decideCopy(group, change) {
  decided(placeOfGroup(group), change);
  comparison.draw();
}

function keepCopy(group, copy) {
  decisions.keep(group, copy.number);
  const stands = group.stands ?? group.keeper;
  const scrolled = scrollY;
  regrouped();
  scrollTo(0, scrolled);
  state.current = state.items.findIndex(({ group: one }) => (one.stands ?? one.keeper) === stands);
  showDecisions();
  comparison.show(state.items[state.current].group, 0);
}

function setUpDecisions() {
  element("decisions").hidden = false;
  element("tick-exact").hidden = !state.groups.some(({ exact }) => exact);
  element("tick-exact").addEventListener("click", () => {
    for (const { copies } of state.groups) {
      for (const { number, exact } of copies) if (exact) decisions.toggle(number, true);
    }
    showDecisions();
    packed();
  });
  element("clear").addEventListener("click", () => {
    decisions.clear();
    showDecisions();
    regrouped();
  });
  element("save").addEventListener("click", saveDecisions);
  KEYS.s = saveDecisions;
  KEYS.x = () => state.current >= 0 && tickGroup(state.current);
  KEYS.n = () => state.current >= 0 && strangeGroup(state.current);
  showDecisions();
}

// --- the cutoff ---

const BARS = 60;

function drawHistogram() {
  const most = Number(element("cutoff").max) || 1;
  const counts = new Array(BARS).fill(0);
  for (const [distance] of data.merges) {
    counts[Math.min(BARS - 1, Math.floor((distance / most) * BARS))] += 1;
  }
  const tallest = Math.sqrt(Math.max(1, ...counts));
  counts.forEach((count, place) => {
    const height = count ? Math.max(1.5, (Math.sqrt(count) / tallest) * 20) : 0;
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const box = { x: place + 0.1, y: 20 - height, width: 0.8, height };
    for (const [name, value] of Object.entries(box)) bar.setAttribute(name, value);
    element("histogram").append(bar);
  });
}

function showCutoff() {
  const most = Number(element("cutoff").max) || 1;
  const moved = state.cutoff !== data.cutoff;
  element("cutoff-value").textContent = state.cutoff.toFixed(3);
  element("cutoff").setAttribute("aria-valuetext", state.cutoff.toFixed(3));
  element("cutoff-reset").hidden = !moved;
  Array.from(element("histogram").children, (bar, place) =>
    bar.classList.toggle("in", (place / BARS) * most < state.cutoff),
  );
}

function setUpCutoff() {
  const slider = element("cutoff");
  slider.max = Math.max(data.cutoff, Math.floor(data.reach * 1000) / 1000);
  slider.value = data.cutoff;
  element("cutoff-reset").textContent = `back to ${data.cutoff.toFixed(3)}`;
  drawHistogram();
  let waiting = false;
  slider.addEventListener("input", () => {
    // Its steps may pass by the cutoff of the run.
    const chosen = Number(slider.value);
    state.cutoff = Math.abs(chosen - data.cutoff) < 0.0005 ? data.cutoff : chosen;
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      regrouped();
    });
  });
  element("cutoff-reset").addEventListener("click", () => {
    slider.value = state.cutoff = data.cutoff;
    slider.focus();
    regrouped();
  });
}

// --- moving about ---

function covered() {
  const box = element("controls").getBoundingClientRect();
  return getComputedStyle(element("controls")).position === "sticky" ? box.height : 0;
}

function go(by) {
  const place = Math.max(0, Math.min(state.items.length - 1, state.current + by));
  if (!state.items[place]) return;
  state.current = place;
  list.reveal(state.items[place].row, covered());
  element("list").querySelector(`[data-place="${place}"]`)?.focus({ preventScroll: true });
}

function compare(place, opened) {
  state.current = place;
  const { group, tiles } = state.items[place];
  comparison.show(group, searched ? group.copies.indexOf(tiles[0]) : opened);
}

function unfold(group, place) {
  state.unfolded.add(group.keeper);
  const current = state.current;
  packed();
  state.current = current;
  element("list").querySelector(`[data-place="${place}"]`)?.focus({ preventScroll: true });
}

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}

const KEYS = {
  j: () => go(1),
  k: () => go(-1),
  ArrowDown: () => go(1),
  ArrowUp: () => go(-1),
  "/": () => element("filter").focus(),
  "?": () => element("help").showModal(),
  d: switchTheme,
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const { target, key } = event;
  if (target.matches("input[type=search]")) {
    if (key === "Escape" || key === "Enter") {
      event.preventDefault();
      target.blur();
    }
    return;
  }
  if (target.matches("input:not([type=checkbox]), select") && key.startsWith("Arrow")) return;
  if ((key === "Enter" || key === " ") && target.matches("article")) {
    event.preventDefault();
    compare(Number(target.dataset.place), 0);
  } else if (KEYS[key]) {
    event.preventDefault();
    KEYS[key]();
  }
}

function showQuery() {
  const section = element("query");
  const picture = data.pictures[0];
  const [folder, name] = splitPath(data, fullPath(data, picture));
  section.hidden = false;
  section.append(
    thumbnails.image(0),
    make(
      "div",
      {},
      make("span", { class: "badge keep" }, "query"),
      make("bdi", { class: "name" }, name),
      make("bdi", { class: "folder" }, folder),
      make("span", { class: "facts" }, facts(picture)),
    ),
  );
}

function setUp() {
  element("root").textContent = printable(data.root);
  if (searched) {
    showQuery();
    element("sorts").hidden = true;
  }
  element("kinds").hidden = !data.pictures.some((picture) => picture.content !== undefined);
  setUpCutoff();
  element("filter").addEventListener("input", (event) => {
    state.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    arranged();
  });
  element("kinds").addEventListener("change", (event) => {
    state.kind = event.target.value;
    arranged();
  });
  element("sort").addEventListener("change", (event) => {
    state.sort = event.target.value;
    arranged();
  });
  element("theme").addEventListener("click", switchTheme);
  element("help-button").addEventListener("click", KEYS["?"]);
  element("list").addEventListener("focusin", (event) => {
    const card = event.target.closest("article");
    if (card) state.current = Number(card.dataset.place);
  });
  element("comparison").addEventListener("close", () => {
    // This comes a moment after it was closed; a key may have moved the focus elsewhere since.
    const focused = document.activeElement;
    if (focused === document.body || element("list").contains(focused)) go(0);
  });
  addEventListener("keydown", onKey);
  let width = 0;
  new ResizeObserver(() => {
    if (width !== element("list").clientWidth) {
      width = element("list").clientWidth;
      packed();
    }
  }).observe(element("list"));
  regrouped();
  if (decisions) setUpDecisions();
}

setUp();
