/** The items of all batches. */
export const allOf = async <T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> => {
  const all: T[] = [];
  for await (const some of batches) all.push(...some);
  return all;
};
