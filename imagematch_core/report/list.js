// A long list of rows, of which only those near the window are in the document.

const LONGEST = 16_000_000; // pixels; some browsers lay out nothing beyond 17,895,697
const BEYOND = 900; // pixels above and below the window that are kept ready

class LongList {
  // `height(row)` in pixels is what `render(row)`'s element gets.
  constructor(container, height, render) {
    this.container = container;
    this.height = height;
    this.render = render;
    this.rows = [];
    this.tops = [0];
    this.shown = new Map();
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        this.update();
      });
    }, { passive: true });
  }

  // Returns how many of the rows there is room for.
  show(rows) {
    this.tops = [0];
    for (const row of rows) {
      const bottom = this.tops.at(-1) + this.height(row);
      if (bottom > LONGEST) break;
      this.tops.push(bottom);
    }
    this.rows = rows.slice(0, this.tops.length - 1);
    this.container.style.height = `${this.tops.at(-1)}px`;
    for (const element of this.shown.values()) element.remove();
    this.shown.clear();
    this.update();
    return this.rows.length;
  }

  update() {
    const above = -this.container.getBoundingClientRect().top;
    const first = this.at(above - BEYOND);
    const last = this.at(above + innerHeight + BEYOND);
    for (const [place, element] of this.shown) {
      const near = place >= first && place <= last;
      if (!near && !element.contains(document.activeElement)) {
        element.remove();
        this.shown.delete(place);
      }
    }
    for (let place = first; place <= last && place < this.rows.length; place++) {
      if (!this.shown.has(place)) this.shown.set(place, this.insert(place));
    }
  }

  insert(place) {
    const element = this.render(this.rows[place]);
    element.style.transform = `translateY(${this.tops[place]}px)`;
    // In their order, which is that of the Tab key and of screen readers.
    let after = null;
    let nearest = Infinity;
    for (const [other, there] of this.shown) {
      if (other > place && other < nearest) [nearest, after] = [other, there];
    }
    this.container.insertBefore(element, after);
    return element;
  }

  // The row at so many pixels below the top of the list.
  at(pixels) {
    let low = 0;
    let high = Math.max(0, this.rows.length - 1);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.tops[middle] <= pixels) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  // Brings a row into the window, below what covers its upper part.
  reveal(place, covered) {
    const top = this.container.getBoundingClientRect().top + this.tops[place];
    const bottom = top + this.tops[place + 1] - this.tops[place];
    const room = 12;
    if (top < covered + room || bottom - top > innerHeight - covered) {
      scrollBy(0, top - covered - room);
    } else if (bottom > innerHeight - room) {
      scrollBy(0, bottom - innerHeight + room);
    }
    this.update();
  }
}
