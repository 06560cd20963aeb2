/** The same MongoDB with another database. Credentials keep being checked against the database that was named. */
export const databaseUri = (uri: string, database: string): string => {
  const [, servers = '', named = '', query = ''] =
    /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(uri) ?? [];
  if (servers === '') throw new Error('not a MongoDB connection string');
  const options = new URLSearchParams(query);
  if (servers.includes('@') && !options.has('authSource')) options.set('authSource', named || 'admin');
  return `${servers}/${database}${options.size > 0 ? `?${options.toString()}` : ''}`;
};
