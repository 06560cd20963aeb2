/** Random numbers that depend on `seed` and `name` alone (mulberry32). */
export const makeRandom = (seed, name) => {
  let state = [...`${seed} ${name}`].reduce((hash, letter) => Math.imul(hash ^ letter.codePointAt(0), 0x01000193), 1);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    /** A whole number, both ends included. */
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (probability) => next() < probability,
    pick: (list) => list[Math.floor(next() * list.length)],
    /** @param weights by name */
    weighted: (weights) => {
      let left = next() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
      return Object.keys(weights).find((name) => (left -= weights[name]) < 0);
    },
  };
};
