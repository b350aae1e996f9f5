// What people decide in the page: which copies go, which picture of a group is kept in the place
// of the proposed one, and which pictures are no copies. All by the numbers of pictures.

class Decisions {
  constructor(data) {
    this.data = data;
    this.going = new Set();
    this.kept = new Set();
    this.strangers = new Set();
  }

  get isEmpty() {
    return this.going.size === 0 && this.strangers.size === 0;
  }

  get bytes() {
    let sum = 0;
    for (const number of this.going) sum += this.data.pictures[number].bytes ?? 0;
    return sum;
  }

  // The group with the picture that people keep in front, and its copies as seen from there.
  seen(group) {
    const chosen = group.copies.find(({ number }) => this.kept.has(number));
    return chosen ? keepInstead(this.data, group, chosen) : group;
  }

  toggle(number, goes = !this.going.has(number)) {
    if (goes && this.mayGo(number)) this.going.add(number);
    else this.going.delete(number);
  }

  mayGo(number) {
    return !this.strangers.has(number) && !staysAnyway(this.data.pictures[number]);
  }

  toggleAll(copies) {
    const open = copies.filter(({ number }) => this.mayGo(number));
    const goes = !open.every(({ number }) => this.going.has(number));
    for (const { number } of open) this.toggle(number, goes);
  }

  keep(group, number) {
    for (const one of [group.keeper, ...group.copies.map((copy) => copy.number)]) this.kept.delete(one);
    this.kept.add(number);
    this.going.delete(number);
    this.strangers.delete(number);
  }

  toggleStranger(number, isOne = !this.strangers.has(number)) {
    if (isOne) {
      this.strangers.add(number);
      this.going.delete(number);
    } else this.strangers.delete(number);
  }

  clear() {
    for (const set of [this.going, this.kept, this.strangers]) set.clear();
  }

  // What `imagematch dedupe --apply-decisions` reads.
  file(groups) {
    const { pictures } = this.data;
    const file = (number) => ({
      path: fullPath(this.data, pictures[number]),
      revision: pictures[number].revision,
    });
    const { root } = this.data;
    const decided = { imagematch: "decisions", version: 1, root, groups: [], not_copies: [] };
    for (const group of groups.map((one) => this.seen(one))) {
      const numbers = group.copies.map(({ number }) => number);
      const going = numbers.filter((number) => this.going.has(number));
      if (going.length) decided.groups.push({ keep: file(group.keeper), copies: going.map(file) });
      const strangers = numbers.filter((number) => this.strangers.has(number));
      if (strangers.length === 0) continue;
      // No two pictures of a list are copies of each other.
      if (strangers.length === numbers.length) {
        decided.not_copies.push([group.keeper, ...numbers].map(file));
        continue;
      }
      for (const stranger of strangers) {
        for (const other of [group.keeper, ...numbers]) {
          if (other !== stranger) decided.not_copies.push([stranger, other].map(file));
        }
      }
    }
    return JSON.stringify(decided, null, 1);
  }
}

// The same group with another picture in front. How far the others are from that was not measured.
function keepInstead({ pictures, turns }, group, chosen) {
  const back = inverse(turns, chosen.turn);
  const copies = group.copies
    .filter((copy) => copy !== chosen)
    .map((copy) => ({ ...copy, distance: null, turn: composed(turns, back, copy.turn) }));
  copies.unshift({ number: group.keeper, distance: chosen.distance, turn: back });
  for (const copy of copies) copy.exact = sameBytes(pictures, copy.number, chosen.number);
  return { ...group, keeper: chosen.number, stands: group.keeper, copies, reason: "your choice" };
}

// Turns by their place in `turns`: negative, mirror, then rotate counter-clockwise.
function composed(turns, first, second) {
  const [negative, mirror, rotate] = turns[first];
  const [negativeToo, mirrorToo, rotateToo] = turns[second];
  const angle = rotateToo + (mirrorToo ? -rotate : rotate);
  return placeOf(turns, negative !== negativeToo, mirror !== mirrorToo, angle);
}

function inverse(turns, turn) {
  const [negative, mirror, rotate] = turns[turn];
  return placeOf(turns, negative, mirror, mirror ? rotate : -rotate);
}

function placeOf(turns, negative, mirror, angle) {
  const rotate = ((angle % 360) + 360) % 360;
  return turns.findIndex((one) => one[0] === negative && one[1] === mirror && one[2] === rotate);
}
