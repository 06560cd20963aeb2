/** For messages about a connection string: answers the message, or a stand-in where it holds something secret. */
export const redactorFor = (uri: string): ((message: string) => string) => {
  const secrets = secretsIn(uri);
  return (message) => (secrets.some((secret) => message.includes(secret)) ? 'the reason names credentials' : message);
};

/** Whether the operator set this option in the connection string. Names are not case sensitive. */
export const names = (uri: string, option: string): boolean =>
  optionsOf(uri).some(([name]) => name === option.toLowerCase());

const secretsIn = (uri: string): string[] => {
  const userInfo = /:\/\/(.*)@/s.exec(uri)?.[1] ?? '';
  const options = optionsOf(uri)
    .filter(([name]) => /password|properties/.test(name))
    .map(([, value]) => value);
  const raw = [userInfo, ...userInfo.split(':').slice(1), ...options];
  return [...raw, ...raw.map(decoded)].filter((secret) => secret !== '');
};

const optionsOf = (uri: string): [name: string, value: string][] => {
  const query = uri.slice(uri.indexOf('?') + 1);
  return uri.includes('?') ? [...new URLSearchParams(query)].map(([name, value]) => [name.toLowerCase(), value]) : [];
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
