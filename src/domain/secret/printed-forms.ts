/** How `secret` looks where it is printed as text: as it is, by lines, and as shells, URLs and JSON write it. Base64 is apart. */
export const printedForms = (secret: string): readonly string[] => {
  const whole = [
    secret,
    secret.trim(), // $(…)
    secret.trim().split(/\s+/).join(' '), // a shell's words
    secret.replace(/\r?\n/g, '\n'),
    secret.replace(/\r?\n/g, '\r\n'),
  ];
  const lines = /[\r\n]/.test(secret) ? secret.split(/[\r\n]+/).map((line) => line.trim()) : [];
  return [...whole, ...lines, ...inShell(secret), ...inUrls(secret), ...inJson(secret)];
};

/** `set -x`, `set` and `export -p` of bash. */
const inShell = (secret: string): string[] => [
  secret.replace(/'/g, `'\\''`),
  secret.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t'),
  secret.replace(/["\\$`]/g, '\\$&'),
];

const inUrls = (secret: string): string[] => {
  const component = encodeURIComponent(secret);
  const strict = component.replace(/[!'()*]/g, percent); // RFC 3986: curl, jq
  const form = component.replace(/[!'()~]/g, percent).replace(/%20/g, '+'); // URLSearchParams
  const forms = [
    component,
    strict,
    strict.replace(/%20/g, '+'), // Go, Python's quote_plus
    strict.replace(/%2F/g, '/'), // Python's quote
    form,
    encodeURI(secret),
  ];
  return [...forms, ...forms.map((encoded) => encoded.replace(/%../g, (hex) => hex.toLowerCase()))];
};

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

const inJson = (secret: string): string[] => {
  const body = inQuotes(secret);
  const ascii = body.replace(/[\u007f-\uffff]/g, unicode); // Python
  const forms = [
    body,
    ascii,
    ascii.replace(/\\u[\da-f]{4}/g, (escape) => `\\u${escape.slice(2).toUpperCase()}`),
    ascii.replace(/\//g, '\\/'), // PHP
    body.replace(/\//g, '\\/'),
    body.replace(/[<>&]/g, unicode), // Go
  ];
  return [...forms, ...forms.map(inQuotes)]; // JSON within JSON
};

const inQuotes = (text: string): string => JSON.stringify(text).slice(1, -1);

const unicode = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
