/**
 * Measures both in the same minutes, one after the other, and who comes first changes: what else the machine does meets both alike.
 * `warmUps` rounds are measured and thrown away. Answers the samples of each.
 */
export const inTurns = async ({ rounds, warmUps = 1 }, measureBare, measureRunlet) => {
  const samples = { bare: [], runlet: [] };
  for (let round = -warmUps; round < rounds; round += 1) {
    const keep = round >= 0;
    const bareFirst = round % 2 === 0;
    if (bareFirst) note(samples.bare, await measureBare(), keep);
    note(samples.runlet, await measureRunlet(), keep);
    if (!bareFirst) note(samples.bare, await measureBare(), keep);
  }
  return samples;
};

const note = (samples, sample, keep) => {
  if (keep) samples.push(sample);
};
