/** Height of an ordinary row, in CSS pixels. */
export const ROW = 48;
/** What the lane of old secrets adds to a row that is rotating. */
export const LANE = 40;

/**
 * Where rows of two known heights stand.
 *
 * `tall` holds the places of the taller rows in ascending order, so that a position is one binary
 * search away even among 100,000 rows.
 */
export class Heights {
  constructor(
    readonly count: number,
    readonly tall: readonly number[],
  ) {}

  /** The height of all rows. */
  get total(): number {
    return this.count * ROW + this.tall.length * LANE;
  }

  /** How many taller rows stand before a place. */
  #tallBefore(place: number): number {
    let low = 0;
    let high = this.tall.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.tall[middle]! < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The distance of a row from the top. */
  top(place: number): number {
    return place * ROW + this.#tallBefore(place) * LANE;
  }

  /** The height of a row. */
  height(place: number): number {
    return this.tall[this.#tallBefore(place)] === place ? ROW + LANE : ROW;
  }

  /** The row that covers a distance from the top. */
  at(distance: number): number {
    let low = 0;
    let high = Math.max(0, this.count - 1);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.top(middle) <= distance) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
