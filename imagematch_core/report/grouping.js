// Groups at any cutoff, as the library makes them.
//
// `data.merges` are the links, smallest first, that join groups into larger ones: its distance and
// a picture of each. Of pictures that hang together the one with the lowest number is best to keep,
// so it stands for its group. `near` of a picture tells its distance from each that may be its
// keeper, and the link that leads there where the two are not near themselves.

function regroup(data, cutoff) {
  const { pictures, merges } = data;
  const parents = Int32Array.from(pictures.keys());
  const keeperOf = (number) => {
    while (parents[number] !== number) {
      number = parents[number] = parents[parents[number]];
    }
    return number;
  };
  for (const [distance, one, other] of merges) {
    if (distance >= cutoff) break;
    const [first, second] = [keeperOf(one), keeperOf(other)];
    parents[Math.max(first, second)] = Math.min(first, second);
  }
  const groups = new Map();
  for (let number = 0; number < pictures.length; number++) {
    const keeper = keeperOf(number);
    if (keeper === number) continue;
    if (!groups.has(keeper)) groups.set(keeper, []);
    groups.get(keeper).push(copyOf(pictures, keeper, number, cutoff));
  }
  return Array.from(groups, ([keeper, copies]) => {
    return describeGroup(data, keeper, withoutIdle(pictures, keeper, copies));
  });
}

// `chained` is near other copies only, so it says nothing against the keeper.
function copyOf(pictures, keeper, number, cutoff) {
  const { near } = pictures[number];
  const [, distance, turn, through, step, stepTurn] = near.find(([other]) => other === keeper);
  const exact = sameBytes(pictures, number, keeper);
  return through === undefined || distance < cutoff
    ? { number, distance, turn, exact, chained: false }
    : { number, distance: step, turn: stepTurn, through, exact, chained: !exact };
}

// Of what is only compared against, that is shown of which others are copies.
function withoutIdle(pictures, keeper, copies) {
  const others = copies.filter(({ number }) => !pictures[number].reference);
  if (others.length === copies.length) return copies;
  const through = new Set(others.map((copy) => copy.through));
  const open = new Set(others.map(({ number }) => pictures[number].content));
  for (const content of [undefined, pictures[keeper].content]) open.delete(content);
  return copies.filter(
    ({ number }) =>
      !pictures[number].reference || open.delete(pictures[number].content) || through.has(number),
  );
}

function sameBytes(pictures, one, other) {
  const { content } = pictures[one];
  return content !== undefined && content === pictures[other].content;
}

// In a folder in which nothing is acted on: the first part of a rank tells.
function staysAnyway(picture) {
  return picture.rank?.[0] === 0;
}

function describeGroup(data, keeper, copies) {
  const { pictures } = data;
  const order = ({ number }) => pictures[number].order;
  copies.sort((a, b) => a.distance - b.distance || order(a) - order(b));
  const direct = copies.filter(({ chained }) => !chained);
  const going = direct.filter(({ number }) => !staysAnyway(pictures[number]));
  const bytes = (some) => some.reduce((sum, { number }) => sum + (pictures[number].bytes ?? 0), 0);
  return {
    keeper,
    reason: reasonToKeep(data, keeper, copies),
    copies,
    largestDistance: copies.at(-1).distance,
    exact: copies.filter((copy) => copy.exact).length,
    chained: direct.length < copies.length,
    bytes: bytes(going),
    exactBytes: bytes(going.filter((copy) => copy.exact)),
  };
}

// Whatever it took to decide, as the library ranks pictures; by their paths at last.
function reasonToKeep({ pictures, reasons }, keeper, copies) {
  if (!reasons) return ""; // of a search
  const best = pictures[keeper];
  let others = copies.map(({ number }) => pictures[number]);
  const said = [];
  reasons.forEach((reason, place) => {
    if (place >= best.rank.length) {
      if (others.length) said.push(reason);
      return;
    }
    const alike = others.filter(({ rank }) => rank[place] === best.rank[place]);
    if (alike.length < others.length) said.push(reason);
    others = alike;
  });
  return said.slice(0, 2).join(", ");
}

const SORTS = {
  safe: (pictures) => (a, b) =>
    a.chained - b.chained ||
    (b.exact === b.copies.length) - (a.exact === a.copies.length) ||
    a.largestDistance - b.largestDistance ||
    byPath(pictures, a, b),
  bytes: (pictures) => (a, b) => b.bytes - a.bytes || byPath(pictures, a, b),
  size: (pictures) => (a, b) => b.copies.length - a.copies.length || byPath(pictures, a, b),
  near: (pictures) => (a, b) => a.largestDistance - b.largestDistance || byPath(pictures, a, b),
  far: (pictures) => (a, b) => b.largestDistance - a.largestDistance || byPath(pictures, a, b),
  path: (pictures) => (a, b) => byPath(pictures, a, b),
};

function byPath(pictures, a, b) {
  return pictures[a.keeper].order - pictures[b.keeper].order || a.keeper - b.keeper;
}

// Groups with a picture whose path or format has all the words, and with a copy of the kind.
function matching(data, groups, words, kind) {
  const has = (number) => {
    const text = searchText(data, number);
    return words.every((word) => text.includes(word));
  };
  return groups.filter(
    ({ keeper, copies, exact }) =>
      (kind === "all" || (kind === "exact" ? exact > 0 : exact < copies.length)) &&
      (words.length === 0 || has(keeper) || copies.some(({ number }) => has(number))),
  );
}

function searchText(data, number) {
  const picture = data.pictures[number];
  picture.text ??= `${fullPath(data, picture)} ${picture.format ?? ""}`.toLowerCase();
  return picture.text;
}

function fullPath(data, picture) {
  return picture.away ? picture.path : data.root + picture.path;
}
